/*
 * What follows from a configuration, as the rest of the core needs it.
 * Spec: "Capability Register", "Extended Capability Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_CONFIG_H
#define VTDM_CORE_CONFIG_H

#include "hw/i386/vtdm/config.h"
#include "hw/i386/vtdm/config-register.h"
#include "hw/i386/vtdm/config-row.h"

/* The widest second-stage input that the unit can walk, in bits. */
unsigned vtdm_config_widest(const VTDMConfig *config);

/* The same of either stage. */
unsigned vtdm_config_widest_input(const VTDMConfig *config);

/* Where the configuration puts the registers that may move. */
uint32_t vtdm_iotlb_offset(const VTDMConfig *config);
uint32_t vtdm_frcd_offset(const VTDMConfig *config);

/* Address bits that no host physical address has. */
static inline uint64_t vtdm_above_haw(const VTDMConfig *config)
{
    return ~vtdm_mask_below(config->host_address_width);
}

/*
 * The last address that second-stage tables of @levels translate.
 * Spec: "Second-Stage Translation": the input is min(MGAW, AGAW) wide
 */
static inline uint64_t vtdm_second_stage_reach(const VTDMConfig *config,
                                               unsigned levels)
{
    unsigned agaw = VTDM_PAGE_BITS + VTDM_LEVEL_BITS * levels;

    return vtdm_mask_below(MIN(agaw, config->mgaw));
}

/* Fields that are reserved where a capability is missing. */
static inline uint64_t vtdm_unless(bool capability, uint64_t fields)
{
    return capability ? 0 : fields;
}

/* The bits of a domain-id. */
static inline uint64_t vtdm_domain_mask(const VTDMConfig *config)
{
    return vtdm_mask_below(4 + 2 * config->nd);
}

/*
 * The source-id bits that count under a function mask, FM or SQ.
 * Spec: "Context-cache Invalidate Descriptor"
 */
static inline uint16_t vtdm_function_mask(unsigned fm)
{
    static const uint16_t masks[] = { 0xffff, 0xfffb, 0xfff9, 0xfff8 };

    return masks[fm];
}

#endif
