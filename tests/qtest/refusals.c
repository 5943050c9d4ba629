/*
 * Configurations that QEMU must refuse: exit status 1 and, for all that is
 * wrong at once, words that say what to do instead.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "dmar-bytes.h"
#include "vm.h"

/* A QEMU that starts after all has no snapshot to load, and ends with that. */
#define COMMAND \
    "timeout -s KILL 900 '%s' -accel qtest -display none -nodefaults %s " \
    "-loadvm none"
#define DEVICE                  "-machine q35 -device intel-iommu-sim"
#define MAX_TEXTS               4

typedef struct Refusal {
    const char *name;
    const char *arguments;
    const char *texts[MAX_TEXTS];
} Refusal;

static const Refusal refusals[] = {
    { "aw-bits", DEVICE ",aw-bits=40",
      { "aw-bits must be 39, 48 or 57, not 40" } },
    { "eim", DEVICE ",intremap=off,eim=on",
      { "eim=on needs interrupt remapping", "set intremap=on or eim=off" } },
    { "qi", DEVICE ",qi=off,intremap=on",
      { "intremap=on needs the invalidation queue",
        "set qi=on or intremap=off" } },
    { "fault-records-0", DEVICE ",fault-records=0",
      { "fault-records must be 1 to 256" } },
    { "fault-records-257", DEVICE ",fault-records=257",
      { "fault-records must be 1 to 256" } },
    { "fault-records-70000", DEVICE ",fault-records=70000",
      { "fault-records must be 1 to 256, not 70000" } },
    { "no-number", DEVICE ",nd=all", { "nd must be a number: 0 to 6" } },
    { "negative", DEVICE ",version-major=-1",
      { "version-major must be 1 to 15, not -1" } },
    { "version-6", DEVICE ",version-major=6",
      { "units from version-major=6 on walk the second stage in scalable "
        "mode or not at all", "set scalable-mode=on, version-major=5 or "
        "dma-translation=off" } },
    { "scalable-needs", DEVICE ",scalable-mode=on,fsts=off,nest=on,rwbf=on",
      { "with this configuration:\n"
        "  rwbf=on excludes scalable mode: set rwbf=off, or "
        "scalable-mode=off and nest=off\n"
        "  nest=on needs first-stage translation: set fsts=on or nest=off\n" }
    },
    { "scalable-widths",
      DEVICE ",scalable-mode=on,ssts=off,dma-translation=on",
      { "CAP.SAGAW is 0 without ECAP.SSTS): set ssts=on, version-major=5 or "
        "dma-translation=off" } },
    { "scalable-device-iotlb",
      DEVICE ",scalable-mode=on,device-iotlb=off,dit=on",
      { "with this configuration:\n  dit=on needs device-TLBs (ATS): set "
        "device-iotlb=on or dit=off\n" } },
    { "not-scalable", DEVICE ",svm=on,fsts=on",
      { "  fsts=on and svm=on need scalable mode: set scalable-mode=on, or "
        "fsts=off and svm=off\n" } },
    { "testdev", DEVICE " -device vtd-testdev,ats=off,pasid-bits=0",
      { "with this configuration:\n"
        "  pri=on needs ats=on: set ats=on or pri=off\n"
        "  pasid-bits must be 1 to 20, not 0\n" } },
    { "testdev-vendor", DEVICE " -device vtd-testdev,vendor-id=0xffff",
      { "vendor-id must not be 0xffff, by which a guest knows that no device is "
        "there: leave it out" } },
    { "testdev-invalidate", DEVICE " -device vtd-testdev,invalidate=hold",
      { "invalidate cannot be set before the machine runs", "leave it out, "
        "and set it with qom-set" } },
    { "testdev-release", DEVICE " -device vtd-testdev,release=on",
      { "release cannot be set before the machine runs" } },
    { "testdev-ignore", DEVICE " -device vtd-testdev,ignore-responses=on",
      { "ignore-responses cannot be set before the machine runs" } },
    { "testdev-bus", "-machine pc -device vtd-testdev",
      { "put it on a bus of PCI Express" } },
    { "pasid-bits", DEVICE ",scalable-mode=on,pasid-bits=21",
      { "pasid-bits must be 1 to 20, not 21" } },
    { "caps-scalable",
      DEVICE ",caps='0xfed90000 scalable-mode=on fsts=off eafs=off'",
      { "unit 0xfed90000: nest=on, fs1gp=on and fs5lp=on need first-stage "
        "translation: set fsts=on, or nest=off, fs1gp=off and fs5lp=off" } },
    { "one-line", DEVICE ",scalable-mode=on,qi=off",
      { "with this configuration:\n"
        "  intremap=on, scalable-mode=on and version-major=6 need the "
        "invalidation queue: set qi=on, or intremap=off, scalable-mode=off "
        "and version-major=5\n" } },
    { "width", DEVICE ",host-address-width=11",
      { "with this configuration:\n  host-address-width must be 12 to 52, "
        "not 11; or 0, for what the CPU and aw-bits allow\n" } },
    { "width-300", DEVICE ",host-address-width=300",
      { "host-address-width must be 12 to 52, not 300" } },
    { "caps-no-repetition", DEVICE ",qi=off,intremap=on,caps='0xfed90000 "
      "psi=off; 0xfed91000 nd=3',units='0xfed90000 endpoint=00:03.0; "
      "0xfed91000 include-all ioapic'",
      { "with this configuration:\n  intremap=on needs the invalidation "
        "queue: set qi=on or intremap=off\n" } },
    { "caps-digits", DEVICE ",caps='all cap=0xd2008c40660'",
      { "with this configuration:\n  caps, column 5: cap=0xd2008c40660 is no "
        "unit's: MGAW would be 5, where units of PCs have 32 to 64: check "
        "that all digits are there\n      all cap=0xd2008c40660\n"
        "          ^\n" } },
    { "caps-range", DEVICE ",caps='0xfed90000 fault-records=0'",
      { "caps, column 26: \"0\": expected fault-records=N, 1 to 256" } },
    { "units-base", DEVICE ",units=17",
      { "units, column 1: \"17\": expected the register base",
        "such as 0xfed90000", "\n      17\n      ^\n" } },
    { "units-path", DEVICE ",units='0xfed90000 endpoint=00:99.0 ioapic'",
      { "units, column 24: \"99.0\": expected DD.F",
        "\n      0xfed90000 endpoint=00:99.0 ioapic\n"
        "                             ^\n" } },
    { "units-item",
      DEVICE ",units='0xfed90000 ioapic;0xfed91000 include-al'",
      { "\"include-al\": expected endpoint=BB:DD.F",
        "\n      0xfed91000 include-al\n                 ^\n" } },
    { "units-ioapic", DEVICE ",units='0xfed90000 include-all'",
      { "no unit lists the IOAPIC", "add \"ioapic\"" } },
    { "units-ioapic-of-another",
      DEVICE ",units='0xfed90000 include-all ioapic=2@f0:1f.0 hpet'",
      { "units, column 24: DRHD: IOAPIC 2 f0:1f.0 is not this machine's, "
        "which has the id 0", "write ioapic=0@ before its path" } },
    { "units-hpet-of-another",
      DEVICE ",units='0xfed90000 include-all ioapic hpet=1@f0:0f.0'",
      { "units, column 31: DRHD: HPET 1 f0:0f.0 is not this machine's",
        "write hpet=0@ before its path" } },
    { "units-ioapic-without-intremap", DEVICE ",units='0xfed90000 "
      "endpoint=00:03.0;0xfed91000 include-all ioapic',"
      "caps='0xfed91000 intremap=off eim=off'",
      { "units, column 52: DRHD: the IOAPIC is under the unit 0xfed91000, "
        "which has intremap=off",
        "list it under another unit, or set dmar-intr-remap=off" } },
    { "units-segment", DEVICE ",units='0xfed90000 include-all ioapic "
      "segment=1'",
      { "units, column 1: DRHD: no unit is in segment 0, where all devices "
        "of this machine are", "leave out segment=" } },
    { "units-namespace", DEVICE ",units='0xfed90000 include-all ioapic "
      "namespace=7@f0:01.2'",
      { "units, column 31: DRHD: no ANDD (andd=) gives the namespace device "
        "7 a name" } },
    { "rmrr-beyond-width", DEVICE " -cpu qemu64 -global "
      "intel-iommu-sim.rmrr=0x10000000000-0x10000000fff@00:03.0",
      { "rmrr, column 1: RMRR: 0x10000000000 to 0x10000000fff does not fit "
        "into the host address width of 40 bits" } },
    { "rmrr-over-device", DEVICE ",rmrr=0xfec00000-0xfec00fff@00:03.0",
      { "rmrr, column 1: RMRR: 0xfec00000 to 0xfec00fff lies over ioapic" } },
    { "rmrr-over-the-end-of-ram",
      DEVICE ",rmrr=0xffff000-0x10000fff@00:03.0 -m 256M",
      { "rmrr, column 1: RMRR: 0xffff000 to 0x10000fff is RAM in part only, "
        "that of pc.ram" } },
    { "quirk-plus", DEVICE ",dmar-quirk=zero-base+",
      { "dmar-quirk, column 10: nothing follows this '+': remove it" } },
    { "quirk-needs", DEVICE ",dmar-quirk=bad-checksum+rmrr-backwards",
      { "dmar-quirk, column 14: rmrr-backwards needs a reserved memory "
        "region: set rmrr=" } },
    { "many-errors", DEVICE ",units='0xfed90000 1 2 3 4 5 6 7 8 9 10 11 12 "
      "13 14 15 16 17 18 19 20 21 22'",
      { "\n  units: and 2 more\n" } },
    { "units-overlap",
      DEVICE ",units='0xfed90000 ioapic;0xfed90000 include-all'",
      { "overlap", "move one to 0xfed91000, or beyond" } },
    { "rhsa-node", DEVICE ",rhsa='0xfed90000 node=2' "
      "-m 256M -smp 2 -object memory-backend-ram,id=m0,size=128M "
      "-object memory-backend-ram,id=m1,size=128M "
      "-numa node,memdev=m0,cpus=0 -numa node,memdev=m1,cpus=1",
      { "rhsa, column 1: RHSA: the unit at 0xfed90000 is in node 2, the last "
        "one of the machine is 1",
        "add -numa node,nodeid=2, or choose another",
        "\n      0xfed90000 node=2\n      ^\n" } },
    { "rhsa-without-numa", DEVICE ",rhsa='0xfed90000 node=1'",
      { "is in node 1, the last one of the machine is 0",
        "add -numa node,nodeid=1, or choose another" } },
    { "caps-word", DEVICE ",caps='0xfed90000 psi=maybe'",
      { "caps, column 15: \"=maybe\": expected =on or =off",
        "\n      0xfed90000 psi=maybe\n                    ^\n" } },
    { "caps-base", DEVICE ",caps='all pt=off; 0xfed91000 psi=off'",
      { "caps, column 13: no unit has its registers there: choose from "
        "0xfed90000", "\n      0xfed91000 psi=off\n      ^\n" } },
    { "caps-conflict", DEVICE ",caps='0xfed90000 qi=off'",
      { "unit 0xfed90000: intremap=on needs the invalidation queue: "
        "set qi=on, or intremap=off and eim=off" } },
    { "caps-intremap", DEVICE ",intremap=off,caps='0xfed90000 intremap=on'",
      { "a unit remaps interrupts, but the device has intremap=off",
        "set intremap=on" } },
    { "caps-register-size", DEVICE ",dmar=good,"
      "caps='0xfed90000 fault-records=125'",
      { "unit 0: the table gives its registers 0x1000 bytes",
        "fault-records=125: use 124 or fewer" } },
    { "perfmon-needs", DEVICE ",perfmon=on,enhanced-commands=off",
      { "perfmon=on needs enhanced commands: set enhanced-commands=on or "
        "perfmon=off" } },
    { "perfmon-size", DEVICE ",dmar=good,caps='all perfmon=on'",
      { "unit 0: the table gives its registers 0x1000 bytes, too few for "
        "perfmon=on: use perfmon=off\n" } },
    { "perfmon-size-said", DEVICE ",perfmon=on,"
      "units='0xfed90000 size=4K include-all ioapic'",
      { "too few for perfmon=on: use perfmon=off, or size=64K" } },
    { "perfmon-base", DEVICE ",perfmon=on,"
      "units='0xfed91000 include-all ioapic'",
      { "expected a multiple of 0x10000, the size of the" } },
    { "register-size", DEVICE ",fault-records=125,"
      "units='0xfed90000 size=4K include-all ioapic'",
      { "fault-records=125: use 124 or fewer, or size=8K" } },
    { "registers-over-ram", DEVICE ",units='0x1000000 include-all ioapic'",
      { "units, column 1: DRHD: registers at 0x1000000 lie over pc.ram",
        "choose a free address, such as 0xfed90000" } },
    { "registers-over-ioapic",
      DEVICE ",units='0xfec00000 include-all ioapic'",
      { "registers at 0xfec00000 lie over ioapic",
        "choose a free address" } },
    { "dmar-missing", DEVICE ",dmar=missing",
      { "missing", "No such file or directory" } },
    { "dmar-garbage", DEVICE ",dmar=garbage",
      { "garbage: offset 0x0: table: the signature is", "\"DMAR\"" } },
    { "dmar-empty", DEVICE ",dmar=empty",
      { "dmar=empty: it is empty", "read the table as root" } },
    { "dmar-fifo", DEVICE ",dmar=fifo",
      { "dmar=fifo: it is a FIFO", "expected a regular file" } },
    { "dmar-device", DEVICE ",dmar=/dev/zero",
      { "dmar=/dev/zero: it is a device", "expected a regular file" } },
    { "dmar-large", DEVICE ",dmar=large",
      { "dmar=large: it has more than 16777216 bytes" } },
    { "dmar-packed", DEVICE ",dmar=packed",
      { "dmar=packed: it is a gzip file", "gzip -d" } },
    { "dmar-truncated", DEVICE ",dmar=truncated",
      { "truncated: offset 0x4: table: the header gives a length of 136" } },
    { "dmar-checksum", DEVICE ",dmar=checksum",
      { "checksum: offset 0x9: table: the checksum is" } },
    { "dmar-and-units", DEVICE ",dmar=good,units='0xfed90000 ioapic'",
      { "dmar= gives the whole table", "leave out units=" } },
    { "ram-beyond-width", DEVICE ",host-address-width=29 -m 1G",
      { "RAM ends at 0x40000000, but units see 29 address bits",
        "use less memory" } },
    { "virtio-first",
      "-machine q35 -device virtio-rng-pci,id=early,iommu_platform=on,"
      "disable-legacy=on -device intel-iommu-sim",
      { "-device virtio-rng-pci,id=early was made before the IOMMU",
        "put -device intel-iommu-sim first" } },
    { "bypass", DEVICE " -device pxb-pcie,id=pxb,bus_nr=0x80,bypass_iommu=on "
      "-device pcie-root-port,id=rp,bus=pxb -device edu,id=free,bus=rp",
      { "free is on a bus that bypasses the IOMMU, but unit 0 has it",
        "leave out bypass_iommu=on", "units= without include-all" } },
    { "bypass-by-default",
      "-machine q35,default-bus-bypass-iommu=on -device intel-iommu-sim,"
      "units='0xfed90000 endpoint=00:03.0;0xfed91000 ioapic' "
      "-device edu,id=free,addr=3",
      { "free is on a bus that bypasses the IOMMU, but unit 0 has it",
        "default-bus-bypass-iommu=on" } },
    { "two", DEVICE " -device intel-iommu-sim", { "multiple vIOMMUs" } },
    { "another-model", "-machine q35 -device intel-iommu "
      "-device intel-iommu-sim", { "multiple vIOMMUs" } },
    { "microvm", "-machine microvm -bios bios-256k.bin "
      "-device intel-iommu-sim", { "'microvm' not supported" } },
    { "isapc", "-machine isapc -device intel-iommu-sim",
      { "'isapc' not supported" } },
    { "second-device", DEVICE " -device intel-iommu-sim",
      { "one device has all remapping units: list them in its units=",
        "multiple vIOMMUs" } },
    { "second-table", "-machine q35 -acpitable file=good -device "
      "intel-iommu-sim",
      { "-acpitable adds a second DMAR table: leave it out, or load it with "
        "dmar=FILE" } },
    { "all-at-once", DEVICE ",aw-bits=40,fault-records=0,units=17,eim=on,"
      "intremap=off",
      { "aw-bits must be 39, 48 or 57", "fault-records must be 1 to 256",
        "units, column 1", "set intremap=on or eim=off" } },
};

static char *folder;

/* Runs QEMU with @arguments in the folder of the tables. */
static int run(const char *arguments, char **errors)
{
    g_autofree char *binary = g_canonicalize_filename(
        g_getenv("QTEST_QEMU_BINARY"), NULL);
    g_autofree char *command = g_strdup_printf(COMMAND, binary, arguments);
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) error = NULL;
    int status;

    g_assert_true(g_shell_parse_argv(command, NULL, &argv, NULL));
    g_spawn_sync(folder, argv, NULL, G_SPAWN_SEARCH_PATH |
                 G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, errors,
                 &status, &error);
    g_assert_no_error(error);
    return status;
}

static void test_refused(gconstpointer opaque)
{
    const Refusal *refusal = opaque;
    g_autofree char *errors = NULL;
    int status = run(refusal->arguments, &errors);

    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 1);
    for (size_t i = 0; i < MAX_TEXTS && refusal->texts[i]; i++) {
        if (!strstr(errors, refusal->texts[i])) {
            g_error("no \"%s\" in: %s", refusal->texts[i], errors);
        }
    }
}

static void save(const char *name, const void *bytes, size_t len)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_assert_true(g_file_set_contents(path, bytes, len, NULL));
}

/* The files that refusals name: one good table, and others. */
static const char *const names[] = {
    "good", "truncated", "checksum", "garbage", "empty", "fifo", "large",
    "packed",
};

/* A file of 1 GiB that takes no space, and one that nobody writes into. */
static void make_odd_files(void)
{
    g_autofree char *large = g_build_filename(folder, "large", NULL);
    g_autofree char *fifo = g_build_filename(folder, "fifo", NULL);

    g_assert_cmpint(truncate(large, 1 << 30), ==, 0);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
}

static void make_tables(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_sample();
    char garbage[64];

    memset(garbage, 'x', sizeof(garbage));
    folder = g_dir_make_tmp("vtdm-refusals-XXXXXX", NULL);
    g_assert_nonnull(folder);
    save("good", table->data, table->len);
    save("truncated", table->data, table->len - 1);
    table->data[9]++;
    save("checksum", table->data, table->len);
    save("garbage", garbage, sizeof(garbage));
    save("empty", "", 0);
    save("large", "", 0);
    save("packed", "\x1f\x8b\x08", 3);
    make_odd_files();
}

static void remove_tables(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
    g_free(folder);
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    make_tables();
    /* They name their machine, and are run once. */
    for (size_t i = 0; vm_has_pcie() && i < ARRAY_SIZE(refusals); i++) {
        g_autofree char *path =
            g_strdup_printf("/x86_64/vtdm/refusals/%s", refusals[i].name);

        g_test_add_data_func(path, &refusals[i], test_refused);
    }
    status = g_test_run();
    remove_tables();
    return status;
}
