/*
 * The register rules, and the one formula that applies them.
 * Spec: "Software Access to Registers", "Register Attributes"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "unit.h"

/* A rule that holds where the capabilities ask for it. */
typedef struct VTDMRule {
    VTDMRegister reg;
    uint64_t cap;               /* register exists if CAP has one of these */
    uint64_t ecap;              /* ... or ECAP one of these; 0, 0: always */
} VTDMRule;

#define ALWAYS 0, 0

static const VTDMRule rules[] = {
    { { VTDM_REG_GCMD, 4, .writable = UINT32_MAX,
        .written = vtdm_gcmd_written }, ALWAYS },
    { { VTDM_REG_GSTS, 4 }, ALWAYS },
    { { VTDM_REG_RTADDR, 8,
        .writable = VTDM_RTADDR_RTA | VTDM_RTADDR_TTM }, ALWAYS },
    { { VTDM_REG_CCMD, 8,
        .writable = VTDM_CCMD_ICC | VTDM_CCMD_CIRG | VTDM_CCMD_FM |
                    VTDM_CCMD_SID | VTDM_CCMD_DID,
        .written = vtdm_ccmd_written }, ALWAYS },
    { { VTDM_REG_FSTS, 4,
        .write_1_clear = VTDM_FSTS_PFO | VTDM_FSTS_IQE | VTDM_FSTS_ICE |
                         VTDM_FSTS_ITE,
        .sticky = UINT32_MAX, .written = vtdm_fsts_written }, ALWAYS },
    { { VTDM_REG_FECTL, 4, .reset = VTDM_FECTL_IM,
        .writable = VTDM_FECTL_IM, .written = vtdm_fectl_written }, ALWAYS },
    { { VTDM_REG_FEDATA, 4, .writable = VTDM_FEDATA_DATA }, ALWAYS },
    { { VTDM_REG_FEADDR, 4, .writable = VTDM_FEADDR_ADDR }, ALWAYS },
    { { VTDM_REG_FEUADDR, 4, .writable = VTDM_FEUADDR_ADDR },
      0, VTDM_ECAP_EIM },
    { { VTDM_REG_PMEN, 4, .writable = VTDM_PMEN_EPM,
        .written = vtdm_pmen_written }, VTDM_CAP_PLMR | VTDM_CAP_PHMR, 0 },
    { { VTDM_REG_PLMBASE, 4, .writable = VTDM_BITS(31, 21) },
      VTDM_CAP_PLMR, 0 },
    { { VTDM_REG_PLMLIMIT, 4, .writable = VTDM_BITS(31, 21) },
      VTDM_CAP_PLMR, 0 },
    { { VTDM_REG_PHMBASE, 8, .writable = VTDM_BITS(63, 21) },
      VTDM_CAP_PHMR, 0 },
    { { VTDM_REG_PHMLIMIT, 8, .writable = VTDM_BITS(63, 21) },
      VTDM_CAP_PHMR, 0 },
    { { VTDM_REG_IQH, 8 }, 0, VTDM_ECAP_QI },
    { { VTDM_REG_IQT, 8, .writable = VTDM_IQT_QT,
        .written = vtdm_iqt_written }, 0, VTDM_ECAP_QI },
    { { VTDM_REG_IQA, 8,
        .writable = VTDM_IQA_IQA | VTDM_IQA_DW | VTDM_IQA_QS,
        .written = vtdm_iqa_written },
      0, VTDM_ECAP_QI },
    { { VTDM_REG_ICS, 4, .write_1_clear = VTDM_ICS_IWC,
        .sticky = VTDM_ICS_IWC, .written = vtdm_ics_written },
      0, VTDM_ECAP_QI },
    { { VTDM_REG_IECTL, 4, .reset = VTDM_FECTL_IM,
        .writable = VTDM_FECTL_IM, .written = vtdm_iectl_written },
      0, VTDM_ECAP_QI },
    { { VTDM_REG_IEDATA, 4, .writable = VTDM_FEDATA_DATA }, 0, VTDM_ECAP_QI },
    { { VTDM_REG_IEADDR, 4, .writable = VTDM_FEADDR_ADDR }, 0, VTDM_ECAP_QI },
    { { VTDM_REG_IEUADDR, 4, .writable = VTDM_FEUADDR_ADDR },
      0, VTDM_ECAP_EIM },
    { { VTDM_REG_IQERCD, 8, .sticky = UINT64_MAX }, 0, VTDM_ECAP_QI },
    { { VTDM_REG_IRTA, 8,
        .writable = VTDM_IRTA_IRTA | VTDM_IRTA_EIME | VTDM_IRTA_S },
      0, VTDM_ECAP_IR },
};

uint32_t vtdm_iotlb_offset(const VTDMConfig *config)
{
    return 16 * vtdm_get(vtdm_config_ecap(config), VTDM_ECAP_IRO);
}

uint32_t vtdm_frcd_offset(const VTDMConfig *config)
{
    return 16 * vtdm_get(vtdm_config_cap(config), VTDM_CAP_FRO);
}

/* Fields that are reserved unless a capability is there. */
static uint64_t reserved_fields(const VTDMConfig *config, uint32_t offset)
{
    switch (offset) {
    case VTDM_REG_RTADDR:
    case VTDM_REG_IQA:
    case VTDM_REG_PHMBASE:
    case VTDM_REG_PHMLIMIT:
        return vtdm_above_haw(config);
    case VTDM_REG_IRTA:
        return vtdm_above_haw(config) | (config->eim ? 0 : VTDM_IRTA_EIME);
    default:
        return 0;
    }
}

static void add_rule(VTDMUnit *unit, const VTDMRegister *reg)
{
    VTDMRegister rule = *reg;
    uint64_t reserved = reserved_fields(&unit->config, reg->offset);

    rule.writable &= ~reserved;
    rule.write_1_clear &= ~reserved;
    g_array_append_val(unit->regs.rules, rule);
}

/* Identification, IOTLB and fault records: the configuration places them. */
static void add_configured_rules(VTDMUnit *unit)
{
    const VTDMConfig *config = &unit->config;
    uint32_t iotlb = vtdm_iotlb_offset(config);
    uint32_t frcd = vtdm_frcd_offset(config);
    const VTDMRegister fixed[] = {
        { VTDM_REG_VER, 4,
          .reset = vtdm_field(VTDM_VER_MAX, config->version_major) },
        { VTDM_REG_CAP, 8, .reset = vtdm_config_cap(config) },
        { VTDM_REG_ECAP, 8, .reset = vtdm_config_ecap(config) },
        { iotlb + VTDM_REG_IVA, 8,
          .writable = VTDM_IVA_ADDR | VTDM_IVA_IH | VTDM_IVA_AM },
        { iotlb + VTDM_REG_IOTLB, 8,
          .writable = VTDM_IOTLB_IVT | VTDM_IOTLB_IIRG | VTDM_IOTLB_DR |
                      VTDM_IOTLB_DW | VTDM_IOTLB_DID,
          .written = vtdm_iotlb_written },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(fixed); i++) {
        add_rule(unit, &fixed[i]);
    }
    for (unsigned i = 0; i < config->fault_records; i++) {
        const VTDMRegister record[] = {
            { frcd + i * VTDM_FRCD_SIZE, 8, .sticky = UINT64_MAX },
            { frcd + i * VTDM_FRCD_SIZE + 8, 8,
              .write_1_clear = VTDM_FRCD_HI_F, .sticky = UINT64_MAX,
              .written = vtdm_frcd_written },
        };

        add_rule(unit, &record[0]);
        add_rule(unit, &record[1]);
    }
}

static int by_offset(const void *a, const void *b)
{
    const VTDMRegister *left = a, *right = b;

    return (left->offset > right->offset) - (left->offset < right->offset);
}

void vtdm_registers_init(VTDMUnit *unit)
{
    uint64_t cap = vtdm_config_cap(&unit->config);
    uint64_t ecap = vtdm_config_ecap(&unit->config);

    unit->regs.size = vtdm_config_register_size(&unit->config);
    unit->regs.value = g_malloc0(unit->regs.size);
    unit->regs.rules = g_array_new(false, false, sizeof(VTDMRegister));
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        const VTDMRule *rule = &rules[i];

        if (!(rule->cap | rule->ecap) || (rule->cap & cap) ||
            (rule->ecap & ecap)) {
            add_rule(unit, &rule->reg);
        }
    }
    add_configured_rules(unit);
    g_array_sort(unit->regs.rules, by_offset);
}

void vtdm_registers_destroy(VTDMUnit *unit)
{
    g_array_free(unit->regs.rules, true);
    g_free(unit->regs.value);
}

static uint64_t load(const VTDMUnit *unit, uint32_t offset, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        value |= (uint64_t)unit->regs.value[offset + i] << (8 * i);
    }
    return value;
}

static void store(VTDMUnit *unit, uint32_t offset, unsigned size,
                  uint64_t value)
{
    for (unsigned i = 0; i < size; i++) {
        unit->regs.value[offset + i] = value >> (8 * i);
    }
}

void vtdm_registers_reset(VTDMUnit *unit, bool power_good)
{
    for (guint i = 0; i < unit->regs.rules->len; i++) {
        const VTDMRegister *reg =
            &g_array_index(unit->regs.rules, VTDMRegister, i);
        uint64_t kept = power_good ? 0 : reg->sticky;
        uint64_t old = load(unit, reg->offset, reg->size);

        store(unit, reg->offset, reg->size,
              (old & kept) | (reg->reset & ~kept));
    }
}

static bool refused(VTDMUnit *unit, uint32_t offset, unsigned size)
{
    return (size != 4 && size != 8) || offset % size ||
           offset > unit->regs.size - size;
}

static void tell_access(VTDMUnit *unit, VTDMEventKind kind, bool write,
                        uint32_t offset, unsigned size, uint64_t value)
{
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = kind,
        .reg = { offset, size, value, write },
    });
}

uint64_t vtdm_registers_peek(VTDMUnit *unit, uint32_t offset, unsigned size)
{
    return refused(unit, offset, size) ? 0 : load(unit, offset, size);
}

uint64_t vtdm_registers_read(VTDMUnit *unit, uint32_t offset, unsigned size)
{
    bool bad = refused(unit, offset, size);
    uint64_t value = vtdm_registers_peek(unit, offset, size);

    tell_access(unit, bad ? VTDM_EVENT_REGISTER_REFUSED
                          : VTDM_EVENT_REGISTER_READ,
                false, offset, size, value);
    return value;
}

/* The rules whose registers the @size bytes at @offset touch. */
static guint first_rule(VTDMUnit *unit, uint32_t offset)
{
    GArray *table = unit->regs.rules;
    guint low = 0, high = table->len;

    while (low < high) {
        guint middle = (low + high) / 2;
        VTDMRegister *reg = &g_array_index(table, VTDMRegister, middle);

        if (reg->offset + reg->size <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The bytes of @reg that the access writes, as bits; 0: none. */
static unsigned bytes_written(const VTDMRegister *reg, uint32_t offset,
                              unsigned size)
{
    unsigned bytes = 0;

    for (unsigned i = 0; i < reg->size; i++) {
        uint32_t at = reg->offset + i;

        if (at >= offset && at < offset + size) {
            bytes |= 1u << i;
        }
    }
    return bytes;
}

static void apply(VTDMUnit *unit, const VTDMRegister *reg, unsigned bytes,
                  uint64_t data)
{
    uint64_t old = load(unit, reg->offset, reg->size);
    uint64_t reach = 0;

    for (unsigned i = 0; i < reg->size; i++) {
        reach |= bytes & (1u << i) ? 0xffULL << (8 * i) : 0;
    }
    store(unit, reg->offset, reg->size,
          ((old & ~(reg->writable & reach)) | (data & reg->writable & reach))
          & ~(data & reg->write_1_clear & reach));
}

void vtdm_registers_write(VTDMUnit *unit, uint32_t offset, unsigned size,
                          uint64_t value)
{
    bool bad = refused(unit, offset, size);

    tell_access(unit, bad ? VTDM_EVENT_REGISTER_REFUSED
                          : VTDM_EVENT_REGISTER_WRITE,
                true, offset, size, value);
    if (bad) {
        return;
    }
    for (guint i = first_rule(unit, offset); i < unit->regs.rules->len; i++) {
        const VTDMRegister *reg =
            &g_array_index(unit->regs.rules, VTDMRegister, i);
        unsigned bytes = bytes_written(reg, offset, size);

        if (!bytes) {
            break;
        }
        apply(unit, reg, bytes, offset > reg->offset
                                    ? value << (8 * (offset - reg->offset))
                                    : value >> (8 * (reg->offset - offset)));
        if (reg->written) {
            reg->written(unit, bytes);
        }
    }
}

uint32_t vtdm_reg32(const VTDMUnit *unit, uint32_t offset)
{
    return load(unit, offset, 4);
}

uint64_t vtdm_reg64(const VTDMUnit *unit, uint32_t offset)
{
    return load(unit, offset, 8);
}

void vtdm_set_reg32(VTDMUnit *unit, uint32_t offset, uint32_t value)
{
    store(unit, offset, 4, value);
}

void vtdm_set_reg64(VTDMUnit *unit, uint32_t offset, uint64_t value)
{
    store(unit, offset, 8, value);
}

void vtdm_change_reg32(VTDMUnit *unit, uint32_t offset, uint32_t set,
                       uint32_t clear)
{
    vtdm_set_reg32(unit, offset,
                   (vtdm_reg32(unit, offset) & ~clear) | set);
}
