/*
 * The public calls: a unit from its creation to its end, and the lock around
 * every call but a hit. What a call leaves to be done, work.c does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "context-cache.h"
#include "device-tlb.h"
#include "format-bits.h"
#include "hits.h"
#include "host.h"
#include "interrupt-entries.h"
#include "interrupt-hit.h"
#include "interrupt.h"
#include "invalidate.h"
#include "iotlb.h"
#include "mirror.h"
#include "page-requests.h"
#include "pasid-cache.h"
#include "perfmon.h"
#include "protected.h"
#include "register-rules.h"
#include "registers.h"
#include "request.h"
#include "structure-cache.h"
#include "unit.h"
#include "work.h"

static void reset_state(VTDMUnit *unit, bool power_good)
{
    vtdm_registers_reset(unit, power_good);
    unit->latched = (VTDMLatched) { 0 };
    unit->copies = (VTDMCopies) { .behind = unit->copies.behind };
    vtdm_pmen_written(unit, 0);
    vtdm_perfmon_follow(unit, vtdm_host_now(unit));
    vtdm_hits_changed(unit);
}

/* In whole lines of the cache: what hits read is in the first one. */
static VTDMUnit *unit_alloc(void)
{
    size_t lines = (sizeof(VTDMUnit) - 1) / VTDM_CACHE_LINE + 1;
    void *memory = NULL;

    if (posix_memalign(&memory, VTDM_CACHE_LINE, lines * VTDM_CACHE_LINE)) {
        g_error("no memory for a unit");
    }
    return memset(memory, 0, sizeof(VTDMUnit));
}

VTDMUnit *vtdm_unit_new(const VTDMConfig *config, const VTDMHostOps *ops,
                        void *opaque)
{
    VTDMUnit *unit = unit_alloc();

    pthread_mutex_init(&unit->lock, NULL);
    unit->config = *config;
    unit->ops = *ops;
    unit->opaque = opaque;
    unit->has_copies = true;
    vtdm_registers_init(unit, vtdm_register_rules(config));
    vtdm_formats_init(unit);
    vtdm_contexts_init(unit);
    vtdm_pasids_init(unit);
    vtdm_iotlb_init(unit);
    vtdm_structures_init(unit);
    unit->perfmon.deadline = VTDM_NEVER;
    vtdm_perfmon_forget(unit);
    reset_state(unit, true);
    return unit;
}

void vtdm_unit_free(VTDMUnit *unit)
{
    if (!unit) {
        return;
    }
    vtdm_structures_destroy(unit);
    vtdm_iotlb_destroy(unit);
    vtdm_pasids_destroy(unit);
    vtdm_contexts_destroy(unit);
    vtdm_irtes_destroy(unit);
    vtdm_registers_destroy(unit);
    pthread_mutex_destroy(&unit->lock);
    free(unit);
}

const VTDMConfig *vtdm_unit_config(const VTDMUnit *unit)
{
    return &unit->config;
}

void vtdm_unit_reset(VTDMUnit *unit, bool power_good)
{
    pthread_mutex_lock(&unit->lock);
    reset_state(unit, power_good);
    vtdm_invalidate_dma(unit);
    vtdm_invalidate_interrupts(unit);
    vtdm_dma_switched(unit);
    vtdm_work_run(unit);
    pthread_mutex_unlock(&unit->lock);
}

uint64_t vtdm_unit_read(VTDMUnit *unit, uint32_t offset, unsigned size)
{
    uint64_t value;

    pthread_mutex_lock(&unit->lock);
    vtdm_perfmon_advance(unit);
    value = vtdm_registers_read(unit, offset, size);
    pthread_mutex_unlock(&unit->lock);
    return value;
}

uint64_t vtdm_unit_peek(VTDMUnit *unit, uint32_t offset, unsigned size)
{
    uint64_t value;

    pthread_mutex_lock(&unit->lock);
    vtdm_perfmon_advance(unit);
    value = vtdm_registers_peek(unit, offset, size);
    pthread_mutex_unlock(&unit->lock);
    return value;
}

void vtdm_unit_write(VTDMUnit *unit, uint32_t offset, unsigned size,
                     uint64_t value)
{
    pthread_mutex_lock(&unit->lock);
    vtdm_perfmon_advance(unit);
    vtdm_registers_write(unit, offset, size, value);
    vtdm_work_run(unit);
    pthread_mutex_unlock(&unit->lock);
}

void vtdm_unit_translate(VTDMUnit *unit, const VTDMRequest *request,
                         VTDMResult *result)
{
    pthread_mutex_lock(&unit->lock);
    vtdm_request_run(unit, request, result);
    pthread_mutex_unlock(&unit->lock);
}

bool vtdm_unit_page_request(VTDMUnit *unit, const VTDMPageRequest *request,
                            VTDMPageResponse *response)
{
    bool answered;

    pthread_mutex_lock(&unit->lock);
    answered = vtdm_page_request_run(unit, request, response);
    vtdm_work_later(unit);
    pthread_mutex_unlock(&unit->lock);
    return answered;
}

void vtdm_unit_remap(VTDMUnit *unit, const VTDMInterruptRequest *request,
                     VTDMInterrupt *interrupt)
{
    if (vtdm_interrupt_hit(unit, request, interrupt)) {
        return;
    }
    pthread_mutex_lock(&unit->lock);
    vtdm_interrupt_run(unit, request, interrupt);
    pthread_mutex_unlock(&unit->lock);
}

void vtdm_unit_work(VTDMUnit *unit)
{
    pthread_mutex_lock(&unit->lock);
    vtdm_work_go_on(unit);
    pthread_mutex_unlock(&unit->lock);
}

void vtdm_unit_keep_copies(VTDMUnit *unit, bool kept)
{
    pthread_mutex_lock(&unit->lock);
    unit->has_copies = kept;
    pthread_mutex_unlock(&unit->lock);
}

void vtdm_unit_wake(VTDMUnit *unit)
{
    pthread_mutex_lock(&unit->lock);
    vtdm_perfmon_wake(unit);
    pthread_mutex_unlock(&unit->lock);
}

void vtdm_unit_device_tlb_answer(VTDMUnit *unit, uint16_t source_id,
                                 unsigned itag, VTDMDeviceTlbAnswer answer)
{
    pthread_mutex_lock(&unit->lock);
    vtdm_device_tlb_answer(unit, source_id, itag, answer);
    vtdm_work_later(unit);
    pthread_mutex_unlock(&unit->lock);
}

void vtdm_unit_device_tlb_complete(VTDMUnit *unit, uint16_t source_id,
                                   uint32_t itags, unsigned count)
{
    pthread_mutex_lock(&unit->lock);
    vtdm_device_tlb_complete(unit, source_id, itags, count);
    vtdm_work_later(unit);
    pthread_mutex_unlock(&unit->lock);
}

bool vtdm_unit_device_tlb_expire(VTDMUnit *unit)
{
    bool left;

    pthread_mutex_lock(&unit->lock);
    left = vtdm_device_tlb_expire(unit);
    vtdm_work_later(unit);
    pthread_mutex_unlock(&unit->lock);
    return left;
}

uint64_t vtdm_unit_steps(VTDMUnit *unit)
{
    uint64_t steps;

    pthread_mutex_lock(&unit->lock);
    steps = unit->steps;
    pthread_mutex_unlock(&unit->lock);
    return steps;
}

void vtdm_unit_outdate_mirror(VTDMUnit *unit, VTDMMirror *mirror,
                              uint16_t source_id,
                              const VTDMInvalidation *what)
{
    pthread_mutex_lock(&unit->lock);
    vtdm_mirror_outdate(unit, mirror, source_id, what);
    pthread_mutex_unlock(&unit->lock);
}
