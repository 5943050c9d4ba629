/*
 * An IOMMU that answers every request with its own address.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/pci_bus.h"
#include "qemu/module.h"
#include "../../../hw/i386/intel-iommu-sim/compat.h"
#include "null-iommu.h"

#define TYPE_REGION "bench-null-region"
#define PAGE_MASK 0xfff

typedef struct NullIOMMU {
    MemoryRegion root;
    IOMMUMemoryRegion region;
    AddressSpace as;
} NullIOMMU;

static IOMMUTLBEntry translate(IOMMUMemoryRegion *region, hwaddr address,
                               IOMMUAccessFlags flag, int index)
{
    return (IOMMUTLBEntry) {
        .target_as = &address_space_memory,
        .iova = address & ~PAGE_MASK,
        .translated_addr = address & ~PAGE_MASK,
        .addr_mask = PAGE_MASK,
        .perm = IOMMU_RW,
    };
}

static AddressSpace *get_address_space(PCIBus *bus, void *opaque, int devfn)
{
    return &((NullIOMMU *)opaque)->as;
}

static const PCIIOMMUOps ops = { .get_address_space = get_address_space };

void null_iommu_new(PCIBus *bus, Object *owner)
{
    NullIOMMU *iommu = g_new0(NullIOMMU, 1);

    memory_region_init(&iommu->root, owner, "bench-null-root", UINT64_MAX);
    memory_region_init_iommu(&iommu->region, sizeof(iommu->region),
                             TYPE_REGION, owner, "bench-null", UINT64_MAX);
    memory_region_add_subregion(&iommu->root, 0,
                                MEMORY_REGION(&iommu->region));
    address_space_init(&iommu->as, &iommu->root, "bench-null");
    pci_setup_iommu(bus, &ops, iommu);
}

static void region_class_init(ObjectClass *oc, VTDM_CLASS_DATA *data)
{
    IOMMU_MEMORY_REGION_CLASS(oc)->translate = translate;
}

static const TypeInfo region_info = {
    .name = TYPE_REGION,
    .parent = TYPE_IOMMU_MEMORY_REGION,
    .class_init = region_class_init,
};

static void register_types(void)
{
    type_register_static(&region_info);
}

type_init(register_types)
