/*
 * What must hold, and what should hold, of a whole table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "affinity.h"
#include "drhd.h"
#include "group.h"
#include "hw/i386/vtdm/dmar-check.h"
#include "name.h"
#include "notes.h"
#include "region.h"
#include "source.h"

static void check_flags(const VTDMDmar *dmar, VTDMDmarNotes *warnings)
{
    if (dmar->flags & VTDM_DMAR_X2APIC_OPT_OUT &&
        !(dmar->flags & VTDM_DMAR_INTR_REMAP)) {
        vtdm_dmar_note(warnings, offsetof(VTDMDmarHeader, flags),
                       "table: X2APIC_OPT_OUT has no meaning without "
                       "INTR_REMAP: clear the one, or set the other");
    }
}

void vtdm_dmar_check(const VTDMDmar *dmar, VTDMDmarNotes *errors)
{
    if (dmar->is_broken) {
        return;
    }
    vtdm_dmar_check_units(dmar, errors, dmar->warnings);
    vtdm_dmar_check_regions(dmar, dmar->warnings);
    vtdm_dmar_check_include_all_last(dmar, dmar->warnings);
    check_flags(dmar, dmar->warnings);
    vtdm_dmar_check_sources(dmar, dmar->warnings);
    vtdm_dmar_check_affinities(dmar, dmar->warnings);
    vtdm_dmar_check_names(dmar, dmar->warnings);
    vtdm_dmar_check_groups(dmar, VTDM_DMAR_ATSR, dmar->warnings);
    vtdm_dmar_check_groups(dmar, VTDM_DMAR_SATC, dmar->warnings);
    vtdm_dmar_check_groups(dmar, VTDM_DMAR_SIDP, dmar->warnings);
    for (unsigned type = 0; type < VTDM_DMAR_TYPES; type++) {
        vtdm_dmar_check_named(dmar, type, dmar->warnings);
    }
}
