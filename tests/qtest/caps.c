/*
 * Two units that differ in what they can do: each shows its own registers
 * and goes by them, in described platforms and in loaded ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "dmar-bytes.h"
#include "vm.h"

#define SECOND_SID              0x0028      /* 00:05.0 */
#define SECOND_EDU              "-device " EDU_DEVICE ",addr=05.0"
#define TWO_UNITS \
    ",units='0xfed90000 endpoint=00:04.0;0xfed91000 include-all ioapic'"

/* Those of a Sapphire Rapids server. */
#define SERVER_CAP              (0x19ed008c40780c66 & ~VTDM_CAP_FRO)
#define SERVER_ECAP             (0x3ee9e86f050df & ~VTDM_ECAP_IRO)

/* The units of a client, as its kernel has printed them. */
#define IGPU_CAP                0x1c0000c40660462
#define IGPU_ECAP               0x7e1ff0505e
#define MAIN_CAP                0xd2008c40660462
#define MAIN_ECAP               0xf050da
#define CLIENT \
    ",caps='0xfed90000 cap=0x1c0000c40660462 ecap=0x7e1ff0505e " \
    "version-major=4; 0xfed91000 cap=0xd2008c40660462 ecap=0xf050da'"

static Unit second_unit(VM *vm)
{
    return vm_unit(vm, UNIT_BASE + VTDM_PAGE_SIZE, 1);
}

/* @bits are those of a real unit that this one cannot have. */
static void expect_register(const Unit *unit, uint32_t offset,
                            uint64_t wanted, uint64_t bits)
{
    g_assert_cmphex((unit_read64(unit, offset) ^ wanted) & ~bits, ==, 0);
    g_assert_cmphex(unit_read64(unit, offset) & bits, !=, wanted & bits);
}

static void expect_client(VM *vm)
{
    Unit unit = second_unit(vm);

    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_VER), ==, 0x40);
    g_assert_cmphex(unit_read32(&unit, VTDM_REG_VER), ==, 0x10);
    expect_register(&vm->unit, VTDM_REG_CAP, IGPU_CAP,
                    VTDM_CAP_FS1GP | VTDM_CAP_FRO);
    expect_register(&vm->unit, VTDM_REG_ECAP, IGPU_ECAP, VTDM_BITS(40, 24));
    expect_register(&unit, VTDM_REG_CAP, MAIN_CAP, VTDM_CAP_FRO);
    g_assert_cmphex(unit_read64(&unit, VTDM_REG_ECAP), ==, MAIN_ECAP);
}

static void test_registers(void)
{
    VM *vm = vm_new(TWO_UNITS CLIENT, "");

    expect_client(vm);
    vm_free(vm);
}

/* What scalable-mode=on shows, and what words of the user change of it. */
static void test_scalable(void)
{
    static const struct {
        const char *words;
        uint32_t version;
        uint64_t cap;
        uint64_t ecap;
    } units[] = {
        { ",scalable-mode=on", 0x60, SERVER_CAP, SERVER_ECAP },
        { ",x-scalable-mode=on", 0x60, SERVER_CAP, SERVER_ECAP },
        { ",scalable-mode=on,svm=on", 0x60, SERVER_CAP,
          SERVER_ECAP | VTDM_ECAP_PASID | VTDM_ECAP_PRS },
        { ",scalable-mode=on,pasid-bits=20,snoop-control=off", 0x60,
          SERVER_CAP, (SERVER_ECAP | VTDM_ECAP_PASID) & ~VTDM_ECAP_SC },
        { ",scalable-mode=on,fsts=off", 0x60,
          SERVER_CAP & ~VTDM_CAP_FS1GP & ~VTDM_CAP_FS5LP,
          SERVER_ECAP & ~VTDM_ECAP_FSTS & ~VTDM_ECAP_NEST &
          ~VTDM_ECAP_EAFS },
        { ",scalable-mode=on,device-iotlb=off,pt=off,version-major=5", 0x50,
          SERVER_CAP, SERVER_ECAP & ~VTDM_ECAP_DT & ~VTDM_ECAP_PT &
          ~VTDM_ECAP_NWFS & ~VTDM_ECAP_DIT & ~VTDM_ECAP_PDS },
        { ",scalable-mode=on,ssts=off", 0x60, SERVER_CAP & ~VTDM_CAP_SAGAW,
          SERVER_ECAP & ~VTDM_ECAP_SSTS & ~VTDM_ECAP_NEST },
        { ",fsts=off,caps='all scalable-mode=on'", 0x60, SERVER_CAP,
          SERVER_ECAP },
    };

    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        VM *vm = vm_new(units[i].words, "");

        g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_VER), ==,
                        units[i].version);
        g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_CAP) & ~VTDM_CAP_FRO,
                        ==, units[i].cap);
        g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_ECAP) &
                        ~VTDM_ECAP_IRO, ==, units[i].ecap);
        vm_free(vm);
    }
}

/* A table has no capabilities: the same property gives them to its units. */
static void test_loaded(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_sample();
    g_autofree char *path = NULL;
    g_autofree char *options = NULL;
    int fd = g_file_open_tmp("vtdm-caps-XXXXXX", &path, NULL);
    VM *vm;

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    g_assert_true(g_file_set_contents(path, (char *)table->data, table->len,
                                      NULL));
    options = g_strdup_printf(",dmar=%s" CLIENT, path);
    vm = vm_new(options, "");
    g_unlink(path);
    expect_client(vm);
    vm_free(vm);
}

static void pass_through(VM *vm, const Unit *unit, uint16_t source_id)
{
    vtdm_tables_context(&vm->tables, unit->root, source_id,
                        vtdm_make_context(VTDM_TT_PASS_THROUGH, 4, 0,
                                          VM_DID));
    unit_enable_dma(unit);
}

/* The one without ECAP.PT refuses what the other one does. */
static void test_honoured(void)
{
    VM *vm = vm_new(TWO_UNITS ",caps='0xfed90000 pt=off'", SECOND_EDU);
    Edu edu = edu_at(vm->pci, SECOND_SID);
    Unit unit = second_unit(vm);

    pass_through(vm, &vm->unit, VM_SID);
    pass_through(vm, &unit, SECOND_SID);
    vm_expect_fault(vm, VM_PAGE, FR_CONTEXT_INVALID);
    vm_fill(vm, VM_PAGE, 3, 64);
    edu_copy(&edu, VM_PAGE, VM_PAGE_2, 64);
    vm_expect(vm, VM_PAGE_2, 3, 64);
    unit_expect_no_fault(&unit);
    edu_free(&edu);
    vm_free(vm);
}

/* One with many fault records has the room for them, the other one has not. */
static void test_register_size(void)
{
    VM *vm = vm_new(",units='0xfed90000 endpoint=00:04.0;"
                    "0xfed92000 include-all ioapic',"
                    "caps='0xfed92000 fault-records=256'", "");
    Unit unit = vm_unit(vm, 0xfed92000, 1);

    g_assert_cmphex(unit_record_offset(&unit, 255), ==, 0x1ff0);
    g_assert_cmphex(unit_record_offset(&vm->unit, 0), <, 0x1000);
    unit_enable_dma(&unit);
    unit_expect_no_fault(&unit);
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/caps/registers", test_registers);
    qtest_add_func("/vtdm/caps/scalable", test_scalable);
    qtest_add_func("/vtdm/caps/loaded", test_loaded);
    qtest_add_func("/vtdm/caps/honoured", test_honoured);
    qtest_add_func("/vtdm/caps/register-size", test_register_size);
    return g_test_run();
}
