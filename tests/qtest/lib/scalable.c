/*
 * Driving a unit in scalable mode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "scalable.h"

#define DESCRIPTOR_SIZE         32
#define QUEUE_SIZE              0x1000

static void enable_queue(const Unit *unit)
{
    unit_write64(unit, VTDM_REG_IQT, 0);
    unit_write64(unit, VTDM_REG_IQA, unit->queue | VTDM_IQA_DW);
    unit_command(unit, VTDM_GCMD_QIE, 0);
    g_assert_true(unit_read32(unit, VTDM_REG_GSTS) & VTDM_GSTS_QIES);
}

/* Whatever the unit advertises of it. */
static uint64_t context_flags(const Unit *unit)
{
    uint64_t ecap = unit_read64(unit, VTDM_REG_ECAP);

    return (ecap & VTDM_ECAP_DT ? VTDM_SCTX_DTE : 0) |
           (ecap & VTDM_ECAP_PRS ? VTDM_SCTX_PRE : 0) |
           (ecap & VTDM_ECAP_PASID ? VTDM_SCTX_PASIDE : 0);
}

Scalable *scalable_new(const char *options, const char *more)
{
    Scalable *scalable = g_new0(Scalable, 1);
    g_autofree char *iommu = g_strconcat(",scalable-mode=on,svm=on", options,
                                         NULL);
    g_autofree char *device = g_strconcat(TESTDEV_DEVICE, more, NULL);
    VM *vm = vm_new(iommu, device);

    scalable->vm = vm;
    scalable->directory = vtdm_tables_page(&vm->tables);
    vtdm_tables_page(&vm->tables);      /* its second half */
    scalable->ssptptr = vtdm_tables_page(&vm->tables);
    scalable->fsptptr = vtdm_tables_page(&vm->tables);
    vtdm_tables_scalable_context(
        &vm->tables, vm->unit.root, TESTDEV_SID,
        vtdm_make_scalable_context(context_flags(&vm->unit), 3,
                                   scalable->directory, 0));
    enable_queue(&vm->unit);
    unit_set_root(&vm->unit, vm->unit.root |
                  vtdm_field(VTDM_RTADDR_TTM, VTDM_TTM_SCALABLE));
    unit_command(&vm->unit, VTDM_GCMD_TE, 0);
    g_assert_true(unit_read32(&vm->unit, VTDM_REG_GSTS) & VTDM_GSTS_TES);
    scalable->testdev = testdev_at(vm, TESTDEV_SID);
    testdev_enable(&scalable->testdev, true, true, true);
    return scalable;
}

void scalable_renew(Scalable *scalable)
{
    testdev_free(&scalable->testdev);
    scalable->testdev = testdev_at(scalable->vm, TESTDEV_SID);
}

void scalable_free(Scalable *scalable)
{
    testdev_free(&scalable->testdev);
    vm_free(scalable->vm);
    g_free(scalable);
}

void scalable_submit(Scalable *scalable, VTDMEntry128 descriptor)
{
    const Unit *unit = &scalable->vm->unit;
    uint64_t tail = unit_read64(unit, VTDM_REG_IQT);

    vtdm_tables_set128(unit->tables, unit->queue + tail, descriptor);
    vtdm_tables_set128(unit->tables, unit->queue + tail + 16,
                       (VTDMEntry128) { 0 });
    unit_write64(unit, VTDM_REG_IQT, (tail + DESCRIPTOR_SIZE) % QUEUE_SIZE);
}

void scalable_flush(Scalable *scalable)
{
    scalable_submit(scalable,
                    vtdm_make_context_invalidate(VTDM_G_GLOBAL, 0, 0, 0));
    scalable_submit(scalable, vtdm_make_pasid_cache_invalidate(
                                  VTDM_PC_G_GLOBAL, 0, 0));
    scalable_submit(scalable, vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0,
                                                         0, false));
}

void scalable_set_pasid(Scalable *scalable, uint32_t pasid,
                        VTDMEntry512 entry)
{
    vtdm_tables_pasid(&scalable->vm->tables, scalable->directory, pasid,
                      entry);
    scalable_flush(scalable);
}

uint64_t scalable_map(Scalable *scalable, bool first_stage, uint64_t input,
                      uint64_t output, uint64_t flags)
{
    VTDMMapping mapping = {
        .table = first_stage ? scalable->fsptptr : scalable->ssptptr,
        .levels = 4,
        .level = 1,
        .input = input,
        .output = output,
        .flags = flags,
        .first_stage = first_stage,
    };

    return vtdm_tables_map(&scalable->vm->tables, &mapping);
}

void scalable_submit_wait(Scalable *scalable)
{
    qtest_writel(scalable->vm->qts, VM_STATUS, 0);
    scalable_submit(scalable, vtdm_make_wait(VTDM_WAIT_SW, VM_STATUS, 1));
}

bool scalable_has_completed(Scalable *scalable)
{
    return qtest_readl(scalable->vm->qts, VM_STATUS) == 1;
}

void scalable_expect(Scalable *scalable, uint64_t control, uint64_t address,
                     uint64_t page)
{
    static uint8_t seed;

    seed++;
    vm_fill(scalable->vm, page, seed, 64);
    g_assert_cmpuint(testdev_run(&scalable->testdev,
                                 VTD_TESTDEV_READ | control, address, 64, 0),
                     ==, VTD_TESTDEV_OK);
    testdev_expect(&scalable->testdev, seed, 64);
    unit_expect_no_fault(&scalable->vm->unit);
}
