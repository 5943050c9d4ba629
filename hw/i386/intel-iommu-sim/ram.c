/*
 * RAM that is changed in place.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "ram.h"

uint8_t *vtdm_ram_find(AddressSpace *as, uint64_t address, size_t len,
                       bool is_write)
{
    hwaddr offset, reach = len;
    MemoryRegion *mr = address_space_translate(as, address, &offset, &reach,
                                               is_write,
                                               MEMTXATTRS_UNSPECIFIED);

    if (reach < len || !memory_region_is_ram(mr) ||
        memory_region_is_ram_device(mr) || (is_write && mr->readonly)) {
        return NULL;
    }
    return (uint8_t *)memory_region_get_ram_ptr(mr) + offset;
}

/*
 * The end of a mapping does it all, and lets go a reference. To mark the bytes
 * as dirty is not enough: TCG would take them for no code from then on.
 */
void vtdm_ram_changed(uint8_t *ram, size_t len)
{
    ram_addr_t offset;

    memory_region_ref(memory_region_from_host(ram, &offset));
    address_space_unmap(&address_space_memory, ram, len, true, len);
}
