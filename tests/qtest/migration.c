/*
 * Migrations and snapshots: what the guest and its devices see afterwards is
 * what they would have seen without.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/spec/perfmon.h"
#include "travel.h"

#define PAGE_3                  0x6321000
#define STATUS_DATA             0xcafe0001
#define VECTOR                  0x61
#define POSTED                  0x91        /* goes nowhere */
#define REGISTERS               (VTDM_PAGE_SIZE / 4)
#define COUNTER_CFG             0x2000      /* of the first, see the manual */
#define COUNTER                 0x8000
#define COUNTER_MAX             0xffffffffffffull
#define CLOCKS                  1000000
#define SECOND_BASE             (UNIT_BASE + VTDM_PAGE_SIZE)
#define TWO_UNITS \
    ",units='0xfed90000 endpoint=00:04.0;0xfed91000 include-all ioapic'"

/* All that can be read of a unit. */
typedef struct Registers {
    uint32_t at[REGISTERS];
} Registers;

static Registers *read_registers(const Unit *unit)
{
    Registers *registers = g_new(Registers, 1);

    for (unsigned i = 0; i < REGISTERS; i++) {
        registers->at[i] = unit_read32(unit, i * 4);
    }
    return registers;
}

static void expect_registers(const Unit *unit, const Registers *wanted)
{
    g_autofree Registers *now = read_registers(unit);

    for (unsigned i = 0; i < REGISTERS; i++) {
        if (now->at[i] != wanted->at[i]) {
            g_error("register 0x%03x is 0x%08x, and was 0x%08x", i * 4,
                    now->at[i], wanted->at[i]);
        }
    }
}

/* Of all units, but for the time, which goes on. */
static char *show_units(VM *vm)
{
    g_autofree char *units = travel_property(vm, "x-unit-state");
    g_autoptr(GRegex) clocks = g_regex_new("\"iommu_clocks\": [0-9]+", 0, 0,
                                           NULL);

    return g_regex_replace_literal(clocks, units, -1, 0, "", 0, NULL);
}

/* What people are shown of all units and requesters. */
static char *show(VM *vm)
{
    g_autofree char *units = show_units(vm);
    g_autofree char *requesters = travel_property(vm, "x-device-state");
    g_autofree char *faults = travel_property(vm, "x-fault-log");

    return g_strjoin("\n", units, requesters, faults, NULL);
}

/* Takes @vm away and back; nothing that can be seen has changed. */
static void travel_and_compare(VM *vm, const Way *way, const char *folder,
                               const Unit *units, unsigned count)
{
    g_autofree Registers **before = g_new(Registers *, count);
    g_autofree char *shown = show(vm), *after = NULL;

    for (unsigned i = 0; i < count; i++) {
        before[i] = read_registers(&units[i]);
    }
    way->go(vm, folder);
    after = show(vm);
    g_assert_cmpstr(after, ==, shown);
    for (unsigned i = 0; i < count; i++) {
        Unit unit = vm_unit(vm, units[i].base, i);

        expect_registers(&unit, before[i]);
        g_free(before[i]);
    }
}

typedef struct Run {
    const Way *way;
    char *folder;
    VM *vm;
} Run;

static Run begin(gconstpointer way, const char *options, const char *more)
{
    Run run = { .way = way, .folder = travel_folder() };
    g_autofree char *disk = travel_disk(run.folder);
    g_autofree char *all = g_strconcat(disk, more, NULL);

    run.vm = vm_new(options, all);
    return run;
}

static void travel(Run *run)
{
    travel_and_compare(run->vm, run->way, run->folder, &run->vm->unit, 1);
}

static void end(Run *run)
{
    vm_free(run->vm);
    travel_remove(run->folder);
}

/* As vm_new_mapped() does it. */
static void map(VM *vm)
{
    vm->ssptptr = unit_attach(&vm->unit, VM_SID, VM_DID, 4);
    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    vm_map(vm, VM_IOVA_2, VM_PAGE_2, UNIT_RW);
    unit_enable_dma(&vm->unit);
}

/* A page moves, and what the guest should have invalidated stays. */
static void make_stale(VM *vm)
{
    map(vm);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    vm_map(vm, VM_IOVA, PAGE_3, UNIT_RW);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
}

/* Also a fault that nobody has taken, and one that was and is in the log. */
static void test_state(gconstpointer way)
{
    Run run = begin(way, "", "");

    unit_enable_queue(&run.vm->unit);
    unit_enable_interrupts(&run.vm->unit, false);
    make_stale(run.vm);
    vm_expect_fault(run.vm, 0x1000, FR_NO_READ);
    edu_load(&run.vm->edu, 0x2000, 4);
    travel(&run);
    units_expect_record(&run.vm->unit, 1, 0, FR_NO_READ, VM_SID);
    vm_expect_load(run.vm, VM_IOVA, VM_PAGE);
    end(&run);
}

static void test_stale(gconstpointer way)
{
    Run run = begin(way, "", "");

    make_stale(run.vm);
    travel(&run);
    vm_expect_load(run.vm, VM_IOVA, VM_PAGE);
    unit_flush(&run.vm->unit);
    vm_expect_load(run.vm, VM_IOVA, PAGE_3);
    end(&run);
}

static void test_caches_left(gconstpointer opaque)
{
    const Way *way = opaque;
    Run run = begin(way, ",migrate-caches=off", "");

    make_stale(run.vm);
    way->go(run.vm, run.folder);
    vm_expect_load(run.vm, VM_IOVA, PAGE_3);
    end(&run);
}

/* To a machine of other properties, which are @arguments. */
static void travel_to(Run *run, const char *arguments)
{
    g_autofree char *file = g_build_filename(run->folder, "state", NULL);
    g_autofree char *incoming = g_strdup_printf("%s " TRAVEL_INCOMING,
                                                arguments);

    travel_save(run->vm, file);
    vm_restart(run->vm, incoming);
    travel_load(run->vm, file);
}

/* What one side leaves, the other need not have. */
static void test_caches_left_by_one(void)
{
    Run run = begin(NULL, ",migrate-caches=off", "");

    make_stale(run.vm);
    travel_to(&run, "-global intel-iommu-sim.migrate-caches=on");
    vm_expect_load(run.vm, VM_IOVA, PAGE_3);
    end(&run);
}

/* Of two pages, the newer one finds room where there is room for one. */
static void test_less_room(void)
{
    Run run = begin(NULL, "", "");

    map(run.vm);
    edu_load(&run.vm->edu, VM_IOVA, 64);
    edu_load(&run.vm->edu, VM_IOVA_2, 64);
    vm_map(run.vm, VM_IOVA, PAGE_3, UNIT_RW);
    vm_map(run.vm, VM_IOVA_2, PAGE_3, UNIT_RW);
    travel_to(&run, "-global intel-iommu-sim.iotlb-entries=1");
    vm_fill(run.vm, VM_PAGE_2, 1, 64);
    edu_copy(&run.vm->edu, VM_IOVA_2, VM_IOVA, 64);
    vm_expect(run.vm, PAGE_3, 1, 64);
    end(&run);
}

/* What came from a unit with room for one page is not evicted by a second. */
static void test_more_room(void)
{
    Run run = begin(NULL, "", "-global intel-iommu-sim.iotlb-entries=1");

    map(run.vm);
    edu_load(&run.vm->edu, VM_IOVA_2, 64);
    vm_map(run.vm, VM_IOVA_2, PAGE_3, UNIT_RW);
    travel_to(&run, "-global intel-iommu-sim.iotlb-entries=2");
    edu_load(&run.vm->edu, VM_IOVA, 64);
    vm_fill(run.vm, VM_PAGE_2, 1, 64);
    edu_copy(&run.vm->edu, VM_IOVA_2, VM_IOVA, 64);
    vm_expect(run.vm, VM_PAGE, 1, 64);
    end(&run);
}

/* Each unit gets what was its own. */
static void test_units(gconstpointer way)
{
    Run run = begin(way, TWO_UNITS, "");
    Unit units[2];

    vm_start_units(run.vm, units, 2);
    make_stale(run.vm);
    unit_submit(&units[1],
                vtdm_make_wait(VTDM_WAIT_SW, VM_STATUS, STATUS_DATA));
    unit_command(&units[1], 0, VTDM_GCMD_TE);
    edu_load(&run.vm->edu, 0x1000, 4);
    travel_and_compare(run.vm, run.way, run.folder, units, 2);
    units_expect_record((Unit[]) { vm_unit(run.vm, UNIT_BASE, 0),
                                   vm_unit(run.vm, SECOND_BASE, 1) }, 2, 0,
                        FR_NO_READ, VM_SID);
    vm_expect_load(run.vm, VM_IOVA, VM_PAGE);
    end(&run);
}

/* The interrupt of a fault that is masked comes when it is not any more. */
static void test_message_pending(gconstpointer way)
{
    Run run = begin(way, "", "");

    map(run.vm);
    unit_write32(&run.vm->unit, VTDM_REG_FEDATA, VECTOR);
    unit_write32(&run.vm->unit, VTDM_REG_FEADDR, 0xfee01000);
    edu_load(&run.vm->edu, 0x1000, 4);
    g_assert_true(unit_read32(&run.vm->unit, VTDM_REG_FECTL) & VTDM_FECTL_IP);
    travel(&run);
    g_assert_false(lapic_pending(run.vm->qts, 1, VECTOR));
    unit_write32(&run.vm->unit, VTDM_REG_FECTL, 0);
    g_assert_true(lapic_pending(run.vm->qts, 1, VECTOR));
    end(&run);
}

/* A message that was sent is at its CPU. */
static void test_message_sent(gconstpointer way)
{
    Run run = begin(way, "", "");

    map(run.vm);
    unit_write32(&run.vm->unit, VTDM_REG_FEDATA, VECTOR);
    unit_write32(&run.vm->unit, VTDM_REG_FEADDR, 0xfee01000);
    unit_write32(&run.vm->unit, VTDM_REG_FECTL, 0);
    edu_load(&run.vm->edu, 0x1000, 4);
    travel(&run);
    g_assert_true(lapic_pending(run.vm->qts, 1, VECTOR));
    end(&run);
}

static uint64_t head(VM *vm)
{
    return vtdm_get(unit_read64(&vm->unit, VTDM_REG_IQH), VTDM_IQH_QH);
}

/* The queue has stopped at a descriptor, and goes on when it is mended. */
static void test_queue_error(gconstpointer way)
{
    Run run = begin(way, "", "");

    unit_enable_queue(&run.vm->unit);
    unit_submit(&run.vm->unit, (VTDMEntry128) { .lo = 0xf });
    unit_submit(&run.vm->unit,
                vtdm_make_wait(VTDM_WAIT_SW, VM_STATUS, STATUS_DATA));
    g_assert_cmphex(unit_read32(&run.vm->unit, VTDM_REG_FSTS), ==,
                    VTDM_FSTS_IQE);
    travel(&run);
    g_assert_cmpuint(head(run.vm), ==, 0);
    vtdm_tables_set128(&run.vm->tables, run.vm->unit.queue,
                       vtdm_make_iec_invalidate_all());
    unit_write32(&run.vm->unit, VTDM_REG_FSTS, VTDM_FSTS_IQE);
    g_assert_cmpuint(head(run.vm), ==, 2);
    g_assert_cmphex(qtest_readl(run.vm->qts, VM_STATUS), ==, STATUS_DATA);
    end(&run);
}

/* An interrupt entry that has changed, and that nobody has invalidated. */
static void test_interrupt_entry(gconstpointer way)
{
    static const uint64_t address = 0xfee00000 | VTDM_BIT(4);
    Run run = begin(way, "", "");
    VM *vm = run.vm;

    unit_enable_interrupts(&vm->unit, false);
    unit_set_irte(&vm->unit, 0, vtdm_make_irte(VECTOR, 1, false));
    edu_set_msi(&vm->edu, address, 0);
    edu_raise(&vm->edu);
    g_assert_true(lapic_pending(vm->qts, 1, VECTOR));
    unit_set_irte(&vm->unit, 0, vtdm_make_irte(VECTOR + 1, 0, false));
    travel(&run);
    edu_set_msi(&vm->edu, address, 0);
    edu_raise(&vm->edu);
    g_assert_false(lapic_pending(vm->qts, 0, VECTOR + 1));
    unit_enable_queue(&vm->unit);
    unit_submit(&vm->unit, vtdm_make_iec_invalidate_all());
    edu_raise(&vm->edu);
    g_assert_true(lapic_pending(vm->qts, 0, VECTOR + 1));
    end(&run);
}

/* Likewise one of posted format, whose descriptor is in memory. */
static void test_posted_entry(gconstpointer way)
{
    static const uint64_t address = 0xfee00000 | VTDM_BIT(4);
    Run run = begin(way, ",posted-interrupts=on", "");
    VM *vm = run.vm;

    unit_enable_interrupts(&vm->unit, false);
    vtdm_tables_set512(&vm->tables, VM_STATUS,
                       vtdm_make_posted_descriptor(VECTOR, 1, false));
    unit_set_irte(&vm->unit, 0, vtdm_make_posted_irte(POSTED, VM_STATUS));
    edu_set_msi(&vm->edu, address, 0);
    edu_raise(&vm->edu);
    g_assert_true(lapic_pending(vm->qts, 1, VECTOR));
    unit_set_irte(&vm->unit, 0, (VTDMEntry128) { 0 });
    vtdm_tables_set512(&vm->tables, VM_STATUS,
                       vtdm_make_posted_descriptor(VECTOR + 1, 0, false));
    travel(&run);
    edu_set_msi(&vm->edu, address, 0);
    edu_raise(&vm->edu);
    g_assert_true(lapic_pending(vm->qts, 0, VECTOR + 1));
    g_assert_cmphex(qtest_readq(vm->qts, VM_STATUS + POSTED / 64 * 8), ==,
                    VTDM_BIT(POSTED % 64));
    unit_expect_no_fault(&vm->unit);
    end(&run);
}

/* Clocks make a counter overflow at its time, wherever it is then. */
static void test_counter(gconstpointer opaque)
{
    static const uint64_t clocks = VTDM_BIT(32);    /* of event group 0 */
    const Way *way = opaque;
    Run run = begin(way, ",perfmon=on", "");
    const Unit *unit = &run.vm->unit;

    unit_write32(unit, VTDM_REG_PERFINTRDATA, VECTOR);
    unit_write32(unit, VTDM_REG_PERFINTRADDR, 0xfee01000);
    unit_write32(unit, VTDM_REG_PERFINTRCTL, 0);
    unit_write64(unit, COUNTER, COUNTER_MAX - CLOCKS + 1);
    unit_write64(unit, COUNTER_CFG, clocks | VTDM_PERFCNTRCFG_IO);
    unit_write64(unit, VTDM_REG_ECMD, VTDM_ECMD_ENABLE);
    way->go(run.vm, run.folder);
    qtest_clock_step(run.vm->qts, CLOCKS / 2);
    g_assert_false(lapic_pending(run.vm->qts, 1, VECTOR));
    qtest_clock_step(run.vm->qts, CLOCKS / 2);
    g_assert_true(lapic_pending(run.vm->qts, 1, VECTOR));
    end(&run);
}

/* The page of a wait's status, which nobody else writes to, is sent again. */
static void test_late_status(void)
{
    Run run = begin(NULL, "", "");
    g_autofree char *file = g_build_filename(run.folder, "state", NULL);

    unit_enable_queue(&run.vm->unit);
    travel_pause(run.vm);
    travel_save_begin(run.vm, file);
    qtest_qmp_eventwait(run.vm->qts, "STOP");
    unit_submit(&run.vm->unit,
                vtdm_make_wait(VTDM_WAIT_SW, PAGE_3, STATUS_DATA));
    g_assert_cmphex(qtest_readl(run.vm->qts, PAGE_3), ==, STATUS_DATA);
    travel_save_end(run.vm);
    vm_restart(run.vm, TRAVEL_INCOMING);
    travel_load(run.vm, file);
    g_assert_cmphex(qtest_readl(run.vm->qts, PAGE_3), ==, STATUS_DATA);
    end(&run);
}

/* Another snapshot's state is nowhere left. */
static void test_two_snapshots(void)
{
    Run run = begin(NULL, "", "");
    g_autofree char *empty = show(run.vm), *full = NULL, *now = NULL;

    travel_snapshot(run.vm, "empty");
    make_stale(run.vm);
    edu_load(&run.vm->edu, 0x1000, 4);
    full = show(run.vm);
    travel_snapshot(run.vm, "full");
    g_free(travel_back(run.vm, "empty"));
    now = show(run.vm);
    g_assert_cmpstr(now, ==, empty);
    g_free(travel_back(run.vm, "full"));
    g_free(now);
    now = show(run.vm);
    g_assert_cmpstr(now, ==, full);
    end(&run);
}

static const struct {
    const char *name;
    void (*run)(gconstpointer way);
} tests[] = {
    { "state", test_state },
    { "stale", test_stale },
    { "caches-left", test_caches_left },
    { "units", test_units },
    { "message-pending", test_message_pending },
    { "message-sent", test_message_sent },
    { "queue-error", test_queue_error },
    { "interrupt-entry", test_interrupt_entry },
    { "counter", test_counter },
    { "posted-entry", test_posted_entry },
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        for (size_t way = 0; way < ARRAY_SIZE(travel_ways); way++) {
            g_autofree char *path = g_strdup_printf(
                "/vtdm/migration/%s/%s", tests[i].name,
                travel_ways[way].name);

            qtest_add_data_func(path, &travel_ways[way], tests[i].run);
        }
    }
    qtest_add_func("/vtdm/migration/caches-left-by-one",
                   test_caches_left_by_one);
    qtest_add_func("/vtdm/migration/less-room", test_less_room);
    qtest_add_func("/vtdm/migration/more-room", test_more_room);
    qtest_add_func("/vtdm/migration/late-status", test_late_status);
    qtest_add_func("/vtdm/migration/two-snapshots", test_two_snapshots);
    return g_test_run();
}
