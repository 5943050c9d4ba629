/*
 * What numbers of a saved unit cannot be, as more than one section says it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_LIMITS_H
#define VTDM_CORE_SAVE_LIMITS_H

#include "config.h"
#include "hw/i386/vtdm/vtdm.h"

#define VTDM_MOST_PASID         VTDM_BITS(19, 0)

/* Bits that no address of the host has; nor one of a page, or of an entry. */
static inline uint64_t vtdm_no_address(const VTDMConfig *config)
{
    return vtdm_above_haw(config);
}

static inline uint64_t vtdm_no_page(const VTDMConfig *config)
{
    return vtdm_above_haw(config) | (VTDM_PAGE_SIZE - 1);
}

static inline uint64_t vtdm_no_entry(const VTDMConfig *config)
{
    return vtdm_above_haw(config) | (sizeof(uint64_t) - 1);
}

/* Bits that no domain-id has. */
static inline uint64_t vtdm_no_domain(const VTDMConfig *config)
{
    return ~vtdm_domain_mask(config);
}

static inline bool vtdm_is_pasid(uint32_t pasid)
{
    return pasid == VTDM_NO_PASID || pasid <= VTDM_MOST_PASID;
}

/* Whether @mask is that of a range of pages, and @address its first byte. */
static inline bool vtdm_is_range(uint64_t address, uint64_t mask)
{
    return mask >= VTDM_PAGE_SIZE - 1 && !(mask & (mask + 1)) &&
           !(address & mask);
}

/* Whether first-stage tables may have the address. */
static inline bool vtdm_is_canonical(const VTDMConfig *config,
                                     uint64_t address)
{
    uint64_t above = ~vtdm_mask_below((config->fs5lp ? 57 : 48) - 1);

    return !(address & above) || (address & above) == above;
}

#endif
