/*
 * What a unit knows of its tables, for people who look.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "context-cache.h"
#include "host.h"
#include "hw/i386/vtdm/inspect.h"
#include "pasid-cache.h"
#include "perfmon.h"
#include "unit.h"

static VTDMTranslationKind context_kind(const VTDMContext *context)
{
    return context->condition != VTDM_NO_FAULT ? VTDM_KIND_BLOCKED :
           context->scalable ? VTDM_KIND_BY_PASID :
           context->tt == VTDM_TT_PASS_THROUGH ? VTDM_KIND_PASS_THROUGH
                                               : VTDM_KIND_SECOND_STAGE;
}

static void add_context(GArray *entries, const VTDMContext *context)
{
    VTDMTranslationKind kind = context_kind(context);
    bool by_pasid = kind == VTDM_KIND_BY_PASID;
    VTDMCachedEntry entry = {
        .source_id = context->source_id,
        .pasid = VTDM_NO_PASID,
        .kind = kind,
        .condition = context->condition,
        .domain_id = by_pasid ? 0 : context->domain_id,
        .second_stage_levels = kind == VTDM_KIND_SECOND_STAGE
                                   ? context->levels : 0,
        .rid_pasid = by_pasid ? context->rid_pasid : 0,
        .pasids = by_pasid && context->paside,
        .ats = by_pasid ? context->dte :
               kind != VTDM_KIND_BLOCKED &&
               context->tt == VTDM_TT_DEVICE_TLB,
        .page_requests = by_pasid && context->pre,
        .address = context->entry_address,
    };

    g_array_append_val(entries, entry);
}

static VTDMTranslationKind pasid_kind(const VTDMPasidEntry *entry)
{
    static const VTDMTranslationKind kinds[] = {
        [VTDM_PGTT_FIRST_STAGE] = VTDM_KIND_FIRST_STAGE,
        [VTDM_PGTT_SECOND_STAGE] = VTDM_KIND_SECOND_STAGE,
        [VTDM_PGTT_NESTED] = VTDM_KIND_NESTED,
        [VTDM_PGTT_PASS_THROUGH] = VTDM_KIND_PASS_THROUGH,
    };

    return entry->condition != VTDM_NO_FAULT ? VTDM_KIND_BLOCKED
                                             : kinds[entry->pgtt];
}

static unsigned first_stage_levels(const VTDMPasidEntry *entry)
{
    VTDMTranslationKind kind = pasid_kind(entry);

    return kind == VTDM_KIND_FIRST_STAGE || kind == VTDM_KIND_NESTED
               ? entry->fs_levels : 0;
}

static unsigned second_stage_levels(const VTDMPasidEntry *entry)
{
    VTDMTranslationKind kind = pasid_kind(entry);

    return kind == VTDM_KIND_SECOND_STAGE || kind == VTDM_KIND_NESTED
               ? entry->ss_levels : 0;
}

typedef struct Wanted {
    uint16_t source_id;
    GArray *entries;
} Wanted;

static void add_pasid(void *opaque, const VTDMPasidEntry *cached)
{
    Wanted *wanted = opaque;
    VTDMCachedEntry entry = {
        .source_id = cached->source_id,
        .pasid = cached->pasid,
        .kind = pasid_kind(cached),
        .condition = cached->condition,
        .domain_id = cached->domain_id,
        .first_stage_levels = first_stage_levels(cached),
        .second_stage_levels = second_stage_levels(cached),
        .address = cached->entry_address,
    };

    if (cached->source_id == wanted->source_id) {
        g_array_append_val(wanted->entries, entry);
    }
}

GArray *vtdm_unit_cached_entries(VTDMUnit *unit, uint16_t source_id)
{
    GArray *entries = g_array_new(FALSE, FALSE, sizeof(VTDMCachedEntry));
    Wanted wanted = { source_id, entries };
    const VTDMContext *context;

    pthread_mutex_lock(&unit->lock);
    context = vtdm_context_lookup(unit, source_id);
    if (context) {
        add_context(entries, context);
    }
    vtdm_pasids_for_each(unit, add_pasid, &wanted);
    pthread_mutex_unlock(&unit->lock);
    return entries;
}

void vtdm_unit_statistics(VTDMUnit *unit, VTDMStatistics *statistics)
{
    pthread_mutex_lock(&unit->lock);
    *statistics = unit->statistics;
    vtdm_hits_add(unit, statistics);
    statistics->counts[VTDM_COUNT_IOMMU_CLOCKS] =
        vtdm_host_now(unit) - unit->perfmon.began;
    pthread_mutex_unlock(&unit->lock);
}

void vtdm_unit_forget_statistics(VTDMUnit *unit)
{
    pthread_mutex_lock(&unit->lock);
    vtdm_perfmon_forget(unit);
    pthread_mutex_unlock(&unit->lock);
}

unsigned vtdm_unit_mode(VTDMUnit *unit)
{
    unsigned ttm;

    pthread_mutex_lock(&unit->lock);
    ttm = unit->latched.root.ttm;
    pthread_mutex_unlock(&unit->lock);
    return ttm;
}

unsigned vtdm_unit_unanswered(VTDMUnit *unit, VTDMUnanswered *unanswered)
{
    const VTDMDeviceTlb *tlb = &unit->latched.device_tlb;
    unsigned count;

    pthread_mutex_lock(&unit->lock);
    count = tlb->count;
    for (unsigned i = 0; i < count; i++) {
        unanswered[i] = (VTDMUnanswered) {
            tlb->asked[i].source_id, tlb->asked[i].itag,
        };
    }
    pthread_mutex_unlock(&unit->lock);
    return count;
}
