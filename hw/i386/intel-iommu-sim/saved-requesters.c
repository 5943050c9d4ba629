/*
 * What requesters did, as it travels: each by its source-id.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "problems.h"
#include "saved-requesters.h"
#include "space.h"
#include "spaces.h"
#include "topology.h"

enum { PCI_FUNCTION, IOAPIC, HPET, KINDS };

/* Every source-id, and the two that the DMAR table gives. */
#define REQUESTERS_MAX          (0x10000 + 2)

static uint8_t kind_of(const VTDMSpace *space)
{
    return space == space->device->ioapic ? IOAPIC :
           space == space->device->hpet ? HPET : PCI_FUNCTION;
}

static void fill_one(VTDMSavedRequester *one, VTDMSpace *space)
{
    *one = (VTDMSavedRequester) {
        .kind = kind_of(space),
        .source_id = vtdm_space_source_id(space),
        .reads = vtdm_space_reads(space),
        .writes = vtdm_space_writes(space),
        .messages_sent = qatomic_read(&space->messages_sent),
        .messages_blocked = qatomic_read(&space->messages_blocked),
        .messages_delivered = qatomic_read(&space->messages_delivered),
        .faults = qatomic_read(&space->faults),
        .domain_id = vtdm_space_domain(space),
        .stage = vtdm_space_stage(space),
        .held_address = space->held.address,
        .held_data = space->held.data,
        .held_size = space->held.size,
    };
}

void vtdm_saved_requesters_fill(VTDMSavedRequesters *saved,
                                VTDMDevice *device)
{
    g_autoptr(GPtrArray) spaces = vtdm_spaces_list(device);

    saved->count = MIN(spaces->len, REQUESTERS_MAX);
    saved->list = g_new(VTDMSavedRequester, saved->count);
    for (int32_t i = 0; i < saved->count; i++) {
        fill_one(&saved->list[i], g_ptr_array_index(spaces, i));
    }
}

static bool is_possible(const VTDMSavedRequester *one)
{
    return one->kind < KINDS && one->domain_id >= -1 &&
           one->domain_id <= UINT16_MAX && one->stage <= VTDM_SECOND_STAGE &&
           one->held_size <= VTDM_PAGE_SIZE;
}

bool vtdm_saved_requesters_check(const VTDMSavedRequesters *saved,
                                 GPtrArray *problems)
{
    int32_t i = 0;

    while (i < saved->count && is_possible(&saved->list[i])) {
        i++;
    }
    if (i < saved->count) {
        vtdm_problem_add(problems, "the counters of a requester cannot be: "
                         "the stream is damaged, migrate again");
    }
    return i == saved->count;
}

static void take_one(VTDMSpace *space, const VTDMSavedRequester *one)
{
    vtdm_space_set_counts(space, one->reads, one->writes);
    qatomic_set(&space->messages_sent, one->messages_sent);
    qatomic_set(&space->messages_blocked, one->messages_blocked);
    qatomic_set(&space->messages_delivered, one->messages_delivered);
    qatomic_set(&space->faults, one->faults);
    vtdm_space_set_tables(space, one->domain_id, one->stage);
    space->held = (VTDMHeldWrite) {
        one->held_address, one->held_data, one->held_size,
    };
}

/* Bridges that the guest has not numbered yet give one id to several. */
static VTDMSpace *take_out(GPtrArray *spaces, const VTDMSavedRequester *one)
{
    for (guint i = 0; i < spaces->len; i++) {
        VTDMSpace *space = g_ptr_array_index(spaces, i);

        if (kind_of(space) == one->kind &&
            vtdm_space_source_id(space) == one->source_id) {
            g_ptr_array_remove_index(spaces, i);
            return space;
        }
    }
    return NULL;
}

void vtdm_saved_requesters_take(const VTDMSavedRequesters *saved,
                                VTDMDevice *device)
{
    g_autoptr(GPtrArray) spaces = vtdm_spaces_list(device);

    for (int32_t i = 0; i < saved->count; i++) {
        VTDMSpace *space = take_out(spaces, &saved->list[i]);

        if (space) {
            take_one(space, &saved->list[i]);
        }
    }
}

void vtdm_saved_requesters_forget(VTDMSavedRequesters *saved)
{
    g_clear_pointer(&saved->list, g_free);
    saved->count = 0;
}

static const VMStateDescription vmstate_requester = {
    .name = "intel-iommu-sim/requester",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT8(kind, VTDMSavedRequester),
        VMSTATE_UINT16(source_id, VTDMSavedRequester),
        VMSTATE_UINT64(reads, VTDMSavedRequester),
        VMSTATE_UINT64(writes, VTDMSavedRequester),
        VMSTATE_UINT64(messages_sent, VTDMSavedRequester),
        VMSTATE_UINT64(messages_blocked, VTDMSavedRequester),
        VMSTATE_UINT64(messages_delivered, VTDMSavedRequester),
        VMSTATE_UINT64(faults, VTDMSavedRequester),
        VMSTATE_INT32(domain_id, VTDMSavedRequester),
        VMSTATE_UINT8(stage, VTDMSavedRequester),
        VMSTATE_UINT64(held_address, VTDMSavedRequester),
        VMSTATE_UINT32(held_data, VTDMSavedRequester),
        VMSTATE_UINT32(held_size, VTDMSavedRequester),
        VMSTATE_END_OF_LIST()
    },
};

static bool is_possible_count(void *opaque, int version_id)
{
    const VTDMSavedRequesters *saved = opaque;

    return saved->count >= 0 && saved->count <= REQUESTERS_MAX;
}

const VMStateDescription vtdm_saved_requesters_vmstate = {
    .name = "intel-iommu-sim/requesters",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_INT32(count, VTDMSavedRequesters),
        VMSTATE_VALIDATE("as many requesters as there can be",
                         is_possible_count),
        VMSTATE_STRUCT_VARRAY_ALLOC(list, VTDMSavedRequesters, count, 1,
                                    vmstate_requester, VTDMSavedRequester),
        VMSTATE_END_OF_LIST()
    },
};
