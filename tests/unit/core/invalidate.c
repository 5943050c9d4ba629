/*
 * What each invalidation removes, and what it must leave: through the
 * registers and through the queue.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "machine.h"

#define RW (VTDM_SS_R | VTDM_SS_W)

/* Both interfaces do the same. */
typedef struct Interface {
    const char *name;
    bool queued;
} Interface;

static const Interface registers = { "registers", false };
static const Interface queue = { "queue", true };

static unsigned by_register(Machine *machine, uint32_t offset,
                            uint64_t value, unsigned shift)
{
    machine_write64(machine, offset, value);
    g_assert_false(machine_read64(machine, offset) & VTDM_BIT(63));
    return machine_read64(machine, offset) >> shift & 3;
}

static void invalidate_context(Machine *machine, const Interface *interface,
                               unsigned g, uint16_t domain_id,
                               uint32_t source_and_mask)
{
    unsigned fm = source_and_mask >> 16;
    uint16_t source_id = source_and_mask;

    if (interface->queued) {
        machine_submit(machine, vtdm_make_context_invalidate(
                           g, domain_id, source_id, fm));
        return;
    }
    g_assert_cmpuint(by_register(machine, VTDM_REG_CCMD, VTDM_CCMD_ICC |
                                 (uint64_t)g << 61 | (uint64_t)fm << 32 |
                                 source_id << 16 | domain_id, 59), ==, g);
}

static void invalidate_iotlb(Machine *machine, const Interface *interface,
                             unsigned g, uint16_t domain_id,
                             uint64_t address_and_am)
{
    uint32_t base = machine_iotlb(machine);

    if (interface->queued) {
        machine_submit(machine, vtdm_make_iotlb_invalidate(
                           g, domain_id, address_and_am & ~63ULL,
                           address_and_am & 63, false));
        return;
    }
    machine_write64(machine, base, address_and_am);
    g_assert_cmpuint(by_register(machine, base + 8, VTDM_IOTLB_IVT |
                                 (uint64_t)g << 60 |
                                 (uint64_t)domain_id << 32, 57), ==, g);
}

/* A machine where reads tell whether the context is stale. */
static Machine *new_machine(const Interface *interface)
{
    Machine *machine = machine_new(NULL);

    machine_enable_dma(machine);
    if (interface->queued) {
        machine_enable_queue(machine);
    }
    return machine;
}

static void attach(Machine *machine, uint16_t source_id, uint16_t domain_id)
{
    machine_attach(machine, source_id, domain_id, VTDM_TT_SECOND_STAGE);
}

static bool is_present(Machine *machine, uint16_t source_id)
{
    return machine_request(machine, (VTDMRequest) {
        .address = 0x1000, .pasid = VTDM_NO_PASID, .source_id = source_id,
    }).fault.condition != VTDM_LCT_2;
}

/*
 * Caches the contexts of functions 0 to 7 of two devices in domains 1 and
 * 2 (odd functions of the first device), removes them from memory, runs
 * one invalidation, and tells which are still cached.
 */
static uint16_t contexts_left(const Interface *interface, unsigned g,
                              uint16_t domain_id, uint32_t source_and_mask)
{
    Machine *machine = new_machine(interface);
    uint16_t left = 0;

    for (unsigned i = 0; i < 16; i++) {
        attach(machine, MACHINE_SID + i, i < 8 && i % 2 ? 2 : 1);
        g_assert_true(is_present(machine, MACHINE_SID + i));
        vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID + i,
                            (VTDMEntry128) { 0 });
    }
    invalidate_context(machine, interface, g, domain_id, source_and_mask);
    for (unsigned i = 0; i < 16; i++) {
        left |= is_present(machine, MACHINE_SID + i) << i;
    }
    machine_free(machine);
    return left;
}

/* Spec: "Context Command Register", "Context-cache Invalidate Descriptor" */
static void test_context(gconstpointer opaque)
{
    static const struct {
        unsigned g;
        uint16_t domain_id;
        unsigned fm;
        unsigned function;
        uint16_t left;
    } cases[] = {
        { VTDM_G_GLOBAL, 0, 0, 0, 0x0000 },
        { VTDM_G_DOMAIN, 1, 0, 0, 0x00aa },
        { VTDM_G_DOMAIN, 2, 0, 0, 0xff55 },
        { VTDM_G_DOMAIN, 3, 0, 0, 0xffff },
        { VTDM_G_SELECTIVE, 1, 0, 2, 0xfffb },
        { VTDM_G_SELECTIVE, 2, 0, 2, 0xffff },      /* another domain */
        { VTDM_G_SELECTIVE, 1, 1, 2, 0xffbb },
        { VTDM_G_SELECTIVE, 1, 2, 2, 0xffaa },
        { VTDM_G_SELECTIVE, 1, 3, 0, 0xffaa },
        { VTDM_G_SELECTIVE, 2, 3, 0, 0xff55 },
        { VTDM_G_SELECTIVE, 1, 3, 8, 0x00ff },
        { VTDM_G_SELECTIVE, 2, 2, 1, 0xff55 },
        { VTDM_G_SELECTIVE, 2, 1, 3, 0xff77 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmphex(contexts_left(opaque, cases[i].g, cases[i].domain_id,
                                      cases[i].fm << 16 |
                                      (MACHINE_SID + cases[i].function)),
                        ==, cases[i].left);
    }
}

/* Spec: "IOTLB Invalidate": only the pages that the request names */
static void test_pages(gconstpointer opaque)
{
    const Interface *interface = opaque;

    for (unsigned am = 0; am <= 5; am++) {
        for (unsigned target = 0; target < 32; target += 5) {
            Machine *machine = new_machine(interface);

            attach(machine, MACHINE_SID, 1);
            for (unsigned i = 0; i < 32; i++) {
                machine_map(machine, i << 12, 0x100000 + (i << 12), 1, RW);
                machine_expect(machine, i << 12, 0x100000 + (i << 12));
                machine_map(machine, i << 12, 0x200000 + (i << 12), 1, RW);
            }
            invalidate_iotlb(machine, interface, VTDM_G_SELECTIVE, 1,
                             target << 12 | am);
            for (unsigned i = 0; i < 32; i++) {
                bool gone = i >> am == target >> am;

                machine_expect(machine, i << 12,
                               (gone ? 0x200000 : 0x100000) + (i << 12));
            }
            machine_free(machine);
        }
    }
}

/* Spec: "IOTLB Invalidate": a domain's entries, and nobody else's */
static void test_domains(gconstpointer opaque)
{
    const Interface *interface = opaque;

    for (unsigned g = VTDM_G_GLOBAL; g <= VTDM_G_SELECTIVE; g++) {
        Machine *machine = new_machine(interface);
        uint64_t leaves[3];

        for (unsigned i = 0; i < 3; i++) {
            VTDMRequest request = { .pasid = VTDM_NO_PASID,
                                    .source_id = MACHINE_SID + i };

            attach(machine, MACHINE_SID + i, 1 + i / 2);
            leaves[i] = machine_map(machine, 0, 0x1000, 1, RW);
            machine_request(machine, request);
            vtdm_tables_set(&machine->tables, leaves[i], 0x2000 | RW);
        }
        invalidate_iotlb(machine, interface, g, 1, 0);
        for (unsigned i = 0; i < 3; i++) {
            VTDMRequest request = { .pasid = VTDM_NO_PASID,
                                    .source_id = MACHINE_SID + i };
            bool stays = g != VTDM_G_GLOBAL && i == 2;

            g_assert_cmphex(machine_request(machine, request).address, ==,
                            stays ? 0x1000 : 0x2000);
        }
        machine_free(machine);
    }
}

/*
 * Spec: "IOTLB Invalidate": AM 9 and 18 remove large and small pages, and
 * any part of a page removes the page
 */
static void test_large(gconstpointer opaque)
{
    const Interface *interface = opaque;

    for (unsigned level = 1; level <= 3; level++) {
        for (unsigned am = 0; am <= 18; am += 9) {
            Machine *machine = new_machine(interface);
            uint64_t last = vtdm_mask_below(12 + 9 * (level - 1)) & ~0xfffULL;
            uint64_t leaf, next;

            attach(machine, MACHINE_SID, 1);
            leaf = machine_map(machine, 0x40000000, 0x80000000, level, RW);
            next = machine_map(machine, 0x80000000, 0x80000000, level, RW);
            machine_expect(machine, 0x40000000, 0x80000000);
            machine_expect(machine, 0x80000000, 0x80000000);
            vtdm_tables_set(&machine->tables, leaf, 0);
            vtdm_tables_set(&machine->tables, next, 0);
            invalidate_iotlb(machine, interface, VTDM_G_SELECTIVE, 1,
                             0x40000000 | last | am);
            machine_expect_fault(machine, 0x40000000, VTDM_LGN_3);
            machine_expect(machine, 0x80000000, 0x80000000);
            machine_free(machine);
        }
    }
}

/* Spec: "Invalidate Address Register": the hint saves no leaf */
static void test_hint(void)
{
    Machine *machine = machine_new_mapped(NULL);
    uint32_t base = machine_iotlb(machine);

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, RW);
    for (unsigned hint = 0; hint < 2; hint++) {
        machine_write64(machine, base,
                        MACHINE_IOVA | (hint ? VTDM_IVA_IH : 0));
        by_register(machine, base + 8, VTDM_IOTLB_IVT | 3ULL << 60 |
                    (uint64_t)MACHINE_DID << 32, 57);
        machine_expect(machine, MACHINE_IOVA, 0x5000);
        g_assert_cmpint(
            fake_host_event(&machine->host, VTDM_EVENT_INVALIDATION)
                ->invalidation.leaf_only, ==, hint);
    }
    machine_free(machine);
}

/* A context flush is no IOTLB flush, and the other way round. */
static void test_one_cache_only(gconstpointer opaque)
{
    const Interface *interface = opaque;
    Machine *machine = new_machine(interface);

    attach(machine, MACHINE_SID, 1);
    machine_map(machine, 0, 0x1000, 1, RW);
    machine_expect(machine, 0, 0x1000);
    machine_map(machine, 0, 0x2000, 1, RW);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        (VTDMEntry128) { 0 });
    invalidate_context(machine, interface, VTDM_G_GLOBAL, 0, 0);
    machine_expect(machine, 0, 0x1000);
    machine_free(machine);

    machine = new_machine(interface);
    attach(machine, MACHINE_SID, 1);
    machine_map(machine, 0, 0x1000, 1, RW);
    machine_expect(machine, 0, 0x1000);
    machine_map(machine, 0, 0x2000, 1, RW);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        (VTDMEntry128) { 0 });
    invalidate_iotlb(machine, interface, VTDM_G_GLOBAL, 0, 0);
    machine_expect(machine, 0, 0x2000);
    machine_free(machine);
}

/* What the registers report, whatever they were asked. */
static void expect_granularity(Machine *machine, unsigned context,
                               unsigned iotlb)
{
    for (unsigned g = 0; g < 4; g++) {
        g_assert_cmpuint(by_register(machine, VTDM_REG_CCMD, VTDM_CCMD_ICC |
                                     (uint64_t)g << 61, 59), ==,
                         context ? g : 0);
        g_assert_cmpuint(by_register(machine, machine_iotlb(machine) + 8,
                                     VTDM_IOTLB_IVT | (uint64_t)g << 60,
                                     57), ==, iotlb ? g : 0);
    }
}

/* Spec: "Register-based Invalidation Interface": where it exists */
static void test_register_modes(void)
{
    for (unsigned major = 1; major <= 7; major++) {
        VTDMConfig config;
        Machine *machine;

        vtdm_config_init(&config);
        config.version_major = major;
        config.sagaw = major < 6 ? config.sagaw : 0;
        config.adms = true;
        machine = machine_new(&config);
        expect_granularity(machine, major <= 5, major <= 5);
        machine_enable_dma(machine);
        expect_granularity(machine, major <= 5, major <= 5);
        for (unsigned ttm = 1; ttm < 4; ttm++) {
            machine_set_root(machine, MACHINE_ROOT | ttm << 10);
            expect_granularity(machine, false, false);
        }
        machine_set_root(machine, MACHINE_ROOT);
        machine_enable_queue(machine);
        expect_granularity(machine, false, false);
        machine_free(machine);
    }
}

/* A refused request removes nothing. */
static void test_refused_removes_nothing(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, RW);
    machine_enable_queue(machine);
    by_register(machine, machine_iotlb(machine) + 8,
                VTDM_IOTLB_IVT | 1ULL << 60, 57);
    by_register(machine, VTDM_REG_CCMD, VTDM_CCMD_ICC | 1ULL << 61, 59);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_command(machine, 0, VTDM_GCMD_QIE);
    by_register(machine, machine_iotlb(machine) + 8, VTDM_IOTLB_IVT, 57);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_free(machine);
}

/* Spec: "IOTLB Invalidate Register": PSI, MAMV */
static void test_register_masks(void)
{
    VTDMConfig config;
    Machine *machine;
    uint32_t base;

    vtdm_config_init(&config);
    config.mamv = 9;
    machine = machine_new(&config);
    base = machine_iotlb(machine);
    for (unsigned am = 0; am < 64; am++) {
        machine_write64(machine, base, am);
        g_assert_cmpuint(by_register(machine, base + 8,
                                     VTDM_IOTLB_IVT | 3ULL << 60, 57),
                         ==, am <= 9 ? 3 : 0);
    }
    machine_free(machine);
    config.psi = false;
    machine = machine_new_mapped(&config);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, RW);
    machine_write64(machine, base, 0x1000);
    g_assert_cmpuint(by_register(machine, base + 8, VTDM_IOTLB_IVT |
                                 3ULL << 60 | (uint64_t)MACHINE_DID << 32,
                                 57), ==, VTDM_G_DOMAIN);
    machine_expect(machine, MACHINE_IOVA, 0x5000);
    machine_free(machine);
}

/* Spec: "Context Command Register": the top byte starts it, with ICC */
static void test_trigger(void)
{
    Machine *machine = machine_new_mapped(NULL);
    uint32_t base = machine_iotlb(machine);
    unsigned before;

    before = fake_host_count(&machine->host, VTDM_EVENT_INVALIDATION);
    machine_write64(machine, VTDM_REG_CCMD, 1ULL << 61);
    machine_write32(machine, VTDM_REG_CCMD, UINT32_MAX);
    machine_write64(machine, base + 8, 1ULL << 60);
    machine_write32(machine, base + 8, UINT32_MAX);
    g_assert_cmpuint(fake_host_count(&machine->host,
                                     VTDM_EVENT_INVALIDATION), ==, before);
    machine_write32(machine, VTDM_REG_CCMD, 0x00050003);
    machine_write32(machine, VTDM_REG_CCMD + 4, 0xe0000000);
    g_assert_cmphex(fake_host_event(&machine->host, VTDM_EVENT_INVALIDATION)
                        ->invalidation.source_id, ==, 5);
    g_assert_cmphex(fake_host_event(&machine->host, VTDM_EVENT_INVALIDATION)
                        ->invalidation.domain_id, ==, 3);
    machine_write32(machine, base + 12, 0x90000000);
    g_assert_cmpuint(fake_host_count(&machine->host,
                                     VTDM_EVENT_INVALIDATION), ==,
                     before + 2);
    machine_free(machine);
}

/* Spec: "Interrupt Remapping": DMA flushes leave interrupt entries alone */
static void test_interrupts_stay(gconstpointer opaque)
{
    const Interface *interface = opaque;
    Machine *machine = new_machine(interface);
    uint64_t address = vtdm_make_msi_address(0, false);

    vtdm_tables_set128(&machine->tables, MACHINE_IRT,
                       vtdm_make_irte(0x55, 0, false));
    machine_enable_interrupts(machine, 7, false);
    machine_interrupt(machine, 0, address, 0);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT, (VTDMEntry128) { 0 });
    invalidate_context(machine, interface, VTDM_G_GLOBAL, 0, 0);
    invalidate_iotlb(machine, interface, VTDM_G_GLOBAL, 0, 0);
    machine_set_root(machine, MACHINE_ROOT);
    g_assert_cmphex(machine_interrupt(machine, 0, address, 0).data & 0xff,
                    ==, 0x55);
    machine_free(machine);
}

/*
 * What an invalidation means to a copy of one requester's translations, by
 * first-stage tables and by others.
 */
static void test_range(void)
{
    enum { NEITHER, FIRST = 1, OTHER = 2, BOTH = 3 };
    static const struct {
        VTDMInvalidation what;
        unsigned covers;
        unsigned pages;         /* only in the range; else all */
    } rows[] = {
        { { VTDM_CACHE_EVERY, VTDM_SCOPE_GLOBAL }, BOTH },
        { { VTDM_CACHE_CONTEXT, VTDM_SCOPE_GLOBAL }, BOTH },
        { { VTDM_CACHE_CONTEXT, VTDM_SCOPE_DOMAIN, .domain_id = 99 }, BOTH },
        { { VTDM_CACHE_CONTEXT, VTDM_SCOPE_DEVICE, .domain_id = 99,
            .source_id = MACHINE_SID, .source_mask = 0xffff }, BOTH },
        { { VTDM_CACHE_CONTEXT, VTDM_SCOPE_DEVICE,
            .source_id = MACHINE_SID ^ 1, .source_mask = 0xffff }, NEITHER },
        { { VTDM_CACHE_CONTEXT, VTDM_SCOPE_DEVICE,
            .source_id = MACHINE_SID ^ 1, .source_mask = 0xfff8 }, BOTH },
        { { VTDM_CACHE_PASID, VTDM_SCOPE_GLOBAL }, BOTH },
        { { VTDM_CACHE_PASID, VTDM_SCOPE_DOMAIN, .domain_id = MACHINE_DID },
          BOTH },
        { { VTDM_CACHE_PASID, VTDM_SCOPE_DOMAIN, .domain_id = 99 }, NEITHER },
        { { VTDM_CACHE_PASID, VTDM_SCOPE_PASID, .domain_id = MACHINE_DID },
          BOTH },
        { { VTDM_CACHE_PASID, VTDM_SCOPE_PASID, .domain_id = 99 }, NEITHER },
        { { VTDM_CACHE_IOTLB, VTDM_SCOPE_GLOBAL }, BOTH },
        { { VTDM_CACHE_IOTLB, VTDM_SCOPE_DOMAIN, .domain_id = MACHINE_DID },
          BOTH },
        { { VTDM_CACHE_IOTLB, VTDM_SCOPE_DOMAIN, .domain_id = 99 }, NEITHER },
        { { VTDM_CACHE_IOTLB, VTDM_SCOPE_PAGES, .domain_id = MACHINE_DID },
          BOTH, OTHER },
        { { VTDM_CACHE_IOTLB, VTDM_SCOPE_PAGES, .domain_id = 99 }, NEITHER },
        { { VTDM_CACHE_IOTLB, VTDM_SCOPE_PASID, .domain_id = MACHINE_DID },
          BOTH },
        { { VTDM_CACHE_IOTLB, VTDM_SCOPE_PASID, .domain_id = 99 }, NEITHER },
        { { VTDM_CACHE_IOTLB, VTDM_SCOPE_PASID_PAGES,
            .domain_id = MACHINE_DID }, FIRST, FIRST },
        { { VTDM_CACHE_IOTLB, VTDM_SCOPE_PASID_PAGES, .domain_id = 99 },
          NEITHER },
    };

    for (size_t i = 0; i < 2 * G_N_ELEMENTS(rows); i++) {
        VTDMInvalidation what = rows[i / 2].what;
        unsigned kind = i % 2 ? FIRST : OTHER;
        bool pages = rows[i / 2].pages & kind;
        uint64_t first, last;
        bool covers;

        what.address = 0x4000;
        what.mask = 0x1fff;
        covers = vtdm_invalidation_range(&what, MACHINE_SID, MACHINE_DID,
                                         kind == FIRST, &first, &last);
        g_assert_cmpint(covers, ==, !!(rows[i / 2].covers & kind));
        if (covers) {
            g_assert_cmphex(first, ==, pages ? 0x4000 : 0);
            g_assert_cmphex(last, ==, pages ? 0x5fff : UINT64_MAX);
        }
    }
}

static void add(const char *name, const Interface *interface,
                GTestDataFunc run)
{
    char *path = g_strdup_printf("/vtdm/invalidate/%s-%s", name,
                                 interface->name);

    g_test_add_data_func(path, interface, run);
    g_free(path);
}

int main(int argc, char **argv)
{
    static const Interface *const interfaces[] = { &registers, &queue };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(interfaces); i++) {
        add("context", interfaces[i], test_context);
        add("pages", interfaces[i], test_pages);
        add("domains", interfaces[i], test_domains);
        add("large", interfaces[i], test_large);
        add("one-cache-only", interfaces[i], test_one_cache_only);
        add("interrupts-stay", interfaces[i], test_interrupts_stay);
    }
    g_test_add_func("/vtdm/invalidate/hint", test_hint);
    g_test_add_func("/vtdm/invalidate/register-modes", test_register_modes);
    g_test_add_func("/vtdm/invalidate/refused-removes-nothing",
                    test_refused_removes_nothing);
    g_test_add_func("/vtdm/invalidate/register-masks", test_register_masks);
    g_test_add_func("/vtdm/invalidate/trigger", test_trigger);
    g_test_add_func("/vtdm/invalidate/range", test_range);
    return g_test_run();
}
