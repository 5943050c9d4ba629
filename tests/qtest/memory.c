/*
 * Tables in every kind of memory: above 4 GiB, in pieces that touch, in shared
 * backends, in ROM, in RAM that goes and comes back, and where there is none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "vm.h"

#define DIMM                    0x100000000ULL
#define DIMM_SIZE               0x8000000   /* 128 MiB */
#define SECOND_DIMM             (DIMM + DIMM_SIZE)
#define ROM                     0xfffe0000U
#define ROM_SIZE                0x20000
#define HOLE                    0x20000000
#define LOCAL_APIC              0xfee00000U

#define ROOM                    "-m 256M,slots=2,maxmem=2G "
#define DIMM_0                  "pc-dimm,id=d0,memdev=m0,slot=0," \
                                "addr=0x100000000"
#define BACKEND(id, kind)       "-object " kind ",id=" id ",size=128M "
#define DIMMS(kind) \
    ROOM BACKEND("m0", kind) BACKEND("m1", kind) "-device " DIMM_0 \
    " -device pc-dimm,memdev=m1,slot=1,addr=0x108000000"

/* QEMU's docs/specs/acpi_mem_hotplug.rst */
#define HOTPLUG_SLOT            0xa00
#define HOTPLUG_STATUS          0xa14
#define HOTPLUG_EJECT           0x08

static VM *new_vm(const char *more)
{
    VM *vm = vm_new("", more);

    unit_enable_dma(&vm->unit);
    return vm;
}

/*
 * Maps two pages for the edu device: all tables but the top one, which is in
 * low memory, come to @tables.
 */
static void map_at(VM *vm, uint64_t tables)
{
    vm->tables.next = VM_TABLES;
    vm->ssptptr = unit_attach(&vm->unit, VM_SID, VM_DID, 4);
    vm->tables.next = tables;
    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    vm_map(vm, VM_IOVA_2, VM_PAGE_2, UNIT_RW);
    unit_flush(&vm->unit);
}

/* Tables from the last two pages of one piece of RAM to the first of the next */
static void test_pieces(gconstpointer backends)
{
    VM *vm = new_vm(backends);

    map_at(vm, SECOND_DIMM - 2 * VTDM_PAGE_SIZE);
    g_assert_cmphex(vm->tables.next, >, SECOND_DIMM);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    vm_map(vm, VM_IOVA, DIMM + VM_PAGE, UNIT_RW);
    unit_flush(&vm->unit);
    vm_expect_load(vm, VM_IOVA, DIMM + VM_PAGE);
    vm_map(vm, VM_IOVA, SECOND_DIMM + VM_PAGE, UNIT_RW);
    unit_flush(&vm->unit);
    vm_expect_load(vm, VM_IOVA, SECOND_DIMM + VM_PAGE);
    vm_free(vm);
}

static void unplug_dimm(VM *vm)
{
    qtest_qmp_device_del_send(vm->qts, "d0");
    qtest_outl(vm->qts, HOTPLUG_SLOT, 0);
    qtest_outb(vm->qts, HOTPLUG_STATUS, HOTPLUG_EJECT);
    qtest_qmp_eventwait(vm->qts, "DEVICE_DELETED");
}

static void plug_dimm(VM *vm)
{
    qtest_qmp_assert_success(
        vm->qts, "{'execute': 'device_add', 'arguments': {'driver': 'pc-dimm', "
        "'id': 'd0', 'memdev': 'm0', 'slot': 0, 'addr': 4294967296}}");
}

static void give_backend(VM *vm)
{
    qtest_qmp_assert_success(vm->qts, "{'execute': 'object-del', 'arguments': "
                             "{'id': 'm0'}}");
    qtest_qmp_assert_success(
        vm->qts, "{'execute': 'object-add', 'arguments': {'qom-type': "
        "'memory-backend-ram', 'id': 'm0', 'size': 134217728}}");
}

/*
 * The tables go with their RAM: what is cached stays, a walk faults. In other
 * RAM that comes to the place there is nothing at first.
 */
static void test_unplug(void)
{
    VM *vm = new_vm(DIMMS("memory-backend-ram"));

    map_at(vm, DIMM);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    unplug_dimm(vm);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    unit_flush(&vm->unit);
    vm_expect_fault(vm, VM_IOVA, FR_ENTRY_UNREADABLE);
    give_backend(vm);
    plug_dimm(vm);
    vm_expect_fault(vm, VM_IOVA, FR_NO_READ);
    map_at(vm, DIMM);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    vm_free(vm);
}

/* A DMA to RAM that has gone reaches nothing, and no fault is recorded. */
static void test_unplug_target(void)
{
    VM *vm = new_vm(DIMMS("memory-backend-ram"));

    map_at(vm, VM_TABLES + 0x100000);
    vm_map(vm, VM_IOVA, DIMM + VM_PAGE, UNIT_RW);
    vm_expect_load(vm, VM_IOVA, DIMM + VM_PAGE);
    unplug_dimm(vm);
    edu_copy(&vm->edu, VM_IOVA, VM_IOVA, 64);
    unit_expect_no_fault(&vm->unit);
    give_backend(vm);
    plug_dimm(vm);
    vm_expect_load(vm, VM_IOVA, DIMM + VM_PAGE);
    vm_free(vm);
}

/* Where there is no RAM, a walk finds no entry, and touches no device. */
static void test_no_ram(void)
{
    static const uint64_t places[] = { HOLE, LOCAL_APIC, UNIT_BASE, DIMM };

    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        VM *vm = new_vm("");

        map_at(vm, VM_AREA + 0x100000);
        vtdm_tables_set(&vm->tables, vm->ssptptr, places[i] | UNIT_RW);
        unit_flush(&vm->unit);
        vm_expect_fault(vm, VM_IOVA, FR_ENTRY_UNREADABLE);
        vm_free(vm);
    }
}

static void rom_read(void *opaque, uint64_t address, void *buf, size_t len)
{
    memcpy(buf, (char *)opaque + (address - ROM), len);
}

static void rom_write(void *opaque, uint64_t address, const void *buf,
                      size_t len)
{
    memcpy((char *)opaque + (address - ROM), buf, len);
}

/* Writes a firmware that is tables; returns its name. */
static char *make_rom(VTDMMapping *mapping)
{
    g_autofree char *rom = g_malloc0(ROM_SIZE);
    VTDMTables tables = {
        .read = rom_read, .write = rom_write, .opaque = rom, .next = ROM,
    };
    char *file = NULL;
    int fd = g_file_open_tmp("vtdm-rom-XXXXXX", &file, NULL);

    g_assert_cmpint(fd, >=, 0);
    mapping->table = vtdm_tables_page(&tables);
    vtdm_tables_map(&tables, mapping);
    mapping->input = VM_IOVA_2;
    mapping->output = VM_PAGE_2;
    vtdm_tables_map(&tables, mapping);
    g_assert_cmpint(write(fd, rom, ROM_SIZE), ==, ROM_SIZE);
    close(fd);
    return file;
}

static void test_rom(void)
{
    VTDMMapping mapping = {
        .levels = 4, .level = 1, .input = VM_IOVA, .output = VM_PAGE,
        .flags = UNIT_RW,
    };
    g_autofree char *file = make_rom(&mapping);
    g_autofree char *more = g_strdup_printf("-bios %s", file);
    VM *vm = new_vm(more);

    vtdm_tables_context(&vm->tables, vm->unit.root, VM_SID,
                        vtdm_make_context(VTDM_TT_SECOND_STAGE, 4,
                                          mapping.table, VM_DID));
    unit_flush(&vm->unit);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    vm_free(vm);
    unlink(file);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_data_func("/vtdm/memory/pieces", DIMMS("memory-backend-ram"),
                        test_pieces);
    qtest_add_data_func("/vtdm/memory/shared",
                        DIMMS("memory-backend-memfd,share=on"), test_pieces);
    qtest_add_func("/vtdm/memory/unplug", test_unplug);
    qtest_add_func("/vtdm/memory/unplug-target", test_unplug_target);
    qtest_add_func("/vtdm/memory/no-ram", test_no_ram);
    qtest_add_func("/vtdm/memory/rom", test_rom);
    return g_test_run();
}
