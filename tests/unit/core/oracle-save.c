/*
 * Saving against the unit itself: random requests, invalidations and changes of
 * tables; then a second unit loads what the first one is, in the middle of
 * whatever it does, and from then on both must do the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <inttypes.h>
#include <string.h>

#include "hw/i386/vtdm/save.h"
#include "counters.h"
#include "machine.h"

#define BASE    0x40000000ULL
#define SPOT    0x800000ULL     /* what pages map to */
#define PAGES   12              /* of each table; the last three are large */
#define IRTES   8
#define MOVES   60              /* of one machine to the next */

typedef struct World {
    Machine *machine;
    GRand *numbers;
    bool scalable;
    uint64_t leaves[3][PAGES];  /* addresses of entries: two second stages... */
    uint64_t present[10];       /* ... and a first one; of words with P */
    unsigned words;
    unsigned tail;              /* of the queue, as it will be told */
} World;

static const uint16_t sources[] = { 0x0310, 0x0418, 0x0520, 0x0601 };
static const uint32_t pasids[] = { VTDM_NO_PASID, VTDM_NO_PASID, 5, 6, 7 };

static unsigned below(World *world, unsigned end)
{
    return g_rand_int_range(world->numbers, 0, end);
}

static bool chance(World *world, unsigned percent)
{
    return below(world, 100) < percent;
}

/* ---- the tables ---- */

static uint64_t page_address(unsigned page)
{
    return page < PAGES - 3 ? BASE + page * 4096
                            : BASE + (page - PAGES + 4) * 0x200000ULL;
}

static void map_table(World *world, unsigned number, uint64_t table)
{
    bool first = number == 2;

    for (unsigned page = 0; page < PAGES; page++) {
        unsigned level = page < PAGES - 3 ? 1 : 2;

        world->leaves[number][page] =
            vtdm_tables_map(&world->machine->tables, &(VTDMMapping) {
                .table = table, .levels = 4, .level = level,
                .input = page_address(page),
                .output = first ? page_address(page)
                                : SPOT + page * 0x200000ULL,
                .flags = first ? VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US
                               : VTDM_SS_R | VTDM_SS_W,
                .first_stage = first,
            });
    }
}

/* A second stage that maps all memory, for the tables of a first one. */
static uint64_t map_all(World *world)
{
    uint64_t table = vtdm_tables_page(&world->machine->tables);

    for (uint64_t at = 0; at < MACHINE_RAM; at += 0x200000) {
        vtdm_tables_map(&world->machine->tables, &(VTDMMapping) {
            .table = table, .levels = 4, .level = 2, .input = at,
            .output = at, .flags = VTDM_SS_R | VTDM_SS_W,
        });
    }
    return table;
}

static void add_word(World *world, uint64_t address)
{
    world->present[world->words++] = address;
}

static void make_legacy(World *world, const uint64_t *tables)
{
    static const unsigned tts[] = {
        VTDM_TT_DEVICE_TLB, VTDM_TT_DEVICE_TLB, VTDM_TT_SECOND_STAGE,
        VTDM_TT_PASS_THROUGH,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        add_word(world, vtdm_tables_context(
            &world->machine->tables, MACHINE_ROOT, sources[i],
            vtdm_make_context(tts[i], 4, tables[i / 2], 1 + i / 2)));
    }
}

static void make_scalable(World *world, const uint64_t *tables)
{
    VTDMTables *all = &world->machine->tables;
    uint64_t directory = vtdm_tables_page(all);
    VTDMEntry512 first = vtdm_make_pasid_first_stage(4, tables[2], 3);
    VTDMEntry512 nested;

    first.words[1] |= VTDM_PASID_1_PWSNP;
    nested = vtdm_pasid_nested_over(first, 4, map_all(world));
    nested.words[1] = (nested.words[1] & ~VTDM_PASID_1_DID) | 4;
    add_word(world, vtdm_tables_pasid(
        all, directory, 0, vtdm_make_pasid_second_stage(4, tables[0], 1)));
    add_word(world, vtdm_tables_pasid(all, directory, 5, first));
    add_word(world, vtdm_tables_pasid(all, directory, 6, nested));
    add_word(world, vtdm_tables_pasid(all, directory, 7,
                                      vtdm_make_pasid_pass_through(2)));
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        add_word(world, vtdm_tables_scalable_context(
            all, MACHINE_ROOT, sources[i], vtdm_make_scalable_context(
                VTDM_SCTX_DTE | VTDM_SCTX_PRE | (i == 1 ? 0
                                                        : VTDM_SCTX_PASIDE),
                0, directory, 0)));
    }
}

static void make_irte(World *world, unsigned index)
{
    VTDMEntry128 irte = vtdm_make_irte(below(world, 256), below(world, 4),
                                       false);

    irte.lo &= ~(uint64_t)chance(world, 20);
    vtdm_tables_set128(&world->machine->tables, MACHINE_IRT + 16 * index,
                       irte);
}

/* ---- what happens ---- */

/* Behind those that the unit has not been told of. */
static void submit(World *world, VTDMEntry128 descriptor)
{
    Machine *machine = world->machine;
    unsigned step = world->scalable ? 32 : 16;

    vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + world->tail,
                       descriptor);
    if (world->scalable) {
        vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + world->tail + 16,
                           (VTDMEntry128) { 0 });
    }
    world->tail = (world->tail + step) % VTDM_PAGE_SIZE;
}

static void tell_tail(World *world)
{
    if (machine_read64(world->machine, VTDM_REG_IQT) != world->tail) {
        machine_write64(world->machine, VTDM_REG_IQT, world->tail);
    }
}

static uint64_t random_page(World *world)
{
    return page_address(below(world, PAGES));
}

static void invalidate_pages(World *world)
{
    static const unsigned g[] = {
        VTDM_G_SELECTIVE, VTDM_G_SELECTIVE, VTDM_G_DOMAIN, VTDM_G_GLOBAL,
    };
    unsigned which = g[below(world, 4)], did = 1 + below(world, 4);
    uint64_t page = random_page(world);
    unsigned am = below(world, 3) * 4;
    bool hint = chance(world, 50);

    submit(world, vtdm_make_iotlb_invalidate(which, did, page, am, hint));
}

static void invalidate_context(World *world)
{
    unsigned g = 1 + below(world, 3), did = 1 + below(world, 3);

    submit(world, vtdm_make_context_invalidate(
               g, did, sources[below(world, 4)], 0));
}

static void invalidate_pasid(World *world)
{
    unsigned g = below(world, 3), did = 1 + below(world, 4);
    uint32_t pasid = below(world, 8);

    submit(world, vtdm_make_pasid_cache_invalidate(
               g == 2 ? VTDM_PC_G_GLOBAL : g, did, pasid));
}

static void invalidate_pasid_pages(World *world)
{
    unsigned did = 3 + below(world, 2);
    uint32_t pasid = 5 + below(world, 2);

    submit(world, vtdm_make_pasid_iotlb_invalidate(
               chance(world, 70) ? VTDM_P_IOTLB_G_PAGES
                                 : VTDM_P_IOTLB_G_PASID,
               did, pasid, random_page(world)));
}

static void invalidate_device_tlb(World *world)
{
    submit(world, vtdm_make_device_tlb_invalidate(
               sources[below(world, 3)], random_page(world), false));
}

static void invalidate_interrupts(World *world)
{
    submit(world, chance(world, 30)
               ? vtdm_make_iec_invalidate_all()
               : vtdm_make_iec_invalidate(below(world, IRTES), 0));
}

static void respond(World *world)
{
    submit(world, vtdm_make_page_response(sources[below(world, 3)],
                                          5 + below(world, 2),
                                          below(world, 512), 0));
}

static void wait(World *world)
{
    uint64_t flags = VTDM_WAIT_SW | (chance(world, 30) ? VTDM_WAIT_IF : 0);
    unsigned at = below(world, 16);

    submit(world, vtdm_make_wait(flags, MACHINE_STATUS + 4 * at,
                                 g_rand_int(world->numbers)));
}

/* More than one slice of work can do. */
static void burst(World *world)
{
    for (unsigned i = 0; i < 24; i++) {
        invalidate_pages(world);
        wait(world);
    }
}

static void break_queue(World *world)
{
    submit(world, (VTDMEntry128) { .lo = 15 });
}

static void change_leaf(World *world)
{
    unsigned table = below(world, 3), page = below(world, PAGES);
    uint64_t address = world->leaves[table][page];
    uint64_t flags = table == 2 ? VTDM_FS_P | VTDM_FS_US |
                                  (chance(world, 70) ? VTDM_FS_RW : 0)
                                : below(world, 4);
    uint64_t output = table == 2 ? random_page(world) & ~0x1fffffULL
                                 : SPOT + below(world, 8) * 0x200000ULL;

    if (address) {
        vtdm_tables_set(&world->machine->tables, address, output | flags |
                        (page < PAGES - 3 ? 0 : VTDM_SS_PS));
    }
}

static void change_presence(World *world)
{
    uint64_t address = world->present[below(world, world->words)];
    uint64_t word = vtdm_tables_get(&world->machine->tables, address);

    vtdm_tables_set(&world->machine->tables, address,
                    chance(world, 80) ? word | 1 : word & ~1ULL);
}

static void change_irte(World *world)
{
    make_irte(world, below(world, IRTES));
}

static void answer(World *world)
{
    uint16_t source = sources[below(world, 3)];
    uint32_t itags = 1u << below(world, 4);

    if (chance(world, 10)) {
        vtdm_unit_device_tlb_expire(world->machine->unit);
    } else {
        vtdm_unit_device_tlb_complete(world->machine->unit, source, itags,
                                      1 + below(world, 2));
    }
}

static void ask_page(World *world)
{
    VTDMPageRequest request = {
        .address = random_page(world),
        .pasid = pasids[below(world, 5)],
        .source_id = sources[below(world, 3)],
        .group = below(world, 512),
        .read = true,
        .last = chance(world, 50),
    };
    VTDMPageResponse response;

    vtdm_unit_page_request(world->machine->unit, &request, &response);
}

static void clear_faults(World *world)
{
    uint64_t cap = machine_read64(world->machine, VTDM_REG_CAP);
    uint32_t frcd = 16 * vtdm_get(cap, VTDM_CAP_FRO);

    for (unsigned i = 0; i < world->machine->config.fault_records; i++) {
        if (chance(world, 70)) {
            machine_write32(world->machine, frcd + 16 * i + 12,
                            1u << 31);
        }
    }
    machine_write32(world->machine, VTDM_REG_FSTS, UINT32_MAX);
}

static void write_control(World *world)
{
    static const uint32_t controls[] = {
        VTDM_REG_FECTL, VTDM_REG_IECTL, VTDM_REG_PECTL,
    };
    static const uint32_t causes[] = { VTDM_REG_ICS, VTDM_REG_PRS };

    machine_write32(world->machine, controls[below(world, 3)],
                    chance(world, 50) ? VTDM_FECTL_IM : 0);
    machine_write32(world->machine, causes[below(world, 2)], UINT32_MAX);
}

static void write_command(World *world)
{
    static const uint32_t bits[] = {
        VTDM_GCMD_TE, VTDM_GCMD_IRE, VTDM_GCMD_CFI, VTDM_GCMD_SRTP,
        VTDM_GCMD_SIRTP,
    };
    uint32_t bit = bits[below(world, 5)];

    machine_command(world->machine, bit, 0);
    if (chance(world, 20)) {
        machine_command(world->machine, 0, bit);
    }
}

static void write_protection(World *world)
{
    machine_write32(world->machine, VTDM_REG_PLMBASE,
                    SPOT + below(world, 4) * 0x200000);
    machine_write32(world->machine, VTDM_REG_PMEN,
                    chance(world, 50) ? VTDM_PMEN_EPM : 0);
}

static void restart_queue(World *world)
{
    machine_command(world->machine, 0, VTDM_GCMD_QIE);
    world->tail = 0;
    if (world->scalable) {
        machine_enable_wide_queue(world->machine);
    } else {
        machine_enable_queue(world->machine);
    }
}

static void write_iotlb(World *world)
{
    uint32_t base = machine_iotlb(world->machine);

    machine_write64(world->machine, base + VTDM_REG_IOTLB, VTDM_IOTLB_IVT |
                    vtdm_field(VTDM_IOTLB_IIRG, VTDM_G_GLOBAL));
    machine_write64(world->machine, VTDM_REG_CCMD, VTDM_CCMD_ICC |
                    vtdm_field(VTDM_CCMD_CIRG, VTDM_G_GLOBAL));
}

static void pass_time(World *world)
{
    world->machine->host.now += below(world, 1000);
}

static void use_counters(World *world)
{
    Machine *machine = world->machine;
    unsigned counter = below(world, COUNTERS);
    VTDMCount event = below(world, VTDM_COUNTS);

    if (machine->config.pms) {
        counter_set(machine, counter, COUNTER_MAX - below(world, 500));
        counter_start(machine, counter,
                      counter_selects(event, VTDM_PERFCNTRCFG_IO));
    }
}

static void work(World *world)
{
    machine_work(world->machine);
}

static const struct {
    void (*run)(World *world);
    unsigned weight;
    bool scalable;              /* it needs that */
} actions[] = {
    { invalidate_pages, 8 }, { invalidate_context, 3 },
    { invalidate_pasid, 3, true }, { invalidate_pasid_pages, 4, true },
    { invalidate_device_tlb, 5 }, { invalidate_interrupts, 3 },
    { respond, 3, true }, { wait, 6 }, { burst, 2 }, { break_queue, 1 },
    { change_leaf, 20 }, { change_presence, 6 }, { change_irte, 6 },
    { answer, 12 }, { ask_page, 6, true }, { clear_faults, 6 },
    { write_control, 3 }, { write_command, 3 }, { write_protection, 2 },
    { restart_queue, 2 }, { write_iotlb, 1 }, { work, 8 },
    { pass_time, 6 }, { use_counters, 4 },
};

static void act(World *world)
{
    unsigned number = below(world, 130);

    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (number < actions[i].weight) {
            if (world->scalable || !actions[i].scalable) {
                actions[i].run(world);
            }
            if (chance(world, 60)) {
                tell_tail(world);
            }
            return;
        }
        number -= actions[i].weight;
    }
    change_leaf(world);
}

/* ---- what is answered ---- */

static VTDMResult request(World *world)
{
    VTDMRequest request = {
        .address = random_page(world) + below(world, 4096),
        .source_id = sources[below(world, 4)],
        .pasid = pasids[below(world, world->scalable ? 5 : 2)],
        .access = below(world, 3),
        .type = below(world, 4) ? 0 : below(world, 3),
        .privileged = chance(world, 30),
        .no_write = chance(world, 50),
    };

    return machine_request(world->machine, request);
}

static VTDMInterrupt interrupt(World *world)
{
    unsigned handle = below(world, IRTES);

    return machine_interrupt(world->machine, sources[below(world, 4)],
                             vtdm_make_msi_address(handle, false), 0);
}

static void expect_same_fault(const VTDMFault *a, const VTDMFault *b)
{
    g_assert_cmpstr(vtdm_condition_info(a->condition)->name, ==,
                    vtdm_condition_info(b->condition)->name);
    if (a->condition == VTDM_NO_FAULT) {
        return;
    }
    g_assert_cmphex(a->entry_address, ==, b->entry_address);
    g_assert_cmphex(a->entry.lo, ==, b->entry.lo);
    g_assert_cmphex(a->entry.hi, ==, b->entry.hi);
    g_assert_cmpint(a->stage, ==, b->stage);
    g_assert_cmpint(a->fpd, ==, b->fpd);
    g_assert_cmpint(a->recorded, ==, b->recorded);
}

static void expect_same_results(World *one, World *two)
{
    VTDMResult a = request(one), b = request(two);
    VTDMInterrupt i = interrupt(one), j = interrupt(two);

    g_assert_cmpint(a.response, ==, b.response);
    g_assert_cmphex(a.address, ==, b.address);
    g_assert_cmphex(a.mask, ==, b.mask);
    g_assert_cmphex(a.perm, ==, b.perm);
    g_assert_cmpint(a.clean, ==, b.clean);
    g_assert_cmpint(a.snoop, ==, b.snoop);
    g_assert_cmpint(a.untranslated_only, ==, b.untranslated_only);
    g_assert_cmpint(a.first_stage, ==, b.first_stage);
    g_assert_cmpint(a.has_domain, ==, b.has_domain);
    g_assert_cmpint(a.domain_id, ==, b.domain_id);
    expect_same_fault(&a.fault, &b.fault);
    g_assert_cmpint(i.response, ==, j.response);
    g_assert_cmphex(i.address, ==, j.address);
    g_assert_cmphex(i.data, ==, j.data);
    expect_same_fault(&i.fault, &j.fault);
}

static void expect_same_logs(Machine *one, Machine *two)
{
    const GArray *a = one->host.messages, *b = two->host.messages;

    g_assert_cmpuint(a->len, ==, b->len);
    for (guint i = 0; i < a->len; i++) {
        g_assert_cmphex(g_array_index(a, FakeMessage, i).address, ==,
                        g_array_index(b, FakeMessage, i).address);
        g_assert_cmphex(g_array_index(a, FakeMessage, i).data, ==,
                        g_array_index(b, FakeMessage, i).data);
    }
    a = one->host.device_tlbs;
    b = two->host.device_tlbs;
    g_assert_cmpuint(a->len, ==, b->len);
    for (guint i = 0; i < a->len; i++) {
        const VTDMInvalidation *x = &g_array_index(a, VTDMInvalidation, i);
        const VTDMInvalidation *y = &g_array_index(b, VTDMInvalidation, i);

        g_assert_cmpuint(x->itag, ==, y->itag);
        g_assert_cmphex(x->address, ==, y->address);
        g_assert_cmphex(x->source_id, ==, y->source_id);
    }
    g_assert_cmpuint(one->host.page_responses->len, ==,
                     two->host.page_responses->len);
}

static void expect_same_registers(Machine *one, Machine *two)
{
    size_t size = vtdm_config_register_size(&one->config);

    for (uint32_t offset = 0; offset < size; offset += 8) {
        uint64_t a = vtdm_unit_peek(one->unit, offset, 8);
        uint64_t b = vtdm_unit_peek(two->unit, offset, 8);

        if (a != b) {
            g_error("registers at %x: %" PRIx64 ", %" PRIx64, offset, a, b);
        }
    }
}

static GByteArray *save(World *world)
{
    return vtdm_unit_save(world->machine->unit, true);
}

static void expect_same_state(World *one, World *two)
{
    g_autoptr(GByteArray) a = save(one);
    g_autoptr(GByteArray) b = save(two);

    g_assert_cmpmem(a->data, a->len, b->data, b->len);
    g_assert_cmpmem(one->machine->host.ram, MACHINE_RAM,
                    two->machine->host.ram, MACHINE_RAM);
}

/* ---- from one machine to the next ---- */

static void finish_work(World *world)
{
    do {
        world->machine->host.asked = false;
        vtdm_unit_work(world->machine->unit);
    } while (world->machine->host.asked);
}

static void forget_logs(Machine *machine)
{
    g_array_set_size(machine->host.messages, 0);
    g_array_set_size(machine->host.device_tlbs, 0);
    g_array_set_size(machine->host.page_responses, 0);
    g_array_set_size(machine->host.events, 0);
}

static Machine *new_machine(const VTDMConfig *config)
{
    Machine *machine = machine_new(config);

    machine->in_slices = true;
    machine->host.answer = VTDM_DEVICE_TLB_LATER;
    return machine;
}

static void switch_on(World *world)
{
    Machine *machine = world->machine;

    machine_enable_interrupts(machine, 3, false);
    machine_write32(machine, VTDM_REG_PLMLIMIT, SPOT + 0x600000);
    if (world->scalable) {
        machine_write64(machine, VTDM_REG_PQA, 0x1f00000);
        machine_enable_scalable(machine);
        machine_enable_wide_queue(machine);
    } else {
        machine_enable_dma(machine);
        machine_enable_queue(machine);
    }
}

/* What was there before goes. */
static void make_dirty(World *world)
{
    switch_on(world);
    for (unsigned i = 0; i < 10; i++) {
        request(world);
        interrupt(world);
    }
}

static void copy_world(const World *from, World *to)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GByteArray) bytes = vtdm_unit_save(from->machine->unit, true);

    *to = *from;
    to->machine = new_machine(&from->machine->config);
    to->machine->host.now = from->machine->host.now;
    to->numbers = g_rand_copy(from->numbers);
    memcpy(to->machine->host.ram, from->machine->host.ram, MACHINE_RAM);
    make_dirty(to);
    g_rand_free(to->numbers);
    to->numbers = g_rand_copy(from->numbers);
    memcpy(to->machine->host.ram, from->machine->host.ram, MACHINE_RAM);
    if (!vtdm_unit_load(to->machine->unit, bytes->data, bytes->len,
                        problems)) {
        g_error("%s", (const char *)problems->pdata[0]);
    }
    forget_logs(to->machine);
    forget_logs(from->machine);
}

static void free_world(World *world)
{
    machine_free(world->machine);
    g_rand_free(world->numbers);
}

static void live_together(World *one, World *two)
{
    expect_same_state(one, two);
    finish_work(one);
    finish_work(two);
    for (unsigned i = 0; i < 40; i++) {
        expect_same_logs(one->machine, two->machine);
        expect_same_registers(one->machine, two->machine);
        act(one);
        act(two);
        finish_work(one);
        finish_work(two);
        expect_same_results(one, two);
    }
    expect_same_state(one, two);
}

static void live_alone(World *world)
{
    for (unsigned i = below(world, 60); i; i--) {
        act(world);
        request(world);
        interrupt(world);
    }
}

static void start(World *world)
{
    Machine *machine = world->machine;
    uint64_t tables[3];

    for (unsigned i = 0; i < 3; i++) {
        tables[i] = vtdm_tables_page(&machine->tables);
        if (i < 2 || world->scalable) {
            map_table(world, i, tables[i]);
        }
    }
    for (unsigned i = 0; i < IRTES; i++) {
        make_irte(world, i);
    }
    if (world->scalable) {
        make_scalable(world, tables);
    } else {
        make_legacy(world, tables);
    }
    switch_on(world);
    finish_work(world);
}

static void run(const VTDMConfig *config)
{
    World world = {
        .machine = new_machine(config),
        .numbers = g_rand_new_with_seed(g_test_rand_int()),
        .scalable = config->smts,
    };

    start(&world);
    for (unsigned i = 0; i < MOVES; i++) {
        World other;

        live_alone(&world);
        copy_world(&world, &other);
        live_together(&world, &other);
        free_world(&world);
        world = other;
    }
    free_world(&world);
}

static void test_legacy(void)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.dt = config.plmr = config.sc = true;
    config.fault_records = 3;
    config.iotlb_entries = 16;
    run(&config);
    config.cm = true;
    config.esrtps = config.esirtps = false;
    run(&config);
}

static void test_scalable(void)
{
    VTDMConfig config;

    machine_scalable_config(&config);
    config.plmr = true;
    config.fault_records = 3;
    config.iotlb_entries = 24;
    run(&config);
    config.cm = true;
    config.iotlb_entries = 4096;
    counters_config(&config);
    run(&config);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/oracle-save/legacy", test_legacy);
    g_test_add_func("/vtdm/oracle-save/scalable", test_scalable);
    return g_test_run();
}
