/*
 * Tables, entries and descriptors as software writes them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "vtdm-tables.h"

uint64_t vtdm_tables_page(VTDMTables *tables)
{
    static const uint8_t zeros[VTDM_PAGE_SIZE];
    uint64_t page = tables->next;

    tables->next += VTDM_PAGE_SIZE;
    tables->write(tables->opaque, page, zeros, sizeof(zeros));
    return page;
}

uint64_t vtdm_tables_get(VTDMTables *tables, uint64_t address)
{
    uint8_t bytes[8];
    uint64_t entry = 0;

    tables->read(tables->opaque, address, bytes, sizeof(bytes));
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        entry |= (uint64_t)bytes[i] << (8 * i);
    }
    return entry;
}

static void to_bytes(uint8_t bytes[8], uint64_t entry)
{
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = entry >> (8 * i);
    }
}

void vtdm_tables_set(VTDMTables *tables, uint64_t address, uint64_t entry)
{
    uint8_t bytes[8];

    to_bytes(bytes, entry);
    tables->write(tables->opaque, address, bytes, sizeof(bytes));
}

VTDMEntry128 vtdm_tables_get128(VTDMTables *tables, uint64_t address)
{
    return (VTDMEntry128) {
        .lo = vtdm_tables_get(tables, address),
        .hi = vtdm_tables_get(tables, address + 8),
    };
}

void vtdm_tables_set128(VTDMTables *tables, uint64_t address,
                        VTDMEntry128 entry)
{
    uint8_t bytes[16];

    to_bytes(bytes, entry.lo);
    to_bytes(bytes + 8, entry.hi);
    tables->write(tables->opaque, address, bytes, sizeof(bytes));
}

uint64_t vtdm_tables_context(VTDMTables *tables, uint64_t root,
                             uint16_t source_id, VTDMEntry128 entry)
{
    uint64_t root_entry = root + 16 * (source_id >> 8);
    uint64_t table = vtdm_tables_get(tables, root_entry);
    uint64_t address;

    if (!(table & VTDM_ROOT_P)) {
        table = vtdm_tables_page(tables) | VTDM_ROOT_P;
        vtdm_tables_set128(tables, root_entry,
                           (VTDMEntry128) { .lo = table });
    }
    address = (table & VTDM_ROOT_CTP) + 16 * (source_id & 0xff);
    vtdm_tables_set128(tables, address, entry);
    return address;
}

static unsigned shift_of(unsigned level)
{
    return VTDM_PAGE_BITS + VTDM_LEVEL_BITS * (level - 1);
}

uint64_t vtdm_tables_entry(VTDMTables *tables, const VTDMMapping *mapping,
                           unsigned level)
{
    uint64_t table = mapping->table;

    for (unsigned at = mapping->levels;; at--) {
        uint64_t index = (mapping->input >> shift_of(at)) &
                         vtdm_mask_below(VTDM_LEVEL_BITS);
        uint64_t address = table + index * sizeof(uint64_t);
        uint64_t entry;

        if (at == level) {
            return address;
        }
        entry = vtdm_tables_get(tables, address);
        if (!(entry & (VTDM_SS_R | VTDM_SS_W))) {
            entry = vtdm_tables_page(tables) | VTDM_SS_R | VTDM_SS_W;
            vtdm_tables_set(tables, address, entry);
        }
        table = entry & VTDM_SS_ADDR;
    }
}

uint64_t vtdm_tables_map(VTDMTables *tables, const VTDMMapping *mapping)
{
    uint64_t address = vtdm_tables_entry(tables, mapping, mapping->level);
    uint64_t page_size = mapping->level > 1 ? VTDM_SS_PS : 0;

    vtdm_tables_set(tables, address,
                    mapping->output | mapping->flags | page_size);
    return address;
}

VTDMEntry128 vtdm_make_context(unsigned tt, unsigned levels,
                               uint64_t ssptptr, uint16_t domain_id)
{
    return (VTDMEntry128) {
        .lo = VTDM_CTX_P | vtdm_field(VTDM_CTX_TT, tt) | ssptptr,
        .hi = vtdm_field(VTDM_CTX_HI_AW, levels - 2) |
              vtdm_field(VTDM_CTX_HI_DID, domain_id),
    };
}

VTDMEntry128 vtdm_make_irte(uint8_t vector, uint32_t destination, bool eime)
{
    return (VTDMEntry128) {
        .lo = VTDM_IRTE_P | vtdm_field(VTDM_IRTE_V, vector) |
              vtdm_field(eime ? VTDM_IRTE_DST : VTDM_IRTE_DST_XAPIC,
                         destination),
    };
}

VTDMEntry128 vtdm_irte_with_source(VTDMEntry128 irte, unsigned svt,
                                   unsigned sq, uint16_t sid)
{
    irte.hi |= vtdm_field(VTDM_IRTE_HI_SVT, svt) |
               vtdm_field(VTDM_IRTE_HI_SQ, sq) |
               vtdm_field(VTDM_IRTE_HI_SID, sid);
    return irte;
}

uint64_t vtdm_make_msi_address(uint16_t handle, bool shv)
{
    return 0xfee00000 | VTDM_MSI_FORMAT | (shv ? VTDM_MSI_SHV : 0) |
           vtdm_field(VTDM_MSI_HANDLE_LOW, handle & 0x7fff) |
           vtdm_field(VTDM_MSI_HANDLE_HIGH, handle >> 15);
}

/* The low quadword of a descriptor of @type with nothing else set. */
static uint64_t type_field(unsigned type)
{
    return vtdm_field(VTDM_DSC_TYPE_LOW, type) |
           vtdm_field(VTDM_DSC_TYPE_HIGH, type >> 4);
}

VTDMEntry128 vtdm_make_context_invalidate(unsigned g, uint16_t domain_id,
                                          uint16_t source_id, unsigned fm)
{
    return (VTDMEntry128) {
        .lo = type_field(VTDM_DSC_CC) | vtdm_field(VTDM_CC_G, g) |
              vtdm_field(VTDM_CC_DID, domain_id) |
              vtdm_field(VTDM_CC_SID, source_id) |
              vtdm_field(VTDM_CC_FM, fm),
    };
}

VTDMEntry128 vtdm_make_iotlb_invalidate(unsigned g, uint16_t domain_id,
                                        uint64_t address, unsigned am,
                                        bool ih)
{
    return (VTDMEntry128) {
        .lo = type_field(VTDM_DSC_IOTLB) | vtdm_field(VTDM_IOTLB_DSC_G, g) |
              vtdm_field(VTDM_IOTLB_DSC_DID, domain_id),
        .hi = address | vtdm_field(VTDM_IOTLB_DSC_HI_AM, am) |
              (ih ? VTDM_IOTLB_DSC_HI_IH : 0),
    };
}

VTDMEntry128 vtdm_make_device_tlb_invalidate(uint16_t source_id,
                                             uint64_t address, bool s)
{
    return (VTDMEntry128) {
        .lo = type_field(VTDM_DSC_DEV_TLB) |
              vtdm_field(VTDM_DEV_TLB_SID, source_id),
        .hi = address | (s ? VTDM_DEV_TLB_HI_S : 0),
    };
}

VTDMEntry128 vtdm_make_iec_invalidate_all(void)
{
    return (VTDMEntry128) { .lo = type_field(VTDM_DSC_IEC) };
}

VTDMEntry128 vtdm_make_iec_invalidate(uint16_t index, unsigned im)
{
    return (VTDMEntry128) {
        .lo = type_field(VTDM_DSC_IEC) | VTDM_IEC_G |
              vtdm_field(VTDM_IEC_IM, im) | vtdm_field(VTDM_IEC_IIDX, index),
    };
}

VTDMEntry128 vtdm_make_wait(uint64_t flags, uint64_t address, uint32_t data)
{
    return (VTDMEntry128) {
        .lo = type_field(VTDM_DSC_WAIT) | flags |
              vtdm_field(VTDM_WAIT_DATA, data),
        .hi = address,
    };
}
