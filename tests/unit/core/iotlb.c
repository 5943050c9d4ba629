/*
 * The IOTLB: what is kept, for whom, and until when.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/iotlb-range.h"
#include "core/unit.h"
#include "machine.h"

#define RW (VTDM_SS_R | VTDM_SS_W)

static void invalidate(Machine *machine, unsigned g, uint16_t domain_id,
                       uint64_t address, unsigned am)
{
    uint32_t base = machine_iotlb(machine);

    machine_write64(machine, base + VTDM_REG_IVA, address | am);
    machine_write64(machine, base + VTDM_REG_IOTLB, VTDM_IOTLB_IVT |
                    vtdm_field(VTDM_IOTLB_IIRG, g) |
                    vtdm_field(VTDM_IOTLB_DID, domain_id));
}

/* Spec: "Details of IOTLB Use": memory is not read again */
static void test_kept(void)
{
    Machine *machine = machine_new_mapped(NULL);
    unsigned reads;

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    reads = machine->host.reads;
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, RW);
    reads = machine->host.reads;
    machine_expect(machine, MACHINE_IOVA + 0xfff, MACHINE_PAGE + 0xfff);
    g_assert_cmpuint(machine->host.reads, ==, reads);
    invalidate(machine, VTDM_G_GLOBAL, 0, 0, 0);
    machine_expect(machine, MACHINE_IOVA, 0x5000);
    machine_free(machine);
}

/* Spec: "Tagging of Cached Translations": by requester and address */
static void test_tags(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_attach(machine, MACHINE_SID + 1, MACHINE_DID + 1,
                   VTDM_TT_SECOND_STAGE);
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, RW);
    g_assert_cmphex(machine_request(machine, (VTDMRequest) {
        .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID + 1,
    }).address, ==, 0x5000);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    for (unsigned bit = 12; bit < 48; bit++) {
        machine_expect_fault(machine, MACHINE_IOVA ^ VTDM_BIT(bit),
                             VTDM_LGN_3);
    }
    machine_free(machine);
}

/* Spec: "Details of IOTLB Use": a large page is one entry, or several */
static void test_superpage(void)
{
    Machine *machine = machine_new_mapped(NULL);
    uint64_t leaf = machine_map(machine, 0x40000000, 0x80000000, 3, RW);
    unsigned reads;

    machine_expect(machine, 0x40000000, 0x80000000);
    reads = machine->host.reads;
    machine_expect(machine, 0x7fffffff, 0xbfffffff);
    g_assert_cmpuint(machine->host.reads, ==, reads);
    vtdm_tables_set(&machine->tables, leaf, 0);
    invalidate(machine, VTDM_G_SELECTIVE, MACHINE_DID, 0x40001000, 0);
    machine_expect_fault(machine, 0x7fffffff, VTDM_LGN_3);
    machine_free(machine);
}

/* A page inside a cached large page, and a large page around a small. */
static void test_sizes_coexist(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_map(machine, 0x40000000, 0x1000, 1, RW);
    machine_expect(machine, 0x40000000, 0x1000);
    machine_map(machine, 0x40000000, 0x80000000, 2, RW);
    invalidate(machine, VTDM_G_SELECTIVE, MACHINE_DID, 0x40001000, 0);
    machine_expect(machine, 0x40001000, 0x80001000);
    machine_expect(machine, 0x40000000, 0x1000);        /* stale, allowed */
    invalidate(machine, VTDM_G_SELECTIVE, MACHINE_DID, 0x40000000, 9);
    machine_expect(machine, 0x40000000, 0x80000000);
    machine_free(machine);
}

/* Spec: "Caching Mode": what failed is kept only with CM = 1 */
static void test_caching_mode(gconstpointer opaque)
{
    bool cm = GPOINTER_TO_UINT(opaque);
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.cm = cm;
    machine = machine_new_mapped(&config);
    machine_expect_fault(machine, 0x1000, VTDM_LGN_3);
    machine_map(machine, 0x1000, 0x5000, 1, RW);
    if (cm) {
        machine_expect_fault(machine, 0x1000, VTDM_LGN_3);
        invalidate(machine, VTDM_G_SELECTIVE, MACHINE_DID, 0x2000, 0);
        invalidate(machine, VTDM_G_SELECTIVE, 0, 0x1000, 0);
        machine_expect_fault(machine, 0x1000, VTDM_LGN_3);
        invalidate(machine, VTDM_G_SELECTIVE, MACHINE_DID, 0x1000, 0);
    }
    machine_expect(machine, 0x1000, 0x5000);
    machine_free(machine);
}

/* Spec: "Details of IOTLB Use": with CM = 0 no fault enters, any kind */
static void test_no_fault_is_kept(void)
{
    Machine *machine = machine_new_mapped(NULL);
    uint64_t leaf = machine_map(machine, 0x1000, 0x5000, 1,
                                RW | VTDM_SS_IW);

    machine_expect_fault(machine, 0x1000, VTDM_LSS_2);
    vtdm_tables_set(&machine->tables, leaf, 0x5000 | VTDM_SS_R);
    g_assert_cmpuint(machine_dma(machine, 0x1000, VTDM_WRITE)
                         .fault.condition, ==, VTDM_LGN_2);
    vtdm_tables_set(&machine->tables, leaf, 0xfee00000 | RW);
    machine_expect_fault(machine, 0x1000, VTDM_LGN_4);
    vtdm_tables_set(&machine->tables, leaf, 0x5000 | RW);
    machine_expect(machine, 0x1000, 0x5000);
    machine_free(machine);
}

/* Nor does a translation request that got no permission. */
static void test_no_empty_answer_is_kept(void)
{
    VTDMConfig config;
    Machine *machine;
    VTDMRequest request = {
        .address = 0x1000, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .type = VTDM_AT_TRANSLATION,
    };

    vtdm_config_init(&config);
    config.dt = true;
    machine = machine_new_mapped(&config);
    g_assert_cmpuint(machine_request(machine, request).response, ==, VTDM_OK);
    machine_map(machine, 0x1000, 0x5000, 1, RW);
    machine_expect(machine, 0x1000, 0x5000);
    machine_free(machine);
}

/*
 * Rights may be enforced from the copy, whose entry is named as long as it says
 * the same. Spec: "Access Rights"
 */
static void test_rights_are_kept(void)
{
    Machine *machine = machine_new_mapped(NULL);
    uint64_t leaf = machine_map(machine, 0x1000, 0x5000, 1, VTDM_SS_R);
    VTDMResult result;

    machine_expect(machine, 0x1000, 0x5000);
    result = machine_dma(machine, 0x1008, VTDM_WRITE);
    g_assert_cmphex(result.fault.entry_address, ==, leaf);
    g_assert_cmphex(result.fault.entry.lo, ==, 0x5000 | VTDM_SS_R);
    vtdm_tables_set(&machine->tables, leaf, 0x5000 | RW);
    result = machine_dma(machine, 0x1008, VTDM_WRITE);
    g_assert_cmpuint(result.fault.condition, ==, VTDM_LGN_2);
    g_assert_cmphex(result.fault.address, ==, 0x1008);
    g_assert_cmphex(result.fault.source_id, ==, MACHINE_SID);
    g_assert_cmpuint(result.fault.access, ==, VTDM_WRITE);
    g_assert_cmphex(result.fault.entry_address, ==, 0);
    g_assert_cmphex(result.fault.entry.lo, ==, 0);
    g_assert_cmphex(result.fault.entry.hi, ==, 0);
    invalidate(machine, VTDM_G_DOMAIN, MACHINE_DID, 0, 0);
    g_assert_cmpuint(machine_dma(machine, 0x1000, VTDM_WRITE).response, ==,
                     VTDM_OK);
    machine_free(machine);
}

/* The oldest entry goes first, and only it. */
static void test_capacity(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.iotlb_entries = 3;
    machine = machine_new_mapped(&config);
    for (unsigned i = 0; i < 4; i++) {
        machine_map(machine, 0x1000 * i, 0x100000 + 0x1000 * i, 1, RW);
        machine_expect(machine, 0x1000 * i, 0x100000 + 0x1000 * i);
        machine_map(machine, 0x1000 * i, 0x200000 + 0x1000 * i, 1, RW);
    }
    for (unsigned i = 3; i; i--) {
        machine_expect(machine, 0x1000 * i, 0x100000 + 0x1000 * i);
    }
    machine_expect(machine, 0, 0x200000);
    machine_expect(machine, 0x1000, 0x201000);
    machine_free(machine);
}

/* With CM = 1, addresses beyond every table are not kept by mistake. */
static void test_wide_addresses(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.cm = true;
    machine = machine_new_mapped(&config);
    machine_expect_fault(machine, MACHINE_IOVA | VTDM_BIT(57),
                         VTDM_LGN_1_1);
    machine_expect_fault(machine, MACHINE_IOVA | VTDM_BIT(63),
                         VTDM_LGN_1_1);
    machine_expect_fault(machine, MACHINE_IOVA | VTDM_BIT(50),
                         VTDM_LGN_1_1);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_free(machine);
}

/* FPD of the context entry goes with the entry. Spec: "Context Entry" */
static void test_fpd(void)
{
    Machine *machine = machine_new(NULL);
    VTDMEntry128 context;

    machine_attach(machine, MACHINE_SID, MACHINE_DID, 0);
    context = vtdm_make_context(0, 4, machine->ssptptr, MACHINE_DID);
    context.lo |= VTDM_CTX_FPD;
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        context);
    machine_map(machine, 0x1000, 0x5000, 1, VTDM_SS_R);
    machine_enable_dma(machine);
    machine_expect(machine, 0x1000, 0x5000);
    g_assert_false(machine_dma(machine, 0x1000, VTDM_WRITE)
                       .fault.recorded);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    machine_free(machine);
}

/* A request that only looks leaves nothing in the IOTLB. */
static void test_look(void)
{
    Machine *machine = machine_new_mapped(NULL);
    VTDMRequest request = {
        .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .view = VTDM_LOOK,
    };

    g_assert_cmphex(machine_request(machine, request).address, ==,
                    MACHINE_PAGE);
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, RW);
    g_assert_cmphex(machine_request(machine, request).address, ==, 0x5000);
    g_assert_cmpuint(fake_host_count(&machine->host,
                                     VTDM_EVENT_TRANSLATION), ==, 0);
    machine_free(machine);
}

/* A request that asks the tables leaves the IOTLB out, and alone. */
static void test_tables_view(void)
{
    Machine *machine = machine_new_mapped(NULL);
    VTDMRequest request = {
        .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .view = VTDM_TABLES,
    };

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, RW);
    g_assert_cmphex(machine_request(machine, request).address, ==, 0x5000);
    request.view = VTDM_LOOK;
    g_assert_cmphex(machine_request(machine, request).address, ==,
                    MACHINE_PAGE);
    machine_free(machine);
}

static void see_entry(void *opaque, const VTDMIotlbEntry *entry)
{
    GArray *seen = opaque;

    g_assert_cmphex(entry->tag.source_id, ==, MACHINE_SID);
    g_assert_cmpuint(entry->domain_id, ==, MACHINE_DID);
    g_array_append_val(seen, entry->tag.input);
}

/* In the order in which they came. */
static void test_list(void)
{
    Machine *machine = machine_new_mapped(NULL);
    GArray *seen = g_array_new(false, false, sizeof(uint64_t));

    machine_map(machine, 0x40000000, 0, 2, RW);
    machine_expect(machine, 0x40123456, 0x123456);
    machine_expect(machine, MACHINE_IOVA + 5, MACHINE_PAGE + 5);
    vtdm_iotlb_for_each(machine->unit, see_entry, seen);
    g_assert_cmpuint(seen->len, ==, 2);
    g_assert_cmphex(g_array_index(seen, uint64_t, 0), ==, 0x40000000);
    g_assert_cmphex(g_array_index(seen, uint64_t, 1), ==, MACHINE_IOVA);
    g_array_unref(seen);
    machine_free(machine);
}

/* Spec: "Tagging of Cached Translations": a PASID finds its own alone */
static void test_pasid(void)
{
    Machine *machine = machine_new(NULL);
    VTDMIotlbEntry entry = {
        .tag = { .input = 0x1234, .pasid = 0xfffff,
                 .source_id = MACHINE_SID },
        .translation = { .output = 0x5000, .mask = 0xfff,
                         .perm = VTDM_PERM_ALL },
    };
    const VTDMIotlbEntry *found;

    vtdm_iotlb_insert(machine->unit, &entry);
    g_assert_null(vtdm_iotlb_lookup(machine->unit, MACHINE_SID,
                                    VTDM_NO_PASID, 0x1234));
    g_assert_null(vtdm_iotlb_lookup(machine->unit, MACHINE_SID, 0, 0x1234));
    found = vtdm_iotlb_lookup(machine->unit, MACHINE_SID, 0xfffff, 0x1fff);
    g_assert_nonnull(found);
    g_assert_cmphex(found->translation.output, ==, 0x5000);
    machine_free(machine);
}

/*
 * Spec: "Second-Stage Translation": a page that reaches beyond MGAW answers
 * only up to there, be the IOTLB cold or warm
 */
static void test_beyond_mgaw(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.mgaw = 29;
    config.host_address_width = 29;
    machine = machine_new(&config);
    machine_attach(machine, MACHINE_SID, MACHINE_DID, VTDM_TT_SECOND_STAGE);
    machine_map(machine, 0, 0, 3, RW);
    machine_enable_dma(machine);
    machine_expect_fault(machine, 0x20000000, VTDM_LGN_1_1);
    for (unsigned round = 0; round < 2; round++) {
        machine_expect(machine, 0x1ffffff0, 0x1ffffff0);
        g_assert_cmphex(machine_dma(machine, 0x1ffffff0, VTDM_READ).mask,
                        ==, 0x1fffffff);
    }
    machine_expect_fault(machine, 0x20000000, VTDM_LGN_1_1);
    machine_free(machine);
}

static void count(void *opaque, const VTDMIotlbEntry *entry)
{
    *(unsigned *)opaque += 1;
}

static unsigned entries(Machine *machine)
{
    unsigned found = 0;

    vtdm_iotlb_for_each(machine->unit, count, &found);
    return found;
}

/*
 * What was flushed is gone at once, though its room comes back in slices; who
 * needs room meanwhile takes that first.
 */
static void test_flushed(gconstpointer opaque)
{
    unsigned g = GPOINTER_TO_UINT(opaque);
    unsigned pages = 8192;
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.iotlb_entries = pages;
    machine = machine_new_mapped(&config);
    for (unsigned i = 0; i < pages; i++) {
        machine_map(machine, i * 0x1000ULL, 0x5000, 1, RW);
        machine_expect(machine, i * 0x1000ULL, 0x5000);
    }
    g_assert_cmpuint(entries(machine), ==, pages);
    machine->in_slices = true;
    invalidate(machine, g, MACHINE_DID, 0, 0);
    g_assert_true(machine->host.asked);
    g_assert_cmpuint(entries(machine), ==, 0);
    for (unsigned i = pages / 2; i < pages; i++) {
        machine_map(machine, i * 0x1000ULL, 0x6000, 1, RW);
        machine_expect(machine, i * 0x1000ULL, 0x6000);
    }
    while (machine_work(machine)) {
        /* until all is done */
    }
    g_assert_cmpuint(entries(machine), ==, pages / 2);
    machine_map(machine, (pages - 1) * 0x1000ULL, 0x7000, 1, RW);
    machine_expect(machine, (pages - 1) * 0x1000ULL, 0x6000);
    machine_free(machine);
}

static uint64_t status(Machine *machine)
{
    return vtdm_tables_get(&machine->tables, MACHINE_STATUS);
}

/*
 * A range of many pages goes in slices: its wait completes with the last of
 * them, and what is made anew meanwhile does not keep it from that.
 */
static void test_range_in_slices(void)
{
    VTDMConfig config;
    Machine *machine;
    unsigned pages = 8192;

    vtdm_config_init(&config);
    config.iotlb_entries = pages;
    machine = machine_new_mapped(&config);
    machine_enable_queue(machine);
    for (unsigned i = 0; i < pages; i++) {
        machine_map(machine, i * 0x1000ULL, 0x5000, 1, RW);
        machine_expect(machine, i * 0x1000ULL, 0x5000);
    }
    vtdm_tables_set128(&machine->tables, MACHINE_QUEUE,
                       vtdm_make_iotlb_invalidate(VTDM_G_SELECTIVE,
                                                  MACHINE_DID, 0, 18, true));
    vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + 16,
                       vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 1));
    machine->in_slices = true;
    machine_write64(machine, VTDM_REG_IQT, 32);
    g_assert_cmpuint(entries(machine), >, 0);
    g_assert_cmpuint(status(machine), ==, 0);
    machine_expect(machine, 0, 0x5000);
    while (!status(machine)) {
        g_assert_true(machine_work(machine));
    }
    g_assert_cmpuint(entries(machine), ==, 1);
    machine_free(machine);
}

/* Nothing that is made after everything has gone belongs to a range. */
static void test_all_after_range(void)
{
    Machine *machine = machine_new_mapped(NULL);

    for (unsigned i = 0; i < 1024; i++) {
        machine_map(machine, i * 0x1000ULL, 0x5000, 1, RW);
        machine_expect(machine, i * 0x1000ULL, 0x5000);
    }
    vtdm_iotlb_invalidate(machine->unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_PAGES,
        .domain_id = MACHINE_DID, .mask = 0xffffff,
    });
    vtdm_iotlb_invalidate(machine->unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_GLOBAL,
    });
    machine_expect(machine, 0x3ff000, 0x5000);
    g_assert_false(vtdm_iotlb_drop_rest(machine->unit));
    g_assert_cmpuint(entries(machine), ==, 1);
    machine_free(machine);
}

/* How many slots are in the longest list that a lookup may have to follow. */
static unsigned longest_list(const VTDMIotlb *iotlb)
{
    unsigned longest = 0;

    for (uint32_t i = 0; i <= iotlb->mask; i++) {
        unsigned length = 0;

        for (uint32_t at = iotlb->heads[i] & VTDM_HEAD_SLOT; at;
             at = iotlb->slots[at].next) {
            length++;
        }
        longest = MAX(longest, length);
    }
    return longest;
}

static uint32_t hash_of(const VTDMIotlb *iotlb, uint64_t number)
{
    return vtdm_iotlb_hash(iotlb, vtdm_who(MACHINE_SID, VTDM_NO_PASID),
                           vtdm_page_address(number, 1) | 1);
}

/* The first page from @number on that has the first place in @iotlb. */
static uint64_t next_of_first_list(const VTDMIotlb *iotlb, uint64_t number)
{
    while (hash_of(iotlb, number) & iotlb->mask) {
        number++;
    }
    return number;
}

/* All addresses lead to 0x5000. */
static void map_everywhere(Machine *machine)
{
    machine->ssptptr = vtdm_tables_everywhere(&machine->tables, 1, RW,
                                              0x5000 | RW);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        vtdm_make_context(VTDM_TT_SECOND_STAGE, 4,
                                          machine->ssptptr, MACHINE_DID));
    machine_enable_dma(machine);
}

/*
 * Pages that are all in one list of one unit are in many of another: software
 * cannot know such pages, with which each DMA would look at all that is cached.
 */
static void test_crowd(void)
{
    VTDMConfig config;
    Machine *known, *machine;
    uint64_t number = 0;
    unsigned pages = 512;

    g_random_set_seed(1);
    vtdm_config_init(&config);
    config.iotlb_entries = 4 * pages;
    known = machine_new(&config);
    machine = machine_new(&config);
    map_everywhere(machine);
    for (unsigned i = 0; i < pages; i++) {
        number = next_of_first_list(&known->unit->iotlb, number + 1);
        machine_expect(machine, number * VTDM_PAGE_SIZE, 0x5000);
    }
    g_assert_cmpuint(entries(machine), ==, pages);
    g_assert_cmpuint(longest_list(&machine->unit->iotlb), <, 32);
    machine_free(known);
    machine_free(machine);
}

/* The next page of the first list whose bit in the head is @same or not. */
static uint64_t next_by_filter(const VTDMIotlb *iotlb, uint64_t number,
                               bool same)
{
    uint32_t bit = vtdm_head_filter(hash_of(iotlb, number));

    do {
        number = next_of_first_list(iotlb, number + 1);
    } while ((vtdm_head_filter(hash_of(iotlb, number)) == bit) != same);
    return number;
}

static bool may_be_listed(const VTDMIotlb *iotlb, uint64_t number)
{
    return vtdm_iotlb_first(iotlb, hash_of(iotlb, number)) != VTDM_NO_SLOT;
}

static bool is_cached(Machine *machine, uint64_t number)
{
    return vtdm_iotlb_lookup(machine->unit, MACHINE_SID, VTDM_NO_PASID,
                             vtdm_page_address(number, 1));
}

/*
 * What a list's head tells of those that are in it, in any order of coming and
 * going: two that it cannot tell from each other, and one between them.
 */
static void test_shared_list(void)
{
    Machine *machine = machine_new(NULL);
    VTDMIotlb *iotlb = &machine->unit->iotlb;
    uint64_t pages[3];

    map_everywhere(machine);
    pages[0] = next_of_first_list(iotlb, 0);
    pages[1] = next_by_filter(iotlb, pages[0], false);
    pages[2] = next_by_filter(iotlb, pages[0], true);
    for (unsigned gone = 0; gone < 3; gone++) {
        for (unsigned i = 0; i < 3; i++) {
            machine_expect(machine, pages[i] * VTDM_PAGE_SIZE, 0x5000);
            g_assert_cmpuint(entries(machine), ==, i + 1);
            g_assert_cmpint(may_be_listed(iotlb, pages[1]), ==, i > 0);
            g_assert_true(may_be_listed(iotlb, pages[2]));
        }
        for (unsigned i = 0; i < 3; i++) {
            unsigned other = (gone + i) % 3;

            invalidate(machine, VTDM_G_SELECTIVE, MACHINE_DID,
                       pages[other] * VTDM_PAGE_SIZE, 0);
            for (unsigned left = 0; left < 3; left++) {
                g_assert_cmpint(is_cached(machine, pages[(gone + left) % 3]),
                                ==, left > i);
            }
        }
        g_assert_cmphex(iotlb->heads[0], ==, VTDM_NO_SLOT);
    }
    machine_free(machine);
}

/* One range after another, while the first has not gone through. */
static void test_ranges_at_once(void)
{
    VTDMConfig config;
    Machine *machine;
    unsigned pages = 8192;

    vtdm_config_init(&config);
    config.iotlb_entries = pages;
    machine = machine_new_mapped(&config);
    for (unsigned i = 0; i < pages; i++) {
        machine_map(machine, i * 0x1000ULL, 0x5000, 1, RW);
        machine_expect(machine, i * 0x1000ULL, 0x5000);
    }
    for (unsigned half = 0; half < 2; half++) {
        vtdm_iotlb_invalidate(machine->unit, &(VTDMInvalidation) {
            .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_PAGES,
            .domain_id = MACHINE_DID, .address = half ? 0x1000000 : 0,
            .mask = 0xffffff,
        });
    }
    while (vtdm_iotlb_drop_rest(machine->unit)) {
        /* to the last one */
    }
    g_assert_cmpuint(entries(machine), ==, 0);
    machine_free(machine);
}

static VTDMResult read_as(Machine *machine, uint16_t source_id,
                          uint64_t address)
{
    return machine_request(machine, (VTDMRequest) {
        .address = address, .pasid = VTDM_NO_PASID, .source_id = source_id,
    });
}

/* Room that a flush left is taken before an older entry of another domain. */
static void test_flushed_goes_first(void)
{
    VTDMConfig config;
    Machine *machine;
    unsigned pages = 8192;

    vtdm_config_init(&config);
    config.iotlb_entries = pages + 1;
    machine = machine_new_mapped(&config);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, RW);
    machine_attach(machine, MACHINE_SID + 1, MACHINE_DID + 1,
                   VTDM_TT_SECOND_STAGE);
    for (unsigned i = 0; i < pages; i++) {
        machine_map(machine, i * 0x1000ULL, 0x6000, 1, RW);
        read_as(machine, MACHINE_SID + 1, i * 0x1000ULL);
    }
    machine->in_slices = true;
    invalidate(machine, VTDM_G_DOMAIN, MACHINE_DID + 1, 0, 0);
    for (unsigned i = pages; i < 2 * pages; i++) {
        machine_map(machine, i * 0x1000ULL, 0x6000, 1, RW);
        read_as(machine, MACHINE_SID + 1, i * 0x1000ULL);
    }
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_free(machine);
}

/* Pages of all sizes beside the one that is named stay. */
static void test_exact(void)
{
    static const struct {
        uint64_t address;
        unsigned level;
    } others[] = {
        { 0, 1 }, { 0x3ff000, 1 }, { 0x401000, 1 }, { 0x200000000, 2 },
        { 0x600000, 2 }, { 0x40000000, 3 }, { 0x80000000, 3 },
    };
    static const uint64_t named[] = { 0x400000, 0x8000000000 };
    Machine *machine = machine_new_mapped(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        machine_map(machine, others[i].address, 0x40000000, others[i].level,
                    RW);
        machine_expect(machine, others[i].address, 0x40000000);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(named); i++) {
        machine_map(machine, named[i], 0x5000, 1, RW);
        machine_expect(machine, named[i], 0x5000);
        g_assert_cmpuint(entries(machine), ==, G_N_ELEMENTS(others) + 1);
        invalidate(machine, VTDM_G_SELECTIVE, MACHINE_DID, named[i], 0);
        g_assert_cmpuint(entries(machine), ==, G_N_ELEMENTS(others));
    }
    invalidate(machine, VTDM_G_SELECTIVE, MACHINE_DID, 0x7ff000, 0);
    g_assert_cmpuint(entries(machine), ==, G_N_ELEMENTS(others) - 1);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/iotlb/kept", test_kept);
    g_test_add_func("/vtdm/iotlb/tags", test_tags);
    g_test_add_func("/vtdm/iotlb/superpage", test_superpage);
    g_test_add_func("/vtdm/iotlb/sizes-coexist", test_sizes_coexist);
    g_test_add_data_func("/vtdm/iotlb/caching-mode-0", GUINT_TO_POINTER(0),
                         test_caching_mode);
    g_test_add_data_func("/vtdm/iotlb/caching-mode-1", GUINT_TO_POINTER(1),
                         test_caching_mode);
    g_test_add_func("/vtdm/iotlb/no-fault-is-kept", test_no_fault_is_kept);
    g_test_add_func("/vtdm/iotlb/no-empty-answer-is-kept",
                    test_no_empty_answer_is_kept);
    g_test_add_func("/vtdm/iotlb/rights-are-kept", test_rights_are_kept);
    g_test_add_func("/vtdm/iotlb/capacity", test_capacity);
    g_test_add_func("/vtdm/iotlb/wide-addresses", test_wide_addresses);
    g_test_add_func("/vtdm/iotlb/fpd", test_fpd);
    g_test_add_func("/vtdm/iotlb/look", test_look);
    g_test_add_func("/vtdm/iotlb/tables", test_tables_view);
    g_test_add_func("/vtdm/iotlb/list", test_list);
    g_test_add_func("/vtdm/iotlb/pasid", test_pasid);
    g_test_add_func("/vtdm/iotlb/beyond-mgaw", test_beyond_mgaw);
    g_test_add_data_func("/vtdm/iotlb/flushed/domain",
                         GUINT_TO_POINTER(VTDM_G_DOMAIN), test_flushed);
    g_test_add_data_func("/vtdm/iotlb/flushed/all",
                         GUINT_TO_POINTER(VTDM_G_GLOBAL), test_flushed);
    g_test_add_func("/vtdm/iotlb/flushed/goes-first",
                    test_flushed_goes_first);
    g_test_add_func("/vtdm/iotlb/range-in-slices", test_range_in_slices);
    g_test_add_func("/vtdm/iotlb/ranges-at-once", test_ranges_at_once);
    g_test_add_func("/vtdm/iotlb/crowd", test_crowd);
    g_test_add_func("/vtdm/iotlb/shared-list", test_shared_list);
    g_test_add_func("/vtdm/iotlb/all-after-range", test_all_after_range);
    g_test_add_func("/vtdm/iotlb/exact", test_exact);
    return g_test_run();
}
