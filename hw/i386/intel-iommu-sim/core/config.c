/*
 * What a unit advertises: defaults, rules between fields, CAP and ECAP.
 * Spec: "Capability Register", "Extended Capability Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"

/* IOTLB pair and fault records lie in holes that nothing else uses. */
#define IOTLB_OFFSET            0x500
#define FRCD_OFFSET             0x600
#define FRCD_END                0xdc0
#define FRCD_OFFSET_PAGE_1      0x1000

#define SAGAW_ALL (VTDM_SAGAW_39 | VTDM_SAGAW_48 | VTDM_SAGAW_57)

void vtdm_config_init(VTDMConfig *config)
{
    *config = (VTDMConfig) {
        .version_major = 1,
        .host_address_width = 39,
        .mgaw = 48,
        .sagaw = VTDM_SAGAW_39 | VTDM_SAGAW_48,
        .nd = 6,
        .sslps = 3,
        .mamv = 18,
        .mhmv = 15,
        .fault_records = 8,
        .zlr = true,
        .psi = true,
        .drain = true,
        .esrtps = true,
        .esirtps = true,
        .c = true,
        .qi = true,
        .ir = true,
        .pt = true,
        .iotlb_entries = 4096,
    };
}

bool vtdm_config_set_width(VTDMConfig *config, unsigned bits)
{
    if (bits != 39 && bits != 48 && bits != 57) {
        return false;
    }
    config->mgaw = bits;
    config->sagaw = VTDM_SAGAW_39 | (bits >= 48 ? VTDM_SAGAW_48 : 0) |
                    (bits >= 57 ? VTDM_SAGAW_57 : 0);
    return true;
}

unsigned vtdm_config_widest(const VTDMConfig *config)
{
    return config->sagaw & VTDM_SAGAW_57 ? 57 :
           config->sagaw & VTDM_SAGAW_48 ? 48 : 39;
}

bool vtdm_config_check(const VTDMConfig *c, GPtrArray *problems)
{
    const struct {
        bool holds;
        const char *text;
    } rules[] = {
        { !c->dt || c->qi, "device-iotlb=on needs the invalidation queue: "
          "set qi=on or device-iotlb=off" },
        { !c->ir || c->qi, "intremap=on needs the invalidation queue: "
          "set qi=on or intremap=off" },
        { !c->eim || c->ir, "eim=on needs interrupt remapping: "
          "set intremap=on or eim=off" },
        { c->version_major >= 1 && c->version_major <= 15,
          "version-major must be 1 to 15" },
        { c->version_major < 2 || c->drain,
          "units from version-major=2 on always drain: "
          "set dma-drain=on or version-major=1" },
        { c->version_major < 6 || c->qi,
          "units from version-major=6 on have no invalidation registers: "
          "set qi=on or version-major=5" },
        { c->nd <= 6, "nd must be 0 to 6, for 4 to 16 bits of domain-id" },
        { c->sslps == 0 || c->sslps == 1 || c->sslps == 3,
          "sslps must be 0 (4 KiB only), 1 (2 MiB) or 3 (2 MiB, 1 GiB)" },
        { !(c->sagaw & ~SAGAW_ALL), "aw-bits must be 39, 48 or 57" },
        { c->mgaw >= 12 && c->mgaw <= 64, "aw-bits must be 12 to 64" },
        { c->host_address_width >= 12 && c->host_address_width <= 52,
          "host-address-width must be 12 to 52" },
        { c->mgaw >= c->host_address_width,
          "host addresses are wider than aw-bits: use a larger aw-bits or a "
          "smaller host-address-width" },
        { c->mamv <= 63, "mamv must be 0 to 63" },
        { c->mhmv <= 15, "mhmv must be 0 to 15" },
        { c->fault_records >= 1 && c->fault_records <= 256,
          "fault-records must be 1 to 256" },
        { c->iotlb_entries >= 1, "iotlb-entries must be at least 1" },
    };
    bool good = true;

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (!rules[i].holds && problems) {
            g_ptr_array_add(problems, g_strdup(rules[i].text));
        }
        good &= rules[i].holds;
    }
    return good;
}

static bool records_need_page_1(const VTDMConfig *config)
{
    return FRCD_OFFSET + config->fault_records * VTDM_FRCD_SIZE > FRCD_END;
}

size_t vtdm_config_register_size(const VTDMConfig *config)
{
    return records_need_page_1(config) ? 2 * VTDM_PAGE_SIZE : VTDM_PAGE_SIZE;
}

/* @flag as the single-bit field @mask. */
static uint64_t bit_if(uint64_t mask, bool flag)
{
    return flag ? mask : 0;
}

uint64_t vtdm_config_cap(const VTDMConfig *c)
{
    uint32_t frcd = records_need_page_1(c) ? FRCD_OFFSET_PAGE_1 : FRCD_OFFSET;

    return vtdm_field(VTDM_CAP_ND, c->nd) |
           bit_if(VTDM_CAP_RWBF, c->rwbf) |
           bit_if(VTDM_CAP_PLMR, c->plmr) |
           bit_if(VTDM_CAP_PHMR, c->phmr) |
           bit_if(VTDM_CAP_CM, c->cm) |
           vtdm_field(VTDM_CAP_SAGAW, c->sagaw) |
           vtdm_field(VTDM_CAP_MGAW, c->mgaw - 1) |
           bit_if(VTDM_CAP_ZLR, c->zlr) |
           vtdm_field(VTDM_CAP_FRO, frcd / 16) |
           vtdm_field(VTDM_CAP_SSLPS, c->sslps) |
           bit_if(VTDM_CAP_PSI, c->psi) |
           vtdm_field(VTDM_CAP_NFR, c->fault_records - 1) |
           vtdm_field(VTDM_CAP_MAMV, c->mamv) |
           bit_if(VTDM_CAP_DWD | VTDM_CAP_DRD, c->drain) |
           bit_if(VTDM_CAP_ESIRTPS, c->esirtps) |
           bit_if(VTDM_CAP_ESRTPS, c->esrtps);
}

uint64_t vtdm_config_ecap(const VTDMConfig *c)
{
    return bit_if(VTDM_ECAP_C, c->c) |
           bit_if(VTDM_ECAP_QI, c->qi) |
           bit_if(VTDM_ECAP_DT, c->dt) |
           bit_if(VTDM_ECAP_IR, c->ir) |
           bit_if(VTDM_ECAP_EIM, c->eim) |
           bit_if(VTDM_ECAP_PT, c->pt) |
           bit_if(VTDM_ECAP_SC, c->sc) |
           vtdm_field(VTDM_ECAP_IRO, IOTLB_OFFSET / 16) |
           vtdm_field(VTDM_ECAP_MHMV, c->ir ? c->mhmv : 0) |
           bit_if(VTDM_ECAP_ADMS, c->adms);
}

void vtdm_config_set_cap(VTDMConfig *c, uint64_t cap)
{
    c->nd = vtdm_get(cap, VTDM_CAP_ND);
    c->rwbf = cap & VTDM_CAP_RWBF;
    c->plmr = cap & VTDM_CAP_PLMR;
    c->phmr = cap & VTDM_CAP_PHMR;
    c->cm = cap & VTDM_CAP_CM;
    c->sagaw = vtdm_get(cap, VTDM_CAP_SAGAW) & SAGAW_ALL;
    c->mgaw = vtdm_get(cap, VTDM_CAP_MGAW) + 1;
    c->zlr = cap & VTDM_CAP_ZLR;
    c->sslps = vtdm_get(cap, VTDM_CAP_SSLPS) & 3;
    c->psi = cap & VTDM_CAP_PSI;
    c->fault_records = vtdm_get(cap, VTDM_CAP_NFR) + 1;
    c->mamv = vtdm_get(cap, VTDM_CAP_MAMV);
    c->drain = cap & VTDM_CAP_DWD && cap & VTDM_CAP_DRD;
    c->esirtps = cap & VTDM_CAP_ESIRTPS;
    c->esrtps = cap & VTDM_CAP_ESRTPS;
}

void vtdm_config_set_ecap(VTDMConfig *c, uint64_t ecap)
{
    c->c = ecap & VTDM_ECAP_C;
    c->qi = ecap & VTDM_ECAP_QI;
    c->dt = ecap & VTDM_ECAP_DT;
    c->ir = ecap & VTDM_ECAP_IR;
    c->eim = ecap & VTDM_ECAP_EIM;
    c->pt = ecap & VTDM_ECAP_PT;
    c->sc = ecap & VTDM_ECAP_SC;
    c->mhmv = vtdm_get(ecap, VTDM_ECAP_MHMV);
    c->adms = ecap & VTDM_ECAP_ADMS;
}

uint32_t vtdm_iotlb_offset(const VTDMConfig *config)
{
    return 16 * vtdm_get(vtdm_config_ecap(config), VTDM_ECAP_IRO);
}

uint32_t vtdm_frcd_offset(const VTDMConfig *config)
{
    return 16 * vtdm_get(vtdm_config_cap(config), VTDM_CAP_FRO);
}

uint16_t vtdm_function_mask(unsigned fm)
{
    static const uint16_t masks[] = { 0xffff, 0xfffb, 0xfff9, 0xfff8 };

    return masks[fm];
}
