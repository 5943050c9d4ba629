/*
 * Protected memory regions: ranges that no device may reach.
 * Spec: "Protected Memory Enable Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "copies.h"
#include "hits.h"
#include "protected.h"
#include "registers.h"
#include "unit.h"

static const VTDMRange no_range = { .base = 1, .limit = 0 };

static VTDMRange low_range(VTDMUnit *unit)
{
    return (VTDMRange) {
        .base = vtdm_reg32(unit, VTDM_REG_PLMBASE),
        .limit = vtdm_reg32(unit, VTDM_REG_PLMLIMIT) | VTDM_PROTECTED_GRANULE,
    };
}

static VTDMRange high_range(VTDMUnit *unit)
{
    return (VTDMRange) {
        .base = vtdm_reg64(unit, VTDM_REG_PHMBASE),
        .limit = vtdm_reg64(unit, VTDM_REG_PHMLIMIT) | VTDM_PROTECTED_GRANULE,
    };
}

/* The ranges are taken over when protection is switched on. */
void vtdm_pmen_written(VTDMUnit *unit, unsigned bytes)
{
    uint32_t pmen = vtdm_reg32(unit, VTDM_REG_PMEN);
    bool on = pmen & VTDM_PMEN_EPM;
    bool was_on = unit->latched.protects;

    if (on && !was_on) {
        unit->latched.protected_ranges[0] = unit->config.plmr ? low_range(unit)
                                                      : no_range;
        unit->latched.protected_ranges[1] = unit->config.phmr ? high_range(unit)
                                                      : no_range;
    } else if (!on) {
        unit->latched.protected_ranges[0] = no_range;
        unit->latched.protected_ranges[1] = no_range;
    }
    if (on != was_on) {
        vtdm_copies_tell(unit, &(VTDMInvalidation) {
            .cache = VTDM_CACHE_EVERY, .scope = VTDM_SCOPE_GLOBAL,
        });
    }
    unit->latched.protects = on;
    vtdm_hits_changed(unit);
    vtdm_copies_complete(unit, VTDM_REG_PMEN, VTDM_PMEN_PRS,
                         on ? VTDM_PMEN_PRS : 0);
}

bool vtdm_protected_blocks(VTDMUnit *unit, uint64_t address, bool remapped)
{
    if (remapped && unit->config.version_major < 2) {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(unit->latched.protected_ranges); i++) {
        const VTDMRange *range = &unit->latched.protected_ranges[i];

        if (address >= range->base && address <= range->limit) {
            return true;
        }
    }
    return false;
}
