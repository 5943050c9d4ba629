/*
 * States that are refused: of another platform, with other capabilities, or
 * damaged. QEMU says what to do, and lives.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "stream.h"
#include "travel.h"

#define TESTDEV                 "-device vtd-testdev,id=test0,addr=05.0"
#define TWO_UNITS \
    "units='0xfed90000 endpoint=00:04.0;0xfed91000 include-all ioapic'"
#define TEXTS_MAX               3

/* Behind this, one byte of a vtd-testdev is as good as another. */
#define BEFORE_BUFFER           12000

typedef struct Refusal {
    const char *name;
    const char *options;        /* of the source's IOMMU, and more of it */
    const char *more;
    const char *there;          /* other options of the other side */
    const char *texts[TEXTS_MAX];
} Refusal;

/* -global counts where the property has not been given. */
#define SIM(option)             "-global intel-iommu-sim." option
#define TEST(option)            "-global vtd-testdev." option

static const Refusal refusals[] = {
    { "units", "", "", SIM(TWO_UNITS),
      { "intel-iommu-sim: cannot load this state:\n  DRHD: the source has 1 "
        "(0xfed90000), this side has 2 (0xfed90000, 0xfed91000): give both "
        "sides the same units=" } },
    { "capability", "", "", SIM("caching-mode=on"),
      { "cannot load this state:\n  unit 0: ", "caching-mode" } },
    { "capabilities", "", "", SIM("fault-records=3") " " SIM("zlr=off"),
      { "fault-records", "zlr" } },
    { "platform", "", "", SIM("x2apic-opt-out=on"),
      { "x2apic-opt-out is off at the source and on here: set "
        "x2apic-opt-out=off here" } },
    { "quirk", "", "", SIM("dmar-quirk=ones-registers"),
      { "unit 0: dmar-quirk has ones-registers at this side and not at the "
        "source" } },
    { "testdev", "", TESTDEV, TEST("malicious=on"),
      { "vtd-testdev: cannot load this state:\n  malicious is off at the "
        "source: set malicious=off here" } },
    { "testdev-several", "", TESTDEV, TEST("pri=off") " " TEST("pasid=off"),
      { "  pri is on at the source: set pri=on here\n  pasid is on at the "
        "source: set pasid=on here\n" } },
};

static bool needs_pcie(const Refusal *refusal)
{
    return refusal->more[0];
}

/* A new QEMU, whose words come into a file, refuses @stream. */
static char *refuse(VM *vm, const char *folder, const char *more,
                    const char *stream)
{
    g_autofree char *errors = g_build_filename(folder, "errors", NULL);
    g_autofree char *all = g_strdup_printf("%s " TRAVEL_INCOMING " 2>%s",
                                           more, errors);
    char *said = NULL;

    vm_restart(vm, all);
    g_assert_false(travel_try(vm, stream));
    qtest_qmp_assert_success(vm->qts, "{'execute': 'query-status'}");
    g_assert_true(g_file_get_contents(errors, &said, NULL, NULL));
    g_test_message("%s", said);
    return said;
}

static void test_refusal(gconstpointer opaque)
{
    const Refusal *refusal = opaque;
    char *folder = travel_folder();
    VM *vm = vm_new(refusal->options, refusal->more);
    g_autofree char *file = g_build_filename(folder, "state", NULL);
    g_autofree char *said = NULL;

    travel_save(vm, file);
    said = refuse(vm, folder, refusal->there, file);
    for (size_t i = 0; i < TEXTS_MAX && refusal->texts[i]; i++) {
        g_assert_nonnull(strstr(said, refusal->texts[i]));
    }
    vm_free(vm);
    travel_remove(folder);
}

/* In a machine that runs, the monitor says it, and the machine waits. */
static void test_snapshot(void)
{
    char *folder = travel_folder();
    g_autofree char *disk = travel_disk(folder);
    VM *vm = vm_new("", disk);
    g_autofree char *said = NULL;

    travel_snapshot(vm, "one");
    vm_restart(vm, SIM(TWO_UNITS));
    said = travel_back(vm, "one");
    g_test_message("%s", said);
    g_assert_nonnull(strstr(said, "give both sides the same units="));
    qtest_system_reset(vm->qts);
    qtest_qmp_assert_success(vm->qts, "{'execute': 'cont'}");
    unit_enable_dma(&vm->unit);
    vm_free(vm);
    travel_remove(folder);
}

/*
 * One byte of a device's part of the stream, here and there, is another: the
 * stream is refused, or taken, and QEMU lives.
 */
static void flip_bytes(VM *vm, const char *folder, const char *id,
                       size_t limit, unsigned flips)
{
    g_autofree char *file = g_build_filename(folder, "state", NULL);
    g_autofree char *spoilt = g_build_filename(folder, "spoilt", NULL);
    g_autoptr(GByteArray) section = NULL;
    unsigned refused = 0;

    travel_save(vm, file);
    section = stream_section(file, id);
    limit = MIN(limit, section->len);
    for (unsigned i = 0; i < flips; i++) {
        uint8_t *byte = section->data + (2 * i + 1) * limit / (2 * flips);
        g_autofree char *shown = NULL;

        *byte ^= 0xff;
        stream_write(spoilt, section);
        *byte ^= 0xff;
        vm_restart(vm, "2>/dev/null " TRAVEL_INCOMING);
        refused += !travel_try(vm, spoilt);
        shown = travel_property(vm, "x-fault-log");
        qtest_system_reset(vm->qts);
    }
    g_test_message("%u of %u streams with another of %zu bytes were refused",
                   refused, flips, limit);
    g_assert_cmpuint(refused, >, 0);
}

static void test_flipped(void)
{
    char *folder = travel_folder();
    VM *vm = vm_new_mapped(" -machine " STREAM_MACHINE);

    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    edu_load(&vm->edu, 0x1000, 4);
    flip_bytes(vm, folder, "intel-iommu-sim", SIZE_MAX, 16);
    vm_free(vm);
    travel_remove(folder);
}

static void test_flipped_testdev(void)
{
    char *folder = travel_folder();
    VM *vm = vm_new("", TESTDEV " -machine " STREAM_MACHINE);

    flip_bytes(vm, folder, "vtd-testdev", BEFORE_BUFFER, 12);
    vm_free(vm);
    travel_remove(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        g_autofree char *path = g_strconcat("/vtdm/migration-refused/",
                                            refusals[i].name, NULL);

        if (vm_has_pcie() || !needs_pcie(&refusals[i])) {
            qtest_add_data_func(path, &refusals[i], test_refusal);
        }
    }
    qtest_add_func("/vtdm/migration-refused/snapshot", test_snapshot);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/migration-refused/flipped", test_flipped);
        qtest_add_func("/vtdm/migration-refused/flipped-testdev",
                       test_flipped_testdev);
    }
    return g_test_run();
}
