/*
 * An IOMMU that answers every request with its own address, and whose registers
 * do nothing.
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
#define REGISTERS 0xfed90000
#define REGISTERS_SIZE 0x1000

typedef struct NullIOMMU {
    MemoryRegion root;
    IOMMUMemoryRegion region;
    MemoryRegion registers;
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

static uint64_t read_nothing(void *opaque, hwaddr offset, unsigned size)
{
    return 0;
}

static void write_nothing(void *opaque, hwaddr offset, uint64_t value,
                          unsigned size)
{
}

static const MemoryRegionOps registers_ops = {
    .read = read_nothing,
    .write = write_nothing,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 8 },
};

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
    memory_region_init_io(&iommu->registers, owner, &registers_ops, NULL,
                          "bench-null-registers", REGISTERS_SIZE);
    memory_region_add_subregion(get_system_memory(), REGISTERS,
                                &iommu->registers);
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
