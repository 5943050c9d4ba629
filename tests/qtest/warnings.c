/*
 * What a machine starts with all the same, and a user should know: a line for
 * each device and unit, with what to do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "vm.h"

/* It ends by itself, or is ended. */
#define COMMAND \
    "timeout -s KILL 900 '%s' -accel qtest -display none -nodefaults " \
    "-monitor stdio -machine q35 %s"
#define DEVICE          "-device intel-iommu-sim"
#define PLATFORM        "iommu_platform=on,disable-legacy=on"
#define MAX_TEXTS       2

typedef struct Warning {
    const char *name;
    const char *arguments;
    const char *commands;       /* of the monitor */
    const char *texts[MAX_TEXTS];
    unsigned warnings;          /* in all */
} Warning;

static const Warning warnings[] = {
    { "none", DEVICE " -device virtio-rng-pci," PLATFORM ",packed=on", "",
      { }, 0 },
    { "virtio", DEVICE " -device virtio-rng-pci,id=a "
      "-device virtio-net-pci,id=b", "",
      { "a bypasses the IOMMU, as virtio does unless told otherwise: add "
        "iommu_platform=on,disable-legacy=on,packed=on to it",
        "b bypasses the IOMMU" }, 2 },
    { "virtio-without-unit",
      DEVICE ",units='0xfed90000 endpoint=00:07.0 ioapic' "
      "-device virtio-rng-pci", "", { }, 0 },
    { "virtio-plugged", DEVICE " -device pcie-root-port,id=rp",
      "device_add virtio-rng-pci,id=a,bus=rp\n",
      { "a bypasses the IOMMU" }, 1 },
    { "bus", DEVICE ",units='0xfed90000 endpoint=00:05.0 ioapic' "
      "-device pxb-pcie,id=pxb,bus_nr=0x80,bypass_iommu=on "
      "-device pcie-root-port,id=rp,bus=pxb -device edu,id=free,bus=rp", "",
      { "free is on a bus that bypasses the IOMMU: leave out "
        "bypass_iommu=on" }, 1 },
    { "bus-plugged", DEVICE ",units='0xfed90000 endpoint=80:00.0/00.0 ioapic' "
      "-device pxb-pcie,id=pxb,bus_nr=0x80,bypass_iommu=on "
      "-device pcie-root-port,id=rp,bus=pxb,addr=0",
      "device_add edu,id=free,bus=rp\n",
      { "free is on a bus that bypasses the IOMMU, but unit 0 has it" }, 1 },
    { "cpus", "-smp 2,maxcpus=288 " DEVICE ",eim=off", "",
      { "CPUs have APIC ids up to 287, and without eim=on no interrupt of a "
        "device reaches one above 254" }, 1 },
    { "cpus-eim", "-smp 2,maxcpus=288 " DEVICE, "", { }, 0 },
    { "window", DEVICE ",units='0xfed90000 include-all ioapic;"
      "0xfea00000 endpoint=00:05.0;0x180000000 endpoint=00:06.0'", "",
      { "unit 0: registers at 0xfea00000 lie where firmware may put devices",
        "unit 1: registers at 0x180000000 lie" }, 2 },
};

static unsigned count_warnings(const char *text)
{
    unsigned count = 0;

    while ((text = strstr(text, "warning: "))) {
        text++;
        count++;
    }
    return count;
}

/* What QEMU says, also in its monitor, until it ends as told. */
static char *run(const Warning *warning)
{
    g_autofree char *command = g_strdup_printf(
        COMMAND, g_getenv("QTEST_QEMU_BINARY"), warning->arguments);
    g_autofree char *input = g_strconcat(warning->commands, "quit\n", NULL);
    char *argv[] = { (char *)"sh", (char *)"-c",
                     (char *)"printf %s \"$1\" | eval \"$2\" 2>&1",
                     (char *)"sh", input, command, NULL };
    g_autoptr(GError) error = NULL;
    char *said = NULL;
    int status;

    g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &said,
                 NULL, &status, &error);
    g_assert_no_error(error);
    g_assert_cmpint(status, ==, 0);
    return said;
}

static void test_warning(gconstpointer opaque)
{
    const Warning *warning = opaque;
    g_autofree char *said = run(warning);

    for (size_t i = 0; i < MAX_TEXTS && warning->texts[i]; i++) {
        if (!strstr(said, warning->texts[i])) {
            g_error("no \"%s\" in: %s", warning->texts[i], said);
        }
    }
    g_assert_cmpuint(count_warnings(said), ==, warning->warnings);
}

/* Whether this QEMU makes rings longer than asked for. */
static bool has_long_rings(void)
{
    static const Warning all = {
        "", DEVICE " -device virtio-rng-pci,id=a," PLATFORM, "", { }, 0,
    };
    g_autofree char *said = run(&all);

    return strstr(said, "entries past a page");
}

static void test_rings(void)
{
    static const Warning plugged = {
        "", DEVICE " -device pcie-root-port,id=rp "
        "-device virtio-net-pci,id=a," PLATFORM,
        "device_add virtio-rng-pci,id=b,bus=rp,iommu_platform=on\n",
        { "a may hang or corrupt memory: QEMU writes split rings of 1024 "
          "entries past a page behind any IOMMU: add packed=on to it",
          "b may hang or corrupt memory" }, 2,
    };

    if (has_long_rings()) {
        test_warning(&plugged);
    } else {
        g_test_skip("this QEMU's rings are as long as its properties say");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* They name their machine, and are run once. */
    for (size_t i = 0; vm_has_pcie() && i < ARRAY_SIZE(warnings); i++) {
        g_autofree char *path =
            g_strdup_printf("/x86_64/vtdm/warnings/%s", warnings[i].name);

        g_test_add_data_func(path, &warnings[i], test_warning);
    }
    if (vm_has_pcie()) {
        g_test_add_func("/x86_64/vtdm/warnings/rings", test_rings);
    }
    return g_test_run();
}
