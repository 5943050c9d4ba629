/*
 * An interrupt that a cached entry remaps: as interrupt.c does it, in the same
 * order, without the lock and without a word that others read. What is blocked,
 * posted or not cached is left to who holds the lock.
 * Spec: "Interrupt-Remapping Hardware Operation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hits.h"
#include "interrupt-entries.h"
#include "interrupt-hit.h"
#include "interrupt.h"
#include "irte.h"
#include "unit.h"

static bool is_remappable(const VTDMInterruptRequest *request)
{
    return request->view != VTDM_TABLES && request->size == 4 &&
           !(request->address % 4) && request->address & VTDM_MSI_FORMAT &&
           !(request->address & VTDM_MSI_SHV &&
             request->data & VTDM_MSI_DATA_RSVD);
}

/* With IM, an entry is posted, or the bit is reserved. */
static bool remaps(const VTDMEntry128 *irte, uint16_t source_id, bool eime)
{
    return irte->lo & VTDM_IRTE_P && vtdm_irte_accepts(irte, source_id) &&
           vtdm_get(irte->hi, VTDM_IRTE_HI_SVT) != VTDM_SVT_RESERVED &&
           !vtdm_irte_has_reserved_bits(irte, eime);
}

/*
 * The entry that is found may have been cached since @mode was read, for
 * another one: then the mode has changed, which is seen at the end.
 */
bool vtdm_interrupt_hit(VTDMUnit *unit, const VTDMInterruptRequest *request,
                        VTDMInterrupt *interrupt)
{
    uint64_t mode = vtdm_load(&unit->interrupt_mode);
    bool eime = mode & VTDM_HITS_EIME;
    uint32_t index = vtdm_irte_index(request);
    VTDMEntry128 irte;

    if (!is_remappable(request) || index >= (mode & VTDM_HITS_ENTRIES) ||
        !vtdm_irte_find(&unit->irtes, index, &irte) ||
        !remaps(&irte, request->source_id, eime) ||
        vtdm_load(&unit->interrupt_mode) != mode) {
        return false;
    }
    interrupt->response = VTDM_OK;
    interrupt->remapped = true;
    interrupt->posted = false;
    interrupt->silent = false;
    interrupt->index = index;
    interrupt->fault.condition = VTDM_NO_FAULT;
    vtdm_irte_deliver(&irte, eime, interrupt);
    if (request->view == VTDM_USE) {
        vtdm_hits_count(&unit->hits, VTDM_HIT_INTERRUPT);
        vtdm_interrupt_tell(unit, request->source_id, interrupt);
    }
    return true;
}
