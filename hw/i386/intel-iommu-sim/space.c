/*
 * An address space: the start of every DMA's path. A requester's space holds
 * the interrupt address range and, around it, translated memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "blocked-dma.h"
#include "device.h"
#include "interrupt-window.h"
#include "mirrors.h"
#include "notifiers.h"
#include "space.h"
#include "topology.h"

#define TYPE_VTDM_IOMMU_REGION "intel-iommu-sim-region"

QEMU_BUILD_BUG_ON(IOMMU_RO != VTDM_PERM_R || IOMMU_WO != VTDM_PERM_W);

/* In place of what vtdm_hit_tables() says: no request had a domain. */
#define NO_DOMAIN UINT32_MAX

/* @wanted: VTDM_PERM_R, _W or both */
static inline void count(VTDMSpace *space, uint8_t wanted)
{
    unsigned thread = vtdm_thread();

    vtdm_thread_count(&space->shares[thread - 1].requests[wanted], thread);
}

/* An atomic request reads and writes. */
uint8_t vtdm_space_wanted(VTDMAccess access)
{
    return access == VTDM_READ ? VTDM_PERM_R :
           access == VTDM_WRITE ? VTDM_PERM_W : VTDM_PERM_R | VTDM_PERM_W;
}

static uint64_t count_those_who(const VTDMSpace *space, uint8_t wanted)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < VTDM_THREADS; i++) {
        sum += vtdm_thread_read(&space->shares[i].requests[wanted]) +
               vtdm_thread_read(&space->shares[i].requests[IOMMU_RW]);
    }
    return sum;
}

uint64_t vtdm_space_reads(const VTDMSpace *space)
{
    return count_those_who(space, VTDM_PERM_R);
}

uint64_t vtdm_space_writes(const VTDMSpace *space)
{
    return count_those_who(space, VTDM_PERM_W);
}

void vtdm_space_set_counts(VTDMSpace *space, uint64_t reads, uint64_t writes)
{
    for (size_t i = 0; i < VTDM_THREADS; i++) {
        uint64_t *requests = space->shares[i].requests;

        qatomic_set(&requests[VTDM_PERM_R], i ? 0 : reads);
        qatomic_set(&requests[VTDM_PERM_W], i ? 0 : writes);
        qatomic_set(&requests[IOMMU_RW], 0);
    }
}

static VTDMStage stage_of(const VTDMResult *result)
{
    return !result->translated ? VTDM_NO_STAGE :
           result->first_stage ? VTDM_FIRST_STAGE : VTDM_SECOND_STAGE;
}

int vtdm_space_domain(const VTDMSpace *space)
{
    uint32_t tables = qatomic_read(&space->tables);

    return tables == NO_DOMAIN ? -1 : vtdm_tables_domain(tables);
}

VTDMStage vtdm_space_stage(const VTDMSpace *space)
{
    uint32_t tables = qatomic_read(&space->tables);

    return tables == NO_DOMAIN ? VTDM_NO_STAGE : vtdm_tables_stage(tables);
}

/* Written only where it changes: other threads read what is near it. */
static inline void note_tables(VTDMSpace *space, uint32_t tables)
{
    if (unlikely(qatomic_read(&space->tables) != tables)) {
        qatomic_set(&space->tables, tables);
    }
}

void vtdm_space_set_tables(VTDMSpace *space, int domain_id, VTDMStage stage)
{
    uint32_t tables = vtdm_hit_tables(domain_id, stage == VTDM_FIRST_STAGE) |
        (stage == VTDM_NO_STAGE ? VTDM_HIT_WITHOUT_TABLES : 0);

    note_tables(space, domain_id < 0 ? NO_DOMAIN : tables);
}

void vtdm_space_count(VTDMSpace *space, const VTDMRequest *request,
                      const VTDMResult *result)
{
    if (request->view != VTDM_USE) {
        return;
    }
    count(space, vtdm_space_wanted(request->access));
    if (result->response != VTDM_OK) {
        qatomic_inc(&space->faults);
    }
    if (result->has_domain) {
        vtdm_space_set_tables(space, result->domain_id,
                              result->response == VTDM_OK
                                  ? stage_of(result)
                                  : vtdm_space_stage(space));
    }
}

static int with_copy(int known, const VTDMResult *result)
{
    int copied = result->domain_id |
                 (result->first_stage ? VTDM_COPIED_FIRST_STAGE : 0);

    if (known == VTDM_COPIED_NONE) {
        return copied;
    }
    if ((known ^ copied) & UINT16_MAX) {
        known |= VTDM_COPIED_SEVERAL;
    }
    return known | (copied & VTDM_COPIED_FIRST_STAGE);
}

/* Whoever asked may keep the answer until the domain is invalidated. */
static void note_copy(VTDMSpace *space, const VTDMResult *result)
{
    int known = qatomic_read(&space->copied), next = with_copy(known, result);

    while (next != known) {
        int seen = qatomic_cmpxchg(&space->copied, known, next);

        if (seen == known) {
            return;
        }
        known = seen;
        next = with_copy(known, result);
    }
}

/*
 * Who keeps an answer writes without asking again: a page that allows it is
 * dirty from now on, as it is for a translation request.
 */
static void make_dirty(VTDMDeviceUnit *unit, const VTDMRequest *request,
                       VTDMResult *result)
{
    VTDMRequest write = *request;
    VTDMResult written;

    if (!result->clean || !(result->perm & VTDM_PERM_W)) {
        return;
    }
    write.access = VTDM_WRITE;
    vtdm_unit_translate(unit->model, &write, &written);
    if (written.response == VTDM_OK) {
        *result = written;
    } else {
        result->perm &= ~VTDM_PERM_W;
    }
}

/* What seems to be the rest of a blocked request is looked at first. */
static void ask(VTDMSpace *space, VTDMDeviceUnit *unit,
                VTDMRequest *request, VTDMResult *result)
{
    bool rest = vtdm_blocked_is_rest(space, request->access,
                                     request->address);

    request->view = rest ? VTDM_LOOK : VTDM_USE;
    vtdm_unit_translate(unit->model, request, result);
    if (rest && result->response == VTDM_OK) {
        request->view = VTDM_USE;
        vtdm_unit_translate(unit->model, request, result);
    }
    if (result->response == VTDM_OK) {
        vtdm_blocked_forget();
        if (qatomic_read(&space->listening)) {
            make_dirty(unit, request, result);
        }
    } else {
        vtdm_blocked_note(space, request->access, request->address, 0);
    }
}

static VTDMAccess access_of(IOMMUAccessFlags flag)
{
    if ((flag & IOMMU_RW) == IOMMU_RW) {
        return VTDM_ATOMIC;
    }
    return flag & IOMMU_WO ? VTDM_WRITE : VTDM_READ;
}

IOMMUAccessFlags vtdm_space_flags(uint8_t perm)
{
    return (perm & VTDM_PERM_R ? IOMMU_RO : IOMMU_NONE) |
           (perm & VTDM_PERM_W ? IOMMU_WO : IOMMU_NONE);
}

/* A probe, IOMMU_NONE, is no request: it asks for all and leaves nothing. */
static void probe(VTDMDeviceUnit *unit, VTDMRequest *request,
                  VTDMResult *result)
{
    request->view = VTDM_LOOK;
    vtdm_unit_translate(unit->model, request, result);
    if (result->response != VTDM_OK) {
        request->access = VTDM_WRITE;
        vtdm_unit_translate(unit->model, request, result);
    }
}

static void fill_entry(IOMMUTLBEntry *entry, hwaddr address,
                       const VTDMResult *result)
{
    entry->perm = vtdm_space_flags(result->perm);
    entry->addr_mask = result->mask;
    entry->iova = address & ~result->mask;
    entry->translated_addr = result->address & ~result->mask;
}

/* The answer is all zeros where nothing may be done. */
static void translate_by(VTDMDeviceUnit *unit, VTDMSpace *space,
                         VTDMRequest *request, IOMMUAccessFlags flag,
                         IOMMUTLBEntry *entry)
{
    VTDMResult result;

    if (flag == IOMMU_NONE) {
        probe(unit, request, &result);
    } else {
        ask(space, unit, request, &result);
        vtdm_space_count(space, request, &result);
    }
    if (likely(result.response == VTDM_OK)) {
        if (result.has_domain) {
            note_copy(space, &result);
        }
        fill_entry(entry, request->address, &result);
    }
}

/* What has no unit passes as it is, and is counted all the same. */
static void pass(VTDMSpace *space, hwaddr address, IOMMUAccessFlags flag,
                 IOMMUTLBEntry *entry)
{
    if (flag != IOMMU_NONE) {
        count(space, vtdm_space_wanted(access_of(flag)));
    }
    fill_entry(entry, address, &(VTDMResult) {
        .address = address,
        .mask = VTDM_PAGE_SIZE - 1,
        .perm = VTDM_PERM_R | VTDM_PERM_W,
    });
}

static IOMMUTLBEntry translate_slowly(VTDMSpace *space,
                                      const VTDMPlace *place,
                                      hwaddr address, IOMMUAccessFlags flag)
{
    VTDMRequest request = {
        .address = address,
        .pasid = VTDM_NO_PASID,
        .source_id = place->source_id,
        .access = access_of(flag),
    };
    IOMMUTLBEntry entry = {
        .target_as = &address_space_memory,
        .iova = address & ~(hwaddr)(VTDM_PAGE_SIZE - 1),
        .addr_mask = VTDM_PAGE_SIZE - 1,
    };

    if (likely(place->unit)) {
        translate_by(place->unit, space, &request, flag, &entry);
    } else if (!qatomic_read(&space->unused)) {
        pass(space, address, flag, &entry);
    }
    return entry;
}

void vtdm_space_count_hit(VTDMSpace *space, uint8_t wanted,
                          const VTDMHit *hit)
{
    count(space, wanted);
    note_tables(space, hit->tables);
}

/* Whether nobody keeps the answer, and nothing was blocked before. */
static bool is_plain(const VTDMSpace *space, uint8_t wanted)
{
    return wanted && !vtdm_blocked_space && !qatomic_read(&space->listening);
}

/*
 * The caller holds the big lock or the RCU read lock. What most requests are
 * comes first.
 */
static IOMMUTLBEntry translate(IOMMUMemoryRegion *region, hwaddr address,
                               IOMMUAccessFlags flag, int index)
{
    VTDMSpace *space = container_of(region, VTDMSpace, iommu);
    const VTDMPlace *place = vtdm_space_place(space);
    uint8_t wanted = flag & IOMMU_RW;
    VTDMHit hit;

    if (unlikely(!place->unit || !is_plain(space, wanted) ||
                 !vtdm_unit_hit(place->unit->model, place->who, address,
                                wanted, &hit))) {
        return translate_slowly(space, place, address, flag);
    }
    vtdm_space_count_hit(space, wanted, &hit);
    return (IOMMUTLBEntry) {
        .target_as = &address_space_memory,
        .iova = address & ~hit.mask,
        .translated_addr = hit.output,
        .addr_mask = hit.mask,
        .perm = hit.perm,
    };
}

static int notify_flag_changed(IOMMUMemoryRegion *region,
                               IOMMUNotifierFlag old_flags,
                               IOMMUNotifierFlag new_flags, Error **errp)
{
    return vtdm_notifiers_flags_changed(
        container_of(region, VTDMSpace, iommu), new_flags, errp);
}

static void replay(IOMMUMemoryRegion *region, IOMMUNotifier *notifier)
{
    vtdm_mirrors_replay(container_of(region, VTDMSpace, iommu), notifier);
}

static void init_regions(VTDMSpace *space, const char *name)
{
    Object *owner = OBJECT(space->device);

    memory_region_init(&space->root, owner, name, UINT64_MAX);
    memory_region_init_io(&space->interrupts, owner, &vtdm_interrupt_window_ops,
                          space, "vtdm-interrupts", VTDM_INTERRUPT_SIZE);
    /* A page response or an invalidation may make a device send at once. */
    space->interrupts.disable_reentrancy_guard = true;
    memory_region_init_iommu(&space->iommu, sizeof(space->iommu),
                             TYPE_VTDM_IOMMU_REGION, owner, "vtdm-dma",
                             UINT64_MAX);
    memory_region_add_subregion(&space->root, 0,
                                MEMORY_REGION(&space->iommu));
    memory_region_add_subregion_overlap(&space->root, VTDM_INTERRUPT_BASE,
                                        &space->interrupts, 1);
    address_space_init(&space->as, &space->root, name);
}

VTDMSpace *vtdm_space_new(VTDMDevice *device, const char *name)
{
    VTDMSpace *space = g_new0(VTDMSpace, 1);

    space->device = device;
    space->tables = NO_DOMAIN;
    space->fixed_unit = -1;
    space->copied = VTDM_COPIED_NONE;
    init_regions(space, name);
    return space;
}

void vtdm_space_reset(VTDMSpace *space)
{
    vtdm_space_forget_place(space);
    vtdm_space_set_counts(space, 0, 0);
    qatomic_set(&space->messages_sent, 0);
    qatomic_set(&space->messages_blocked, 0);
    qatomic_set(&space->messages_delivered, 0);
    qatomic_set(&space->faults, 0);
    vtdm_space_set_tables(space, -1, VTDM_NO_STAGE);
    space->held.size = 0;
}

static void region_class_init(ObjectClass *oc, VTDM_CLASS_DATA *data)
{
    IOMMUMemoryRegionClass *imrc = IOMMU_MEMORY_REGION_CLASS(oc);

    imrc->translate = translate;
    imrc->notify_flag_changed = notify_flag_changed;
    imrc->replay = replay;
}

static const TypeInfo region_info = {
    .name = TYPE_VTDM_IOMMU_REGION,
    .parent = TYPE_IOMMU_MEMORY_REGION,
    .class_init = region_class_init,
};

static void register_types(void)
{
    type_register_static(&region_info);
}

type_init(register_types)
