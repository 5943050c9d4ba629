/*
 * vtd-testdev: in migrations and snapshots. The machine stands still: no
 * request is on its way, and a command that runs waits for a page response.
 *
 * What travels is in a device beside the device, which is nobody's until all of
 * it has been checked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/msix.h"
#include "../problems.h"
#include "command.h"
#include "migration.h"
#include "ring.h"

#define PAGE_MASK               0xfffull

typedef struct Switch {
    const char *name;
    size_t place;               /* in VTDTKind */
} Switch;

static const Switch switches[] = {
    { "ats", offsetof(VTDTKind, ats) },
    { "pri", offsetof(VTDTKind, pri) },
    { "pasid", offsetof(VTDTKind, has_pasid) },
    { "malicious", offsetof(VTDTKind, malicious) },
};

static bool is_on(const VTDTKind *kind, const Switch *row)
{
    return *(const bool *)((const char *)kind + row->place);
}

static void compare(const VTDTKind *here, const VTDTKind *source,
                    GPtrArray *problems)
{
    for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
        bool theirs = is_on(source, &switches[i]);

        if (theirs != is_on(here, &switches[i])) {
            vtdm_problem_add(problems, "%s is %s at the source: set %s=%s "
                             "here", switches[i].name, theirs ? "on" : "off",
                             switches[i].name, theirs ? "on" : "off");
        }
    }
    if (source->pasid_bits != here->pasid_bits) {
        vtdm_problem_add(problems, "pasid-bits is %u at the source and %u "
                         "here: set pasid-bits=%u here", source->pasid_bits,
                         here->pasid_bits, source->pasid_bits);
    }
}

static void begin(VTDTDevice *device)
{
    g_free(device->travels);
    device->travels = g_new0(VTDTDevice, 1);
}

static void end(VTDTDevice *device)
{
    g_clear_pointer(&device->travels, g_free);
}

static void copy(VTDTDevice *to, const VTDTDevice *from)
{
    to->slot = from->slot;
    to->outside = from->outside;
    to->ring = from->ring;
    to->tlb = from->tlb;
    to->invalidations = from->invalidations;
    to->pages = from->pages;
    memcpy(to->counters, from->counters, sizeof(to->counters));
}

static int pre_save(void *opaque)
{
    VTDTDevice *device = opaque;

    begin(device);
    device->travels->kind = device->kind;
    copy(device->travels, device);
    return 0;
}

static int post_save(void *opaque)
{
    end(opaque);
    return 0;
}

static int pre_load(void *opaque)
{
    VTDTDevice *device = opaque;

    begin(device);
    copy(device->travels, device);
    return 0;
}

static bool is_same_kind(void *opaque, int version_id)
{
    VTDTDevice *device = opaque;
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    bool same;

    compare(&device->slot.device->kind, &device->kind, problems);
    same = !problems->len;
    if (!same) {
        vtdm_problems_report_load(problems, TYPE_VTD_TESTDEV);
    }
    return same;
}

static bool is_possible_entry(const VTDTTlbEntry *entry)
{
    return !entry->valid ||
           (entry->mask >= PAGE_MASK && !(entry->mask & (entry->mask + 1)) &&
            !(entry->tag.address & entry->mask) &&
            !(entry->output & entry->mask) &&
            !(entry->perm & ~VTDM_PERM_ALL));
}

static bool is_possible_tlb(const VTDTTlb *tlb)
{
    unsigned i = 0;

    while (i < VTDT_TLB_CAPACITY && is_possible_entry(&tlb->entries[i])) {
        i++;
    }
    return i == VTDT_TLB_CAPACITY && tlb->next < VTDT_TLB_CAPACITY;
}

/* Each command that runs waits for one group, or has its response. */
static bool are_possible_groups(VTDTDevice *device)
{
    unsigned waiting[VTDT_PLACES] = { 0 };
    uint64_t requests = 0;

    for (unsigned i = 0; i < VTDT_GROUPS; i++) {
        const VTDTGroup *group = &device->pages.groups[i];

        if (group->waiting >= VTDT_PLACES ||
            (group->waiting && !group->requests)) {
            return false;
        }
        waiting[group->waiting]++;
        requests += group->requests;
    }
    waiting[VTDT_RING] += device->ring.responded;
    for (VTDTPlace place = VTDT_SLOT; place < VTDT_PLACES; place++) {
        if (waiting[place] != vtdt_command_at(device, place)->running) {
            return false;
        }
    }
    return requests == device->pages.outstanding;
}

static bool are_possible_commands(VTDTDevice *device)
{
    for (VTDTPlace place = VTDT_SLOT; place < VTDT_PLACES; place++) {
        const VTDTCommand *command = vtdt_command_at(device, place);

        if (command->running && !vtdt_command_can_run(command)) {
            return false;
        }
    }
    return true;
}

static bool is_possible_ring(const VTDTDevice *device)
{
    bool in_use = device->ring.head != device->ring.tail ||
                  device->ring.command.running;

    return !in_use || vtdt_ring_is_possible(device);
}

static bool is_possible(VTDTDevice *device)
{
    return is_possible_tlb(&device->tlb) && are_possible_groups(device) &&
           are_possible_commands(device) && is_possible_ring(device) &&
           device->invalidations.mode <= VTD_TESTDEV_INVALIDATE_LOSE &&
           device->invalidations.held.count <= VTDT_TAGS;
}

static void report_damage(void)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);

    vtdm_problem_add(problems, "it has what the device cannot have: the "
                     "stream is damaged, migrate again");
    vtdm_problems_report_load(problems, TYPE_VTD_TESTDEV);
}

/* A bottom half of the ring's that is on its way finds another ring. */
static void take(VTDTDevice *device)
{
    bool scheduled = device->ring.scheduled;

    copy(device, device->travels);
    device->ring.scheduled = scheduled;
    device->ring.generation++;
    device->tlb.generation++;
}

static int post_load(void *opaque, int version_id)
{
    VTDTDevice *device = opaque;
    bool good = is_possible(device->travels);

    if (good) {
        take(device);
    } else {
        report_damage();
    }
    end(device);
    return good ? 0 : -EINVAL;
}

static const VMStateDescription vmstate_command = {
    .name = "vtd-testdev/command",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(words.control, VTDTCommand),
        VMSTATE_UINT64(words.address, VTDTCommand),
        VMSTATE_UINT64(words.length, VTDTCommand),
        VMSTATE_UINT64(words.offset, VTDTCommand),
        VMSTATE_UINT64(words.operand, VTDTCommand),
        VMSTATE_UINT64(words.requester, VTDTCommand),
        VMSTATE_UINT64(words.status, VTDTCommand),
        VMSTATE_UINT64(words.result, VTDTCommand),
        VMSTATE_BOOL(running, VTDTCommand),
        VMSTATE_BOOL(second, VTDTCommand),
        VMSTATE_UINT64(bytes, VTDTCommand),
        VMSTATE_UINT8(reason, VTDTCommand),
        VMSTATE_UINT32(asked, VTDTCommand),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_entry = {
    .name = "vtd-testdev/translation",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_BOOL(valid, VTDTTlbEntry),
        VMSTATE_UINT64(tag.address, VTDTTlbEntry),
        VMSTATE_UINT32(tag.pasid, VTDTTlbEntry),
        VMSTATE_BOOL(tag.privileged, VTDTTlbEntry),
        VMSTATE_UINT64(mask, VTDTTlbEntry),
        VMSTATE_UINT64(output, VTDTTlbEntry),
        VMSTATE_UINT8(perm, VTDTTlbEntry),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_tag = {
    .name = "vtd-testdev/invalidation",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT16(source_id, VTDTTag),
        VMSTATE_UINT8(itag, VTDTTag),
        VMSTATE_END_OF_LIST()
    },
};

static const VMStateDescription vmstate_group = {
    .name = "vtd-testdev/page-request-group",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(requests, VTDTGroup),
        VMSTATE_UINT8(waiting, VTDTGroup),
        VMSTATE_END_OF_LIST()
    },
};

#define COMMAND(place) \
    VMSTATE_STRUCT(place, VTDTDevice, 1, vmstate_command, VTDTCommand)

static const VMStateDescription vmstate_state = {
    .name = "vtd-testdev/state",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_BOOL(kind.ats, VTDTDevice),
        VMSTATE_BOOL(kind.pri, VTDTDevice),
        VMSTATE_BOOL(kind.has_pasid, VTDTDevice),
        VMSTATE_UINT8(kind.pasid_bits, VTDTDevice),
        VMSTATE_BOOL(kind.malicious, VTDTDevice),
        VMSTATE_VALIDATE("the properties of this side", is_same_kind),
        COMMAND(slot),
        COMMAND(outside),
        VMSTATE_UINT64(ring.base, VTDTDevice),
        VMSTATE_UINT64(ring.size, VTDTDevice),
        VMSTATE_UINT64(ring.head, VTDTDevice),
        VMSTATE_UINT64(ring.tail, VTDTDevice),
        VMSTATE_UINT64(ring.access, VTDTDevice),
        VMSTATE_UINT64(ring.status, VTDTDevice),
        COMMAND(ring.command),
        VMSTATE_UINT32(ring.response, VTDTDevice),
        VMSTATE_BOOL(ring.responded, VTDTDevice),
        VMSTATE_STRUCT_ARRAY(tlb.entries, VTDTDevice, VTDT_TLB_CAPACITY, 1,
                             vmstate_entry, VTDTTlbEntry),
        VMSTATE_UINT32(tlb.next, VTDTDevice),
        VMSTATE_UINT64(invalidations.mode, VTDTDevice),
        VMSTATE_UINT64(invalidations.count, VTDTDevice),
        VMSTATE_UINT64(invalidations.held.count, VTDTDevice),
        VMSTATE_STRUCT_ARRAY(invalidations.held.tag, VTDTDevice, VTDT_TAGS, 1,
                             vmstate_tag, VTDTTag),
        VMSTATE_UINT64(invalidations.last.address, VTDTDevice),
        VMSTATE_UINT64(invalidations.last.mask, VTDTDevice),
        VMSTATE_UINT32(invalidations.last.pasid, VTDTDevice),
        VMSTATE_BOOL(invalidations.last.with_pasid, VTDTDevice),
        VMSTATE_BOOL(invalidations.last.all_pasids, VTDTDevice),
        VMSTATE_UINT64(pages.mode, VTDTDevice),
        VMSTATE_UINT64(pages.outstanding, VTDTDevice),
        VMSTATE_UINT64(pages.response, VTDTDevice),
        VMSTATE_STRUCT_ARRAY(pages.groups, VTDTDevice, VTDT_GROUPS, 1,
                             vmstate_group, VTDTGroup),
        VMSTATE_UINT64_ARRAY(counters, VTDTDevice, VTDT_COUNTERS),
        VMSTATE_END_OF_LIST()
    },
};

/* Configuration space says no to other capabilities, in words of QEMU's. */
const VMStateDescription vtdt_vmstate = {
    .name = TYPE_VTD_TESTDEV,
    .version_id = 1,
    .minimum_version_id = 1,
    .pre_save = pre_save,
    .post_save = post_save,
    .pre_load = pre_load,
    .post_load = post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT_POINTER(travels, VTDTDevice, vmstate_state, VTDTDevice),
        VMSTATE_PCI_DEVICE(parent_obj, VTDTDevice),
        VMSTATE_MSIX(parent_obj, VTDTDevice),
        VMSTATE_BUFFER_POINTER_UNSAFE(bytes, VTDTDevice, 1,
                                      VTD_TESTDEV_BUFFER_SIZE),
        VMSTATE_END_OF_LIST()
    },
};
