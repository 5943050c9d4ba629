/*
 * Streams that were kept: every version of the device has to load what an
 * earlier one has saved. Memory is empty then, so that what works works by what
 * the stream has.
 *
 * VTDM_RECORD=FOLDER makes them anew; that is for a stream of another name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/spec/page-requests.h"
#include "scalable.h"
#include "stream.h"
#include "travel.h"

#define WITH                    TESTDEV_PASID(SCALABLE_PASID)
#define THROUGH                 (VTD_TESTDEV_THROUGH_TLB | WITH)
#define LOAD                    (VTD_TESTDEV_READ | \
                                 VTD_TESTDEV_REQUEST_PAGES | THROUGH)
#define PRQ                     0x3200000   /* a page */
#define ANY_GROUP               511         /* that the device takes itself */
#define EVERYTHING              0x7ffffffffffff000ull   /* with S = 1 */
#define MACHINE                 " -machine " STREAM_MACHINE
#define UNMAPPED                0x1000

/* What scalable-mode=on brings now, and did not then. */
#define FIRST_VERSION           ",posted-interrupts=off"
#define MASKED                  0x61

/* ---- a stream in a file, compressed ---- */

static char *read_compressed(const char *file)
{
    char *folder = travel_folder();
    char *plain = g_build_filename(folder, "sections", NULL);
    g_autofree char *command = g_strdup_printf("gzip -dc %s >%s", file,
                                               plain);
    g_autofree char *data = NULL;
    g_autoptr(GByteArray) sections = g_byte_array_new();
    size_t size;

    g_assert_cmpint(system(command), ==, 0);
    g_assert_true(g_file_get_contents(plain, &data, &size, NULL));
    g_byte_array_append(sections, (uint8_t *)data, size);
    stream_write(plain, sections);
    g_free(folder);
    return plain;
}

/* Loads the stream @name into @vm, whose memory nobody has written. */
static void load(VM *vm, const char *name)
{
    g_autofree char *file = g_strdup_printf(STREAMS "/%s.gz", name);
    g_autofree char *stream = read_compressed(file);

    vm_restart(vm, TRAVEL_INCOMING);
    travel_load(vm, stream);
    travel_remove(g_path_get_dirname(stream));
}

static void record(VM *vm, const char *name, const char *const *devices)
{
    char *folder = travel_folder();
    g_autofree char *state = g_build_filename(folder, "state", NULL);
    g_autofree char *plain = g_build_filename(folder, "sections", NULL);
    g_autoptr(GByteArray) all = g_byte_array_new();
    g_autofree char *command = g_strdup_printf(
        "gzip -9nc %s >%s/%s.gz", plain, getenv("VTDM_RECORD"), name);

    travel_save(vm, state);
    for (; *devices; devices++) {
        g_autoptr(GByteArray) section = stream_section(state, *devices);

        g_byte_array_append(all, section->data, section->len);
    }
    g_assert_true(g_file_set_contents(plain, (char *)all->data, all->len,
                                      NULL));
    g_assert_cmpint(system(command), ==, 0);
    travel_remove(folder);
}

/* ---- legacy mode ---- */

static void record_legacy(void)
{
    static const char *const devices[] = { "intel-iommu-sim", NULL };
    VM *vm = vm_new_mapped(MACHINE);

    unit_enable_queue(&vm->unit);
    unit_enable_interrupts(&vm->unit, false);
    unit_set_irte(&vm->unit, 0, vtdm_make_irte(MASKED + 1, 1, false));
    edu_set_msi(&vm->edu, vtdm_make_msi_address(0, false), 0);
    edu_raise(&vm->edu);
    unit_write32(&vm->unit, VTDM_REG_FEDATA, MASKED);
    unit_write32(&vm->unit, VTDM_REG_FEADDR, 0xfee01000);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    edu_load(&vm->edu, UNMAPPED, 4);
    unit_submit(&vm->unit, (VTDMEntry128) { .lo = 0xf });
    record(vm, "1-legacy", devices);
    vm_free(vm);
}

/* Each cache has its entry, and what was pending is. */
static void test_legacy(void)
{
    VM *vm = vm_new(MACHINE, "");
    g_autofree char *log = NULL;

    load(vm, "1-legacy");
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_FSTS), ==,
                    VTDM_FSTS_PPF | VTDM_FSTS_IQE);
    g_assert_true(unit_read32(&vm->unit, VTDM_REG_FECTL) & VTDM_FECTL_IP);
    log = travel_property(vm, "x-fault-log");
    g_assert_nonnull(strstr(log, "LGN.3"));
    unit_write32(&vm->unit, VTDM_REG_FECTL, 0);
    g_assert_true(lapic_pending(vm->qts, 1, MASKED));
    unit_expect_record(&vm->unit, 0, FR_NO_READ, VM_SID);
    vtdm_tables_set128(&vm->tables, vm->unit.queue,
                       vtdm_make_wait(VTDM_WAIT_SW, VM_STATUS, 1));
    unit_write32(&vm->unit, VTDM_REG_FSTS, VTDM_FSTS_IQE);
    g_assert_cmphex(qtest_readl(vm->qts, VM_STATUS), ==, 1);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    edu_set_msi(&vm->edu, vtdm_make_msi_address(0, false), 0);
    edu_raise(&vm->edu);
    g_assert_true(lapic_pending(vm->qts, 1, MASKED + 1));
    vm_free(vm);
}

/* ---- scalable mode, and a vtd-testdev ---- */

static void record_scalable(void)
{
    static const char *const devices[] = { "intel-iommu-sim", "vtd-testdev",
                                           NULL };
    Scalable *scalable = scalable_new(FIRST_VERSION, MACHINE);
    const Unit *unit = &scalable->vm->unit;
    VTDMEntry512 entry;

    unit_write64(unit, VTDM_REG_PQA, PRQ);
    entry = vtdm_make_pasid_first_stage(4, scalable->fsptptr, VM_DID);
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    scalable_set_pasid(scalable, SCALABLE_PASID, entry);
    scalable_map(scalable, true, VM_IOVA, VM_PAGE, SCALABLE_FS);
    scalable_expect(scalable, WITH, VM_IOVA, VM_PAGE);
    testdev_write(&scalable->testdev, VTD_TESTDEV_INVALIDATE_MODE,
                  VTD_TESTDEV_INVALIDATE_HOLD);
    scalable_submit(scalable, vtdm_make_device_tlb_invalidate(
                                  TESTDEV_SID, EVERYTHING, true));
    scalable_expect(scalable, THROUGH, VM_IOVA, VM_PAGE);
    g_assert_cmpuint(testdev_run(&scalable->testdev, LOAD, VM_IOVA_2, 64, 0),
                     ==, VTD_TESTDEV_PENDING);
    scalable_submit_wait(scalable);
    g_assert_false(scalable_has_completed(scalable));
    record(scalable->vm, "1-scalable", devices);
    scalable_free(scalable);
}

static void test_scalable(void)
{
    Scalable *scalable = scalable_new(FIRST_VERSION, MACHINE);
    VM *vm = scalable->vm;

    testdev_free(&scalable->testdev);
    load(vm, "1-scalable");
    scalable->testdev = testdev_at(vm, TESTDEV_SID);
    g_assert_cmphex(testdev_read(&scalable->testdev, VTD_TESTDEV_STATE), ==,
                    VTD_TESTDEV_BUSY);
    g_assert_cmpuint(testdev_read(&scalable->testdev,
                                  VTD_TESTDEV_TLB_ENTRIES), ==, 1);
    testdev_write(&scalable->testdev, VTD_TESTDEV_INVALIDATE_HELD, 0);
    g_assert_true(scalable_has_completed(scalable));
    scalable_submit(scalable, vtdm_make_page_response(
                                  TESTDEV_SID, SCALABLE_PASID, ANY_GROUP,
                                  VTDM_PAGE_INVALID));
    g_assert_cmpuint(testdev_finish(&scalable->testdev), ==,
                     VTD_TESTDEV_PAGE_INVALID);
    scalable_expect(scalable, WITH, VM_IOVA, VM_PAGE);
    scalable_expect(scalable, THROUGH, VM_IOVA, VM_PAGE);
    scalable_free(scalable);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (getenv("VTDM_RECORD")) {
        record_legacy();
        record_scalable();
    } else if (vm_has_pcie()) {
        qtest_add_func("/vtdm/migration-kept/legacy", test_legacy);
        qtest_add_func("/vtdm/migration-kept/scalable", test_scalable);
        return g_test_run();
    }
    return 0;
}
