/*
 * The registers of a unit: one row for each, with the function that runs after
 * a write.
 * Spec: "Register Attributes"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "command.h"
#include "config.h"
#include "fault.h"
#include "invalidate.h"
#include "message.h"
#include "perfmon-rules.h"
#include "protected.h"
#include "queue.h"
#include "register-rules.h"
#include "registers.h"

/* Variable ones. */
#define MEMORY_TYPE_RANGES      8

/* A rule that holds where the capabilities ask for it. */
typedef struct VTDMRule {
    VTDMRegister reg;
    uint64_t cap;               /* register exists if CAP has one of these */
    uint64_t ecap;              /* ... or ECAP one of these; 0, 0: always */
} VTDMRule;

#define ALWAYS 0, 0
#define NAMED(name) #name, VTDM_REG_##name

static const VTDMRule rules[] = {
    { { NAMED(GCMD), 4, .writable = UINT32_MAX,
        .written = vtdm_gcmd_written }, ALWAYS },
    { { NAMED(GSTS), 4,
        .hardware = VTDM_GSTS_TES | VTDM_GSTS_RTPS | VTDM_GSTS_WBFS |
                    VTDM_GSTS_QIES | VTDM_GSTS_IRES | VTDM_GSTS_IRTPS |
                    VTDM_GSTS_CFIS }, ALWAYS },
    { { NAMED(RTADDR), 8,
        .writable = VTDM_RTADDR_RTA | VTDM_RTADDR_TTM }, ALWAYS },
    { { NAMED(CCMD), 8,
        .writable = VTDM_CCMD_ICC | VTDM_CCMD_CIRG | VTDM_CCMD_FM |
                    VTDM_CCMD_SID | VTDM_CCMD_DID,
        .hardware = VTDM_CCMD_CAIG, .written = vtdm_ccmd_written }, ALWAYS },
    { { NAMED(FSTS), 4,
        .write_1_clear = VTDM_FSTS_PFO | VTDM_FSTS_IQE | VTDM_FSTS_ICE |
                         VTDM_FSTS_ITE,
        .sticky = UINT32_MAX, .hardware = VTDM_FSTS_FRI | VTDM_FSTS_PPF,
        .written = vtdm_fsts_written }, ALWAYS },
    { { NAMED(FECTL), 4, .reset = VTDM_FECTL_IM,
        .writable = VTDM_FECTL_IM, .hardware = VTDM_FECTL_IP,
        .written = vtdm_fectl_written }, ALWAYS },
    { { NAMED(FEDATA), 4, .writable = VTDM_FEDATA_DATA }, ALWAYS },
    { { NAMED(FEADDR), 4, .writable = VTDM_FEADDR_ADDR }, ALWAYS },
    { { NAMED(FEUADDR), 4, .writable = VTDM_FEUADDR_ADDR },
      0, VTDM_ECAP_EIM },
    { { NAMED(PMEN), 4, .writable = VTDM_PMEN_EPM,
        .hardware = VTDM_PMEN_PRS, .written = vtdm_pmen_written },
      VTDM_CAP_PLMR | VTDM_CAP_PHMR, 0 },
    { { NAMED(PLMBASE), 4, .writable = VTDM_BITS(31, 21) },
      VTDM_CAP_PLMR, 0 },
    { { NAMED(PLMLIMIT), 4, .writable = VTDM_BITS(31, 21) },
      VTDM_CAP_PLMR, 0 },
    { { NAMED(PHMBASE), 8, .writable = VTDM_BITS(63, 21) },
      VTDM_CAP_PHMR, 0 },
    { { NAMED(PHMLIMIT), 8, .writable = VTDM_BITS(63, 21) },
      VTDM_CAP_PHMR, 0 },
    { { NAMED(IQH), 8, .hardware = VTDM_IQH_QH }, 0, VTDM_ECAP_QI },
    { { NAMED(IQT), 8, .writable = VTDM_IQT_QT,
        .written = vtdm_iqt_written }, 0, VTDM_ECAP_QI },
    { { NAMED(IQA), 8,
        .writable = VTDM_IQA_IQA | VTDM_IQA_DW | VTDM_IQA_QS,
        .written = vtdm_iqa_written },
      0, VTDM_ECAP_QI },
    { { NAMED(ICS), 4, .write_1_clear = VTDM_ICS_IWC,
        .sticky = VTDM_ICS_IWC, .written = vtdm_ics_written },
      0, VTDM_ECAP_QI },
    { { NAMED(IECTL), 4, .reset = VTDM_FECTL_IM,
        .writable = VTDM_FECTL_IM, .hardware = VTDM_FECTL_IP,
        .written = vtdm_iectl_written },
      0, VTDM_ECAP_QI },
    { { NAMED(IEDATA), 4, .writable = VTDM_FEDATA_DATA }, 0, VTDM_ECAP_QI },
    { { NAMED(IEADDR), 4, .writable = VTDM_FEADDR_ADDR }, 0, VTDM_ECAP_QI },
    { { NAMED(IEUADDR), 4, .writable = VTDM_FEUADDR_ADDR },
      0, VTDM_ECAP_EIM },
    { { NAMED(IQERCD), 8, .sticky = UINT64_MAX,
        .hardware = VTDM_IQERCD_ICESID | VTDM_IQERCD_ITESID |
                    VTDM_IQERCD_IQEI }, 0, VTDM_ECAP_QI },
    { { NAMED(IRTA), 8,
        .writable = VTDM_IRTA_IRTA | VTDM_IRTA_EIME | VTDM_IRTA_S },
      0, VTDM_ECAP_IR },
    { { NAMED(PQH), 8, .writable = VTDM_PQT_PQT }, 0, VTDM_ECAP_PRS },
    { { NAMED(PQT), 8, .writable = VTDM_PQT_PQT }, 0, VTDM_ECAP_PRS },
    { { NAMED(PQA), 8, .writable = VTDM_PQA_PQA | VTDM_PQA_PQS },
      0, VTDM_ECAP_PRS },
    { { NAMED(PRS), 4, .write_1_clear = VTDM_PRS_PRO | VTDM_PRS_PPR,
        .sticky = VTDM_PRS_PRO | VTDM_PRS_PPR,
        .written = vtdm_prs_written }, 0, VTDM_ECAP_PRS },
    { { NAMED(PECTL), 4, .reset = VTDM_FECTL_IM,
        .writable = VTDM_FECTL_IM, .hardware = VTDM_FECTL_IP,
        .written = vtdm_pectl_written },
      0, VTDM_ECAP_PRS },
    { { NAMED(PEDATA), 4, .writable = VTDM_FEDATA_DATA }, 0, VTDM_ECAP_PRS },
    { { NAMED(PEADDR), 4, .writable = VTDM_FEADDR_ADDR }, 0, VTDM_ECAP_PRS },
    { { NAMED(PEUADDR), 4, .writable = VTDM_FEUADDR_ADDR },
      0, VTDM_ECAP_PRS },
};

/* What a record says of its fault, beside F. */
#define FRCD_HI_FIELDS (VTDM_FRCD_HI_T1 | VTDM_FRCD_HI_AT | \
                        VTDM_FRCD_HI_PV | VTDM_FRCD_HI_FR | \
                        VTDM_FRCD_HI_PP | VTDM_FRCD_HI_EXE | \
                        VTDM_FRCD_HI_PRIV | VTDM_FRCD_HI_T2 | \
                        VTDM_FRCD_HI_SID)

/* Fields that are reserved unless a capability is there. */
static uint64_t reserved_fields(const VTDMConfig *config, uint32_t offset)
{
    switch (offset) {
    case VTDM_REG_GSTS:
        return (config->rwbf ? 0 : VTDM_GSTS_WBFS) |
               (config->qi ? 0 : VTDM_GSTS_QIES) |
               (config->ir ? 0 : VTDM_GSTS_IRES | VTDM_GSTS_IRTPS |
                                 VTDM_GSTS_CFIS);
    case VTDM_REG_RTADDR:
    case VTDM_REG_IQA:
    case VTDM_REG_PQA:
    case VTDM_REG_PHMBASE:
    case VTDM_REG_PHMLIMIT:
        return vtdm_above_haw(config);
    case VTDM_REG_IRTA:
        return vtdm_above_haw(config) | (config->eim ? 0 : VTDM_IRTA_EIME);
    case VTDM_REG_PEUADDR:
        return config->eim ? 0 : VTDM_FEUADDR_ADDR;
    default:
        return 0;
    }
}

static void add_rule(GArray *table, const VTDMConfig *config,
                     const VTDMRegister *reg)
{
    VTDMRegister rule = *reg;
    uint64_t reserved = reserved_fields(config, reg->offset);

    rule.writable &= ~reserved;
    rule.write_1_clear &= ~reserved;
    rule.hardware &= ~reserved;
    g_array_append_val(table, rule);
}

/* Identification, IOTLB and fault records: the configuration places them. */
static void add_configured_rules(GArray *table, const VTDMConfig *config)
{
    uint32_t iotlb = vtdm_iotlb_offset(config);
    uint32_t frcd = vtdm_frcd_offset(config);
    const VTDMRegister fixed[] = {
        { NAMED(VER), 4,
          .reset = vtdm_field(VTDM_VER_MAX, config->version_major) },
        { NAMED(CAP), 8, .reset = vtdm_config_cap(config) },
        { NAMED(ECAP), 8, .reset = vtdm_config_ecap(config) },
        { "IVA", iotlb + VTDM_REG_IVA, 8,
          .writable = VTDM_IVA_ADDR | VTDM_IVA_IH | VTDM_IVA_AM },
        { "IOTLB", iotlb + VTDM_REG_IOTLB, 8,
          .writable = VTDM_IOTLB_IVT | VTDM_IOTLB_IIRG | VTDM_IOTLB_DR |
                      VTDM_IOTLB_DW | VTDM_IOTLB_DID,
          .hardware = VTDM_IOTLB_IAIG, .written = vtdm_iotlb_written },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(fixed); i++) {
        add_rule(table, config, &fixed[i]);
    }
    for (unsigned i = 0; i < config->fault_records; i++) {
        const VTDMRegister record[] = {
            { "FRCD[63:0]", frcd + i * VTDM_FRCD_SIZE, 8,
              .sticky = UINT64_MAX, .hardware = VTDM_FRCD_LO_FI },
            { "FRCD[127:64]", frcd + i * VTDM_FRCD_SIZE + 8, 8,
              .write_1_clear = VTDM_FRCD_HI_F, .sticky = UINT64_MAX,
              .hardware = FRCD_HI_FIELDS, .written = vtdm_frcd_written },
        };

        add_rule(table, config, &record[0]);
        add_rule(table, config, &record[1]);
    }
}

/*
 * What software writes there reads back, and nothing follows from it. The
 * ranges are as many as QEMU's CPUs have.
 */
static void add_memory_type_rules(GArray *table, const VTDMConfig *config)
{
    static const VTDMRegister cap = {
        NAMED(MTRRCAP), 8, .reset = VTDM_MTRRCAP_WC | VTDM_MTRRCAP_FIX |
                                    MEMORY_TYPE_RANGES,
    };
    static const VTDMRegister def = {
        NAMED(MTRRDEF), 8, .writable = VTDM_MTRRDEF_E | VTDM_MTRRDEF_FE |
                                       VTDM_MTRRDEF_TYPE,
    };

    add_rule(table, config, &cap);
    add_rule(table, config, &def);
    for (unsigned i = 0; i < VTDM_MTRR_FIX_COUNT; i++) {
        add_rule(table, config, &(VTDMRegister) {
            "MTRR_FIX", VTDM_REG_MTRR_FIX + 8 * i, 8, .writable = UINT64_MAX,
        });
    }
    for (unsigned i = 0; i < MEMORY_TYPE_RANGES; i++) {
        uint32_t base = VTDM_REG_MTRR_PHYSBASE + 16 * i;
        uint64_t haw = ~vtdm_above_haw(config);

        add_rule(table, config, &(VTDMRegister) {
            "MTRR_PHYSBASE", base, 8,
            .writable = (VTDM_MTRR_PHYSBASE_BASE & haw) |
                        VTDM_MTRR_PHYSBASE_TYPE,
        });
        add_rule(table, config, &(VTDMRegister) {
            "MTRR_PHYSMASK", base + 8, 8,
            .writable = (VTDM_MTRR_PHYSMASK_MASK & haw) |
                        VTDM_MTRR_PHYSMASK_V,
        });
    }
}

static int by_offset(const void *a, const void *b)
{
    const VTDMRegister *left = a, *right = b;

    return (left->offset > right->offset) - (left->offset < right->offset);
}

GArray *vtdm_register_rules(const VTDMConfig *config)
{
    GArray *table = g_array_new(false, false, sizeof(VTDMRegister));
    uint64_t cap = vtdm_config_cap(config);
    uint64_t ecap = vtdm_config_ecap(config);

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        const VTDMRule *rule = &rules[i];

        if (!(rule->cap | rule->ecap) || (rule->cap & cap) ||
            (rule->ecap & ecap)) {
            add_rule(table, config, &rule->reg);
        }
    }
    add_configured_rules(table, config);
    if (config->mts) {
        add_memory_type_rules(table, config);
    }
    vtdm_perfmon_add_rules(config, table);
    g_array_sort(table, by_offset);
    return table;
}
