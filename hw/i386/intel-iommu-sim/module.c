/*
 * The device in a QEMU that somebody else built: loaded with LD_PRELOAD, it
 * refuses a QEMU of another version, or with other structures, than that of
 * the headers that it was compiled with.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/pc.h"
#include "hw/i386/x86.h"
#include "hw/pci/pci_bus.h"
#include "hw/virtio/virtio.h"
#include "qapi/qapi-commands-control.h"
#include "qapi/qapi-types-control.h"
#include "qemu/module.h"
#include "target/i386/cpu.h"
#include "device.h"

/* May be missing in the process that this is loaded into. */
#pragma weak qmp_query_version

#define FIX "make module QEMU=FILE builds the module for the QEMU in FILE"

G_GNUC_PRINTF(1, 2) G_NORETURN
static void refuse(const char *format, ...)
{
    va_list args;

    fprintf(stderr, "error: intel-iommu-sim: this module is for QEMU "
            QEMU_VERSION ", and %s ", program_invocation_name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n  fix: " FIX "\n");
    _exit(EXIT_FAILURE);
}

/* Before anything else of the module runs; only libc is sure to be there. */
__attribute__((constructor(101)))
static void check_version(void)
{
    VersionInfo *info;
    VersionTriple *found;

    unsetenv("LD_PRELOAD");
    if (!qmp_query_version) {
        refuse("is no QEMU built with --enable-modules");
    }
    info = qmp_query_version(NULL);
    found = info->qemu;
    if (found->major != QEMU_VERSION_MAJOR ||
        found->minor != QEMU_VERSION_MINOR ||
        found->micro != QEMU_VERSION_MICRO) {
        refuse("is QEMU %" PRId64 ".%" PRId64 ".%" PRId64 "%s%s",
               found->major, found->minor, found->micro,
               *info->package ? " " : "", info->package);
    }
    qapi_free_VersionInfo(info);
}

/* How QEMU's private record of a type begins, in all versions so far. */
typedef struct TypeRecord {
    const char *name;
    size_t class_size;
    size_t instance_size;
} TypeRecord;

/* The types whose structures the device looks into. */
static const TypeRecord types[] = {
    { TYPE_DEVICE, sizeof(DeviceClass), sizeof(DeviceState) },
    { TYPE_SYS_BUS_DEVICE, sizeof(SysBusDeviceClass), sizeof(SysBusDevice) },
    { TYPE_X86_IOMMU_DEVICE, sizeof(X86IOMMUClass), sizeof(X86IOMMUState) },
    { TYPE_MACHINE, sizeof(MachineClass), sizeof(MachineState) },
    { TYPE_X86_MACHINE, sizeof(X86MachineClass), sizeof(X86MachineState) },
    { TYPE_PC_MACHINE, sizeof(PCMachineClass), sizeof(PCMachineState) },
    { TYPE_X86_CPU, sizeof(X86CPUClass), sizeof(X86CPU) },
    { TYPE_PCI_BUS, sizeof(PCIBusClass), sizeof(PCIBus) },
    { TYPE_PCI_DEVICE, sizeof(PCIDeviceClass), sizeof(PCIDevice) },
    { TYPE_BUS, sizeof(BusClass), sizeof(BusState) },
    { TYPE_VIRTIO_DEVICE, sizeof(VirtioDeviceClass), sizeof(VirtIODevice) },
    { TYPE_MEMORY_REGION, sizeof(ObjectClass), sizeof(MemoryRegion) },
    { TYPE_IOMMU_MEMORY_REGION, sizeof(IOMMUMemoryRegionClass),
      sizeof(IOMMUMemoryRegion) },
};

/*
 * Runs once all types are known, before any object of them is made. Looking a
 * machine up copies what its parent allows, so that must be settled by then.
 */
static void check_layout(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        const TypeRecord *wanted = &types[i];
        ObjectClass *oc = object_class_by_name(wanted->name);
        const TypeRecord *found = oc ? (void *)oc->type : NULL;

        if (!found || strcmp(found->name, wanted->name)) {
            refuse("has no type %s", wanted->name);
        }
        if (found->class_size != wanted->class_size ||
            found->instance_size != wanted->instance_size) {
            refuse("is a QEMU " QEMU_VERSION " with other structures: "
                   "%s has %zu + %zu bytes, not %zu + %zu", wanted->name,
                   found->class_size, found->instance_size,
                   wanted->class_size, wanted->instance_size);
        }
    }
}

/* The stage after migration_init()'s. */
block_init(check_layout)
