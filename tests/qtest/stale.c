/*
 * Invalidation through QEMU: what was cached stays until the guest asks,
 * by registers or by the queue; and the queue's own behaviour.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "vm.h"

#define PAGE_3                  0x6321000
#define PAGE_4                  0x6543000
#define OTHER_DID               9
#define VECTOR                  0x61
#define STATUS_DATA             0xcafe0001

/* One of the two ways to ask for the same thing. */
typedef struct Interface {
    const char *name;
    void (*contexts)(const Unit *unit, unsigned g, uint16_t did,
                     uint16_t sid);
    void (*pages)(const Unit *unit, unsigned g, uint16_t did,
                  uint64_t address);
} Interface;

static void contexts_by_register(const Unit *unit, unsigned g, uint16_t did,
                                 uint16_t sid)
{
    unit_write64(unit, VTDM_REG_CCMD, VTDM_CCMD_ICC |
                 vtdm_field(VTDM_CCMD_CIRG, g) |
                 vtdm_field(VTDM_CCMD_SID, sid) |
                 vtdm_field(VTDM_CCMD_DID, did));
    g_assert_false(unit_read64(unit, VTDM_REG_CCMD) & VTDM_CCMD_ICC);
}

static void pages_by_register(const Unit *unit, unsigned g, uint16_t did,
                              uint64_t address)
{
    uint32_t offset = unit_iotlb(unit);

    unit_write64(unit, offset + VTDM_REG_IVA, address);
    unit_write64(unit, offset + VTDM_REG_IOTLB, VTDM_IOTLB_IVT |
                 vtdm_field(VTDM_IOTLB_IIRG, g) |
                 vtdm_field(VTDM_IOTLB_DID, did));
    g_assert_false(unit_read64(unit, offset + VTDM_REG_IOTLB) &
                   VTDM_IOTLB_IVT);
}

static void contexts_by_queue(const Unit *unit, unsigned g, uint16_t did,
                              uint16_t sid)
{
    unit_submit(unit, vtdm_make_context_invalidate(g, did, sid, 0));
}

static void pages_by_queue(const Unit *unit, unsigned g, uint16_t did,
                           uint64_t address)
{
    unit_submit(unit, vtdm_make_iotlb_invalidate(g, did, address, 0, false));
}

static const Interface interfaces[] = {
    { "registers", contexts_by_register, pages_by_register },
    { "queue", contexts_by_queue, pages_by_queue },
};

/* The edu device has read VM_IOVA, which then moved to PAGE_3. */
static VM *new_stale(const Interface *interface)
{
    VM *vm = vm_new_mapped("");

    if (interface == &interfaces[1]) {
        unit_enable_queue(&vm->unit);
    }
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    vm_map(vm, VM_IOVA, PAGE_3, UNIT_RW);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    return vm;
}

static void test_pages(gconstpointer opaque)
{
    const Interface *interface = opaque;
    VM *vm = new_stale(interface);

    interface->pages(&vm->unit, VTDM_G_SELECTIVE, VM_DID, VM_IOVA_2);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    interface->pages(&vm->unit, VTDM_G_SELECTIVE, OTHER_DID, VM_IOVA);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    interface->pages(&vm->unit, VTDM_G_SELECTIVE, VM_DID, VM_IOVA);
    vm_expect_load(vm, VM_IOVA, PAGE_3);
    vm_free(vm);
}

static void test_domain(gconstpointer opaque)
{
    const Interface *interface = opaque;
    VM *vm = new_stale(interface);

    interface->pages(&vm->unit, VTDM_G_DOMAIN, OTHER_DID, 0);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    interface->pages(&vm->unit, VTDM_G_DOMAIN, VM_DID, 0);
    vm_expect_load(vm, VM_IOVA, PAGE_3);
    vm_free(vm);
}

static void test_global(gconstpointer opaque)
{
    const Interface *interface = opaque;
    VM *vm = new_stale(interface);

    interface->contexts(&vm->unit, VTDM_G_GLOBAL, 0, 0);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    interface->pages(&vm->unit, VTDM_G_GLOBAL, 0, 0);
    vm_expect_load(vm, VM_IOVA, PAGE_3);
    vm_free(vm);
}

/* The device moves to another domain, whose tables map PAGE_4. */
static VM *new_stale_context(const Interface *interface)
{
    VM *vm = new_stale(interface);

    vm->ssptptr = unit_attach(&vm->unit, VM_SID, OTHER_DID, 4);
    vm_map(vm, VM_IOVA, PAGE_4, UNIT_RW);
    vm_map(vm, VM_IOVA_2, VM_PAGE_2, UNIT_RW);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    interface->pages(&vm->unit, VTDM_G_DOMAIN, VM_DID, 0);
    vm_expect_load(vm, VM_IOVA, PAGE_3);
    return vm;
}

static void test_context(gconstpointer opaque)
{
    const Interface *interface = opaque;
    VM *vm = new_stale_context(interface);

    interface->contexts(&vm->unit, VTDM_G_SELECTIVE, VM_DID, VM_SID + 1);
    interface->contexts(&vm->unit, VTDM_G_DOMAIN, OTHER_DID, 0);
    interface->pages(&vm->unit, VTDM_G_GLOBAL, 0, 0);
    vm_expect_load(vm, VM_IOVA, PAGE_3);
    interface->contexts(&vm->unit, VTDM_G_SELECTIVE, VM_DID, VM_SID);
    interface->pages(&vm->unit, VTDM_G_DOMAIN, VM_DID, 0);
    vm_expect_load(vm, VM_IOVA, PAGE_4);
    vm_free(vm);
}

static void test_context_domain(gconstpointer opaque)
{
    const Interface *interface = opaque;
    VM *vm = new_stale_context(interface);

    interface->contexts(&vm->unit, VTDM_G_DOMAIN, VM_DID, 0);
    interface->pages(&vm->unit, VTDM_G_DOMAIN, VM_DID, 0);
    vm_expect_load(vm, VM_IOVA, PAGE_4);
    vm_free(vm);
}

static void expect_granularity(VM *vm, unsigned asked, unsigned given)
{
    uint32_t offset = unit_iotlb(&vm->unit);
    uint64_t ccmd, iotlb;

    contexts_by_register(&vm->unit, asked, VM_DID, VM_SID);
    ccmd = unit_read64(&vm->unit, VTDM_REG_CCMD);
    g_assert_cmpuint(vtdm_get(ccmd, VTDM_CCMD_CAIG), ==, given);
    pages_by_register(&vm->unit, asked, VM_DID, VM_IOVA);
    iotlb = unit_read64(&vm->unit, offset + VTDM_REG_IOTLB);
    g_assert_cmpuint(vtdm_get(iotlb, VTDM_IOTLB_IAIG), ==, given);
}

/* The unit says what it did. */
static void test_actual_granularity(void)
{
    VM *vm = vm_new_mapped("");

    expect_granularity(vm, VTDM_G_GLOBAL, VTDM_G_GLOBAL);
    expect_granularity(vm, VTDM_G_DOMAIN, VTDM_G_DOMAIN);
    expect_granularity(vm, VTDM_G_SELECTIVE, VTDM_G_SELECTIVE);
    expect_granularity(vm, VTDM_G_RESERVED, VTDM_G_RESERVED);
    vm_free(vm);
}

/* Caching mode keeps what was not present, too. */
static void test_caching_mode(void)
{
    static const char *const options[] = { "", ",caching-mode=on" };
    uint64_t iova = VM_IOVA + VTDM_PAGE_SIZE;

    for (unsigned cm = 0; cm < ARRAY_SIZE(options); cm++) {
        VM *vm = vm_new_mapped(options[cm]);

        vm_expect_fault(vm, iova, FR_NO_READ);
        vm_map(vm, iova, PAGE_3, UNIT_RW);
        if (cm) {
            vm_expect_fault(vm, iova, FR_NO_READ);
            pages_by_register(&vm->unit, VTDM_G_SELECTIVE, VM_DID, iova);
        }
        vm_expect_load(vm, iova, PAGE_3);
        vm_free(vm);
    }
}

static uint32_t status(VM *vm)
{
    return qtest_readl(vm->qts, VM_STATUS);
}

static void submit_status(VM *vm, uint32_t data)
{
    unit_submit(&vm->unit, vtdm_make_wait(VTDM_WAIT_SW, VM_STATUS, data));
}

static void test_wait_status(void)
{
    VM *vm = vm_new("", "");

    unit_enable_queue(&vm->unit);
    submit_status(vm, STATUS_DATA);
    g_assert_cmphex(status(vm), ==, STATUS_DATA);
    g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_IQH), ==, 16);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_ICS), ==, 0);
    vm_free(vm);
}

static void submit_interrupt(VM *vm)
{
    unit_submit(&vm->unit, vtdm_make_wait(VTDM_WAIT_IF, 0, 0));
}

static void test_wait_interrupt(void)
{
    VM *vm = vm_new("", "");
    const Unit *unit = &vm->unit;

    unit_enable_queue(unit);
    unit_write32(unit, VTDM_REG_IEDATA, VECTOR);
    unit_write32(unit, VTDM_REG_IEADDR, VTDM_INTERRUPT_BASE);
    submit_interrupt(vm);
    g_assert_cmphex(unit_read32(unit, VTDM_REG_ICS), ==, VTDM_ICS_IWC);
    g_assert_cmphex(unit_read32(unit, VTDM_REG_IECTL), ==,
                    VTDM_FECTL_IM | VTDM_FECTL_IP);
    g_assert_true(lapic_idle(vm->qts, 0));
    unit_write32(unit, VTDM_REG_IECTL, 0);
    g_assert_true(lapic_pending(vm->qts, 0, VECTOR));
    unit_write32(unit, VTDM_REG_ICS, VTDM_ICS_IWC);
    g_assert_cmphex(unit_read32(unit, VTDM_REG_ICS), ==, 0);
    unit_write32(unit, VTDM_REG_IEDATA, VECTOR + 1);
    submit_interrupt(vm);
    g_assert_true(lapic_pending(vm->qts, 0, VECTOR + 1));
    vm_free(vm);
}

/* Twice around, each descriptor in its turn. */
static void test_wrap(void)
{
    VM *vm = vm_new("", "");

    unit_enable_queue(&vm->unit);
    for (unsigned i = 1; i <= 2 * UNIT_QUEUE_LENGTH + 3; i++) {
        submit_status(vm, i);
        g_assert_cmpuint(status(vm), ==, i);
    }
    g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_IQH), ==, 3 * 16);
    vm_free(vm);
}

/* Many at once, across the end of the queue. */
static void test_batch(void)
{
    VM *vm = vm_new("", "");
    const Unit *unit = &vm->unit;

    unit_enable_queue(unit);
    for (unsigned i = 0; i < UNIT_QUEUE_LENGTH; i++) {
        vtdm_tables_set128(&vm->tables, unit->queue + 16 * i,
                           vtdm_make_wait(VTDM_WAIT_SW, VM_STATUS + 4 * i,
                                          STATUS_DATA));
    }
    unit_write64(unit, VTDM_REG_IQT, 16 * (UNIT_QUEUE_LENGTH - 1));
    unit_write64(unit, VTDM_REG_IQT, 0);
    g_assert_cmphex(unit_read64(unit, VTDM_REG_IQH), ==, 0);
    for (unsigned i = 0; i < UNIT_QUEUE_LENGTH; i++) {
        g_assert_cmphex(qtest_readl(vm->qts, VM_STATUS + 4 * i), ==,
                        STATUS_DATA);
    }
    vm_free(vm);
}

static void expect_queue_error(const Unit *unit, VTDMQueueError error)
{
    uint64_t iqercd = unit_read64(unit, VTDM_REG_IQERCD);

    g_assert_cmphex(unit_read32(unit, VTDM_REG_FSTS), ==, VTDM_FSTS_IQE);
    g_assert_cmpuint(vtdm_get(iqercd, VTDM_IQERCD_IQEI), ==, error);
}

/* An error stops the queue at the descriptor; mending it starts it again. */
static void test_queue_error(void)
{
    VM *vm = vm_new("", "");
    const Unit *unit = &vm->unit;
    VTDMEntry128 bad = { .lo = 0xf };

    unit_enable_queue(unit);
    submit_status(vm, 1);
    unit_submit(unit, bad);
    expect_queue_error(unit, VTDM_IQEI_TYPE);
    submit_status(vm, 3);
    g_assert_cmphex(unit_read64(unit, VTDM_REG_IQH), ==, 16);
    g_assert_cmpuint(status(vm), ==, 1);
    vtdm_tables_set128(&vm->tables, unit->queue + 16,
                       vtdm_make_wait(VTDM_WAIT_SW, VM_STATUS + 4, 2));
    unit_write32(unit, VTDM_REG_FSTS, VTDM_FSTS_IQE);
    g_assert_cmphex(unit_read64(unit, VTDM_REG_IQH), ==, 3 * 16);
    g_assert_cmpuint(qtest_readl(vm->qts, VM_STATUS + 4), ==, 2);
    g_assert_cmpuint(status(vm), ==, 3);
    unit_expect_no_fault(unit);
    vm_free(vm);
}

static void test_reserved_bits(void)
{
    VM *vm = vm_new("", "");
    VTDMEntry128 wait = vtdm_make_wait(VTDM_WAIT_SW, VM_STATUS, 1);

    unit_enable_queue(&vm->unit);
    wait.lo |= VTDM_BIT(12);
    unit_submit(&vm->unit, wait);
    expect_queue_error(&vm->unit, VTDM_IQEI_RESERVED);
    g_assert_cmpuint(status(vm), ==, 0);
    vm_free(vm);
}

static void test_tail_beyond(void)
{
    VM *vm = vm_new("", "");

    unit_enable_queue(&vm->unit);
    unit_write64(&vm->unit, VTDM_REG_IQT, 16 * UNIT_QUEUE_LENGTH);
    expect_queue_error(&vm->unit, VTDM_IQEI_TAIL);
    vm_free(vm);
}

static void test_queue_off(void)
{
    VM *vm = vm_new("", "");

    submit_status(vm, 1);
    g_assert_cmpuint(status(vm), ==, 0);
    unit_write64(&vm->unit, VTDM_REG_IQA, vm->unit.queue);
    unit_command(&vm->unit, VTDM_GCMD_QIE, 0);
    g_assert_cmpuint(status(vm), ==, 1);
    unit_command(&vm->unit, 0, VTDM_GCMD_QIE);
    g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_IQH), ==, 0);
    vm_free(vm);
}

static void add_for_each_interface(const char *name, GTestDataFunc test)
{
    for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
        g_autofree char *path =
            g_strdup_printf("/vtdm/stale/%s/%s", interfaces[i].name,
                            name);

        qtest_add_data_func(path, &interfaces[i], test);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_for_each_interface("pages", test_pages);
    add_for_each_interface("domain", test_domain);
    add_for_each_interface("global", test_global);
    add_for_each_interface("context", test_context);
    add_for_each_interface("context-domain", test_context_domain);
    qtest_add_func("/vtdm/stale/actual-granularity",
                   test_actual_granularity);
    qtest_add_func("/vtdm/stale/caching-mode", test_caching_mode);
    qtest_add_func("/vtdm/stale/wait-status", test_wait_status);
    qtest_add_func("/vtdm/stale/wait-interrupt",
                   test_wait_interrupt);
    qtest_add_func("/vtdm/stale/wrap", test_wrap);
    qtest_add_func("/vtdm/stale/batch", test_batch);
    qtest_add_func("/vtdm/stale/queue-error", test_queue_error);
    qtest_add_func("/vtdm/stale/reserved-bits", test_reserved_bits);
    qtest_add_func("/vtdm/stale/tail-beyond", test_tail_beyond);
    qtest_add_func("/vtdm/stale/queue-off", test_queue_off);
    return g_test_run();
}
