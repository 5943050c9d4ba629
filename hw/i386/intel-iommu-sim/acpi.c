/*
 * The DMAR table in the guest's ACPI, and the memory map that goes with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/acpi/acpi.h"
#include "qemu/bswap.h"
#include "hw/i386/e820_memory_layout.h"
#include "hw/i386/vtdm/dmar-quirk.h"
#include "acpi.h"
#include "device.h"

void vtdm_acpi_reserve(VTDMDevice *device)
{
    for (guint i = 0; i < device->dmar->units->len; i++) {
        VTDMDmarUnit *unit = g_ptr_array_index(device->dmar->units, i);

        e820_add_entry(unit->base, unit->size, E820_RESERVED);
    }
    if (device->quirks & VTDM_QUIRK_BIT(RMRR_UNRESERVED)) {
        return;
    }
    for (guint i = 0; i < device->dmar->regions->len; i++) {
        VTDMDmarRegion *region = g_ptr_array_index(device->dmar->regions, i);

        e820_add_entry(region->base, region->limit - region->base + 1,
                       E820_RESERVED);
    }
}

/*
 * QEMU appends to its own tables those of this list: a count of 16 bits,
 * then each table after 16 bits of its length.
 */
void vtdm_acpi_add_table(VTDMDevice *device)
{
    uint16_t len = device->table->len;
    size_t at = MAX(acpi_tables_len, sizeof(uint16_t));

    acpi_tables = g_realloc(acpi_tables, at + sizeof(len) + len);
    if (!acpi_tables_len) {
        stw_le_p(acpi_tables, 0);
    }
    stw_le_p(acpi_tables + at, len);
    memcpy(acpi_tables + at + sizeof(len), device->table->data, len);
    stw_le_p(acpi_tables, lduw_le_p(acpi_tables) + 1);
    acpi_tables_len = at + sizeof(len) + len;
}
