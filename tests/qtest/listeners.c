/*
 * Those who mirror all that a requester maps, and the devices beside and
 * after them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "standard-headers/linux/pci_regs.h"
#include "qobject/qdict.h"
#include "listening.h"
#include "requester.h"

#define PORT_SID        0x0030      /* 00:06.0 */
#define PORT_BUS        3
#define BRIDGE_SID      0x0300      /* 03:00.0, on which it is */
#define BRIDGE_BUS      4
#define SENDER_SID      0x0400      /* 04:00.0, for all behind it */
#define BRIDGE          "-device pcie-root-port,id=rp,addr=6 " \
                        "-device pcie-pci-bridge,id=bridge,bus=rp "
#define MIRROR          "-device vtdm-listener,map=on,host-width=48,bus=bridge,"
#define OPTIONS         ",caching-mode=on,plmr=on"
#define PROTECTED       0x200000
#define PAGES           "12345000 fff 4789000 3;"

static void open_bridge(VM *vm, uint16_t source_id, unsigned bus)
{
    g_autofree QPCIDevice *bridge = qpci_device_find(vm->pci, source_id);

    g_assert_nonnull(bridge);
    qpci_config_writeb(bridge, PCI_SECONDARY_BUS, bus);
    qpci_config_writeb(bridge, PCI_SUBORDINATE_BUS, BRIDGE_BUS);
    qpci_config_writew(bridge, PCI_MEMORY_BASE, 0xe000);
    qpci_config_writew(bridge, PCI_MEMORY_LIMIT, 0xefff);
    qpci_device_enable(bridge);
}

/* A bridge to conventional PCI, and what is behind it. */
static VM *start(const char *options, const char *devices)
{
    g_autofree char *all = g_strconcat(BRIDGE, devices, NULL);
    VM *vm = vm_new(options, all);

    open_bridge(vm, PORT_SID, PORT_BUS);
    open_bridge(vm, BRIDGE_SID, BRIDGE_BUS);
    vm->ssptptr = unit_attach(&vm->unit, SENDER_SID, VM_DID, 4);
    unit_enable_queue(&vm->unit);
    return vm;
}

static void protect(VM *vm)
{
    unit_write32(&vm->unit, VTDM_REG_PLMBASE, PROTECTED);
    unit_write32(&vm->unit, VTDM_REG_PLMLIMIT, PROTECTED);
    unit_write32(&vm->unit, VTDM_REG_PMEN, VTDM_PMEN_EPM);
}

/* A write of @edu to protected memory does nothing, but is counted. */
static void expect_seen(VM *vm, Edu *edu, uint16_t source_id)
{
    g_auto(Requester) before = requester_at(vm, source_id);
    g_auto(Requester) after = { 0 };

    vm_fill(vm, VM_PAGE, 1, 16);
    vm_fill(vm, PROTECTED, 2, 16);
    edu_copy(edu, VM_PAGE, PROTECTED, 16);
    vm_expect(vm, PROTECTED, 2, 16);
    after = requester_at(vm, source_id);
    g_assert_cmpuint(after.writes, >, before.writes);
}

/* The first goes, the second still follows the guest's tables. */
static void test_one_of_two_goes(void)
{
    VM *vm = start(OPTIONS, MIRROR "id=a,addr=0 " MIRROR "id=b,addr=1");
    g_auto(Requester) nobody = { 0 };
    uint64_t leaf;

    leaf = vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    unit_enable_dma(&vm->unit);
    listening_expect(vm, "a", "pages", PAGES);
    listening_expect(vm, "b", "pages", PAGES);
    vm_unplug(vm, "a", 1);
    listening_expect(vm, "b", "pages", PAGES);
    vtdm_tables_set(&vm->tables, leaf, 0);
    unit_submit(&vm->unit, vtdm_make_iotlb_invalidate(VTDM_G_DOMAIN, VM_DID,
                                                      0, 0, false));
    listening_expect(vm, "b", "pages", "");
    unit_command(&vm->unit, 0, VTDM_GCMD_TE);
    g_assert_true(listening_sees_memory(vm, "b"));
    nobody = requester_at(vm, SENDER_SID + 8);
    g_assert_null(nobody.name);
    vm_free(vm);
}

/* After the last one, who is behind the bridge is translated as before. */
static void test_last_goes(gconstpointer translating)
{
    VM *vm = start(OPTIONS, MIRROR "id=a,addr=1 "
                   "-device " EDU_DEVICE ",bus=bridge,addr=2");
    Edu edu = edu_at(vm->pci, SENDER_SID + 16);

    if (translating) {
        unit_enable_dma(&vm->unit);
    }
    g_assert_true(listening_sees_memory(vm, "a") == !translating);
    vm_unplug(vm, "a", 1);
    unit_command(&vm->unit, 0, VTDM_GCMD_TE);
    protect(vm);
    expect_seen(vm, &edu, SENDER_SID);
    edu_free(&edu);
    vm_free(vm);
}

static void expect_refused(VM *vm, const char *bus, const char *addr)
{
    QDict *answer = qtest_qmp(vm->qts,
        "{'execute': 'device_add', 'arguments': {'driver': %s, 'id': 'no', "
        "'map': true, 'host-width': 39, 'bus': %s, 'addr': %s}}",
        TYPE_VTDM_LISTENER, bus, addr);

    qmp_expect_error_and_unref(answer, "GenericError");
}

/* A plug that fails leaves nothing for the next device there... */
static void test_refused_then_another(void)
{
    VM *vm = vm_new(OPTIONS, "-device pcie-root-port,id=rp,addr=6");
    Edu edu;

    open_bridge(vm, PORT_SID, PORT_BUS);
    expect_refused(vm, "rp", "0");
    qtest_qmp_device_add(vm->qts, "edu", "edu", "{'bus': 'rp', "
                         "'dma_mask': 18446744073709551615}");
    edu = edu_at(vm->pci, BRIDGE_SID);
    protect(vm);
    expect_seen(vm, &edu, BRIDGE_SID);
    edu_free(&edu);
    vm_free(vm);
}

/* ... or beside it. */
static void test_refused_beside_another(void)
{
    VM *vm = start(OPTIONS, "-device " EDU_DEVICE ",bus=bridge,addr=2");
    Edu edu = edu_at(vm->pci, SENDER_SID + 16);

    expect_refused(vm, "bridge", "1");
    protect(vm);
    expect_seen(vm, &edu, SENDER_SID);
    edu_free(&edu);
    vm_free(vm);
}

/* What counts is the unit of the one that sends. */
static void test_width(void)
{
    VM *vm = start(OPTIONS ",units='"
                   "0xfed90000 endpoint=00:06.0/00.0/00.0;"
                   "0xfed91000 include-all ioapic hpet',"
                   "caps='0xfed90000 aw-bits=39'",
                   "-device vtdm-listener,id=a,map=on,host-width=39,"
                   "bus=bridge,addr=1");

    g_assert_true(listening_sees_memory(vm, "a"));
    vm_free(vm);
}

int main(int argc, char **argv)
{
    listening_load(argv[0]);
    g_test_init(&argc, &argv, NULL);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/listeners/one-of-two-goes",
                       test_one_of_two_goes);
        qtest_add_data_func("/vtdm/listeners/last-goes/identity", NULL,
                            test_last_goes);
        qtest_add_data_func("/vtdm/listeners/last-goes/translated",
                            GUINT_TO_POINTER(true), test_last_goes);
        qtest_add_func("/vtdm/listeners/refused-then-another",
                       test_refused_then_another);
        qtest_add_func("/vtdm/listeners/refused-beside-another",
                       test_refused_beside_another);
        qtest_add_func("/vtdm/listeners/width", test_width);
    }
    return g_test_run();
}
