/*
 * Machines with something in every cache, to be saved.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/mirror.h"
#include "counters.h"
#include "saved-machines.h"

static void remap_interrupt(Machine *machine)
{
    machine_enable_interrupts(machine, 3, false);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT + 16 * 5,
                       vtdm_make_irte(0x44, 1, false));
    machine_interrupt(machine, MACHINE_SID, vtdm_make_msi_address(5, false),
                      0);
}

static Machine *new_legacy(const VTDMConfig *config)
{
    Machine *machine = machine_new_mapped(config);

    machine_enable_queue(machine);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    if (config->plmr) {
        machine_write32(machine, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    }
    if (config->cm) {
        machine_dma(machine, 0x7000, VTDM_READ);
        machine_request(machine, (VTDMRequest) {
            .address = 0x7000, .pasid = VTDM_NO_PASID, .source_id = 0x9999,
        });
    }
    return machine;
}

static Machine *new_scalable(const VTDMConfig *config)
{
    Machine *machine = machine_new_scalable(config);

    machine_enable_wide_queue(machine);
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    return machine;
}

static Machine *new_minimal(const VTDMConfig *config)
{
    Machine *machine = machine_new(config);

    machine_attach_scalable(machine, 0);
    machine->ssptptr = vtdm_tables_page(&machine->tables);
    machine_map(machine, MACHINE_IOVA, MACHINE_PAGE, 1, VTDM_SS_R);
    machine_set_pasid(machine, 0, vtdm_make_pasid_second_stage(
                          4, machine->ssptptr, MACHINE_DID));
    machine_enable_scalable(machine);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    return machine;
}

static Machine *new_server(const VTDMConfig *config)
{
    Machine *machine = new_scalable(config);

    counter_set(machine, 0, COUNTER_MAX - 299);
    counter_start(machine, 0, counter_selects(VTDM_COUNT_IOMMU_CLOCKS,
                                              VTDM_PERFCNTRCFG_IO));
    counter_counts(machine, 1, VTDM_COUNT_IOTLB_LOOKUP);
    machine->host.now = 200;
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    return machine;
}

Machine *saved_machine_new(SavedKind kind)
{
    static Machine *(*const makers[])(const VTDMConfig *config) = {
        [SAVED_LEGACY] = new_legacy, [SAVED_PLAIN] = new_legacy,
        [SAVED_SCALABLE] = new_scalable, [SAVED_MINIMAL] = new_minimal,
        [SAVED_SERVER] = new_server,
    };
    VTDMConfig config = saved_config(kind);
    Machine *machine = makers[kind](&config);

    if (config.ir) {
        remap_interrupt(machine);
    }
    return machine;
}

static void submit(Machine *machine, VTDMEntry128 descriptor)
{
    if (machine->config.smts) {
        machine_submit_wide(machine, descriptor);
    } else {
        machine_submit(machine, descriptor);
    }
}

static void ignore(void *opaque, const VTDMPage *page, bool exists)
{
}

/* Somebody keeps copies, and does not get ready. */
static void outdate(void *opaque, const VTDMInvalidation *what)
{
    Machine *machine = opaque;
    VTDMMirror *mirror = vtdm_mirror_new(ignore, NULL);

    vtdm_unit_outdate_mirror(machine->unit, mirror, MACHINE_SID, what);
    vtdm_mirror_free(mirror);
}

static bool never_update(void *opaque, unsigned *steps)
{
    *steps = 0;
    return false;
}

void saved_machine_busy(Machine *machine)
{
    machine->host.answer = VTDM_DEVICE_TLB_LATER;
    machine_request(machine, (VTDMRequest) {
        .address = 0x8000, .pasid = VTDM_NO_PASID, .source_id = 0x8888,
    });
    submit(machine, vtdm_make_device_tlb_invalidate(MACHINE_SID, 0x1000,
                                                    false));
    vtdm_unit_device_tlb_expire(machine->unit);
    submit(machine, vtdm_make_device_tlb_invalidate(MACHINE_SID, 0x2000,
                                                    false));
    submit(machine, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 77));
    machine->in_slices = true;
    machine->host.changed = outdate;
    machine->host.update = never_update;
    machine->host.changed_opaque = machine;
    if (machine->config.plmr) {
        machine_write32(machine, VTDM_REG_PMEN, 0);
    }
    machine_command(machine, VTDM_GCMD_CFI, 0);
}
