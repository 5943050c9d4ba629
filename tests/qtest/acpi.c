/*
 * What firmware and the guest are given: the DMAR table among QEMU's ACPI
 * tables, and the reserved ranges of the memory map.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "libqos/fw_cfg.h"
#include "libqos/malloc-pc.h"
#include "qemu/bswap.h"
#include "dmar-bytes.h"
#include "hw/i386/vtdm/spec/dmar.h"
#include "vm.h"

#define TABLES_SIZE             0x8000      /* all of QEMU's end below */
#define ACPI_HEADER_SIZE        36
#define RESERVED                2

/* The properties for which dmar_bytes_sample has the structures. */
#define SAMPLE \
    ",units='0xfed90000 endpoint=00:03.0;" \
    "0xfed91000 include-all ioapic=0@ff:00.0 hpet=0@ff:0f.0'" \
    ",rmrr=0x7d000000-0x7d7fffff@00:14.0"

/* One of which dmar_bytes_every_type names. */
#define FOUR_NODES \
    "-object memory-backend-ram,id=ram,size=256M " \
    "-numa node,memdev=ram,cpus=0-1 -numa node -numa node -numa node"

static GByteArray *read_file(VM *vm, const char *name, size_t max)
{
    QFWCFG *fw_cfg = pc_fw_cfg_init(vm->qts);
    QOSState qos = { .qts = vm->qts };
    GByteArray *file = g_byte_array_new();
    size_t len;

    pc_alloc_init(&qos.alloc, vm->qts, ALLOC_NO_FLAGS);
    g_byte_array_set_size(file, max);
    len = qfw_cfg_read_file(fw_cfg, &qos, name, file->data, max);
    g_assert_cmpuint(len, >, 0);
    g_byte_array_set_size(file, len);
    alloc_destroy(&qos.alloc);
    pc_fw_cfg_uninit(fw_cfg);
    return file;
}

/* The only table with the signature; NULL: there is none. */
static GByteArray *find_table(VM *vm, const char *signature)
{
    g_autoptr(GByteArray) tables = read_file(vm, "etc/acpi/tables",
                                             TABLES_SIZE);
    GByteArray *found = NULL;
    size_t at = 0;

    while (at + ACPI_HEADER_SIZE <= tables->len) {
        uint8_t *table = tables->data + at;
        uint32_t len = table[0] ? ldl_le_p(table + 4) : 1;

        if (len > 1 && !memcmp(table, signature, 4)) {
            g_assert_null(found);
            g_assert_cmpuint(at + len, <=, tables->len);
            found = g_byte_array_append(g_byte_array_new(), table, len);
        }
        at += len;
    }
    return found;
}

static void expect_sum_zero(const GByteArray *table)
{
    uint8_t sum = 0;

    for (guint i = 0; i < table->len; i++) {
        sum += table->data[i];
    }
    g_assert_cmpuint(sum, ==, 0);
}

static void expect_structures(const GByteArray *table,
                              const GByteArray *wanted)
{
    size_t at = 48;

    g_assert_cmpmem(table->data + at, table->len - at,
                    wanted->data + at, wanted->len - at);
}

/* Spec: "DMA Remapping Reporting Structure" */
static void test_header(void)
{
    VM *vm = vm_new(",aw-bits=39", "");
    g_autoptr(GByteArray) table = find_table(vm, "DMAR");

    g_assert_nonnull(table);
    expect_sum_zero(table);
    g_assert_cmpuint(ldl_le_p(table->data + 4), ==, table->len);
    g_assert_cmpuint(table->data[8], ==, 1);
    g_assert_cmpuint(table->data[36], ==, 38);
    g_assert_cmphex(table->data[37], ==, 1);
    vm_free(vm);
}

/* Neither where the device has none, nor where no unit has it. */
static void test_no_interrupt_remapping(void)
{
    static const char *const options[] = {
        ",intremap=off", ",caps='all intremap=off eim=off'",
    };

    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        VM *vm = vm_new(options[i], "");
        g_autoptr(GByteArray) table = find_table(vm, "DMAR");

        g_assert_nonnull(table);
        g_assert_cmphex(table->data[37], ==, 0);
        vm_free(vm);
    }
}

/* Whether the table has an ATSR, of all ports. */
static bool has_atsr(const char *options)
{
    VM *vm = vm_new(options, "");
    g_autoptr(GByteArray) table = find_table(vm, "DMAR");
    bool found = false;

    g_assert_nonnull(table);
    for (size_t at = 48; at < table->len;
         at += lduw_le_p(table->data + at + 2)) {
        if (lduw_le_p(table->data + at) == VTDM_DMAR_ATSR) {
            g_assert_cmphex(table->data[at + 4], ==, VTDM_ATSR_ALL_PORTS);
            found = true;
        }
    }
    vm_free(vm);
    return found;
}

/* It is there as soon as one unit serves device-TLBs. */
static void test_atsr(void)
{
    g_assert_false(has_atsr(""));
    g_assert_true(has_atsr(",device-iotlb=on"));
    g_assert_true(has_atsr(",caps='0xfed90000 device-iotlb=on'"));
}

static void test_described(void)
{
    VM *vm = vm_new(SAMPLE, "");
    g_autoptr(GByteArray) table = find_table(vm, "DMAR");
    g_autoptr(GByteArray) wanted = dmar_bytes_sample();

    g_assert_nonnull(table);
    expect_sum_zero(table);
    expect_structures(table, wanted);
    vm_free(vm);
}

/* With the table @loaded from a file, the guest has the bytes of @wanted. */
static void expect_served(const GByteArray *loaded, const GByteArray *wanted)
{
    g_autofree char *path = NULL;
    g_autofree char *options = NULL;
    g_autoptr(GByteArray) table = NULL;
    int fd = g_file_open_tmp("vtdm-dmar-XXXXXX", &path, NULL);
    VM *vm;

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    g_assert_true(g_file_set_contents(path, (char *)loaded->data,
                                      loaded->len, NULL));
    options = g_strdup_printf(",dmar=%s", path);
    vm = vm_new(options, FOUR_NODES);
    table = find_table(vm, "DMAR");
    g_unlink(path);
    g_assert_nonnull(table);
    g_assert_cmpmem(table->data, table->len, wanted->data, wanted->len);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_VER), !=, 0);
    g_assert_cmphex(qtest_readl(vm->qts, 0xfed91000), !=, 0);
    vm_free(vm);
}

/* A table from a file is served byte for byte, what is odd too. */
static void test_file(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_every_type();

    expect_served(table, table);
}

/* Where something is fitted to the machine, all else stays as it was. */
static void test_fitted(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_every_type();
    g_autoptr(GByteArray) wanted = NULL;

    table->data[0x43] = 0x77;           /* reserved in a scope */
    dmar_seal(table);
    wanted = g_byte_array_append(g_byte_array_new(), table->data,
                                 table->len);
    table->data[0x5c] = 2;              /* the id of the IOAPIC */
    dmar_poke(table, 0x38, 8, 0);       /* the base of the first unit */
    dmar_seal(table);
    expect_served(table, wanted);
}

/* QEMU's own tables stay as they are beside it. */
static void test_other_tables(void)
{
    static const char *const signatures[] = { "APIC", "HPET", "FACP" };
    VM *vm = vm_new("", "");

    for (size_t i = 0; i < ARRAY_SIZE(signatures); i++) {
        g_autoptr(GByteArray) table = find_table(vm, signatures[i]);

        g_assert_nonnull(table);
    }
    vm_free(vm);
}

/* The table that -acpitable adds, and ours, do not disturb each other. */
static void test_acpitable(void)
{
    g_autofree char *path = NULL;
    g_autofree char *more = NULL;
    g_autoptr(GByteArray) own = NULL;
    g_autoptr(GByteArray) users = NULL;
    int fd = g_file_open_tmp("vtdm-table-XXXXXX", &path, NULL);
    VM *vm;

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    g_assert_true(g_file_set_contents(path, "payload!", 8, NULL));
    more = g_strdup_printf("-acpitable sig=USER,data=%s", path);
    vm = vm_new("", more);
    g_unlink(path);
    own = find_table(vm, "DMAR");
    users = find_table(vm, "USER");
    g_assert_nonnull(own);
    expect_sum_zero(own);
    g_assert_nonnull(users);
    g_assert_cmpmem(users->data + ACPI_HEADER_SIZE,
                    users->len - ACPI_HEADER_SIZE, "payload!", 8);
    vm_free(vm);
}

typedef struct QEMU_PACKED Range {
    uint64_t address;
    uint64_t length;
    uint32_t type;
} Range;

static bool is_reserved(const GByteArray *map, uint64_t base, uint64_t len)
{
    const Range *ranges = (const Range *)map->data;

    for (size_t i = 0; i < map->len / sizeof(Range); i++) {
        if (le64_to_cpu(ranges[i].address) == base &&
            le64_to_cpu(ranges[i].length) == len &&
            le32_to_cpu(ranges[i].type) == RESERVED) {
            return true;
        }
    }
    return false;
}

static void test_memory_map(void)
{
    VM *vm = vm_new(SAMPLE, "");
    g_autoptr(GByteArray) map = read_file(vm, "etc/e820", 4096);

    g_assert_true(is_reserved(map, 0xfed90000, VTDM_PAGE_SIZE));
    g_assert_true(is_reserved(map, 0xfed91000, VTDM_PAGE_SIZE));
    g_assert_true(is_reserved(map, 0x7d000000, 0x800000));
    vm_free(vm);
}

/* 256 fault records need a second page of registers. */
static void test_large_unit(void)
{
    VM *vm = vm_new(",fault-records=256", "");
    g_autoptr(GByteArray) map = read_file(vm, "etc/e820", 4096);
    g_autoptr(GByteArray) table = find_table(vm, "DMAR");

    g_assert_true(is_reserved(map, UNIT_BASE, 2 * VTDM_PAGE_SIZE));
    g_assert_nonnull(table);
    g_assert_cmphex(table->data[48 + 5], ==, 1);
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/acpi/header", test_header);
    qtest_add_func("/vtdm/acpi/no-interrupt-remapping",
                   test_no_interrupt_remapping);
    qtest_add_func("/vtdm/acpi/atsr", test_atsr);
    qtest_add_func("/vtdm/acpi/described", test_described);
    qtest_add_func("/vtdm/acpi/file", test_file);
    qtest_add_func("/vtdm/acpi/fitted", test_fitted);
    qtest_add_func("/vtdm/acpi/other-tables", test_other_tables);
    qtest_add_func("/vtdm/acpi/acpitable", test_acpitable);
    qtest_add_func("/vtdm/acpi/memory-map", test_memory_map);
    qtest_add_func("/vtdm/acpi/large-unit", test_large_unit);
    return g_test_run();
}
