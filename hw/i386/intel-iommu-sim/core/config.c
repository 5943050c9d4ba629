/*
 * What a unit advertises: defaults, rules between fields, CAP and ECAP.
 * Spec: "Capability Register", "Extended Capability Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "unit.h"

/* IOTLB pair and fault records lie in holes that nothing else uses. */
#define IOTLB_OFFSET            0x500
#define FRCD_OFFSET             0x600
#define FRCD_END                0xdc0
#define FRCD_OFFSET_PAGE_1      0x1000

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

unsigned vtdm_config_widest(const VTDMConfig *config)
{
    return config->sagaw & VTDM_SAGAW_57 ? 57 :
           config->sagaw & VTDM_SAGAW_48 ? 48 : 39;
}

G_GNUC_PRINTF(3, 4)
static void demand(GPtrArray *problems, bool holds, const char *format, ...)
{
    va_list args;

    if (holds || !problems) {
        return;
    }
    va_start(args, format);
    g_ptr_array_add(problems, g_strdup_vprintf(format, args));
    va_end(args);
}

#define NEEDS(field, other) \
    { !c->field || c->other, \
      #field " needs " #other ": set " #other "=on or " #field "=off" }

bool vtdm_config_check(const VTDMConfig *c, GPtrArray *problems)
{
    const uint8_t sagaw_all = VTDM_SAGAW_39 | VTDM_SAGAW_48 | VTDM_SAGAW_57;
    const struct {
        bool holds;
        const char *text;
    } rules[] = {
        NEEDS(dt, qi), NEEDS(ir, qi), NEEDS(eim, ir),
        { c->version_major >= 1 && c->version_major <= 15,
          "version_major is 4 bits wide: choose 1 to 15" },
        { c->version_major < 2 || c->drain,
          "drain is always on from version_major 2: set drain=on" },
        { c->version_major < 6 || c->qi,
          "qi=off leaves version_major 6 and up without any invalidation "
          "interface: set qi=on or version_major=5" },
        { c->nd <= 6, "nd=7 is reserved: choose 0 to 6" },
        { c->sslps == 0 || c->sslps == 1 || c->sslps == 3,
          "sslps must be 0 (4 KiB only), 1 (2 MiB) or 3 (2 MiB and 1 GiB)" },
        { c->sagaw && !(c->sagaw & ~sagaw_all),
          "sagaw must name 39, 48 or 57 bits and nothing else" },
        { c->mgaw >= 12 && c->mgaw <= 64,
          "mgaw must be 12 to 64 bits" },
        { c->host_address_width >= 12 && c->host_address_width <= 52,
          "host_address_width must be 12 to 52 bits" },
        { c->mgaw >= c->host_address_width,
          "mgaw must not be below host_address_width" },
        { c->mamv <= 63, "mamv is 6 bits wide: choose 0 to 63" },
        { c->mhmv <= 15, "mhmv is 4 bits wide: choose 0 to 15" },
        { c->fault_records >= 1 && c->fault_records <= 256,
          "fault_records must be 1 to 256" },
        { c->iotlb_entries >= 1, "iotlb_entries must be at least 1" },
    };
    bool good = true;

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        demand(problems, rules[i].holds, "%s", rules[i].text);
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
