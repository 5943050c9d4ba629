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

static void set_words(VTDMTables *tables, uint64_t address,
                      const uint64_t *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        vtdm_tables_set(tables, address + i * sizeof(*words), words[i]);
    }
}

void vtdm_tables_set256(VTDMTables *tables, uint64_t address,
                        VTDMEntry256 entry)
{
    set_words(tables, address, entry.words, 4);
}

void vtdm_tables_set512(VTDMTables *tables, uint64_t address,
                        VTDMEntry512 entry)
{
    set_words(tables, address, entry.words, 8);
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

/* The table that the entry at @address points to, made if it is absent. */
static uint64_t table_at(VTDMTables *tables, uint64_t address)
{
    uint64_t entry = vtdm_tables_get(tables, address);

    if (!(entry & VTDM_SROOT_P)) {
        entry = vtdm_tables_page(tables) | VTDM_SROOT_P;
        vtdm_tables_set(tables, address, entry);
    }
    return entry & VTDM_SROOT_CTP;
}

uint64_t vtdm_tables_scalable_context(VTDMTables *tables, uint64_t root,
                                      uint16_t source_id,
                                      VTDMEntry256 entry)
{
    uint64_t half = root + 8 * (source_id >> 7);
    uint64_t address = table_at(tables, half) + 32 * (source_id & 0x7f);

    vtdm_tables_set256(tables, address, entry);
    return address;
}

uint64_t vtdm_tables_pasid(VTDMTables *tables, uint64_t directory,
                           uint32_t pasid, VTDMEntry512 entry)
{
    uint64_t at = directory + 8 * (pasid >> VTDM_PASID_TABLE_BITS);
    uint64_t address = table_at(tables, at) +
                       64 * (pasid & vtdm_mask_below(VTDM_PASID_TABLE_BITS));

    vtdm_tables_set512(tables, address, entry);
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
            entry = vtdm_tables_page(tables) |
                    (mapping->first_stage
                         ? VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US
                         : VTDM_SS_R | VTDM_SS_W);
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

void vtdm_tables_fill(VTDMTables *tables, uint64_t table, uint64_t entry)
{
    for (unsigned i = 0; i < VTDM_PAGE_SIZE / sizeof(entry); i++) {
        vtdm_tables_set(tables, table + i * sizeof(entry), entry);
    }
}

uint64_t vtdm_tables_everywhere(VTDMTables *tables, unsigned level,
                                uint64_t pointer, uint64_t leaf)
{
    uint64_t top = vtdm_tables_page(tables);
    uint64_t table = top;

    for (unsigned at = 4; at > level; at--) {
        uint64_t next = vtdm_tables_page(tables);

        vtdm_tables_fill(tables, table, next | pointer);
        table = next;
    }
    vtdm_tables_fill(tables, table, leaf | (level > 1 ? VTDM_SS_PS : 0));
    return top;
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

VTDMEntry256 vtdm_make_scalable_context(uint64_t flags, unsigned pdts,
                                        uint64_t directory,
                                        uint32_t rid_pasid)
{
    return (VTDMEntry256) {
        {
            VTDM_SCTX_P | flags | vtdm_field(VTDM_SCTX_PDTS, pdts) |
                directory,
            vtdm_field(VTDM_SCTX_1_RID_PASID, rid_pasid),
        },
    };
}

static VTDMEntry512 make_pasid(unsigned pgtt, uint16_t domain_id)
{
    return (VTDMEntry512) {
        {
            VTDM_PASID_P | vtdm_field(VTDM_PASID_PGTT, pgtt),
            vtdm_field(VTDM_PASID_1_DID, domain_id),
        },
    };
}

VTDMEntry512 vtdm_make_pasid_pass_through(uint16_t domain_id)
{
    return make_pasid(VTDM_PGTT_PASS_THROUGH, domain_id);
}

VTDMEntry512 vtdm_make_pasid_first_stage(unsigned levels, uint64_t fsptptr,
                                         uint16_t domain_id)
{
    VTDMEntry512 entry = make_pasid(VTDM_PGTT_FIRST_STAGE, domain_id);

    entry.words[2] = fsptptr | vtdm_field(VTDM_PASID_2_FSPM, levels - 4);
    return entry;
}

static void set_second_stage(VTDMEntry512 *entry, unsigned levels,
                             uint64_t ssptptr)
{
    entry->words[0] |= ssptptr | vtdm_field(VTDM_PASID_AW, levels - 2);
}

VTDMEntry512 vtdm_make_pasid_second_stage(unsigned levels, uint64_t ssptptr,
                                          uint16_t domain_id)
{
    VTDMEntry512 entry = make_pasid(VTDM_PGTT_SECOND_STAGE, domain_id);

    set_second_stage(&entry, levels, ssptptr);
    return entry;
}

VTDMEntry512 vtdm_pasid_nested_over(VTDMEntry512 first_stage,
                                    unsigned levels, uint64_t ssptptr)
{
    VTDMEntry512 entry = first_stage;

    entry.words[0] &= ~VTDM_PASID_PGTT;
    entry.words[0] |= vtdm_field(VTDM_PASID_PGTT, VTDM_PGTT_NESTED);
    set_second_stage(&entry, levels, ssptptr);
    return entry;
}

VTDMEntry128 vtdm_make_irte(uint8_t vector, uint32_t destination, bool eime)
{
    return (VTDMEntry128) {
        .lo = VTDM_IRTE_P | vtdm_field(VTDM_IRTE_V, vector) |
              vtdm_field(eime ? VTDM_IRTE_DST : VTDM_IRTE_DST_XAPIC,
                         destination),
    };
}

VTDMEntry128 vtdm_make_posted_irte(uint8_t vector, uint64_t descriptor)
{
    return (VTDMEntry128) {
        .lo = VTDM_IRTE_P | VTDM_IRTE_IM | vtdm_field(VTDM_IRTE_VV, vector) |
              vtdm_field(VTDM_IRTE_PDAL, descriptor >> 6),
        .hi = vtdm_field(VTDM_IRTE_HI_PDAH, descriptor >> 32),
    };
}

VTDMEntry512 vtdm_make_posted_descriptor(uint8_t vector, uint32_t destination,
                                         bool eime)
{
    return (VTDMEntry512) {
        .words[4] = vtdm_field(VTDM_PID_4_NV, vector) |
                    vtdm_field(eime ? VTDM_PID_4_NDST : VTDM_PID_4_NDST_XAPIC,
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

VTDMEntry128 vtdm_make_pasid_cache_invalidate(unsigned g, uint16_t domain_id,
                                              uint32_t pasid)
{
    return (VTDMEntry128) {
        .lo = type_field(VTDM_DSC_PC) | vtdm_field(VTDM_PC_G, g) |
              vtdm_field(VTDM_PC_DID, domain_id) |
              vtdm_field(VTDM_PC_PASID, pasid),
    };
}

VTDMEntry128 vtdm_make_pasid_iotlb_invalidate(unsigned g, uint16_t domain_id,
                                              uint32_t pasid,
                                              uint64_t address_am_ih)
{
    return (VTDMEntry128) {
        .lo = type_field(VTDM_DSC_P_IOTLB) | vtdm_field(VTDM_P_IOTLB_G, g) |
              vtdm_field(VTDM_P_IOTLB_DID, domain_id) |
              vtdm_field(VTDM_P_IOTLB_PASID, pasid),
        .hi = address_am_ih,
    };
}

VTDMEntry128 vtdm_make_pasid_device_tlb_invalidate(uint16_t source_id,
                                                   uint32_t pasid,
                                                   uint64_t address, bool s)
{
    return (VTDMEntry128) {
        .lo = type_field(VTDM_DSC_P_DEV_TLB) |
              vtdm_field(VTDM_P_DEV_TLB_SID, source_id) |
              vtdm_field(VTDM_P_DEV_TLB_PASID, pasid),
        .hi = address | (s ? VTDM_P_DEV_TLB_HI_S : 0),
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

VTDMEntry128 vtdm_make_page_response(uint16_t source_id, int pasid,
                                     unsigned group, unsigned code)
{
    return (VTDMEntry128) {
        .lo = VTDM_DSC_PAGE_RESPONSE |
              (pasid < 0 ? 0 : VTDM_PAGE_RSP_PP |
                               vtdm_field(VTDM_PAGE_RSP_PASID, pasid)) |
              vtdm_field(VTDM_PAGE_RSP_RID, source_id) |
              vtdm_field(VTDM_PAGE_RSP_CODE, code),
        .hi = vtdm_field(VTDM_PAGE_RSP_HI_PRGI, group),
    };
}
