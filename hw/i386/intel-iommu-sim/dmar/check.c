/*
 * What must hold, and what should hold, of a whole table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "affinity.h"
#include "check.h"
#include "drhd.h"
#include "group.h"
#include "notes.h"
#include "region.h"

static void check_interrupts(const VTDMDmar *dmar, VTDMDmarNotes *warnings)
{
    if (dmar->flags & VTDM_DMAR_X2APIC_OPT_OUT &&
        !(dmar->flags & VTDM_DMAR_INTR_REMAP)) {
        vtdm_dmar_note(warnings, offsetof(VTDMDmarHeader, flags),
                       "table: X2APIC_OPT_OUT without INTR_REMAP");
    }
    if (dmar->flags & VTDM_DMAR_INTR_REMAP &&
        !vtdm_dmar_lists_ioapic(dmar)) {
        vtdm_dmar_note(warnings, offsetof(VTDMDmarHeader, flags),
                       "table: INTR_REMAP is set, but no unit lists an "
                       "IOAPIC: guests will not remap interrupts");
    }
}

void vtdm_dmar_check_table(const VTDMDmar *dmar, VTDMDmarNotes *errors)
{
    vtdm_dmar_check_units(dmar, errors, dmar->warnings);
    vtdm_dmar_check_regions(dmar, dmar->warnings);
    vtdm_dmar_check_include_all_last(dmar, dmar->warnings);
    check_interrupts(dmar, dmar->warnings);
    vtdm_dmar_check_affinities(dmar, dmar->warnings);
    vtdm_dmar_check_names(dmar, dmar->warnings);
    vtdm_dmar_check_groups(dmar, VTDM_DMAR_ATSR, dmar->warnings);
    vtdm_dmar_check_groups(dmar, VTDM_DMAR_SATC, dmar->warnings);
    vtdm_dmar_check_groups(dmar, VTDM_DMAR_SIDP, dmar->warnings);
}
