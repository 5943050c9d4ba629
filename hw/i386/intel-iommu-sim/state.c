/*
 * What is going on, for people and tools: read-only properties that
 * `qom-get` shows as JSON.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/inspect.h"
#include "hw/pci/pci_bus.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/atomic.h"
#include "bar-conflicts.h"
#include "device.h"
#include "event-trace.h"
#include "space.h"
#include "spaces.h"
#include "state.h"
#include "topology.h"

static void put_uint(Visitor *v, const char *name, uint64_t value)
{
    visit_type_uint64(v, name, &value, &error_abort);
}

static void put_int(Visitor *v, const char *name, int64_t value)
{
    visit_type_int64(v, name, &value, &error_abort);
}

static void put_text(Visitor *v, const char *name, const char *value)
{
    char *text = (char *)value;

    visit_type_str(v, name, &text, &error_abort);
}

static void put_source_id(Visitor *v, const char *name, uint16_t sid)
{
    g_autofree char *text = vtdm_source_id_text(sid);

    put_text(v, name, text);
}

static void put_bool(Visitor *v, const char *name, bool value)
{
    visit_type_bool(v, name, &value, &error_abort);
}

static void put_pasid(Visitor *v, const char *name, uint32_t pasid)
{
    put_int(v, name, pasid == VTDM_NO_PASID ? -1 : (int64_t)pasid);
}

static const char *const stages[] = {
    [VTDM_NO_STAGE] = "none", [VTDM_FIRST_STAGE] = "first",
    [VTDM_SECOND_STAGE] = "second",
};

/* The devices that the guest waits for. */
static void put_unanswered(Visitor *v, VTDMUnit *unit)
{
    VTDMUnanswered unanswered[VTDM_ITAGS];
    unsigned count = vtdm_unit_unanswered(unit, unanswered);

    visit_start_list(v, "unanswered", NULL, 0, &error_abort);
    for (unsigned i = 0; i < count; i++) {
        visit_start_struct(v, NULL, NULL, 0, &error_abort);
        put_source_id(v, "source-id", unanswered[i].source_id);
        put_uint(v, "itag", unanswered[i].itag);
        visit_end_struct(v, NULL);
    }
    visit_end_list(v, NULL);
}

static void put_counts(Visitor *v, VTDMUnit *unit)
{
    VTDMStatistics statistics;

    vtdm_unit_statistics(unit, &statistics);
    visit_start_struct(v, "counts", NULL, 0, &error_abort);
    for (unsigned i = 0; i < VTDM_COUNTS; i++) {
        put_uint(v, vtdm_count_info[i].name, statistics.counts[i]);
    }
    visit_end_struct(v, NULL);
}

static void put_unit(Visitor *v, VTDMDeviceUnit *unit)
{
    static const char *const modes[] = {
        [VTDM_TTM_LEGACY] = "legacy", [VTDM_TTM_SCALABLE] = "scalable",
        [VTDM_TTM_RESERVED] = "reserved", [VTDM_TTM_ABORT] = "abort-DMA",
    };
    static const struct {
        const char *name;
        uint32_t offset;
        unsigned size;
    } registers[] = {
        { "version", VTDM_REG_VER, 4 }, { "cap", VTDM_REG_CAP, 8 },
        { "ecap", VTDM_REG_ECAP, 8 }, { "gsts", VTDM_REG_GSTS, 4 },
        { "fsts", VTDM_REG_FSTS, 4 }, { "rtaddr", VTDM_REG_RTADDR, 8 },
        { "irta", VTDM_REG_IRTA, 8 },
    };
    VTDMDmarUnit *described =
        g_ptr_array_index(unit->device->dmar->units, unit->index);
    g_autofree char *conflict = vtdm_bar_conflict(unit);

    visit_start_struct(v, NULL, NULL, 0, &error_abort);
    put_uint(v, "base", described->base);
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        put_uint(v, registers[i].name,
                 vtdm_unit_peek(unit->model, registers[i].offset,
                                registers[i].size));
    }
    put_text(v, "mode", modes[vtdm_unit_mode(unit->model)]);
    put_unanswered(v, unit->model);
    put_counts(v, unit->model);
    put_text(v, "conflict", conflict ?: "");
    visit_end_struct(v, NULL);
}

static void get_units(Object *obj, Visitor *v, const char *name,
                      void *opaque, Error **errp)
{
    VTDMDevice *device = INTEL_IOMMU_SIM(obj);

    visit_start_list(v, name, NULL, 0, &error_abort);
    for (guint i = 0; device->units && i < device->dmar->units->len; i++) {
        put_unit(v, &device->units[i]);
    }
    visit_end_list(v, NULL);
}

/*
 * What the user calls it: the id, else the type; NULL: nothing is there. A
 * bridge is another requester when it sends for what is behind it.
 */
static char *requester_name(const VTDMSpace *space)
{
    PCIDevice *dev = vtdm_space_requester(space);
    const char *name;

    if (!dev) {
        return g_strdup(space->name);
    }
    name = DEVICE(dev)->id ?: object_get_typename(OBJECT(dev));
    return g_strconcat(pci_get_bus(dev) == space->bus ? "" : "behind ",
                       name, NULL);
}

static void put_cached_entry(Visitor *v, const VTDMCachedEntry *entry)
{
    static const char *const kinds[] = {
        [VTDM_KIND_BLOCKED] = "blocked",
        [VTDM_KIND_PASS_THROUGH] = "pass-through",
        [VTDM_KIND_FIRST_STAGE] = "first-stage",
        [VTDM_KIND_SECOND_STAGE] = "second-stage",
        [VTDM_KIND_NESTED] = "nested",
        [VTDM_KIND_BY_PASID] = "by-pasid",
    };
    const VTDMConditionInfo *info = vtdm_condition_info(entry->condition);
    bool by_pasid = entry->kind == VTDM_KIND_BY_PASID;

    visit_start_struct(v, NULL, NULL, 0, &error_abort);
    put_pasid(v, "pasid", entry->pasid);
    put_text(v, "translation", kinds[entry->kind]);
    put_text(v, "condition", entry->condition ? info->name : "");
    put_int(v, "domain", by_pasid ? -1 : entry->domain_id);
    put_uint(v, "first-stage-levels", entry->first_stage_levels);
    put_uint(v, "second-stage-levels", entry->second_stage_levels);
    put_int(v, "rid-pasid", by_pasid ? (int64_t)entry->rid_pasid : -1);
    put_bool(v, "pasids", entry->pasids);
    put_bool(v, "ats", entry->ats);
    put_bool(v, "page-requests", entry->page_requests);
    put_uint(v, "entry-address", entry->address);
    visit_end_struct(v, NULL);
}

/* What its unit has cached of the tables, the context entry first. */
static void put_cached(Visitor *v, VTDMSpace *space, VTDMDeviceUnit *unit)
{
    g_autoptr(GArray) entries = NULL;

    visit_start_list(v, "cached", NULL, 0, &error_abort);
    if (unit && vtdm_space_has_source_id(space)) {
        entries = vtdm_unit_cached_entries(unit->model,
                                           vtdm_space_source_id(space));
        for (guint i = 0; i < entries->len; i++) {
            put_cached_entry(v, &g_array_index(entries, VTDMCachedEntry, i));
        }
    }
    visit_end_list(v, NULL);
}

static void put_requester(Visitor *v, VTDMSpace *space, const char *name)
{
    VTDMDeviceUnit *unit = vtdm_space_unit(space);

    visit_start_struct(v, NULL, NULL, 0, &error_abort);
    if (vtdm_space_has_source_id(space)) {
        put_source_id(v, "device", vtdm_space_source_id(space));
    } else {
        put_text(v, "device", "none");
    }
    put_text(v, "name", name);
    put_int(v, "unit", unit ? (int)unit->index : -1);
    put_int(v, "domain", vtdm_space_domain(space));
    put_text(v, "stage", stages[vtdm_space_stage(space)]);
    put_uint(v, "reads", vtdm_space_reads(space));
    put_uint(v, "writes", vtdm_space_writes(space));
    put_uint(v, "interrupts", qatomic_read(&space->messages_sent));
    put_uint(v, "interrupts-blocked", qatomic_read(&space->messages_blocked));
    put_uint(v, "interrupts-delivered",
             qatomic_read(&space->messages_delivered));
    put_uint(v, "faults", qatomic_read(&space->faults));
    put_cached(v, space, unit);
    visit_end_struct(v, NULL);
}

static void get_requesters(Object *obj, Visitor *v, const char *name,
                           void *opaque, Error **errp)
{
    VTDMDevice *device = INTEL_IOMMU_SIM(obj);
    g_autoptr(GPtrArray) list = NULL;

    visit_start_list(v, name, NULL, 0, &error_abort);
    if (device->spaces) {
        list = vtdm_spaces_list(device);
        for (guint i = 0; i < list->len; i++) {
            VTDMSpace *space = g_ptr_array_index(list, i);
            g_autofree char *who = requester_name(space);

            if (who) {
                put_requester(v, space, who);
            }
        }
    }
    visit_end_list(v, NULL);
}

static void put_fault(void *opaque, const VTDMLoggedFault *logged)
{
    static const char *const types[] = {
        [VTDM_AT_UNTRANSLATED] = "untranslated",
        [VTDM_AT_TRANSLATION] = "translation",
        [VTDM_AT_TRANSLATED] = "translated",
        [VTDM_AT_RESERVED] = "reserved",
    };
    Visitor *v = opaque;
    const VTDMFault *fault = &logged->fault;
    const VTDMConditionInfo *info = vtdm_condition_info(fault->condition);

    visit_start_struct(v, NULL, NULL, 0, &error_abort);
    put_uint(v, "unit", logged->unit);
    put_source_id(v, "source-id", fault->source_id);
    put_uint(v, "reason", info->reason);
    put_text(v, "condition", info->name);
    put_text(v, "text", info->text);
    put_uint(v, "address", fault->address);
    put_text(v, "access", vtdm_access_name(fault->access));
    put_pasid(v, "pasid", fault->pasid);
    put_bool(v, "privileged", fault->privileged);
    put_bool(v, "execute", fault->execute);
    put_text(v, "type", types[fault->type]);
    put_text(v, "stage", stages[fault->stage]);
    put_uint(v, "index", fault->index);
    put_uint(v, "entry-address", fault->entry_address);
    put_uint(v, "entry", fault->entry.lo);
    put_uint(v, "entry-high", fault->entry.hi);
    put_bool(v, "recorded", fault->recorded);
    visit_end_struct(v, NULL);
}

static void get_faults(Object *obj, Visitor *v, const char *name,
                       void *opaque, Error **errp)
{
    visit_start_list(v, name, NULL, 0, &error_abort);
    vtdm_fault_log_for_each(&INTEL_IOMMU_SIM(obj)->fault_log, put_fault, v);
    visit_end_list(v, NULL);
}

void vtdm_state_class_init(ObjectClass *oc)
{
    static const struct {
        const char *name;
        ObjectPropertyAccessor *get;
        const char *text;
    } properties[] = {
        { "x-unit-state", get_units,
          "registers of each unit, and what it has counted" },
        { "x-device-state", get_requesters,
          "requesters: unit, domain, stage, translations, interrupts, faults, "
          "cached context and PASID entries" },
        { "x-fault-log", get_faults,
          "the last faults, also those that no record had room for" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
        object_class_property_add(oc, properties[i].name, "list",
                                  properties[i].get, NULL, NULL, NULL);
        object_class_property_set_description(oc, properties[i].name,
                                              properties[i].text);
    }
}
