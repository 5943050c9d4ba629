/*
 * The performance monitor: its registers, its counters, what they refuse, what
 * comes of an overflow, and the time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "counters.h"

#define LOOKUP      VTDM_COUNT_IOTLB_LOOKUP
#define HIT         VTDM_COUNT_IOTLB_HIT
#define CLOCKS      VTDM_COUNT_IOMMU_CLOCKS
#define IO          VTDM_PERFCNTRCFG_IO
#define GFO         VTDM_PERFCNTRCFG_GFO
#define NEVER       UINT64_MAX

static void request(Machine *machine)
{
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
}

static unsigned start(Machine *machine, unsigned counter, VTDMCount event,
                      uint64_t flags)
{
    return counter_start(machine, counter, counter_selects(event, flags));
}

static unsigned disable(Machine *machine, uint64_t counter)
{
    return counter_command(machine, VTDM_ECMD_DISABLE, counter);
}

static void set_filter(Machine *machine, unsigned counter, unsigned filter,
                       uint32_t value)
{
    machine_write32(machine, counter_filter(machine, counter, filter), value);
}

static uint32_t status(Machine *machine)
{
    return machine_read32(machine, VTDM_REG_PERFINTRSTS);
}

/* Spec: "Performance Monitoring Discovery and Enumeration" */
static void test_absent(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.ecmds = true;
    machine = machine_new(&config);
    for (uint32_t offset = 0x300; offset < 0x400; offset += 8) {
        machine_write64(machine, offset, UINT64_MAX);
        g_assert_cmphex(machine_read64(machine, offset), ==, 0);
    }
    g_assert_cmpuint(vtdm_config_register_size(&config), ==, 0x1000);
    machine_free(machine);
}

/*
 * Spec: "Performance Monitoring Register Layout": all within the unit's space,
 * aligned, and beside whatever number of fault records
 */
static void test_layout(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    counters_config(&config);
    config.fault_records = 256;
    machine = machine_new(&config);
    g_assert_cmphex(vtdm_config_register_size(&config), ==, 0x10000);
    g_assert_cmphex(counter_cfg(machine, 0), >=, 0x2000);
    g_assert_cmphex(counter_cfg(machine, 0) % 0x100, ==, 0);
    g_assert_cmphex(machine_read32(machine, 0x314), >=,
                    counter_cfg(machine, COUNTERS));
    g_assert_cmphex(machine_read32(machine, 0x314) % 8, ==, 0);
    g_assert_cmphex(machine_read32(machine, 0x318), ==,
                    machine_read32(machine, 0x314) + 8);
    g_assert_cmphex(counter_register(machine, 0), >,
                    machine_read32(machine, 0x318));
    g_assert_cmphex(counter_register(machine, 1) - counter_register(
                        machine, 0), ==, 0x400);
    g_assert_cmphex(counter_register(machine, 0) % 0x400, ==, 0);
    g_assert_cmphex(counter_register(machine, COUNTERS), <=, 0x10000);
    machine_free(machine);
}

/* Spec: "Performance Monitoring Capability Register", and what counters can */
static void test_capabilities(void)
{
    static const uint32_t groups[] = { 0x6f, 0xe9, 0x3ff, 0xf, 0x7 };
    Machine *machine = counters_machine(false);

    g_assert_cmphex(machine_read64(machine, VTDM_REG_ECAP) & VTDM_ECAP_PMS,
                    !=, 0);
    g_assert_cmphex(machine_read64(machine, 0x300), ==, 0xf00f001f05300020);
    for (unsigned i = 0; i < 16; i++) {
        g_assert_cmphex(machine_read64(machine, 0x380 + 8 * i), ==,
                        i < G_N_ELEMENTS(groups) ? groups[i] : 0);
    }
    for (unsigned i = 0; i < COUNTERS; i++) {
        bool limited = i >= LIMITED;
        uint32_t at = counter_cfg(machine, i) + 0x80;

        g_assert_cmphex(machine_read32(machine, at), ==,
                        limited ? 0x20013001 : 0);
        g_assert_cmphex(machine_read32(machine, at + 4), ==,
                        limited ? 0x30000003 : 0);
        g_assert_cmphex(machine_read32(machine, at + 8), ==,
                        limited ? 0x40000007 : 0);
        g_assert_cmphex(machine_read32(machine, at + 12), ==, 0);
    }
    machine_free(machine);
}

/* Spec: "Performance Monitoring Interrupt Control Register": IM is 1 at first */
static void test_reset(void)
{
    Machine *machine = counters_machine(false);

    g_assert_cmphex(machine_read32(machine, 0x328), ==, VTDM_FECTL_IM);
    start(machine, 0, LOOKUP, IO);
    counter_set(machine, 0, COUNTER_MAX);
    request(machine);
    g_assert_cmphex(status(machine), ==, 1);
    vtdm_unit_reset(machine->unit, false);
    g_assert_cmphex(status(machine), ==, 0);
    g_assert_cmphex(machine_read32(machine, 0x328), ==, VTDM_FECTL_IM);
    g_assert_cmphex(counters_overflowed(machine), ==, 0);
    g_assert_cmphex(machine_read64(machine, counter_cfg(machine, 0)), ==, 0);
    machine_dma(machine, MACHINE_IOVA, VTDM_READ);
    g_assert_cmphex(counter_value(machine, 0), ==, 0);
    machine_free(machine);
}

/* Spec: "Performance Monitoring Configuration Registers": a sum of events */
static void test_sum(void)
{
    Machine *machine = counters_machine(false);

    g_assert_cmpuint(counter_start(machine, 3,
                                   counter_selects(LOOKUP, 0) |
                                   counter_selects(HIT, 0)), ==, 0);
    request(machine);
    request(machine);
    g_assert_cmpuint(counter_value(machine, 3), ==, 3);
    machine_free(machine);
}

/* Spec: "Performance Monitoring Configuration Registers": only by commands */
static void test_enable(void)
{
    Machine *machine = counters_machine(false);
    uint32_t cfg = counter_cfg(machine, 1);

    machine_write64(machine, cfg, counter_selects(LOOKUP, 1));
    g_assert_cmphex(machine_read64(machine, cfg), ==,
                    counter_selects(LOOKUP, 0));
    request(machine);
    g_assert_cmpuint(counter_value(machine, 1), ==, 0);
    g_assert_cmpuint(start(machine, 1, LOOKUP, 0), ==, 0);
    g_assert_cmphex(machine_read64(machine, cfg), ==,
                    counter_selects(LOOKUP, 1));
    request(machine);
    g_assert_cmpuint(start(machine, 1, LOOKUP, 0), ==, 0);  /* once more */
    request(machine);
    g_assert_cmpuint(counter_value(machine, 1), ==, 2);
    g_assert_cmpuint(disable(machine, 1), ==, 0);
    request(machine);
    g_assert_cmpuint(counter_value(machine, 1), ==, 2);
    machine_free(machine);
}

/* Spec: "Performance Monitoring Registers": RWL while EN = 1 */
static void test_locked(void)
{
    static const uint32_t fields[] = {
        0x8000ffff, 0x8000ffff, 0x803fffff, 0x80000007, 0x8000001f,
    };
    Machine *machine = counters_machine(false);
    uint32_t cfg = counter_cfg(machine, 2);

    machine_write64(machine, cfg, UINT64_MAX);
    g_assert_cmphex(machine_read64(machine, cfg), ==, 0x0fffffff00000f06);
    for (unsigned i = 0; i < VTDM_FILTERS; i++) {
        set_filter(machine, 2, i, UINT32_MAX);
        g_assert_cmphex(machine_read32(machine, counter_filter(machine, 2,
                                                               i)),
                        ==, fields[i]);
        set_filter(machine, 2, i, 0);
    }
    g_assert_cmpuint(start(machine, 2, LOOKUP, 0), ==, 0);
    machine_write64(machine, cfg, UINT64_MAX);
    g_assert_cmphex(machine_read64(machine, cfg), ==,
                    counter_selects(LOOKUP, 1));
    for (unsigned i = 0; i < VTDM_FILTERS; i++) {
        set_filter(machine, 2, i, UINT32_MAX);
        g_assert_cmphex(machine_read32(machine, counter_filter(machine, 2,
                                                               i)), ==, 0);
        set_filter(machine, 1, i, UINT32_MAX);  /* that one is at rest */
        g_assert_cmphex(machine_read32(machine, counter_filter(machine, 1,
                                                               i)),
                        ==, fields[i]);
    }
    machine_free(machine);
}

/* Spec: "Event Counters": written at rest, with CWE also while they count */
static void test_values(void)
{
    Machine *machine = counters_machine(false);

    counter_set(machine, 7, UINT64_MAX);
    g_assert_cmphex(counter_value(machine, 7), ==, COUNTER_MAX);
    counter_set(machine, 7, 40);
    counter_counts(machine, 7, LOOKUP);
    request(machine);
    g_assert_cmphex(counter_value(machine, 7), ==, 41);
    counter_set(machine, 7, 100);
    request(machine);
    g_assert_cmphex(counter_value(machine, 7), ==, 101);
    machine_write32(machine, counter_register(machine, 7) + 4, 5);
    request(machine);
    g_assert_cmphex(counter_value(machine, 7), ==, 0x500000066);
    machine_free(machine);
}

/* Spec: "Counter Overflow": past zero, and it goes on */
static void test_overflow(void)
{
    Machine *machine = counters_machine(false);

    counter_set(machine, 31, COUNTER_MAX - 1);
    counter_counts(machine, 31, LOOKUP);
    request(machine);
    g_assert_cmphex(counters_overflowed(machine), ==, 0);
    request(machine);
    g_assert_cmphex(counters_overflowed(machine), ==, 1u << 31);
    g_assert_cmphex(counter_value(machine, 31), ==, 0);
    request(machine);
    g_assert_cmphex(counter_value(machine, 31), ==, 1);
    g_assert_cmphex(counters_frozen(machine), ==, 0);
    g_assert_cmphex(status(machine), ==, 0);
    machine_write64(machine, machine_read32(machine, 0x318), 1u << 30);
    g_assert_cmphex(counters_overflowed(machine), ==, 1u << 31);
    machine_write64(machine, machine_read32(machine, 0x318), 1u << 31);
    g_assert_cmphex(counters_overflowed(machine), ==, 0);
    machine_free(machine);
}

/* Spec: "Interrupt Generation": PIS, then no further event until it is clear */
static void test_interrupt(void)
{
    Machine *machine = counters_machine(false);
    GArray *messages = machine->host.messages;

    machine_write32(machine, VTDM_REG_PERFINTRDATA, 0x77);
    machine_write32(machine, VTDM_REG_PERFINTRADDR, 0xfee01000);
    machine_write32(machine, VTDM_REG_PERFINTRCTL, 0);
    for (unsigned i = 0; i < 2; i++) {
        counter_set(machine, i, COUNTER_MAX - i);
        g_assert_cmpuint(start(machine, i, LOOKUP, IO), ==, 0);
    }
    request(machine);
    g_assert_cmphex(status(machine), ==, 1);
    g_assert_cmpuint(messages->len, ==, 1);
    request(machine);
    g_assert_cmphex(counters_overflowed(machine), ==, 3);
    g_assert_cmpuint(messages->len, ==, 1);
    machine_write32(machine, VTDM_REG_PERFINTRSTS, 0);
    g_assert_cmphex(status(machine), ==, 1);
    machine_write32(machine, VTDM_REG_PERFINTRSTS, 1);
    g_assert_cmphex(status(machine), ==, 0);
    counter_set(machine, 0, COUNTER_MAX);
    request(machine);           /* its overflow bit is set, still */
    g_assert_cmpuint(messages->len, ==, 2);
    machine_free(machine);
}

/* Spec: "Counter Stop and Resume": all at once, and from the value on */
static void test_freeze(void)
{
    Machine *machine = counters_machine(false);

    counter_counts(machine, 0, LOOKUP);
    counter_counts(machine, 1, LOOKUP);
    request(machine);
    g_assert_cmpuint(counter_command(machine, VTDM_ECMD_FREEZE, 0), ==, 0);
    g_assert_cmphex(counters_frozen(machine), ==, UINT32_MAX);
    machine_write64(machine, machine_read32(machine, 0x314), UINT64_MAX);
    machine_write64(machine, machine_read32(machine, 0x314), 0);
    g_assert_cmphex(counters_frozen(machine), ==, UINT32_MAX);
    request(machine);
    g_assert_cmpuint(counter_value(machine, 0), ==, 1);

    /* Disabling thaws one; enabled again it counts. */
    g_assert_cmpuint(disable(machine, 1), ==, 0);
    g_assert_cmphex(counters_frozen(machine), ==, UINT32_MAX - 2);
    counter_counts(machine, 1, LOOKUP);
    request(machine);
    g_assert_cmpuint(counter_value(machine, 0), ==, 1);
    g_assert_cmpuint(counter_value(machine, 1), ==, 2);

    g_assert_cmpuint(counter_command(machine, VTDM_ECMD_UNFREEZE, 0), ==, 0);
    g_assert_cmphex(counters_frozen(machine), ==, 0);
    request(machine);
    g_assert_cmpuint(counter_value(machine, 0), ==, 2);
    g_assert_cmpuint(counter_value(machine, 1), ==, 3);
    machine_free(machine);
}

/* Spec: "Counter Overflow": GFO stops them all, with the event counted */
static void test_global_freeze(void)
{
    Machine *machine = counters_machine(false);

    counter_set(machine, 1, COUNTER_MAX);
    g_assert_cmpuint(start(machine, 1, LOOKUP, GFO), ==, 0);
    counter_counts(machine, 0, LOOKUP);
    counter_counts(machine, 2, LOOKUP);
    request(machine);
    g_assert_cmphex(counters_frozen(machine), ==, UINT32_MAX);
    g_assert_cmphex(counters_overflowed(machine), ==, 2);
    g_assert_cmphex(status(machine), ==, 0);
    request(machine);
    g_assert_cmpuint(counter_value(machine, 0), ==, 1);
    g_assert_cmpuint(counter_value(machine, 1), ==, 0);
    g_assert_cmpuint(counter_value(machine, 2), ==, 1);
    machine_free(machine);
}

/* Spec: "Performance Monitoring Configuration Registers": the two resets */
static void test_resets(void)
{
    Machine *machine = counters_machine(false);

    for (unsigned i = 0; i < COUNTERS; i++) {
        counter_set(machine, i, COUNTER_MAX);
        counter_counts(machine, i, LOOKUP);
        set_filter(machine, i, VTDM_FILTER_RID, 0);
    }
    request(machine);
    request(machine);
    disable(machine, 4);
    set_filter(machine, 4, VTDM_FILTER_PTL, UINT32_MAX);
    counter_command(machine, VTDM_ECMD_FREEZE, 0);
    counter_command(machine, VTDM_ECMD_RESET_CONFIGURATION, 0);
    g_assert_cmphex(counters_frozen(machine), ==, 0);
    g_assert_cmphex(counters_overflowed(machine), ==, 0);
    g_assert_cmphex(machine_read32(machine, counter_filter(machine, 4,
                                                           VTDM_FILTER_PTL)),
                    ==, 0);
    for (unsigned i = 0; i < COUNTERS; i++) {
        g_assert_cmphex(machine_read64(machine, counter_cfg(machine, i)), ==,
                        0);
        g_assert_cmpuint(counter_value(machine, i), ==, 1);
    }
    counter_counts(machine, 9, LOOKUP);
    counter_command(machine, VTDM_ECMD_RESET_VALUES, 0);
    for (unsigned i = 0; i < COUNTERS; i++) {
        g_assert_cmpuint(counter_value(machine, i), ==, 0);
    }
    request(machine);
    g_assert_cmpuint(counter_value(machine, 9), ==, 1);
    machine_free(machine);
}

/* Spec: "Performance Monitoring Counter Configuration Error Checks" */
static void test_refused(void)
{
    static const struct {
        unsigned counter;
        uint64_t cfg;
        unsigned filters;
    } cases[] = {
        { COUNTERS, 0x100000300, 0 },           /* no such counter */
        { 0, 0x300, 0 },                        /* no event */
        { 0, 0x300000300, 1 },                  /* two, and a filter */
        { 0, 0x100000500, 0 },                  /* no such group */
        { 0, 0x1000000300, 0 },                 /* no such event */
        { 0, 0x1100000300, 0 },                 /* one of two */
        { LIMITED, 0x100000200, 0 },            /* not of this counter */
        { LIMITED, 0x400000300, 0 },
        { LIMITED, 0x100000304, 0 },            /* GFO, not of this one */
        { 0, 0x100000000, 1 },                  /* clocks: no filter */
        { 0, 0x200000000, 1 << VTDM_FILTER_DID },
        { 0, 0x100000300, 1 << VTDM_FILTER_PTL },
        { 0, 0x100000300, 1 << VTDM_FILTER_AT },
        { 0, 0x200000300, 1 << VTDM_FILTER_AT | 1 << VTDM_FILTER_PTL },
    };
    Machine *machine = counters_machine(false);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        unsigned counter = cases[i].counter % COUNTERS;

        for (unsigned j = 0; j < VTDM_FILTERS; j++) {
            set_filter(machine, counter, j,
                       cases[i].filters & 1 << j ? 0x80000000 : 0);
        }
        machine_write64(machine, counter_cfg(machine, counter), cases[i].cfg);
        g_assert_cmpuint(counter_command(machine, VTDM_ECMD_ENABLE,
                                         cases[i].counter), ==,
                         VTDM_ECMD_FAILED);
        g_assert_cmphex(machine_read64(machine, counter_cfg(machine,
                                                            counter)), ==,
                        cases[i].cfg);
    }
    machine_write64(machine, counter_cfg(machine, 1),
                    counter_selects(LOOKUP, 0));
    g_assert_cmpuint(counter_command(machine, VTDM_ECMD_ENABLE,
                                     1ull << 32 | 1), ==, VTDM_ECMD_FAILED);
    g_assert_cmpuint(disable(machine, COUNTERS), ==, VTDM_ECMD_FAILED);
    g_assert_cmpuint(disable(machine, 1ull << 32), ==, VTDM_ECMD_FAILED);
    g_assert_cmpuint(disable(machine, 0), ==, VTDM_ECMD_DONE);
    g_assert_cmpuint(start(machine, LIMITED, LOOKUP, IO), ==, 0);
    g_assert_cmpuint(start(machine, LIMITED + 1,
                           VTDM_COUNT_INT_CACHE_HIT_POSTED, 0), ==, 0);
    machine_free(machine);
}

/* Every event, and each filter, as its row says: all else is refused. */
static void test_pairings(void)
{
    Machine *machine = counters_machine(false);

    for (unsigned event = 0; event < VTDM_COUNTS; event++) {
        const VTDMCountInfo *info = &vtdm_count_info[event];

        for (unsigned filter = 0; filter < VTDM_FILTERS; filter++) {
            bool fits = info->filters & 1 << filter;

            set_filter(machine, 0, filter, 0x80000000);
            g_assert_cmpuint(start(machine, 0, event, 0), ==,
                             fits ? VTDM_ECMD_DONE : VTDM_ECMD_FAILED);
            disable(machine, 0);
            set_filter(machine, 0, filter, 0);
        }
        counter_counts(machine, 0, event);
        disable(machine, 0);
    }
    machine_free(machine);
}

/*
 * Clocks run with the guest's time, in nanoseconds, while the counter is
 * enabled and not frozen.
 */
static void test_clocks(void)
{
    Machine *machine = counters_machine(false);
    FakeHost *host = &machine->host;
    uint32_t value;

    host->now = 5000;
    counter_counts(machine, 0, CLOCKS);
    value = counter_register(machine, 0);
    host->now = 5300;
    g_assert_cmpuint(vtdm_unit_peek(machine->unit, value, 8), ==, 300);
    host->now = 5400;
    g_assert_cmpuint(counter_value(machine, 0), ==, 400);
    counter_command(machine, VTDM_ECMD_FREEZE, 0);
    host->now = 6000;
    g_assert_cmpuint(counter_value(machine, 0), ==, 400);
    counter_command(machine, VTDM_ECMD_UNFREEZE, 0);
    host->now = 6100;
    disable(machine, 0);
    host->now = 7000;
    g_assert_cmpuint(counter_value(machine, 0), ==, 500);
    g_assert_cmpuint(counted(machine, CLOCKS), ==, 7000);
    g_assert_cmphex(host->wake_at, ==, NEVER);
    machine_free(machine);
}

/* When counter 0, which counts clocks, would have begun at zero. */
static uint64_t beginning(Machine *machine)
{
    uint64_t value = counter_value(machine, 0);

    return machine->host.now - value;
}

/* Time that passes while a command runs is not lost to those that count. */
static void test_ticking(void)
{
    Machine *machine = counters_machine(false);
    uint64_t began;

    machine->host.tick = 7;
    counter_counts(machine, 0, CLOCKS);
    began = beginning(machine);
    counter_counts(machine, 1, CLOCKS);
    g_assert_cmpuint(beginning(machine), ==, began);
    disable(machine, 1);
    g_assert_cmpuint(beginning(machine), ==, began);
    machine_free(machine);
}

/* Nothing is asked of the host unless something comes of the overflow. */
static void test_deadline(void)
{
    Machine *machine = counters_machine(false);
    FakeHost *host = &machine->host;

    machine_write32(machine, VTDM_REG_PERFINTRCTL, 0);
    host->now = 1000;
    counter_set(machine, 0, COUNTER_MAX - 499);
    counter_counts(machine, 0, CLOCKS);
    g_assert_cmphex(host->wake_at, ==, NEVER);
    counter_set(machine, 1, COUNTER_MAX - 699);
    g_assert_cmpuint(start(machine, 1, CLOCKS, IO), ==, 0);
    g_assert_cmpuint(host->wake_at, ==, 1700);
    host->now = 1400;
    counter_set(machine, 1, COUNTER_MAX - 99);
    g_assert_cmpuint(host->wake_at, ==, 1500);
    host->now = 1499;
    host->wake_at = 0;
    vtdm_unit_wake(machine->unit);              /* too early: asks again */
    g_assert_cmpuint(host->wake_at, ==, 1500);
    g_assert_cmpuint(host->messages->len, ==, 0);
    host->now = 1510;
    vtdm_unit_wake(machine->unit);
    g_assert_cmpuint(host->messages->len, ==, 1);
    g_assert_cmphex(counters_overflowed(machine), ==, 3);
    g_assert_cmpuint(counter_value(machine, 0), ==, 10);
    g_assert_cmpuint(counter_value(machine, 1), ==, 10);
    g_assert_cmpuint(host->wake_at, ==, 1500 + COUNTER_MAX + 1);
    counter_command(machine, VTDM_ECMD_FREEZE, 0);
    g_assert_cmphex(host->wake_at, ==, NEVER);
    counter_command(machine, VTDM_ECMD_UNFREEZE, 0);
    g_assert_cmphex(host->wake_at, !=, NEVER);
    vtdm_unit_reset(machine->unit, true);
    g_assert_cmphex(host->wake_at, ==, NEVER);
    machine_free(machine);
}

/* A freeze at its time, though the host comes late. */
static void test_late(void)
{
    Machine *machine = counters_machine(false);
    FakeHost *host = &machine->host;

    counter_set(machine, 0, COUNTER_MAX - 99);
    g_assert_cmpuint(start(machine, 0, CLOCKS, GFO), ==, 0);
    counter_counts(machine, 1, CLOCKS);
    counter_counts(machine, 2, LOOKUP);
    host->now = 50;
    request(machine);
    host->now = 3000;
    request(machine);
    g_assert_cmphex(counters_frozen(machine), ==, UINT32_MAX);
    g_assert_cmpuint(counter_value(machine, 0), ==, 0);
    g_assert_cmpuint(counter_value(machine, 1), ==, 100);
    g_assert_cmpuint(counter_value(machine, 2), ==, 1);
    g_assert_cmphex(host->wake_at, ==, NEVER);
    machine_free(machine);
}

/* Other events of the same counter bring its overflow nearer. */
static void test_mixed_clocks(void)
{
    Machine *machine = counters_machine(false);
    FakeHost *host = &machine->host;

    counter_set(machine, 0, COUNTER_MAX - 99);
    g_assert_cmpuint(counter_start(
        machine, 0, counter_selects(CLOCKS, IO) |
                    counter_selects(VTDM_COUNT_IOMMU_REQUESTS, 0)), ==, 0);
    g_assert_cmpuint(host->wake_at, ==, 100);
    host->now = 10;
    request(machine);
    g_assert_cmpuint(host->wake_at, ==, 99);
    host->now = 99;
    vtdm_unit_wake(machine->unit);
    g_assert_cmphex(status(machine), ==, 1);
    g_assert_cmpuint(counter_value(machine, 0), ==, 0);
    machine_free(machine);
}

/* A host without time: clocks stand still, all else counts. */
static void test_no_time(void)
{
    VTDMHostOps ops = fake_host_ops;
    VTDMConfig config;
    FakeHost host;
    VTDMUnit *unit;

    ops.now = NULL;
    ops.wake_at = NULL;
    vtdm_config_init(&config);
    counters_config(&config);
    fake_host_init(&host, 0x1000);
    unit = vtdm_unit_new(&config, &ops, &host);
    vtdm_unit_write(unit, 0x2000, 8, counter_selects(CLOCKS, IO));
    vtdm_unit_write(unit, 0x8000, 8, COUNTER_MAX);
    vtdm_unit_write(unit, VTDM_REG_ECMD, 8, VTDM_ECMD_ENABLE);
    host.now = 100;
    g_assert_cmphex(vtdm_unit_read(unit, 0x8000, 8), ==, COUNTER_MAX);
    vtdm_unit_free(unit);
    fake_host_destroy(&host);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/perfmon/absent", test_absent);
    g_test_add_func("/vtdm/perfmon/layout", test_layout);
    g_test_add_func("/vtdm/perfmon/capabilities", test_capabilities);
    g_test_add_func("/vtdm/perfmon/reset", test_reset);
    g_test_add_func("/vtdm/perfmon/sum", test_sum);
    g_test_add_func("/vtdm/perfmon/enable", test_enable);
    g_test_add_func("/vtdm/perfmon/locked", test_locked);
    g_test_add_func("/vtdm/perfmon/values", test_values);
    g_test_add_func("/vtdm/perfmon/overflow", test_overflow);
    g_test_add_func("/vtdm/perfmon/interrupt", test_interrupt);
    g_test_add_func("/vtdm/perfmon/freeze", test_freeze);
    g_test_add_func("/vtdm/perfmon/global-freeze", test_global_freeze);
    g_test_add_func("/vtdm/perfmon/resets", test_resets);
    g_test_add_func("/vtdm/perfmon/refused", test_refused);
    g_test_add_func("/vtdm/perfmon/pairings", test_pairings);
    g_test_add_func("/vtdm/perfmon/clocks", test_clocks);
    g_test_add_func("/vtdm/perfmon/ticking", test_ticking);
    g_test_add_func("/vtdm/perfmon/deadline", test_deadline);
    g_test_add_func("/vtdm/perfmon/late", test_late);
    g_test_add_func("/vtdm/perfmon/mixed-clocks", test_mixed_clocks);
    g_test_add_func("/vtdm/perfmon/no-time", test_no_time);
    return g_test_run();
}
