/*
 * intel-iommu-sim: the state of the QEMU device around the model. One object
 * owns all units, because a PC takes one IOMMU device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_DEVICE_H
#define INTEL_IOMMU_SIM_DEVICE_H

#include "hw/i386/vtdm/capabilities.h"
#include "hw/i386/vtdm/config-mode.h"
#include "hw/i386/vtdm/dmar.h"
#include "hw/i386/vtdm/mirror.h"
#include "hw/i386/vtdm/thread.h"
#include "hw/i386/vtdm/vtdm.h"
#include "hw/i386/x86-iommu.h"
#include "hw/pci/pci.h"
#include "qemu/notify.h"
#include "qemu/thread.h"
#include "compat.h"
#include "fault-log.h"

#define TYPE_INTEL_IOMMU_SIM "intel-iommu-sim"
OBJECT_DECLARE_SIMPLE_TYPE(VTDMDevice, INTEL_IOMMU_SIM)

typedef struct VTDMAtsListener VTDMAtsListener;
typedef struct VTDMSaved VTDMSaved;
typedef struct VTDMRamMap VTDMRamMap;

/* One unit: a model, and its registers in system memory. */
typedef struct VTDMDeviceUnit {
    VTDMDevice *device;
    unsigned index;             /* in device->dmar->units */
    VTDMUnit *model;
    MemoryRegion registers;
    QEMUBH *work;               /* goes on with what the guest started */
    QEMUTimer *completions;     /* of device-TLB invalidations, for too long */
    QEMUTimer *clock;           /* for counters that follow the time */
    PCIDevice *conflict;        /* whose BAR is beneath them, for traces */
    size_t ram_piece;           /* that it found last, see ram-map.c */
} VTDMDeviceUnit;

/* A DMA to the interrupt address range that may have more bytes. */
typedef struct VTDMHeldWrite {
    uint64_t address;
    uint32_t data;              /* the first four */
    unsigned size;              /* so far; 0: there is none */
} VTDMHeldWrite;

/*
 * Of which domain the answers are that others keep of a space: its id, with
 * bits for first-stage tables among them, and for further domains.
 */
#define VTDM_COPIED_FIRST_STAGE (1 << 16)
#define VTDM_COPIED_SEVERAL     (1 << 17)
#define VTDM_COPIED_NONE        (-1)

/* Translations of a requester, as one thread counts them. */
typedef struct VTDMSpaceShare {
    char apart[32];             /* no two are in one line of a cache */
    uint64_t requests[IOMMU_RW + 1];    /* by what they wanted */
} VTDMSpaceShare;

/*
 * What one requester sees of memory, and what it did there. PCI functions
 * have a bus and a devfn; the IOAPIC and the HPET have the source-id and
 * the unit that the DMAR table gives them.
 */
typedef struct VTDMSpace {
    /* what each DMA reads */
    struct VTDMPlace *place;    /* of vtdm_space_place(); NULL: not known */
    uint32_t tables;            /* of vtdm_space_set_tables() */
    bool listening;             /* somebody keeps copies of translations */
    bool unused;                /* the device is gone, its bus may be */

    VTDMDevice *device;
    const char *name;           /* of an IOAPIC or HPET; PCI: NULL */
    PCIBus *bus;
    uint8_t devfn;
    uint16_t fixed_source_id;
    int fixed_unit;

    AddressSpace as;
    MemoryRegion root;
    MemoryRegion interrupts;    /* the interrupt address range */
    IOMMUMemoryRegion iommu;    /* all else */

    int copied;                 /* VTDM_COPIED_*, or a domain-id */
    QLIST_ENTRY(VTDMSpace) next_listening;
    VTDMMirror *mirror;         /* NULL: who listens does not keep them all */
    MemoryRegion identity;      /* in place of iommu, with a mirror */
    unsigned hosts;             /* devices of the host that send so */
    bool last_host_left;        /* ... but its listener is still there */

    /* What is written often is apart from what others read. */
    VTDMSpaceShare shares[VTDM_THREADS];
    uint64_t messages_sent;     /* interrupts: all, and what became of them */
    uint64_t messages_blocked;
    uint64_t messages_delivered;
    uint64_t faults;
    VTDMHeldWrite held;         /* under the big lock */
} VTDMSpace;

struct VTDMDevice {
    X86IOMMUState parent_obj;

    /* properties */
    VTDMConfigSaid said;        /* which capabilities the user has set */
    VTDMConfig config;          /* of all units, but for... */
    char *caps;                 /* ... what this says */
    OnOffAuto eim;
    bool dma_translation;
    char *structures[VTDM_DMAR_TYPES];  /* as text */
    OnOffAuto dmar_intr_remap;
    bool x2apic_opt_out;
    bool dma_ctrl_opt_in;
    uint32_t host_address_width;    /* 0: what the CPU and aw-bits allow */
    char *dmar_file;
    bool dmar_fit;
    char *dmar_quirk;
    bool migrate_caches;

    /* the platform */
    VTDMCapabilities *capabilities;     /* of each unit */
    VTDMDmar *dmar;             /* what exists */
    GByteArray *table;          /* what the guest is told */
    uint32_t quirks;            /* bits of VTDMDmarQuirk */
    VTDMDeviceUnit *units;
    Notifier machine_done;
    MemoryListener memory_listener;
    MemoryListener ram_listener;
    VTDMRamMap *ram_map;        /* RCU; see ram-map.c */
    GArray *ram_pieces;         /* of the next one... */
    bool ram_changes;           /* ... of which the memory core told */

    /* requesters; the lock guards the list, not what is in it */
    QemuMutex spaces_lock;
    GHashTable *spaces;         /* itself -> VTDMSpace, by bus and devfn */
    GQueue unused;              /* VTDMSpace, of devices that are gone */
    DeviceListener listener;
    QLIST_HEAD(, VTDMSpace) listening;
    QLIST_HEAD(, VTDMAtsListener) ats;  /* see pci-ats.c */
    VTDMSpace *ioapic;
    VTDMSpace *hpet;
    MemoryRegion hpet_window;
    MemoryRegion *apic;         /* what the window hides */

    VTDMFaultLog fault_log;     /* since reset */
    bool stands_still;          /* the machine does, and all that works */
    VTDMSaved *saved;           /* see migration.c */
};

#endif
