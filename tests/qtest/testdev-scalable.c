/*
 * Scalable mode through QEMU, with a vtd-testdev: each kind of translation
 * with and without PASID, and device TLBs whose entries have one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "scalable.h"

#define WITH                    TESTDEV_PASID(SCALABLE_PASID)
#define THROUGH                 VTD_TESTDEV_THROUGH_TLB
#define FR_PASID_ABSENT         0x59
#define FR_FS_ABSENT            0x71
#define FR_SS_ABSENT            0x79
#define FR_NOT_USER             0x81
#define FR_FS_NO_WRITE          0x85
#define EVERYTHING              0x7ffffffffffff000ull   /* with S = 1 */
#define MIDDLE                  0x7654000   /* between the stages */

static Scalable *scalable;

static VTDMEntry512 second_stage(void)
{
    return vtdm_make_pasid_second_stage(4, scalable->ssptptr, VM_DID);
}

/* Its walks snoop, so that they may set accessed and dirty flags. */
static VTDMEntry512 first_stage(void)
{
    VTDMEntry512 entry = vtdm_make_pasid_first_stage(4, scalable->fsptptr,
                                                     VM_DID);

    entry.words[1] |= VTDM_PASID_1_PWSNP;
    return entry;
}

static VTDMEntry512 nested(void)
{
    return vtdm_pasid_nested_over(first_stage(), 4, scalable->ssptptr);
}

/* Everything in the second stage, where the tables of the first one are. */
static void map_tables(void)
{
    for (uint64_t page = VM_TABLES; page < VM_TABLES + 0x40000;
         page += VTDM_PAGE_SIZE) {
        scalable_map(scalable, false, page, page, UNIT_RW);
    }
}

static void test_pass_through(void)
{
    scalable = scalable_new("", "");
    scalable_set_pasid(scalable, 0, vtdm_make_pasid_pass_through(1));
    scalable_expect(scalable, 0, VM_PAGE, VM_PAGE);
    scalable_set_pasid(scalable, SCALABLE_PASID,
                       vtdm_make_pasid_pass_through(1));
    scalable_expect(scalable, WITH, VM_PAGE, VM_PAGE);
    scalable_free(scalable);
}

static void test_second_stage(void)
{
    scalable = scalable_new("", "");
    scalable_map(scalable, false, VM_IOVA, VM_PAGE, UNIT_RW);
    scalable_set_pasid(scalable, 0, second_stage());
    scalable_expect(scalable, 0, VM_IOVA, VM_PAGE);
    scalable_set_pasid(scalable, SCALABLE_PASID, second_stage());
    scalable_expect(scalable, WITH, VM_IOVA, VM_PAGE);
    scalable_free(scalable);
}

static void test_first_stage(void)
{
    scalable = scalable_new("", "");
    scalable_map(scalable, true, VM_IOVA, VM_PAGE, SCALABLE_FS);
    scalable_set_pasid(scalable, 0, first_stage());
    scalable_expect(scalable, 0, VM_IOVA, VM_PAGE);
    scalable_set_pasid(scalable, SCALABLE_PASID, first_stage());
    scalable_expect(scalable, WITH, VM_IOVA, VM_PAGE);
    scalable_free(scalable);
}

static void test_nested(void)
{
    scalable = scalable_new("", "");
    scalable_map(scalable, true, VM_IOVA, MIDDLE, SCALABLE_FS);
    scalable_map(scalable, false, MIDDLE, VM_PAGE, UNIT_RW);
    map_tables();
    scalable_set_pasid(scalable, 0, nested());
    scalable_expect(scalable, 0, VM_IOVA, VM_PAGE);
    scalable_set_pasid(scalable, SCALABLE_PASID, nested());
    scalable_expect(scalable, WITH, VM_IOVA, VM_PAGE);
    scalable_free(scalable);
}

/* One device, and each of its PASIDs translated in another way. */
static void test_side_by_side(void)
{
    scalable = scalable_new("", "");
    scalable_map(scalable, true, VM_IOVA, VM_PAGE, SCALABLE_FS);
    scalable_map(scalable, false, VM_IOVA, VM_PAGE_2, UNIT_RW);
    scalable_set_pasid(scalable, 0, vtdm_make_pasid_pass_through(1));
    scalable_set_pasid(scalable, 1, first_stage());
    scalable_set_pasid(scalable, 0xfffe, second_stage());
    for (unsigned round = 0; round < 2; round++) {
        scalable_expect(scalable, 0, VM_PAGE, VM_PAGE);
        scalable_expect(scalable, TESTDEV_PASID(1), VM_IOVA, VM_PAGE);
        scalable_expect(scalable, TESTDEV_PASID(0xfffe), VM_IOVA, VM_PAGE_2);
    }
    scalable_free(scalable);
}

static void test_write(void)
{
    scalable = scalable_new("", "");
    scalable_map(scalable, true, VM_IOVA, VM_PAGE, SCALABLE_FS);
    scalable_set_pasid(scalable, SCALABLE_PASID, first_stage());
    testdev_fill(&scalable->testdev, 3, 64);
    g_assert_cmpuint(testdev_run(&scalable->testdev, VTD_TESTDEV_WRITE | WITH,
                                 VM_IOVA, 64, 0), ==, VTD_TESTDEV_OK);
    vm_expect(scalable->vm, VM_PAGE, 3, 64);
    qtest_writeq(scalable->vm->qts, VM_PAGE, 40);
    g_assert_cmpuint(testdev_run(&scalable->testdev,
                                 VTD_TESTDEV_FETCH_ADD | WITH, VM_IOVA, 8, 2),
                     ==, VTD_TESTDEV_OK);
    g_assert_cmpuint(qtest_readq(scalable->vm->qts, VM_PAGE), ==, 42);
    unit_expect_no_fault(&scalable->vm->unit);
    scalable_free(scalable);
}

static void expect_refused(uint64_t control, uint64_t address, uint8_t reason)
{
    testdev_run(&scalable->testdev, control, address, 8, 0);
    testdev_expect_blocked(&scalable->testdev, VTD_TESTDEV_UR, reason);
    unit_expect_record(&scalable->vm->unit,
                       vtdm_get(unit_read32(&scalable->vm->unit,
                                            VTDM_REG_FSTS), VTDM_FSTS_FRI),
                       reason, TESTDEV_SID);
}

static void test_refused(void)
{
    scalable = scalable_new("", "");
    scalable_map(scalable, true, VM_IOVA, VM_PAGE, VTDM_FS_P | VTDM_FS_RW);
    scalable_map(scalable, true, VM_IOVA_2, VM_PAGE, VTDM_FS_P | VTDM_FS_US);
    scalable_set_pasid(scalable, 1, first_stage());
    scalable_set_pasid(scalable, 2, second_stage());
    expect_refused(VTD_TESTDEV_READ, VM_IOVA, FR_PASID_ABSENT);
    expect_refused(VTD_TESTDEV_READ | WITH, VM_IOVA, 0x51);
    expect_refused(VTD_TESTDEV_READ | TESTDEV_PASID(3), VM_IOVA,
                   FR_PASID_ABSENT);
    expect_refused(VTD_TESTDEV_READ | TESTDEV_PASID(1), VM_IOVA, FR_NOT_USER);
    expect_refused(VTD_TESTDEV_WRITE | TESTDEV_PASID(1), VM_IOVA_2,
                   FR_FS_NO_WRITE);
    expect_refused(VTD_TESTDEV_READ | TESTDEV_PASID(1), 0x1000, FR_FS_ABSENT);
    expect_refused(VTD_TESTDEV_READ | TESTDEV_PASID(2), 0x1000, FR_SS_ABSENT);
    scalable_free(scalable);
}

static uint64_t entries(void)
{
    return testdev_read(&scalable->testdev, VTD_TESTDEV_TLB_ENTRIES);
}

static void fill_tlb(uint64_t control)
{
    g_assert_cmpuint(testdev_run(&scalable->testdev,
                                 VTD_TESTDEV_READ | THROUGH | control, VM_IOVA,
                                 8, 0), ==, VTD_TESTDEV_OK);
}

static void invalidate(uint32_t pasid, bool all)
{
    scalable_submit(scalable, (VTDMEntry128) {
        .lo = VTDM_DSC_P_DEV_TLB |
              vtdm_field(VTDM_P_DEV_TLB_SID, TESTDEV_SID) |
              vtdm_field(VTDM_P_DEV_TLB_PASID, pasid),
        .hi = EVERYTHING | VTDM_P_DEV_TLB_HI_S |
              (all ? VTDM_P_DEV_TLB_HI_GI : 0),
    });
}

/* Entries of PASIDs go by descriptors for PASIDs, and no others do. */
static void test_device_tlb(void)
{
    scalable = scalable_new("", "");
    scalable_map(scalable, true, VM_IOVA, VM_PAGE, SCALABLE_FS);
    scalable_map(scalable, false, VM_IOVA, VM_PAGE_2, UNIT_RW);
    scalable_set_pasid(scalable, 0, second_stage());
    scalable_set_pasid(scalable, 1, first_stage());
    scalable_set_pasid(scalable, 2, second_stage());
    scalable_expect(scalable, THROUGH, VM_IOVA, VM_PAGE_2);
    scalable_expect(scalable, THROUGH | TESTDEV_PASID(1), VM_IOVA, VM_PAGE);
    scalable_expect(scalable, THROUGH | TESTDEV_PASID(2), VM_IOVA, VM_PAGE_2);
    g_assert_cmpuint(entries(), ==, 3);
    invalidate(1, false);
    g_assert_cmpuint(entries(), ==, 2);
    g_assert_cmphex(testdev_read(&scalable->testdev,
                                 VTD_TESTDEV_INVALIDATE_PASID), ==,
                    VTD_TESTDEV_INVALIDATE_WITH | 1);
    scalable_submit(scalable, vtdm_make_device_tlb_invalidate(
                                  TESTDEV_SID, EVERYTHING, true));
    g_assert_cmpuint(entries(), ==, 1);
    fill_tlb(0);
    fill_tlb(TESTDEV_PASID(1));
    g_assert_cmpuint(entries(), ==, 3);
    invalidate(0x777, true);
    g_assert_cmpuint(entries(), ==, 1);
    unit_expect_no_fault(&scalable->vm->unit);
    scalable_free(scalable);
}

static uint64_t translate(uint64_t flags)
{
    g_assert_cmpuint(testdev_run(&scalable->testdev, VTD_TESTDEV_TRANSLATE |
                                 TESTDEV_PASID(1) | flags, VM_IOVA, 0, 0), ==,
                     VTD_TESTDEV_OK);
    return scalable->testdev.result & 0xfff;
}

/*
 * A page of the supervisor's: nothing for the user, everything with the
 * privileged flag, which the completion gives back.
 */
static void test_privileged(void)
{
    const uint64_t both = VTD_TESTDEV_COMPLETION_R | VTD_TESTDEV_COMPLETION_W;
    VTDMEntry512 entry;

    scalable = scalable_new("", "");
    scalable_map(scalable, true, VM_IOVA, VM_PAGE, VTDM_FS_P | VTDM_FS_RW);
    entry = first_stage();
    entry.words[2] |= VTDM_PASID_2_SRE;
    scalable_set_pasid(scalable, 1, entry);
    g_assert_cmphex(translate(0) & both, ==, 0);
    g_assert_cmphex(translate(VTD_TESTDEV_PRIVILEGED), ==,
                    both | VTD_TESTDEV_COMPLETION_PRIV);
    scalable_expect(scalable, THROUGH | VTD_TESTDEV_PRIVILEGED |
                    TESTDEV_PASID(1), VM_IOVA, VM_PAGE);
    g_assert_cmpuint(testdev_run(&scalable->testdev, VTD_TESTDEV_READ |
                                 THROUGH | TESTDEV_PASID(1), VM_IOVA, 8, 0),
                     ==, VTD_TESTDEV_NOT_GRANTED);
    unit_expect_no_fault(&scalable->vm->unit);
    scalable_free(scalable);
}

/* With NW the completion allows no writing, and no page becomes dirty. */
static void test_no_write(void)
{
    uint64_t entry;

    scalable = scalable_new("", "");
    entry = scalable_map(scalable, true, VM_IOVA, VM_PAGE, SCALABLE_FS);
    scalable_set_pasid(scalable, 1, first_stage());
    g_assert_cmphex(translate(VTD_TESTDEV_NO_WRITE), ==,
                    VTD_TESTDEV_COMPLETION_R);
    g_assert_cmphex(qtest_readq(scalable->vm->qts, entry) &
                    (VTDM_FS_A | VTDM_FS_D), ==, VTDM_FS_A);
    g_assert_cmphex(translate(0), ==, VTD_TESTDEV_COMPLETION_R |
                    VTD_TESTDEV_COMPLETION_W);
    g_assert_cmphex(qtest_readq(scalable->vm->qts, entry) &
                    (VTDM_FS_A | VTDM_FS_D), ==, VTDM_FS_A | VTDM_FS_D);
    scalable_free(scalable);
}

/* A PASID of its own keeps the interrupt range from being one. */
static void test_interrupt_range(void)
{
    scalable = scalable_new("", "");
    scalable_map(scalable, true, 0xfee00000, VM_PAGE, SCALABLE_FS);
    scalable_set_pasid(scalable, 1, first_stage());
    g_assert_cmpuint(testdev_run(&scalable->testdev, VTD_TESTDEV_STORE |
                                 TESTDEV_PASID(1), 0xfee00000, 4, 0x77), ==,
                     VTD_TESTDEV_OK);
    g_assert_cmphex(qtest_readl(scalable->vm->qts, VM_PAGE), ==, 0x77);
    scalable_free(scalable);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/testdev-scalable/pass-through",
                       test_pass_through);
        qtest_add_func("/vtdm/testdev-scalable/second-stage",
                       test_second_stage);
        qtest_add_func("/vtdm/testdev-scalable/first-stage",
                       test_first_stage);
        qtest_add_func("/vtdm/testdev-scalable/nested", test_nested);
        qtest_add_func("/vtdm/testdev-scalable/side-by-side",
                       test_side_by_side);
        qtest_add_func("/vtdm/testdev-scalable/write", test_write);
        qtest_add_func("/vtdm/testdev-scalable/refused", test_refused);
        qtest_add_func("/vtdm/testdev-scalable/device-tlb", test_device_tlb);
        qtest_add_func("/vtdm/testdev-scalable/privileged", test_privileged);
        qtest_add_func("/vtdm/testdev-scalable/no-write", test_no_write);
        qtest_add_func("/vtdm/testdev-scalable/interrupt-range",
                       test_interrupt_range);
    }
    return g_test_run();
}
