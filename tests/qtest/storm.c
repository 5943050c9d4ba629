/*
 * DMA from two threads while all around it is changed: whatever happens, QEMU
 * goes on, and what begins after an invalidation is complete meets what is new.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/spec/bits.h"
#include "qemu/bswap.h"
#include "qobject/qdict.h"
#include "scalable.h"

#define DEVICES         2
#define RING            0x3100000
#define RING_SIZE       (COMMANDS * sizeof(Command))
#define COMMANDS        2048
#define PAGES           0x5000000   /* page n holds n */
#define GENERATIONS     64
#define ROUNDS          30
#define OTHER_SID       0x0030      /* 00:06.0 */

/* Of the first device, and all that comes after it. */
#define THREADS \
    ",iothread=worker0 -object iothread,id=worker0 " \
    "-device vtd-testdev,id=test1,addr=06.0,iothread=worker1 " \
    "-object iothread,id=worker1 -D /dev/null"

typedef struct vtd_testdev_command Command;

/* What both devices read again and again, by one entry of a table. */
typedef struct Storm {
    VM *vm;
    Scalable *scalable;         /* NULL: in legacy mode */
    Testdev testdevs[DEVICES];
    uint64_t leaf;              /* the entry... */
    uint64_t flags;             /* ... and its lower bits */
    uint64_t control;           /* of the devices' commands */
    uint64_t generation;        /* what the entry leads to */
} Storm;

static uint64_t ring_of(unsigned device)
{
    return RING + device * RING_SIZE;
}

static void put_commands(Storm *storm)
{
    g_autofree Command *commands = g_new0(Command, COMMANDS);

    for (unsigned i = 0; i < COMMANDS; i++) {
        commands[i].control = cpu_to_le64(VTD_TESTDEV_READ | storm->control);
        commands[i].address = cpu_to_le64(VM_IOVA);
        commands[i].length = cpu_to_le64(8);
    }
    for (unsigned i = 0; i < DEVICES; i++) {
        qtest_memwrite(storm->vm->qts, ring_of(i), commands, RING_SIZE);
    }
}

/* A whole ring of reads of each, on their way. */
static void begin(Storm *storm)
{
    for (unsigned i = 0; i < DEVICES; i++) {
        Testdev *testdev = &storm->testdevs[i];

        testdev_write(testdev, VTD_TESTDEV_RING_SIZE, COMMANDS);
        testdev_write(testdev, VTD_TESTDEV_RING_BASE, ring_of(i));
        testdev_write(testdev, VTD_TESTDEV_RING_TAIL, COMMANDS - 1);
    }
}

/* How many commands of each have ended. */
static void note_begun(Storm *storm, unsigned *begun)
{
    for (unsigned i = 0; i < DEVICES; i++) {
        begun[i] = testdev_read(&storm->testdevs[i], VTD_TESTDEV_RING_HEAD);
    }
}

static void await_end(Storm *storm)
{
    for (unsigned i = 0; i < DEVICES; i++) {
        while (testdev_read(&storm->testdevs[i], VTD_TESTDEV_STATE) &
               VTD_TESTDEV_RING_BUSY) {
            g_usleep(100);
        }
    }
}

static void submit(Storm *storm, VTDMEntry128 descriptor)
{
    if (storm->scalable) {
        scalable_submit(storm->scalable, descriptor);
    } else {
        unit_submit(&storm->vm->unit, descriptor);
    }
}

/* Of one page, of a PASID or domain, of all. */
static void invalidate(Storm *storm)
{
    bool pasid = storm->control;
    unsigned what = g_test_rand_int_range(0, 3);

    if (pasid && what) {
        submit(storm, vtdm_make_pasid_iotlb_invalidate(
                   what == 1 ? VTDM_P_IOTLB_G_PASID : VTDM_P_IOTLB_G_PAGES,
                   VM_DID, SCALABLE_PASID, VM_IOVA));
    } else {
        submit(storm, vtdm_make_iotlb_invalidate(
                   what == 0 ? VTDM_G_GLOBAL :
                   what == 1 ? VTDM_G_DOMAIN : VTDM_G_SELECTIVE,
                   VM_DID, VM_IOVA, 0, false));
    }
    qtest_writel(storm->vm->qts, VM_STATUS, 0);
    submit(storm, vtdm_make_wait(VTDM_WAIT_SW, VM_STATUS, 1));
    while (!qtest_readl(storm->vm->qts, VM_STATUS)) {
        g_usleep(10);
    }
}

static void map_next(Storm *storm)
{
    storm->generation = (storm->generation + 1) % GENERATIONS;
    qtest_writeq(storm->vm->qts, storm->leaf,
                 (PAGES + (storm->generation << VTDM_PAGE_BITS)) |
                 storm->flags);
}

/* Those that had begun may have met either; once one met the new, all did. */
static void check(Storm *storm, unsigned device, uint64_t old,
                  unsigned begun)
{
    g_autofree Command *commands = g_new0(Command, COMMANDS);
    bool seen = false;

    qtest_memread(storm->vm->qts, ring_of(device), commands, RING_SIZE);
    for (unsigned i = 0; i < COMMANDS - 1; i++) {
        uint64_t found = le64_to_cpu(commands[i].result);

        g_assert_cmphex(le64_to_cpu(commands[i].status) & 0xff, ==,
                        VTD_TESTDEV_OK);
        seen |= found == storm->generation || i > begun;
        g_assert_cmpuint(found, ==, seen ? storm->generation : old);
    }
}

/* ---- what happens meanwhile ---- */

static void nothing(Storm *storm)
{
}

static void translation_off(Storm *storm)
{
    unit_command(&storm->vm->unit, 0, VTDM_GCMD_TE);
    unit_command(&storm->vm->unit, VTDM_GCMD_TE, 0);
}

static void set_root(Storm *storm)
{
    uint64_t root = unit_read64(&storm->vm->unit, VTDM_REG_RTADDR);

    unit_set_root(&storm->vm->unit, VM_STATUS);
    unit_set_root(&storm->vm->unit, root);
}

static void protect(Storm *storm)
{
    unit_write32(&storm->vm->unit, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    unit_write32(&storm->vm->unit, VTDM_REG_PMEN, 0);
}

static void trace(Storm *storm)
{
    for (unsigned on = 0; on < 2; on++) {
        qtest_qmp_assert_success(
            storm->vm->qts, "{'execute': 'trace-event-set-state', "
            "'arguments': {'name': 'vtdm_*', 'enable': %i}}", !on);
    }
}

static void inspect(Storm *storm)
{
    qobject_unref(qtest_qmp(
        storm->vm->qts, "{'execute': 'qom-get', 'arguments': "
        "{'path': 'iommu', 'property': 'x-unit-state'}}"));
}

static void stop_and_go(Storm *storm)
{
    qtest_qmp_assert_success(storm->vm->qts, "{'execute': 'stop'}");
    qtest_qmp_assert_success(storm->vm->qts, "{'execute': 'cont'}");
}

static void flr(Storm *storm)
{
    testdev_flr(&storm->testdevs[0]);
    if (storm->control) {
        testdev_enable(&storm->testdevs[0], false, false, true);
    }
}

typedef struct Act {
    void (*act)(Storm *storm);
    bool spoils;                /* some reads fail meanwhile */
} Act;

static const Act acts[] = {
    { nothing }, { trace }, { inspect }, { stop_and_go },
    { translation_off, true }, { set_root, true }, { protect, true },
    { flr, true },
};

/* ---- */

static void run_round(Storm *storm, const Act *act)
{
    uint64_t old = storm->generation;
    unsigned begun[DEVICES];

    begin(storm);
    act->act(storm);
    map_next(storm);
    invalidate(storm);
    note_begun(storm, begun);
    await_end(storm);
    for (unsigned i = 0; i < DEVICES && !act->spoils; i++) {
        check(storm, i, old, begun[i]);
    }
}

static void run(Storm *storm)
{
    for (unsigned i = 0; i < GENERATIONS; i++) {
        qtest_writeq(storm->vm->qts, PAGES + ((uint64_t)i << VTDM_PAGE_BITS),
                     i);
    }
    put_commands(storm);
    map_next(storm);
    invalidate(storm);
    for (unsigned i = 0; i < ROUNDS; i++) {
        run_round(storm, &acts[g_test_rand_int_range(0, ARRAY_SIZE(acts))]);
        run_round(storm, &acts[0]);
    }
}

/* The rings are where the devices see them, too. */
static void map_rings(Storm *storm)
{
    for (uint64_t at = RING; at < ring_of(DEVICES); at += VTDM_PAGE_SIZE) {
        if (storm->scalable) {
            scalable_map(storm->scalable, false, at, at, UNIT_RW);
        } else {
            vm_map(storm->vm, at, at, UNIT_RW);
        }
    }
}

static void test_legacy(gconstpointer entries)
{
    g_autofree char *options = g_strdup_printf(",iotlb-entries=%s",
                                               (const char *)entries);
    VM *vm = vm_new(options, TESTDEV_DEVICE THREADS);
    Storm storm = { .vm = vm, .flags = UNIT_RW };

    vm->ssptptr = unit_attach(&vm->unit, TESTDEV_SID, VM_DID, 4);
    vtdm_tables_context(&vm->tables, vm->unit.root, OTHER_SID,
                        vtdm_make_context(VTDM_TT_SECOND_STAGE, 4,
                                          vm->ssptptr, VM_DID));
    map_rings(&storm);
    storm.leaf = vm_map(vm, VM_IOVA, PAGES, UNIT_RW);
    unit_enable_queue(&vm->unit);
    unit_enable_dma(&vm->unit);
    storm.testdevs[0] = testdev_at(vm, TESTDEV_SID);
    storm.testdevs[1] = testdev_at(vm, OTHER_SID);
    run(&storm);
    testdev_free(&storm.testdevs[1]);
    testdev_free(&storm.testdevs[0]);
    vm_free(vm);
}

/* Of both devices: without PASID the second stage, with it the first one. */
static void share_tables(Scalable *scalable)
{
    VM *vm = scalable->vm;
    VTDMEntry512 entry = vtdm_make_pasid_first_stage(4, scalable->fsptptr,
                                                     VM_DID);

    entry.words[1] |= VTDM_PASID_1_PWSNP;
    vtdm_tables_scalable_context(
        &vm->tables, vm->unit.root, OTHER_SID,
        vtdm_make_scalable_context(VTDM_SCTX_PASIDE, 3, scalable->directory,
                                   0));
    scalable_set_pasid(scalable, 0, vtdm_make_pasid_second_stage(
                           4, scalable->ssptptr, VM_DID));
    scalable_set_pasid(scalable, SCALABLE_PASID, entry);
}

/* With a PASID, through the first stage; the rings through the second one. */
static void test_scalable(gconstpointer entries)
{
    g_autofree char *options = g_strdup_printf(",iotlb-entries=%s",
                                               (const char *)entries);
    Scalable *scalable = scalable_new(options, THREADS);
    Storm storm = {
        .vm = scalable->vm, .scalable = scalable,
        .flags = SCALABLE_FS, .control = TESTDEV_PASID(SCALABLE_PASID),
    };

    share_tables(scalable);
    map_rings(&storm);
    storm.leaf = scalable_map(scalable, true, VM_IOVA, PAGES, SCALABLE_FS);
    storm.testdevs[0] = scalable->testdev;
    storm.testdevs[1] = testdev_at(scalable->vm, OTHER_SID);
    for (unsigned i = 0; i < DEVICES; i++) {
        testdev_enable(&storm.testdevs[i], false, false, true);
    }
    run(&storm);
    testdev_free(&storm.testdevs[1]);
    scalable_free(scalable);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (vm_has_pcie()) {
        qtest_add_data_func("/vtdm/storm/legacy", "131072", test_legacy);
        qtest_add_data_func("/vtdm/storm/legacy/few", "3", test_legacy);
        qtest_add_data_func("/vtdm/storm/legacy/one", "1", test_legacy);
        qtest_add_data_func("/vtdm/storm/scalable", "131072", test_scalable);
        qtest_add_data_func("/vtdm/storm/scalable/one", "1", test_scalable);
    }
    return g_test_run();
}
