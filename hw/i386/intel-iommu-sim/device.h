/*
 * intel-iommu-sim: the QEMU device around the model. One object owns all
 * units, because a PC takes one IOMMU device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_DEVICE_H
#define INTEL_IOMMU_SIM_DEVICE_H

#include "hw/i386/vtdm/capabilities.h"
#include "hw/i386/vtdm/dmar-build.h"
#include "hw/i386/vtdm/dmar-match.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "hw/i386/vtdm/dmar-statement.h"
#include "hw/i386/vtdm/mirror.h"
#include "hw/i386/vtdm/vtdm.h"
#include "hw/i386/x86-iommu.h"
#include "hw/pci/pci.h"
#include "qemu/notify.h"
#include "qemu/thread.h"
#include "compat.h"

#define TYPE_INTEL_IOMMU_SIM "intel-iommu-sim"
OBJECT_DECLARE_SIMPLE_TYPE(VTDMDevice, INTEL_IOMMU_SIM)

/* One unit: a model, and its registers in system memory. */
typedef struct VTDMDeviceUnit {
    VTDMDevice *device;
    unsigned index;             /* in device->dmar->units */
    VTDMUnit *model;
    MemoryRegion registers;
} VTDMDeviceUnit;

/*
 * What one requester sees of memory, and what it did there. PCI functions
 * have a bus and a devfn; the IOAPIC and the HPET have the source-id and
 * the unit that the DMAR table gives them.
 */
typedef struct VTDMSpace {
    VTDMDevice *device;
    const char *name;           /* of an IOAPIC or HPET; PCI: NULL */
    PCIBus *bus;
    uint8_t devfn;
    uint16_t fixed_source_id;
    int fixed_unit;
    uint64_t match;             /* cached by vtdm_space_unit() */

    AddressSpace as;
    MemoryRegion root;
    MemoryRegion interrupts;    /* the interrupt address range */
    IOMMUMemoryRegion iommu;    /* all else */

    uint64_t reads;             /* translations, by what they were for */
    uint64_t writes;
    uint64_t interrupts_sent;
    uint64_t faults;
    int domain_id;              /* last seen, -1: never */
    uint64_t blocked[2];        /* ~address of the last read, write, if it
                                 * was blocked; else 0 */

    bool listening;             /* somebody keeps copies of translations... */
    QLIST_ENTRY(VTDMSpace) next_listening;
    VTDMMirror *mirror;         /* ... of all of them, if this is not NULL */
    MemoryRegion identity;      /* in place of iommu, with a mirror */
} VTDMSpace;

#define VTDM_FAULT_LOG_SIZE 64

/* A fault as it is kept for people, whatever the guest could see of it. */
typedef struct VTDMLoggedFault {
    unsigned unit;
    VTDMFault fault;
} VTDMLoggedFault;

struct VTDMDevice {
    X86IOMMUState parent_obj;

    /* properties */
    VTDMConfig config;          /* of all units, but for... */
    char *caps;                 /* ... what this says */
    uint8_t aw_bits;
    OnOffAuto eim;
    bool dma_translation;
    char *structures[VTDM_DMAR_TYPES];  /* as text */
    OnOffAuto dmar_intr_remap;
    bool x2apic_opt_out;
    bool dma_ctrl_opt_in;
    uint8_t host_address_width; /* 0: what the CPU and aw-bits allow */
    char *dmar_file;
    bool dmar_fit;
    char *dmar_quirk;

    /* the platform */
    VTDMCapabilities *capabilities;     /* of each unit */
    VTDMDmar *dmar;             /* what exists */
    GByteArray *table;          /* what the guest is told */
    uint32_t quirks;            /* bits of VTDMDmarQuirk */
    VTDMDeviceUnit *units;
    Notifier machine_done;

    /* requesters; the lock guards the list, not what is in it */
    QemuMutex spaces_lock;
    GHashTable *spaces;         /* itself -> VTDMSpace, by bus and devfn */
    GQueue unused;              /* VTDMSpace, of devices that are gone */
    DeviceListener listener;
    QLIST_HEAD(, VTDMSpace) listening;
    VTDMSpace *ioapic;
    VTDMSpace *hpet;
    MemoryRegion hpet_window;
    MemoryRegion *apic;         /* what the window hides */

    QemuMutex log_lock;
    VTDMLoggedFault log[VTDM_FAULT_LOG_SIZE];
    uint64_t logged;            /* faults since reset */
};

/*
 * platform.c: makes device->dmar and device->table out of the properties.
 * Adds a line to @problems for all that is wrong.
 */
void vtdm_platform_describe(VTDMDevice *device, GPtrArray *problems);

/* Adds a line for each conflict between properties, machine and devices. */
void vtdm_platform_check(VTDMDevice *device, GPtrArray *problems);

/*
 * capabilities.c: makes device->capabilities out of the properties, and adds
 * a line to @problems for each conflict between them.
 */
void vtdm_device_describe_units(VTDMDevice *device, GPtrArray *problems);
void vtdm_device_check_units(VTDMDevice *device, GPtrArray *problems);

/* The width that the table and all units agree on. */
void vtdm_device_set_host_width(VTDMDevice *device, uint8_t bits);

/* acpi.c: shows the table to the guest, reserves what it names. */
void vtdm_acpi_reserve(VTDMDevice *device);
void vtdm_acpi_add_table(VTDMDevice *device);

/* unit.c: units as the DMAR table lists them. */
void vtdm_units_create(VTDMDevice *device);

/* space.c: address spaces of requesters. */
void vtdm_spaces_init(VTDMDevice *device);
void vtdm_spaces_reset(VTDMDevice *device);
AddressSpace *vtdm_space_get(PCIBus *bus, void *opaque, int devfn);
bool vtdm_space_set_host(PCIBus *bus, void *opaque, int devfn,
                         HostIOMMUDevice *host, Error **errp);
void vtdm_space_unset_host(PCIBus *bus, void *opaque, int devfn);
VTDMSpace *vtdm_space_new_fixed(VTDMDevice *device, const char *name,
                                uint16_t source_id, int unit);

/*
 * Whether an access is only the rest of a DMA that was blocked and reported
 * already; and what became of an access.
 */
bool vtdm_space_is_rest(const VTDMSpace *space, uint64_t address,
                        VTDMAccess access);
void vtdm_space_done(VTDMSpace *space, uint64_t address, VTDMAccess access,
                     bool blocked);

/* VTDM_PERM_* as QEMU says them. */
IOMMUAccessFlags vtdm_space_flags(uint8_t perm);

/* All requesters seen, in order of source-id. The caller unrefs the array. */
GPtrArray *vtdm_spaces_list(VTDMDevice *device);

/*
 * notifiers.c: copies of translations that others keep. All are called with
 * the big lock held.
 *
 * vtdm_notifiers_flags_changed: somebody wants to hear of @flags, or nobody
 *   does any more. Fails, with the fix, if the space's unit cannot serve it.
 * vtdm_notifiers_replay: all that is mapped, for one who has just begun.
 * vtdm_notifiers_changed, vtdm_notifiers_device_tlb: the guest invalidates.
 * vtdm_notifiers_stop: the device is gone.
 * vtdm_notifiers_check_host: fails, with the fix, if the host's IOMMU cannot
 *   do what the space's unit promises the guest.
 */
int vtdm_notifiers_flags_changed(VTDMSpace *space, IOMMUNotifierFlag flags,
                                 Error **errp);
void vtdm_notifiers_replay(VTDMSpace *space, IOMMUNotifier *notifier);
void vtdm_notifiers_changed(VTDMDeviceUnit *unit,
                            const VTDMInvalidation *what);
void vtdm_notifiers_device_tlb(VTDMDeviceUnit *unit,
                               const VTDMInvalidation *what);
void vtdm_notifiers_stop(VTDMSpace *space);
bool vtdm_notifiers_check_host(VTDMSpace *space, HostIOMMUDevice *host,
                               Error **errp);

/* topology.c: where a requester is, at this moment. */
uint16_t vtdm_space_source_id(const VTDMSpace *space);
VTDMDeviceUnit *vtdm_space_unit(VTDMSpace *space);  /* NULL: no unit */

/* The device whose source-id it is; NULL: nobody is there, or no device. */
PCIDevice *vtdm_space_requester(const VTDMSpace *space);

/*
 * The bus and the devfn that send, for those that QEMU gives as a
 * requester's.
 */
PCIBus *vtdm_topology_bus(PCIBus *bus, int *devfn);

/* Ends QEMU, with the fix, if a unit has a device that is not translated. */
void vtdm_topology_refuse_bypass(VTDMDevice *device);

/* interrupts.c: interrupts of requesters, and messages to CPUs. */
extern const MemoryRegionOps vtdm_interrupt_ops;
void vtdm_interrupts_init(VTDMDevice *device);
void vtdm_interrupts_hook_hpet(VTDMDevice *device);
void vtdm_message_deliver(uint64_t address, uint32_t data);
int vtdm_int_remap(X86IOMMUState *iommu, MSIMessage *source,
                   MSIMessage *target, uint16_t source_id);

/* trace.c: what the model tells, as trace events and in the fault log. */
void vtdm_device_event(void *opaque, const VTDMEvent *event);
const char *vtdm_access_name(VTDMAccess access);

/* state.c: read-only properties that show what is going on. */
void vtdm_state_class_init(ObjectClass *oc);

#endif
