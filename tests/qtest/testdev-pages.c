/*
 * Page requests of a vtd-testdev: into the queue, and back by a page group
 * response.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/spec/page-requests.h"
#include "standard-headers/linux/pci_regs.h"
#include "lapic.h"
#include "scalable.h"

#define PRQ                     0x3200000   /* a page: 128 requests */
#define PRQ_ENTRIES             128
#define PRQ_SIZE                0x1000
#define WITH                    TESTDEV_PASID(SCALABLE_PASID)
#define LOAD                    (VTD_TESTDEV_READ | \
                                 VTD_TESTDEV_THROUGH_TLB | \
                                 VTD_TESTDEV_REQUEST_PAGES | WITH)
#define REQUEST                 (VTD_TESTDEV_PAGE_REQUEST | \
                                 VTD_TESTDEV_WANT_READ | WITH)
#define GROUP                   5
#define ANY_GROUP               511         /* that the device takes itself */
#define ALLOCATION              16          /* of testdev_enable() */

static Scalable *scalable;

static void start(void)
{
    VTDMEntry512 entry;

    scalable = scalable_new("", "");
    unit_write64(&scalable->vm->unit, VTDM_REG_PQH, 0);
    unit_write64(&scalable->vm->unit, VTDM_REG_PQT, 0);
    unit_write64(&scalable->vm->unit, VTDM_REG_PQA, PRQ);
    entry = vtdm_make_pasid_first_stage(4, scalable->fsptptr, VM_DID);
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    scalable_set_pasid(scalable, SCALABLE_PASID, entry);
}

static unsigned run(uint64_t control, uint64_t operand)
{
    return testdev_run(&scalable->testdev, control, VM_IOVA, 64, operand);
}

static unsigned finish(void)
{
    return testdev_finish(&scalable->testdev);
}

/* Software has taken all that is in the queue; how many there were. */
static unsigned take_requests(void)
{
    uint64_t head = unit_read64(&scalable->vm->unit, VTDM_REG_PQH);
    uint64_t tail = unit_read64(&scalable->vm->unit, VTDM_REG_PQT);

    unit_write64(&scalable->vm->unit, VTDM_REG_PQH, tail);
    return (tail - head + PRQ_SIZE) % PRQ_SIZE / VTDM_PRQ_SIZE;
}

static uint64_t request_word(unsigned index, unsigned word)
{
    return qtest_readq(scalable->vm->qts,
                       PRQ + index * VTDM_PRQ_SIZE + word * 8);
}

static void respond(unsigned group, unsigned code)
{
    scalable_submit(scalable, (VTDMEntry128) {
        .lo = VTDM_DSC_PAGE_RESPONSE | VTDM_PAGE_RSP_PP |
              vtdm_field(VTDM_PAGE_RSP_CODE, code) |
              vtdm_field(VTDM_PAGE_RSP_RID, TESTDEV_SID) |
              vtdm_field(VTDM_PAGE_RSP_PASID, SCALABLE_PASID),
        .hi = vtdm_field(VTDM_PAGE_RSP_HI_PRGI, group),
    });
}

/* A page that is not there is asked for, mapped, and read. */
static void test_round_trip(void)
{
    start();
    vm_fill(scalable->vm, VM_PAGE, 9, 64);
    g_assert_cmpuint(run(LOAD, 0), ==, VTD_TESTDEV_PENDING);
    g_assert_cmpuint(take_requests(), ==, 1);
    g_assert_cmphex(request_word(0, 0), ==, VTDM_PRQ_PAGE_REQUEST |
                    VTDM_PRQ_PP | vtdm_field(VTDM_PRQ_RID, TESTDEV_SID) |
                    vtdm_field(VTDM_PRQ_PASID, SCALABLE_PASID));
    g_assert_cmphex(request_word(0, 1), ==, VM_IOVA | VTDM_PRQ_HI_RDR |
                    VTDM_PRQ_HI_LPIG |
                    vtdm_field(VTDM_PRQ_HI_PRGI, ANY_GROUP));
    g_assert_cmphex(testdev_read(&scalable->testdev, VTD_TESTDEV_STATE), ==,
                    VTD_TESTDEV_BUSY);
    scalable_map(scalable, true, VM_IOVA, VM_PAGE, SCALABLE_FS);
    respond(ANY_GROUP, VTDM_PAGE_SUCCESS);
    g_assert_cmpuint(finish(), ==, VTD_TESTDEV_OK);
    testdev_expect(&scalable->testdev, 9, 64);
    unit_expect_no_fault(&scalable->vm->unit);
    scalable_free(scalable);
}

/* Success without a page: it is asked for again, and not for ever. */
static void test_success_without_page(void)
{
    unsigned asked = 0;

    start();
    run(LOAD, 0);
    while (finish() == VTD_TESTDEV_PENDING) {
        g_assert_cmpuint(++asked, <=, 8);
        respond(ANY_GROUP, VTDM_PAGE_SUCCESS);
    }
    g_assert_cmpuint(asked, ==, 8);
    g_assert_cmpuint(finish(), ==, VTD_TESTDEV_NOT_GRANTED);
    scalable_free(scalable);
}

static void test_invalid(void)
{
    start();
    run(LOAD, 0);
    respond(ANY_GROUP, VTDM_PAGE_INVALID);
    g_assert_cmpuint(finish(), ==, VTD_TESTDEV_PAGE_INVALID);
    g_assert_cmpuint(run(LOAD, 0), ==, VTD_TESTDEV_PENDING);
    scalable_free(scalable);
}

static uint16_t pri(unsigned offset)
{
    return qtest_readw(scalable->vm->qts, offset +
                       testdev_capability(&scalable->testdev,
                                          PCI_EXT_CAP_ID_PRI));
}

/* The device asks for no more pages. */
static void test_failure(void)
{
    start();
    run(LOAD, 0);
    g_assert_false(pri(PCI_PRI_STATUS) & PCI_PRI_STATUS_STOPPED);
    respond(ANY_GROUP, VTDM_PAGE_FAILURE);
    g_assert_cmpuint(finish(), ==, VTD_TESTDEV_PAGE_FAILURE);
    g_assert_false(pri(PCI_PRI_CTRL) & PCI_PRI_CTRL_ENABLE);
    g_assert_cmphex(pri(PCI_PRI_STATUS), ==, PCI_PRI_STATUS_PASID |
                    PCI_PRI_STATUS_STOPPED | PCI_PRI_STATUS_RF);
    g_assert_cmpuint(run(LOAD, 0), ==, VTD_TESTDEV_DISABLED);
    scalable_free(scalable);
}

#define INDEX                   6           /* of the interrupt */
#define VECTOR                  0x51

/*
 * The response ends the command within the guest's write to the queue, and so
 * the device sends its MSI-X message from there.
 */
static void test_interrupt(void)
{
    QPCIDevice *dev;

    start();
    dev = scalable->testdev.dev;
    unit_set_irte(&scalable->vm->unit, INDEX, vtdm_make_irte(VECTOR, 1, false));
    unit_enable_interrupts(&scalable->vm->unit, false);
    qpci_msix_enable(dev);
    qpci_io_writel(dev, dev->msix_table_bar, 0,
                   vtdm_make_msi_address(INDEX, false));
    qpci_io_writel(dev, dev->msix_table_bar, 12, 0);
    g_assert_cmpuint(run(REQUEST | VTD_TESTDEV_LAST | VTD_TESTDEV_INTERRUPT,
                         GROUP), ==, VTD_TESTDEV_PENDING);
    g_assert_false(lapic_pending(scalable->vm->qts, 1, VECTOR));
    respond(GROUP, VTDM_PAGE_SUCCESS);
    g_assert_cmpuint(finish(), ==, VTD_TESTDEV_OK);
    g_assert_true(lapic_pending(scalable->vm->qts, 1, VECTOR));
    qpci_msix_disable(dev);
    unit_expect_no_fault(&scalable->vm->unit);
    scalable_free(scalable);
}

/* Two requests in a group have one response. */
static void test_group(void)
{
    start();
    g_assert_cmpuint(run(REQUEST, GROUP), ==, VTD_TESTDEV_OK);
    g_assert_cmpuint(run(REQUEST | VTD_TESTDEV_LAST | VTD_TESTDEV_WANT_WRITE |
                         VTD_TESTDEV_PRIVILEGED | VTD_TESTDEV_EXECUTE, GROUP),
                     ==, VTD_TESTDEV_PENDING);
    g_assert_cmpuint(take_requests(), ==, 2);
    g_assert_cmphex(request_word(0, 1), ==, VM_IOVA | VTDM_PRQ_HI_RDR |
                    vtdm_field(VTDM_PRQ_HI_PRGI, GROUP));
    g_assert_cmphex(request_word(1, 0) & (VTDM_PRQ_EXR | VTDM_PRQ_PMR), ==,
                    VTDM_PRQ_EXR | VTDM_PRQ_PMR);
    g_assert_cmpuint(testdev_read(&scalable->testdev,
                                  VTD_TESTDEV_PAGE_OUTSTANDING), ==, 2);
    respond(GROUP, VTDM_PAGE_SUCCESS);
    g_assert_cmpuint(finish(), ==, VTD_TESTDEV_OK);
    g_assert_cmphex(scalable->testdev.result, ==,
                    VTD_TESTDEV_RESPONSE_VALID | VTD_TESTDEV_RESPONSE_WITH |
                    (uint64_t)GROUP << 32 | SCALABLE_PASID);
    g_assert_cmpuint(testdev_read(&scalable->testdev,
                                  VTD_TESTDEV_PAGE_OUTSTANDING), ==, 0);
    scalable_free(scalable);
}

static void test_unexpected(void)
{
    start();
    respond(GROUP, VTDM_PAGE_FAILURE);
    g_assert_cmpuint(testdev_read(&scalable->testdev,
                                  VTD_TESTDEV_COUNT_UNEXPECTED), ==, 1);
    g_assert_cmphex(pri(PCI_PRI_CTRL), ==, PCI_PRI_CTRL_ENABLE);
    g_assert_true(pri(PCI_PRI_STATUS) & PCI_PRI_STATUS_UPRGI);
    scalable_free(scalable);
}

/* A response that is lost; what ends the command is a reset. */
static void test_ignored(void)
{
    start();
    testdev_write(&scalable->testdev, VTD_TESTDEV_PAGE_MODE,
                  VTD_TESTDEV_PAGE_IGNORE);
    run(LOAD, 0);
    respond(ANY_GROUP, VTDM_PAGE_SUCCESS);
    g_assert_cmpuint(finish(), ==, VTD_TESTDEV_PENDING);
    testdev_flr(&scalable->testdev);
    g_assert_cmphex(testdev_read(&scalable->testdev, VTD_TESTDEV_STATE), ==,
                    0);
    g_assert_cmpuint(testdev_read(&scalable->testdev,
                                  VTD_TESTDEV_PAGE_OUTSTANDING), ==, 0);
    scalable_free(scalable);
}

/* The unit answers a group that it cannot queue. */
static void test_refused(void)
{
    const uint64_t request = VTD_TESTDEV_PAGE_REQUEST |
                             VTD_TESTDEV_WANT_READ | VTD_TESTDEV_LAST;

    start();
    g_assert_cmpuint(run(request | TESTDEV_PASID(3), GROUP), ==,
                     VTD_TESTDEV_PAGE_INVALID);
    g_assert_cmpuint(take_requests(), ==, 0);
    unit_expect_record(&scalable->vm->unit, 0, 0x51, TESTDEV_SID);
    scalable_free(scalable);
}

static void test_allocation(void)
{
    start();
    for (unsigned i = 0; i < ALLOCATION; i++) {
        g_assert_cmpuint(run(REQUEST, GROUP), ==, VTD_TESTDEV_OK);
    }
    g_assert_cmpuint(run(REQUEST, GROUP + 1), ==, VTD_TESTDEV_DISABLED);
    respond(GROUP, VTDM_PAGE_SUCCESS);
    g_assert_cmpuint(run(REQUEST, GROUP + 1), ==, VTD_TESTDEV_OK);
    scalable_free(scalable);
}

/* A full queue: the unit says success, and sets PRO. */
static void test_overflow(void)
{
    const uint64_t request = REQUEST | VTD_TESTDEV_LAST;

    start();
    for (unsigned i = 0; i < PRQ_ENTRIES - 1; i++) {
        g_assert_cmpuint(run(request, GROUP), ==, VTD_TESTDEV_PENDING);
        respond(GROUP, VTDM_PAGE_SUCCESS);
    }
    g_assert_cmpuint(run(request, GROUP), ==, VTD_TESTDEV_OK);
    g_assert_true(unit_read32(&scalable->vm->unit, VTDM_REG_PRS) &
                  VTDM_PRS_PRO);
    scalable_free(scalable);
}

static void test_stop_marker(void)
{
    start();
    g_assert_cmpuint(testdev_run(&scalable->testdev,
                                 VTD_TESTDEV_STOP_MARKER | WITH, 0, 0, 0), ==,
                     VTD_TESTDEV_OK);
    g_assert_cmpuint(take_requests(), ==, 1);
    g_assert_cmphex(request_word(0, 1), ==, VTDM_PRQ_HI_LPIG);
    scalable_free(scalable);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/testdev-pages/round-trip", test_round_trip);
        qtest_add_func("/vtdm/testdev-pages/success-without-page",
                       test_success_without_page);
        qtest_add_func("/vtdm/testdev-pages/invalid", test_invalid);
        qtest_add_func("/vtdm/testdev-pages/failure", test_failure);
        qtest_add_func("/vtdm/testdev-pages/interrupt", test_interrupt);
        qtest_add_func("/vtdm/testdev-pages/group", test_group);
        qtest_add_func("/vtdm/testdev-pages/unexpected", test_unexpected);
        qtest_add_func("/vtdm/testdev-pages/ignored", test_ignored);
        qtest_add_func("/vtdm/testdev-pages/refused", test_refused);
        qtest_add_func("/vtdm/testdev-pages/allocation", test_allocation);
        qtest_add_func("/vtdm/testdev-pages/overflow", test_overflow);
        qtest_add_func("/vtdm/testdev-pages/stop-marker", test_stop_marker);
    }
    return g_test_run();
}
