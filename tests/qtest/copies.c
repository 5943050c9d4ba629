/*
 * Copies that others keep of what they asked for: vhost of translations, on
 * either side of the device, KVM of routes. What is not true any more, they are
 * told of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "listening.h"

#define DEVICE_TLB      LISTENING_DEVICE ",device-tlb=on"
#define OTHER_DID       (VM_DID + 1)
#define INDEX           5
#define NOBODY          "route fee00004 0;"

static char *get(VM *vm, const char *property)
{
    return listening_read(vm, "listener", property);
}

static void expect_text(VM *vm, const char *property, const char *wanted)
{
    listening_expect(vm, "listener", property, wanted);
}

/* Everything but the interrupt address range. */
static void expect_dropped(VM *vm)
{
    g_autofree char *log = get(vm, "log");

    g_assert_nonnull(strstr(log, "unmap 0 "));
    g_assert_nonnull(strstr(log, "unmap 4000000000000000 "));
}

static void ask(VM *vm, uint64_t input, uint64_t output)
{
    g_autofree char *text = g_strdup_printf("%" PRIx64, input);
    g_autofree char *wanted = g_strdup_printf("ask %" PRIx64 " %" PRIx64
                                              " 3;", input, output);

    listening_write(vm, "listener", "ask", text);
    expect_text(vm, "log", wanted);
}

/* ---- translations on this side of the device ---- */

/* Whatever the guest invalidates, in pieces that are powers of two. */
static void test_cache(void)
{
    VM *vm = listening_start("", LISTENING_DEVICE);

    unit_enable_dma(&vm->unit);
    g_free(get(vm, "log"));
    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    listening_flush(vm, VTDM_G_SELECTIVE, VM_IOVA, 0);
    expect_text(vm, "log", "");     /* of no domain that it has met */
    unit_submit(&vm->unit, vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0, 0,
                                                      false));
    expect_text(vm, "log",
                "unmap fef00000 fffff;unmap ff000000 ffffff;"
                "unmap 100000000 ffffffff;unmap 200000000 1ffffffff;"
                "unmap 400000000 3ffffffff;unmap 800000000 7ffffffff;"
                "unmap 1000000000 fffffffff;unmap 2000000000 1fffffffff;"
                "unmap 4000000000 3fffffffff;unmap 8000000000 7fffffffff;"
                "unmap 10000000000 ffffffffff;unmap 20000000000 1ffffffffff;"
                "unmap 40000000000 3ffffffffff;"
                "unmap 80000000000 7ffffffffff;"
                "unmap 100000000000 fffffffffff;"
                "unmap 200000000000 1fffffffffff;"
                "unmap 400000000000 3fffffffffff;"
                "unmap 800000000000 7fffffffffff;"
                "unmap 1000000000000 ffffffffffff;"
                "unmap 2000000000000 1ffffffffffff;"
                "unmap 4000000000000 3ffffffffffff;"
                "unmap 8000000000000 7ffffffffffff;"
                "unmap 10000000000000 fffffffffffff;"
                "unmap 20000000000000 1fffffffffffff;"
                "unmap 40000000000000 3fffffffffffff;"
                "unmap 80000000000000 7fffffffffffff;"
                "unmap 100000000000000 ffffffffffffff;"
                "unmap 200000000000000 1ffffffffffffff;"
                "unmap 400000000000000 3ffffffffffffff;"
                "unmap 800000000000000 7ffffffffffffff;"
                "unmap 1000000000000000 fffffffffffffff;"
                "unmap 2000000000000000 1fffffffffffffff;"
                "unmap 4000000000000000 3fffffffffffffff;"
                "unmap 8000000000000000 7fffffffffffffff;"
                "unmap 0 7fffffff;unmap 80000000 3fffffff;"
                "unmap c0000000 1fffffff;unmap e0000000 fffffff;"
                "unmap f0000000 7ffffff;unmap f8000000 3ffffff;"
                "unmap fc000000 1ffffff;unmap fe000000 7fffff;"
                "unmap fe800000 3fffff;unmap fec00000 1fffff;");
    vm_free(vm);
}

/*
 * A requester changes its domain, and the unit's cache has pages of both: those
 * of the first are dropped with the first.
 */
static void test_two_domains(void)
{
    VM *vm = listening_start("", LISTENING_DEVICE);

    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    unit_enable_dma(&vm->unit);
    g_free(get(vm, "log"));
    ask(vm, VM_IOVA, VM_PAGE);
    vm->ssptptr = unit_attach(&vm->unit, LISTENING_SID, OTHER_DID, 4);
    vm_map(vm, VM_IOVA_2, VM_PAGE_2, UNIT_RW);
    listening_flush_context(vm, VM_DID);
    expect_dropped(vm);
    ask(vm, VM_IOVA, VM_PAGE);
    ask(vm, VM_IOVA_2, VM_PAGE_2);
    listening_flush(vm, VTDM_G_SELECTIVE, VM_IOVA, 0);
    expect_text(vm, "log", "unmap 12345000 fff;");
    vm_free(vm);
}

/* Spec: "Protected Memory Enable Register": what passed is blocked now */
static void test_protected(void)
{
    VM *vm = listening_start(",plmr=on", LISTENING_DEVICE);

    g_free(get(vm, "log"));
    unit_write32(&vm->unit, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    expect_dropped(vm);
    unit_write32(&vm->unit, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    expect_text(vm, "log", "");
    unit_write32(&vm->unit, VTDM_REG_PMEN, 0);
    expect_dropped(vm);
    vm_free(vm);
}

/* Another table mode holds at once, whatever is cached of the old one. */
static void test_table_mode(void)
{
    VM *vm = listening_start(",esrtps=off", LISTENING_DEVICE);

    unit_enable_dma(&vm->unit);
    g_free(get(vm, "log"));
    unit_set_root(&vm->unit, vm->unit.root);
    expect_text(vm, "log", "");
    unit_set_root(&vm->unit, vm->unit.root |
                  vtdm_field(VTDM_RTADDR_TTM, VTDM_TTM_SCALABLE));
    expect_dropped(vm);
    vm_free(vm);
}

/* ---- translations on the device's side ---- */

static void set_context(VM *vm, unsigned tt)
{
    vtdm_tables_context(&vm->tables, vm->unit.root, LISTENING_SID,
                        vtdm_make_context(tt, 4, vm->ssptptr, VM_DID));
}

static void flush_device_tlb(VM *vm, uint16_t source_id, uint64_t address,
                             bool size)
{
    unit_submit(&vm->unit, vtdm_make_device_tlb_invalidate(source_id, address,
                                                           size));
}

/* Spec: "Device-TLB Invalidate Descriptor": only that one is for it */
static void test_device_tlb(void)
{
    VM *vm = listening_start(",device-iotlb=on", DEVICE_TLB);

    set_context(vm, VTDM_TT_DEVICE_TLB);
    unit_enable_dma(&vm->unit);
    g_free(get(vm, "log"));
    listening_flush(vm, VTDM_G_GLOBAL, 0, 0);
    listening_flush_context(vm, VM_DID);
    expect_text(vm, "log", "");
    flush_device_tlb(vm, LISTENING_SID + 8, 0x5000, false);
    expect_text(vm, "log", "");
    flush_device_tlb(vm, LISTENING_SID, 0x5000, false);
    expect_text(vm, "log", "unmap 5000 fff;");
    flush_device_tlb(vm, LISTENING_SID, 0x4000, true);
    expect_text(vm, "log", "unmap 4000 1fff;");
    vm_free(vm);
}

/* A guest may switch ATS on in a device, though the unit has none. */
static void test_device_tlb_of_a_unit_without(void)
{
    VM *vm = listening_start("", DEVICE_TLB);
    g_autofree char *log = NULL;

    unit_enable_dma(&vm->unit);
    g_free(get(vm, "log"));
    listening_flush(vm, VTDM_G_GLOBAL, 0, 0);
    log = get(vm, "log");
    g_assert_nonnull(strstr(log, "unmap 0 "));
    vm_free(vm);
}

/*
 * Nothing stands between such a cache and memory, so that a switch of what
 * passes at all reaches it: translation, protected memory, a reset.
 */
static void test_device_tlb_switches(void)
{
    VM *vm = listening_start(",device-iotlb=on,plmr=on", DEVICE_TLB);

    set_context(vm, VTDM_TT_DEVICE_TLB);
    unit_set_root(&vm->unit, vm->unit.root);
    g_free(get(vm, "log"));
    unit_command(&vm->unit, VTDM_GCMD_TE, 0);
    expect_dropped(vm);
    unit_write32(&vm->unit, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    expect_dropped(vm);
    unit_write32(&vm->unit, VTDM_REG_PMEN, 0);
    expect_dropped(vm);
    unit_command(&vm->unit, 0, VTDM_GCMD_TE);
    expect_dropped(vm);
    qtest_system_reset(vm->qts);
    expect_dropped(vm);
    vm_free(vm);
}

/* Spec: "Translated Request": the context entry allows them, or nobody does */
static void test_device_tlb_forbidden(void)
{
    VM *vm = listening_start(",device-iotlb=on", DEVICE_TLB);

    set_context(vm, VTDM_TT_DEVICE_TLB);
    unit_enable_dma(&vm->unit);
    g_free(get(vm, "log"));
    set_context(vm, VTDM_TT_SECOND_STAGE);
    expect_text(vm, "log", "");
    listening_flush_context(vm, VM_DID);
    expect_dropped(vm);
    vm_free(vm);
}

/* ---- routes ---- */

static void expect_told(VM *vm, uint32_t set, uint32_t clear, unsigned times)
{
    uint64_t before = listening_count(vm, "listener", "routes");

    unit_command(&vm->unit, set, clear);
    g_assert_cmpuint(listening_count(vm, "listener", "routes") - before, ==,
                     times);
}

/* Each switch of interrupt remapping once, whatever it drops beside. */
static void test_routes_switches(gconstpointer options)
{
    VM *vm = listening_start(options, LISTENING_DEVICE);

    unit_enable_interrupts(&vm->unit, false);
    expect_told(vm, 0, VTDM_GCMD_IRE, 1);
    expect_told(vm, VTDM_GCMD_IRE, 0, 1);
    expect_told(vm, VTDM_GCMD_CFI, 0, 1);
    expect_told(vm, VTDM_GCMD_CFI, 0, 0);
    expect_told(vm, 0, VTDM_GCMD_CFI, 1);
    vm_free(vm);
}

static void route(VM *vm, uint64_t address, uint32_t data,
                  const char *wanted)
{
    g_autofree char *text = g_strdup_printf("%" PRIx64 " %x", address, data);

    g_free(get(vm, "log"));
    listening_write(vm, "listener", "route", text);
    expect_text(vm, "log", wanted);
}

/* The last fault that a person is shown: no record has it. */
static void expect_logged(VM *vm, uint8_t reason)
{
    g_autoptr(QDict) answer = qtest_qmp(vm->qts,
        "{'execute': 'qom-get', 'arguments': {"
        "'path': 'iommu', 'property': 'x-fault-log'}}");
    QList *log = qdict_get_qlist(answer, "return");
    const QDict *fault = qobject_to(QDict,
                                    qlist_entry_obj(qlist_first(log)));

    g_assert_cmpuint(qlist_size(log), ==, 1);
    g_assert_cmpuint(qnum_get_uint(qobject_to(QNum,
                                              qdict_get(fault, "reason"))),
                     ==, reason);
    g_assert_false(qdict_get_bool(fault, "recorded"));
    unit_expect_no_fault(&vm->unit);
}

/* An entry that begins to fault ends its route; an error would keep it. */
static void test_route_blocked(void)
{
    VM *vm = listening_start("", LISTENING_DEVICE);
    uint64_t address = vtdm_make_msi_address(INDEX, false);

    route(vm, 0xfee01000, 0x55, "route fee01000 55;");
    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(0x66, 1, false));
    unit_enable_interrupts(&vm->unit, false);
    route(vm, address, 0, "route fee01000 4066;");
    unit_set_irte(&vm->unit, INDEX, (VTDMEntry128) { 0 });
    unit_submit(&vm->unit, vtdm_make_iec_invalidate(INDEX, 0));
    route(vm, address, 0, NOBODY);
    expect_logged(vm, FR_IR_ABSENT);
    vm_free(vm);
}

/* So does compatibility format, as long as it is not let through. */
static void test_route_compatible(void)
{
    VM *vm = listening_start("", LISTENING_DEVICE);

    unit_enable_interrupts(&vm->unit, false);
    route(vm, 0xfee01000, 0x55, NOBODY);
    unit_command(&vm->unit, VTDM_GCMD_CFI, 0);
    route(vm, 0xfee01000, 0x55, "route fee01000 55;");
    vm_free(vm);
}

static void expect_no_route(VM *vm, uint64_t address)
{
    g_autofree char *text = g_strdup_printf("%" PRIx64 " 0", address);
    g_autoptr(QDict) answer = qtest_qmp(vm->qts,
        "{'execute': 'qom-set', 'arguments': {'path': "
        "'/machine/peripheral/listener', 'property': 'route', 'value': %s}}",
        text);

    g_assert_cmpstr(qdict_get_str(qdict_get_qdict(answer, "error"), "desc"),
                    ==, "no route");
}

/* A posted entry has no route, which would deliver it; nor is it posted. */
static void test_route_posted(void)
{
    VM *vm = listening_start(",posted-interrupts=on", LISTENING_DEVICE);
    uint64_t address = vtdm_make_msi_address(INDEX, false);
    VTDMEntry512 pid = vtdm_make_posted_descriptor(0x66, 1, false);

    unit_set_irte(&vm->unit, INDEX, vtdm_make_posted_irte(0x55, VM_STATUS));
    unit_enable_interrupts(&vm->unit, false);
    vtdm_tables_set512(&vm->tables, VM_STATUS, pid);
    expect_no_route(vm, address);
    g_assert_cmphex(qtest_readq(vm->qts, VM_STATUS + 0x55 / 64 * 8), ==, 0);
    g_assert_cmphex(qtest_readq(vm->qts, VM_STATUS + 32), ==, pid.words[4]);
    pid.words[5] = 1;
    vtdm_tables_set512(&vm->tables, VM_STATUS, pid);
    expect_no_route(vm, address);
    unit_expect_no_fault(&vm->unit);
    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(0x66, 1, false));
    route(vm, address, 0, "route fee01000 4066;");
    vm_free(vm);
}

int main(int argc, char **argv)
{
    listening_load(argv[0]);
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/copies/cache", test_cache);
    qtest_add_func("/vtdm/copies/two-domains", test_two_domains);
    qtest_add_func("/vtdm/copies/protected", test_protected);
    qtest_add_func("/vtdm/copies/table-mode", test_table_mode);
    qtest_add_func("/vtdm/copies/device-tlb/descriptor", test_device_tlb);
    qtest_add_func("/vtdm/copies/device-tlb/without",
                   test_device_tlb_of_a_unit_without);
    qtest_add_func("/vtdm/copies/device-tlb/switches",
                   test_device_tlb_switches);
    qtest_add_func("/vtdm/copies/device-tlb/forbidden",
                   test_device_tlb_forbidden);
    qtest_add_data_func("/vtdm/copies/routes/switches", "",
                        test_routes_switches);
    qtest_add_data_func("/vtdm/copies/routes/switches-alone",
                        ",esirtps=off", test_routes_switches);
    qtest_add_func("/vtdm/copies/routes/blocked", test_route_blocked);
    qtest_add_func("/vtdm/copies/routes/compatible", test_route_compatible);
    qtest_add_func("/vtdm/copies/routes/posted", test_route_posted);
    return g_test_run();
}
