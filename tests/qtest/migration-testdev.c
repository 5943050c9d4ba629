/*
 * Migrations and snapshots with a vtd-testdev: what it and its unit wait for
 * from each other comes afterwards.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/spec/page-requests.h"
#include "scalable.h"
#include "travel.h"

#define WITH                    TESTDEV_PASID(SCALABLE_PASID)
#define THROUGH                 (VTD_TESTDEV_THROUGH_TLB | WITH)
#define LOAD                    (VTD_TESTDEV_READ | \
                                 VTD_TESTDEV_REQUEST_PAGES | THROUGH)
#define PRQ                     0x3200000   /* a page */
#define RING                    0x3300000   /* untranslated, by PASID 0 */
#define RING_SIZE               64
#define ANY_GROUP               511         /* that the device takes itself */
#define PAGE_3                  0x6321000
#define EVERYTHING              0x7ffffffffffff000ull   /* with S = 1 */
#define EXPIRY                  61000000000LL           /* ns */
#define REQUESTS                100
#define CPU_1                   0xfee01000
#define FIRST_VECTOR            0x40
#define MEMBER_OF(i, member) \
    (RING + (i) * sizeof(struct vtd_testdev_command) + \
     offsetof(struct vtd_testdev_command, member))

static Scalable *scalable;
static char *folder;

static void begin(const char *more)
{
    g_autofree char *disk = NULL, *all = NULL;
    VTDMEntry512 entry;

    folder = travel_folder();
    disk = travel_disk(folder);
    all = g_strconcat(more, " ", disk, NULL);
    scalable = scalable_new("", all);
    unit_write64(&scalable->vm->unit, VTDM_REG_PQH, 0);
    unit_write64(&scalable->vm->unit, VTDM_REG_PQT, 0);
    unit_write64(&scalable->vm->unit, VTDM_REG_PQA, PRQ);
    scalable_set_pasid(scalable, 0, vtdm_make_pasid_pass_through(VM_DID));
    entry = vtdm_make_pasid_first_stage(4, scalable->fsptptr, VM_DID);
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    scalable_set_pasid(scalable, SCALABLE_PASID, entry);
}

static void end(void)
{
    scalable_free(scalable);
    travel_remove(folder);
}

static void travel(const Way *way)
{
    way->go(scalable->vm, folder);
    scalable_renew(scalable);
}

static unsigned run(uint64_t control)
{
    return testdev_run(&scalable->testdev, control, VM_IOVA, 64, 0);
}

static uint64_t read_register(uint32_t offset)
{
    return testdev_read(&scalable->testdev, offset);
}

/* A stale entry of the device's own, one of the unit's, and the buffer. */
static void test_stale(gconstpointer way)
{
    begin("");
    vm_fill(scalable->vm, PAGE_3, 3, 64);
    scalable_map(scalable, true, VM_IOVA, VM_PAGE, SCALABLE_FS);
    scalable_expect(scalable, WITH, VM_IOVA, VM_PAGE);
    scalable_expect(scalable, THROUGH, VM_IOVA, VM_PAGE);
    scalable_map(scalable, true, VM_IOVA, PAGE_3, SCALABLE_FS);
    testdev_fill(&scalable->testdev, 77, 256);
    travel(way);
    testdev_expect(&scalable->testdev, 77, 256);
    g_assert_cmpuint(read_register(VTD_TESTDEV_TLB_ENTRIES), ==, 1);
    g_assert_cmpuint(read_register(VTD_TESTDEV_COUNT_HITS), ==, 0);
    scalable_expect(scalable, WITH, VM_IOVA, VM_PAGE);
    scalable_expect(scalable, THROUGH, VM_IOVA, VM_PAGE);
    g_assert_cmpuint(read_register(VTD_TESTDEV_COUNT_HITS), ==, 1);
    scalable_flush(scalable);
    testdev_write(&scalable->testdev, VTD_TESTDEV_CONTROL,
                  VTD_TESTDEV_DROP_TLB);
    scalable_expect(scalable, THROUGH, VM_IOVA, PAGE_3);
    end();
}

/* A device-TLB invalidation that the device has still to complete. */
static void hold(const Way *way)
{
    begin("");
    testdev_write(&scalable->testdev, VTD_TESTDEV_INVALIDATE_MODE,
                  VTD_TESTDEV_INVALIDATE_HOLD);
    scalable_submit(scalable, vtdm_make_device_tlb_invalidate(
                                  TESTDEV_SID, EVERYTHING, true));
    scalable_submit_wait(scalable);
    travel(way);
    g_assert_cmpuint(read_register(VTD_TESTDEV_INVALIDATE_HELD), ==, 1);
    g_assert_false(scalable_has_completed(scalable));
}

static void test_held(gconstpointer way)
{
    hold(way);
    testdev_write(&scalable->testdev, VTD_TESTDEV_INVALIDATE_HELD, 0);
    g_assert_true(scalable_has_completed(scalable));
    unit_expect_no_fault(&scalable->vm->unit);
    end();
}

/* The time that it has goes on. */
static void test_held_too_long(gconstpointer way)
{
    hold(way);
    qtest_clock_step(scalable->vm->qts, EXPIRY);
    qtest_clock_step(scalable->vm->qts, EXPIRY);
    g_assert_cmphex(unit_read32(&scalable->vm->unit, VTDM_REG_FSTS), ==,
                    VTDM_FSTS_ITE);
    g_assert_false(scalable_has_completed(scalable));
    end();
}

static void respond(void)
{
    scalable_map(scalable, true, VM_IOVA, VM_PAGE, SCALABLE_FS);
    scalable_submit(scalable, vtdm_make_page_response(
                                  TESTDEV_SID, SCALABLE_PASID, ANY_GROUP,
                                  VTDM_PAGE_SUCCESS));
}

/* A command waits for a page, and gets it where the machine is then. */
static void test_page_request(gconstpointer way)
{
    begin("");
    vm_fill(scalable->vm, VM_PAGE, 9, 64);
    g_assert_cmpuint(run(LOAD), ==, VTD_TESTDEV_PENDING);
    travel(way);
    g_assert_cmphex(read_register(VTD_TESTDEV_STATE), ==, VTD_TESTDEV_BUSY);
    g_assert_cmpuint(read_register(VTD_TESTDEV_PAGE_OUTSTANDING), ==, 1);
    respond();
    g_assert_cmpuint(testdev_finish(&scalable->testdev), ==, VTD_TESTDEV_OK);
    testdev_expect(&scalable->testdev, 9, 64);
    end();
}

static void put_command(unsigned index, uint64_t control, uint64_t address)
{
    qtest_writeq(scalable->vm->qts, MEMBER_OF(index, control), control);
    qtest_writeq(scalable->vm->qts, MEMBER_OF(index, address), address);
    qtest_writeq(scalable->vm->qts, MEMBER_OF(index, length), 64);
}

static void start_ring(unsigned tail)
{
    testdev_write(&scalable->testdev, VTD_TESTDEV_RING_BASE, RING);
    testdev_write(&scalable->testdev, VTD_TESTDEV_RING_SIZE, RING_SIZE);
    testdev_write(&scalable->testdev, VTD_TESTDEV_RING_TAIL, tail);
}

static void await_head(unsigned head)
{
    for (unsigned i = 0; read_register(VTD_TESTDEV_RING_HEAD) != head; i++) {
        g_assert_cmpuint(i, <, 100000);
        g_usleep(1000);
    }
}

static unsigned status_of(unsigned index)
{
    return vtdm_get(qtest_readq(scalable->vm->qts,
                                MEMBER_OF(index, status)),
                    VTD_TESTDEV_STATUS);
}

/* The ring stops at a page that is missing, and has more behind it. */
static void test_ring(gconstpointer way)
{
    begin("");
    vm_fill(scalable->vm, VM_PAGE, 9, 64);
    put_command(0, VTD_TESTDEV_NOP, 0);
    put_command(1, LOAD, VM_IOVA);
    put_command(2, VTD_TESTDEV_NOP, 0);
    start_ring(3);
    await_head(1);
    travel(way);
    g_assert_cmpuint(read_register(VTD_TESTDEV_RING_HEAD), ==, 1);
    respond();
    await_head(3);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpuint(status_of(i), ==, VTD_TESTDEV_OK);
    }
    testdev_expect(&scalable->testdev, 9, 64);
    end();
}

static void stop(void)
{
    qtest_qmp_assert_success(scalable->vm->qts, "{'execute': 'stop'}");
}

static void go_on(void)
{
    qtest_qmp_assert_success(scalable->vm->qts, "{'execute': 'cont'}");
}

static void await_completion(void)
{
    for (unsigned i = 0; !scalable_has_completed(scalable); i++) {
        g_assert_cmpuint(i, <, 100000);
        g_usleep(1000);
    }
}

/* A queue that one call cannot run, and a ring that has not begun. */
static void test_under_way(gconstpointer way)
{
    const Unit *unit;
    uint64_t tail;

    begin("");
    unit = &scalable->vm->unit;
    tail = unit_read64(unit, VTDM_REG_IQT);
    qtest_writel(scalable->vm->qts, VM_STATUS, 0);
    for (unsigned i = 0; i <= REQUESTS; i++) {
        vtdm_tables_set128(unit->tables, unit->queue + tail,
                           i == REQUESTS
                           ? vtdm_make_wait(VTDM_WAIT_SW, VM_STATUS, 1)
                           : vtdm_make_device_tlb_invalidate(
                                 TESTDEV_SID, EVERYTHING, true));
        vtdm_tables_set128(unit->tables, unit->queue + tail + 16,
                           (VTDMEntry128) { 0 });
        tail += 32;
    }
    for (unsigned i = 0; i < RING_SIZE - 1; i++) {
        put_command(i, VTD_TESTDEV_READ, VM_PAGE);
    }
    stop();
    start_ring(RING_SIZE - 1);
    unit_write64(unit, VTDM_REG_IQT, tail);
    g_assert_cmphex(unit_read64(unit, VTDM_REG_IQH), <, tail);
    g_assert_cmpuint(read_register(VTD_TESTDEV_RING_HEAD), ==, 0);
    travel(way);
    g_assert_false(scalable_has_completed(scalable));
    go_on();
    await_completion();
    await_head(RING_SIZE - 1);
    g_assert_cmpuint(read_register(VTD_TESTDEV_COUNT_INVALIDATIONS), ==,
                     REQUESTS);
    g_assert_cmpuint(read_register(VTD_TESTDEV_COUNT_DONE), ==,
                     RING_SIZE - 1);
    end();
}

/* An iothread works on the ring, at whatever the machine stops. */
static void test_iothread(gconstpointer opaque)
{
    const Way *way = opaque;

    begin(",iothread=thread -object iothread,id=thread");
    for (unsigned i = 0; i < RING_SIZE - 1; i++) {
        put_command(i, VTD_TESTDEV_READ, VM_PAGE);
    }
    start_ring(RING_SIZE - 1);
    travel(way);
    await_head(RING_SIZE - 1);
    for (unsigned i = 0; i < RING_SIZE - 1; i++) {
        g_assert_cmpuint(status_of(i), ==, VTD_TESTDEV_OK);
    }
    g_assert_cmpuint(read_register(VTD_TESTDEV_COUNT_DONE), ==,
                     RING_SIZE - 1);
    end();
}

/* Each interrupt that it sends arrives, on this side or on the other. */
static void test_iothread_interrupts(gconstpointer opaque)
{
    const Way *way = opaque;

    begin(",iothread=thread -object iothread,id=thread");
    for (unsigned i = 0; i < RING_SIZE - 1; i++) {
        put_command(i, VTD_TESTDEV_STORE, CPU_1);
        qtest_writeq(scalable->vm->qts, MEMBER_OF(i, length), 4);
        qtest_writeq(scalable->vm->qts, MEMBER_OF(i, operand),
                     FIRST_VECTOR + i);
    }
    start_ring(RING_SIZE - 1);
    travel(way);
    await_head(RING_SIZE - 1);
    for (unsigned i = 0; i < RING_SIZE - 1; i++) {
        g_assert_cmpuint(status_of(i), ==, VTD_TESTDEV_OK);
        g_assert_true(lapic_pending(scalable->vm->qts, 1, FIRST_VECTOR + i));
    }
    end();
}

/*
 * Accessed and dirty flags, a wait's status and a page request of after the
 * memory has been sent: they are sent, too.
 */
static void test_late_writes(void)
{
    g_autofree char *file = NULL;
    uint64_t leaf;

    begin("");
    file = g_build_filename(folder, "state", NULL);
    leaf = scalable_map(scalable, true, VM_IOVA, VM_PAGE, SCALABLE_FS);
    travel_pause(scalable->vm);
    travel_save_begin(scalable->vm, file);
    qtest_qmp_eventwait(scalable->vm->qts, "STOP");
    g_assert_cmpuint(run(VTD_TESTDEV_WRITE | WITH), ==, VTD_TESTDEV_OK);
    g_assert_cmpuint(testdev_run(&scalable->testdev, LOAD, VM_IOVA_2, 64, 0),
                     ==, VTD_TESTDEV_PENDING);
    scalable_submit_wait(scalable);
    g_assert_true(scalable_has_completed(scalable));
    travel_save_end(scalable->vm);
    vm_restart(scalable->vm, TRAVEL_INCOMING);
    travel_load(scalable->vm, file);
    g_assert_cmphex(vtdm_tables_get(&scalable->vm->tables, leaf) &
                    (VTDM_FS_A | VTDM_FS_D), ==, VTDM_FS_A | VTDM_FS_D);
    g_assert_true(scalable_has_completed(scalable));
    g_assert_cmphex(qtest_readq(scalable->vm->qts, PRQ) & 0xff, ==,
                    VTDM_PRQ_PAGE_REQUEST);
    g_assert_cmphex(unit_read64(&scalable->vm->unit, VTDM_REG_PQT), ==,
                    VTDM_PRQ_SIZE);
    scalable_renew(scalable);
    end();
}

static const struct {
    const char *name;
    void (*run)(gconstpointer way);
} tests[] = {
    { "stale", test_stale },
    { "held", test_held },
    { "held-too-long", test_held_too_long },
    { "page-request", test_page_request },
    { "ring", test_ring },
    { "under-way", test_under_way },
    { "iothread", test_iothread },
    { "iothread-interrupts", test_iothread_interrupts },
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(tests) && vm_has_pcie(); i++) {
        for (size_t way = 0; way < ARRAY_SIZE(travel_ways); way++) {
            g_autofree char *path = g_strdup_printf(
                "/vtdm/migration-testdev/%s/%s", tests[i].name,
                travel_ways[way].name);

            qtest_add_data_func(path, &travel_ways[way], tests[i].run);
        }
    }
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/migration-testdev/late-writes",
                       test_late_writes);
    }
    return g_test_run();
}
