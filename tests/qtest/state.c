/*
 * What the device shows of itself over QMP: the members that the manual
 * names, with values that agree with the registers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "standard-headers/linux/pci_regs.h"
#include "qobject/qbool.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "vm.h"

#define SECOND_BASE             (UNIT_BASE + VTDM_PAGE_SIZE)
#define TWO_UNITS \
    ",units='0xfed90000 endpoint=00:04.0;0xfed91000 include-all ioapic'"

static QList *get(VM *vm, const char *property)
{
    g_autoptr(QDict) answer = qtest_qmp(vm->qts,
        "{'execute': 'qom-get', 'arguments': {"
        "'path': 'iommu', 'property': %s}}", property);
    QList *list = qdict_get_qlist(answer, "return");

    g_assert_nonnull(list);
    return qobject_ref(list);
}

static uint64_t get_uint(const QDict *dict, const char *key)
{
    return qnum_get_uint(qobject_to(QNum, qdict_get(dict, key)));
}

static QDict *member(const QList *list, size_t index)
{
    const QListEntry *entry = qlist_first(list);

    while (index--) {
        entry = qlist_next(entry);
    }
    return qobject_to(QDict, qlist_entry_obj(entry));
}

/* The one with @value as its @key. */
static QDict *find(const QList *list, const char *key, const char *value)
{
    const QListEntry *entry;

    QLIST_FOREACH_ENTRY(list, entry) {
        QDict *dict = qobject_to(QDict, qlist_entry_obj(entry));

        if (!strcmp(qdict_get_str(dict, key), value)) {
            return dict;
        }
    }
    g_error("nothing has %s %s", key, value);
}

static void expect_unit(QDict *dict, const Unit *unit)
{
    static const struct {
        const char *name;
        uint32_t offset;
        unsigned size;
    } registers[] = {
        { "version", VTDM_REG_VER, 4 }, { "cap", VTDM_REG_CAP, 8 },
        { "ecap", VTDM_REG_ECAP, 8 }, { "gsts", VTDM_REG_GSTS, 4 },
        { "fsts", VTDM_REG_FSTS, 4 }, { "rtaddr", VTDM_REG_RTADDR, 8 },
        { "irta", VTDM_REG_IRTA, 8 },
    };

    g_assert_cmphex(get_uint(dict, "base"), ==, unit->base);
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        uint32_t offset = registers[i].offset;
        uint64_t value = registers[i].size == 8 ? unit_read64(unit, offset)
                                                : unit_read32(unit, offset);

        g_assert_cmphex(get_uint(dict, registers[i].name), ==, value);
    }
}

static void test_units(void)
{
    VM *vm = vm_new(TWO_UNITS, "");
    Unit second = vm_unit(vm, SECOND_BASE, 1);
    g_autoptr(QList) list = NULL;

    unit_enable_dma(&vm->unit);
    unit_enable_interrupts(&second, false);
    edu_load(&vm->edu, VM_IOVA, 4);
    list = get(vm, "x-unit-state");
    g_assert_cmpuint(qlist_size(list), ==, 2);
    expect_unit(member(list, 0), &vm->unit);
    expect_unit(member(list, 1), &second);
    g_assert_cmphex(get_uint(member(list, 0), "fsts"), ==,
                    VTDM_FSTS_PPF);
    g_assert_cmpstr(qdict_get_str(member(list, 0), "mode"), ==, "legacy");
    vm_free(vm);
}

static void expect_counts(QDict *dict, uint64_t reads, uint64_t writes,
                          uint64_t interrupts, uint64_t faults)
{
    g_assert_cmpuint(get_uint(dict, "reads"), ==, reads);
    g_assert_cmpuint(get_uint(dict, "writes"), ==, writes);
    g_assert_cmpuint(get_uint(dict, "interrupts"), ==, interrupts);
    g_assert_cmpuint(get_uint(dict, "faults"), ==, faults);
}

static void test_requesters(void)
{
    VM *vm = vm_new_mapped("");
    g_autoptr(QList) before = get(vm, "x-device-state");
    g_autoptr(QList) after = NULL;
    QDict *dict = find(before, "device", "00:04.0");
    QList *cached = qdict_get_qlist(dict, "cached");

    g_assert_true(qlist_empty(cached));
    g_assert_cmpstr(qdict_get_str(dict, "stage"), ==, "none");
    g_assert_cmpstr(qdict_get_str(dict, "name"), ==, "edu");
    g_assert_cmpint(qdict_get_int(dict, "unit"), ==, 0);
    g_assert_cmpint(qdict_get_int(dict, "domain"), ==, -1);
    expect_counts(dict, 0, 0, 0, 0);
    edu_load(&vm->edu, VM_IOVA, 4);
    edu_load(&vm->edu, VM_IOVA, 4);
    edu_store(&vm->edu, VM_IOVA, 4);
    edu_load(&vm->edu, VM_IOVA + VTDM_PAGE_SIZE, 4);
    edu_set_msi(&vm->edu, VTDM_INTERRUPT_BASE, 0x71);
    edu_raise(&vm->edu);
    after = get(vm, "x-device-state");
    dict = find(after, "device", "00:04.0");
    g_assert_cmpint(qdict_get_int(dict, "domain"), ==, VM_DID);
    g_assert_cmpstr(qdict_get_str(dict, "stage"), ==, "second");
    expect_counts(dict, 3, 1, 1, 1);
    cached = qdict_get_qlist(dict, "cached");
    g_assert_cmpuint(qlist_size(cached), ==, 1);
    dict = member(cached, 0);
    g_assert_cmpint(qdict_get_int(dict, "pasid"), ==, -1);
    g_assert_cmpstr(qdict_get_str(dict, "translation"), ==, "second-stage");
    g_assert_cmpint(qdict_get_int(dict, "domain"), ==, VM_DID);
    g_assert_false(qdict_get_bool(dict, "ats"));
    vm_free(vm);
}

/* A domain without tables: the first DMA, and others that follow it. */
static void test_pass_through(void)
{
    VM *vm = vm_new("", "");

    vtdm_tables_context(&vm->tables, vm->unit.root, VM_SID,
                        vtdm_make_context(VTDM_TT_PASS_THROUGH, 4, 0,
                                          VM_DID));
    unit_enable_dma(&vm->unit);
    for (unsigned reads = 1; reads <= 3; reads++) {
        g_autoptr(QList) list = NULL;
        QDict *dict;

        edu_load(&vm->edu, VM_PAGE, 4);
        list = get(vm, "x-device-state");
        dict = find(list, "device", "00:04.0");
        g_assert_cmpint(qdict_get_int(dict, "domain"), ==, VM_DID);
        g_assert_cmpstr(qdict_get_str(dict, "stage"), ==, "none");
        expect_counts(dict, reads, 0, 0, 0);
    }
    vm_free(vm);
}

/* RID_PASID of the edu device leads to a first stage, here of one page. */
static void map_first_stage(VM *vm)
{
    uint64_t directory = vtdm_tables_page(&vm->tables);
    VTDMMapping mapping = {
        vtdm_tables_page(&vm->tables), 4, VM_IOVA, VM_PAGE, 1,
        VTDM_FS_P | VTDM_FS_US, true,
    };
    VTDMEntry512 entry = vtdm_make_pasid_first_stage(4, mapping.table,
                                                     VM_DID);

    entry.words[1] |= VTDM_PASID_1_PWSNP;
    vtdm_tables_map(&vm->tables, &mapping);
    vtdm_tables_pasid(&vm->tables, directory, 3, entry);
    vtdm_tables_scalable_context(
        &vm->tables, vm->unit.root, VM_SID,
        vtdm_make_scalable_context(VTDM_SCTX_PASIDE, 0, directory, 3));
    unit_set_root(&vm->unit, vm->unit.root |
                  vtdm_field(VTDM_RTADDR_TTM, VTDM_TTM_SCALABLE));
    unit_command(&vm->unit, VTDM_GCMD_TE, 0);
}

/* In scalable mode: context, PASID entry, and the fault of a first stage. */
static void test_scalable(void)
{
    VM *vm = vm_new(",scalable-mode=on,pasid-bits=20", "");
    g_autoptr(QList) units = NULL;
    g_autoptr(QList) devices = NULL;
    g_autoptr(QList) log = NULL;
    QList *cached;
    QDict *dict;

    map_first_stage(vm);
    edu_load(&vm->edu, VM_IOVA, 4);
    unit_expect_no_fault(&vm->unit);
    edu_store(&vm->edu, VM_IOVA, 4);
    units = get(vm, "x-unit-state");
    g_assert_cmpstr(qdict_get_str(member(units, 0), "mode"), ==, "scalable");
    devices = get(vm, "x-device-state");
    dict = find(devices, "device", "00:04.0");
    g_assert_cmpint(qdict_get_int(dict, "domain"), ==, VM_DID);
    g_assert_cmpstr(qdict_get_str(dict, "stage"), ==, "first");
    cached = qdict_get_qlist(dict, "cached");
    g_assert_cmpuint(qlist_size(cached), ==, 2);
    dict = member(cached, 0);
    g_assert_cmpstr(qdict_get_str(dict, "translation"), ==, "by-pasid");
    g_assert_cmpint(qdict_get_int(dict, "rid-pasid"), ==, 3);
    g_assert_true(qdict_get_bool(dict, "pasids"));
    dict = member(cached, 1);
    g_assert_cmpstr(qdict_get_str(dict, "translation"), ==, "first-stage");
    g_assert_cmpint(qdict_get_int(dict, "pasid"), ==, 3);
    g_assert_cmpint(qdict_get_int(dict, "domain"), ==, VM_DID);
    g_assert_cmpuint(get_uint(dict, "first-stage-levels"), ==, 4);
    log = get(vm, "x-fault-log");
    g_assert_cmpuint(qlist_size(log), ==, 1);
    g_assert_cmpstr(qdict_get_str(member(log, 0), "condition"), ==, "SGN.6");
    g_assert_cmpstr(qdict_get_str(member(log, 0), "stage"), ==, "first");
    vm_free(vm);
}

/* Counters begin anew with the guest. */
static void test_reset(void)
{
    VM *vm = vm_new_mapped("");
    g_autoptr(QList) list = NULL;
    QDict *dict;

    edu_copy(&vm->edu, VM_IOVA, VM_IOVA, 4);
    edu_load(&vm->edu, VM_IOVA + VTDM_PAGE_SIZE, 4);
    edu_set_msi(&vm->edu, VTDM_INTERRUPT_BASE, 0x71);
    edu_raise(&vm->edu);
    qtest_system_reset(vm->qts);
    list = get(vm, "x-device-state");
    dict = find(list, "device", "00:04.0");
    g_assert_cmpint(qdict_get_int(dict, "domain"), ==, -1);
    expect_counts(dict, 0, 0, 0, 0);
    vm_free(vm);
}

/* One without a unit, one that is no PCI device. */
static void test_other_requesters(void)
{
    VM *vm = vm_new(",units='0xfed90000 endpoint=00:05.0 ioapic=0@ff:1f.0'",
                    "");
    g_autoptr(QList) list = get(vm, "x-device-state");
    QDict *edu = find(list, "device", "00:04.0");
    QDict *ioapic = find(list, "name", "ioapic");

    g_assert_cmpint(qdict_get_int(edu, "unit"), ==, -1);
    g_assert_cmpint(qdict_get_int(ioapic, "unit"), ==, 0);
    g_assert_cmpstr(qdict_get_str(ioapic, "device"), ==, "ff:1f.0");
    vm_free(vm);
}

/* The table says nothing of it, so that nobody knows its source-id. */
static void test_unlisted_ioapic(void)
{
    VM *vm = vm_new(",units='0xfed90000 include-all',intremap=off", "");
    g_autoptr(QList) list = get(vm, "x-device-state");
    QDict *ioapic = find(list, "name", "ioapic");
    QDict *host_bridge = find(list, "device", "00:00.0");

    g_assert_cmpint(qdict_get_int(ioapic, "unit"), ==, -1);
    g_assert_cmpstr(qdict_get_str(ioapic, "device"), ==, "none");
    g_assert_cmpint(qdict_get_int(host_bridge, "unit"), ==, 0);
    vm_free(vm);
}

/* Also what found no free record. */
static void test_fault_log(void)
{
    VM *vm = vm_new_mapped(",fault-records=1");
    uint64_t leaf = vm_map(vm, VM_IOVA, VM_PAGE, VTDM_SS_R);
    g_autoptr(QList) log = NULL;
    QDict *fault;

    edu_store(&vm->edu, VM_IOVA + 8, 4);
    edu_load(&vm->edu, VM_IOVA + VTDM_PAGE_SIZE, 4);
    log = get(vm, "x-fault-log");
    g_assert_cmpuint(qlist_size(log), ==, 2);
    fault = member(log, 0);
    g_assert_cmpuint(get_uint(fault, "unit"), ==, 0);
    g_assert_cmpstr(qdict_get_str(fault, "source-id"), ==, "00:04.0");
    g_assert_cmphex(get_uint(fault, "reason"), ==, FR_NO_WRITE);
    g_assert_cmpstr(qdict_get_str(fault, "condition"), ==, "LGN.2");
    g_assert_nonnull(strstr(qdict_get_str(fault, "text"), "write"));
    g_assert_cmphex(get_uint(fault, "address"), ==, VM_IOVA + 8);
    g_assert_cmpstr(qdict_get_str(fault, "access"), ==, "write");
    g_assert_cmpint(qdict_get_int(fault, "pasid"), ==, -1);
    g_assert_false(qdict_get_bool(fault, "privileged"));
    g_assert_false(qdict_get_bool(fault, "execute"));
    g_assert_cmpstr(qdict_get_str(fault, "type"), ==, "untranslated");
    g_assert_cmpstr(qdict_get_str(fault, "stage"), ==, "second");
    g_assert_cmpuint(get_uint(fault, "index"), ==, 0);
    g_assert_cmphex(get_uint(fault, "entry-address"), ==, leaf);
    g_assert_cmphex(get_uint(fault, "entry"), ==, VM_PAGE | VTDM_SS_R);
    g_assert_true(qdict_get_bool(fault, "recorded"));
    g_assert_cmpstr(qdict_get_str(member(log, 1), "access"), ==, "read");
    g_assert_false(qdict_get_bool(member(log, 1), "recorded"));
    vm_free(vm);
}

/* One DMA of many bytes is one fault, wherever it goes. */
static void test_one_fault(void)
{
    static const uint64_t addresses[] = {
        VM_IOVA + VTDM_PAGE_SIZE, VTDM_INTERRUPT_BASE + 0x1000, 0,
    };

    for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
        VM *vm = vm_new_mapped("");
        g_autoptr(QList) reads = NULL;
        g_autoptr(QList) writes = NULL;

        edu_load(&vm->edu, addresses[i], 256);
        reads = get(vm, "x-fault-log");
        g_assert_cmpuint(qlist_size(reads), ==, 1);
        edu_store(&vm->edu, addresses[i], 256);
        writes = get(vm, "x-fault-log");
        g_assert_cmpuint(qlist_size(writes), ==, 2);
        vm_free(vm);
    }
}

/* Neighbours are faults of their own if one reads and the other writes. */
static void test_two_faults(void)
{
    VM *vm = vm_new_mapped("");
    uint64_t address = VM_IOVA + VTDM_PAGE_SIZE;
    g_autoptr(QList) log = NULL;

    edu_load(&vm->edu, address, 8);
    edu_store(&vm->edu, address + 8, 8);
    log = get(vm, "x-fault-log");
    g_assert_cmpuint(qlist_size(log), ==, 2);
    g_assert_cmpstr(qdict_get_str(member(log, 1), "access"), ==, "write");
    vm_free(vm);
}

/* ---- a device's memory beneath a unit's registers ---- */

#define OTHER_BASE              0xfea00000
#define OTHER_UNIT \
    ",units='0xfed90000 include-all ioapic;0xfea00000 endpoint=00:09.0'"

static void expect_conflict(VM *vm, const char *wanted)
{
    g_autoptr(QList) units = get(vm, "x-unit-state");

    g_assert_cmpstr(qdict_get_str(member(units, 0), "conflict"), ==, wanted);
    g_assert_cmpstr(qdict_get_str(member(units, 1), "conflict"), ==, "");
}

static void test_conflict(void)
{
    g_autofree char *path = NULL;
    g_autofree char *arguments = NULL;
    g_autofree char *traces = NULL;
    int fd = g_file_open_tmp("vtdm-state-XXXXXX", &path, NULL);
    uint32_t bar;
    VM *vm;

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    arguments = g_strdup_printf("-trace vtdm_bar_conflict -D %s", path);
    vm = vm_new(OTHER_UNIT, arguments);
    bar = qpci_config_readl(vm->edu.dev, PCI_BASE_ADDRESS_0);
    expect_conflict(vm, "");
    qpci_config_writel(vm->edu.dev, PCI_BASE_ADDRESS_0, OTHER_BASE);
    expect_conflict(vm, "00:04.0 BAR 0");
    qpci_config_writel(vm->edu.dev, PCI_BASE_ADDRESS_0, bar);
    expect_conflict(vm, "");
    vm_free(vm);
    g_assert_true(g_file_get_contents(path, &traces, NULL, NULL));
    unlink(path);
    g_assert_nonnull(strstr(traces, "vtdm_bar_conflict unit=0 base=0xfea00000 "
                            "device=00:04.0 bar=0\n"));
}

/* There would be no way back. */
static void test_unrealize(void)
{
    VM *vm = vm_new("", "");

    qmp_expect_error_and_unref(qtest_qmp(vm->qts,
        "{'execute': 'qom-set', 'arguments': {"
        "'path': 'iommu', 'property': 'realized', 'value': false}}"),
        "GenericError");
    unit_enable_dma(&vm->unit);
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/state/units", test_units);
    qtest_add_func("/vtdm/state/conflict", test_conflict);
    qtest_add_func("/vtdm/state/unrealize", test_unrealize);
    qtest_add_func("/vtdm/state/requesters", test_requesters);
    qtest_add_func("/vtdm/state/pass-through", test_pass_through);
    qtest_add_func("/vtdm/state/scalable", test_scalable);
    qtest_add_func("/vtdm/state/reset", test_reset);
    qtest_add_func("/vtdm/state/other-requesters", test_other_requesters);
    qtest_add_func("/vtdm/state/unlisted-ioapic", test_unlisted_ioapic);
    qtest_add_func("/vtdm/state/fault-log", test_fault_log);
    qtest_add_func("/vtdm/state/one-fault", test_one_fault);
    qtest_add_func("/vtdm/state/two-faults", test_two_faults);
    return g_test_run();
}
