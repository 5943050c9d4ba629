/*
 * Notices for those who keep copies, and what completes after them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "copies.h"
#include "notice.h"
#include "registers.h"
#include "unit.h"

static void remove_notice(VTDMCopies *copies, unsigned i)
{
    copies->count--;
    memmove(&copies->notices[i], &copies->notices[i + 1],
            (copies->count - i) * sizeof(copies->notices[0]));
}

/* Leaves one notice of each kind, where there are too many. */
static void crowd(VTDMCopies *copies)
{
    for (unsigned i = 0; i < copies->count; i++) {
        for (unsigned j = copies->count - 1; j > i; j--) {
            VTDMInvalidation *kept = &copies->notices[i];

            if (vtdm_notices_agree(kept, &copies->notices[j])) {
                *kept = vtdm_notice_join(kept, &copies->notices[j]);
                remove_notice(copies, j);
            }
        }
    }
}

void vtdm_copies_tell(VTDMUnit *unit, const VTDMInvalidation *what)
{
    VTDMCopies *copies = &unit->copies;
    VTDMInvalidation notice;

    if (what->cache != VTDM_CACHE_INTERRUPT && !unit->has_copies) {
        return;
    }
    notice = vtdm_notice_join(what, what);
    for (unsigned i = copies->count; i; i--) {
        if (vtdm_notice_covers(&copies->notices[i - 1], &notice)) {
            return;
        }
        if (vtdm_notice_covers(&notice, &copies->notices[i - 1])) {
            remove_notice(copies, i - 1);
        }
    }
    if (copies->count == VTDM_NOTICES) {
        crowd(copies);
    }
    copies->notices[copies->count++] = notice;
}

bool vtdm_copies_take(VTDMUnit *unit, VTDMInvalidation *what)
{
    if (!unit->copies.count) {
        return false;
    }
    *what = unit->copies.notices[0];
    remove_notice(&unit->copies, 0);
    return true;
}

void vtdm_copies_complete(VTDMUnit *unit, uint32_t offset, uint64_t clear,
                          uint64_t set)
{
    VTDMCompletion *place = unit->copies.completions;

    while (place->pending && place->offset != offset) {
        place++;
    }
    *place = (VTDMCompletion) { true, offset, clear, set };
}

static bool has_completions(const VTDMUnit *unit)
{
    return unit->copies.completions[0].pending;
}

/* They fill their places from the first on. */
bool vtdm_copies_settle(VTDMUnit *unit)
{
    if (!has_completions(unit)) {
        return false;
    }
    for (unsigned i = 0; i < VTDM_COMPLETIONS; i++) {
        VTDMCompletion *done = &unit->copies.completions[i];

        if (done->pending) {
            vtdm_set_reg64(unit, done->offset,
                           (vtdm_reg64(unit, done->offset) & ~done->clear) |
                           done->set);
            done->pending = false;
        }
    }
    return true;
}

bool vtdm_copies_are_pending(const VTDMUnit *unit)
{
    return !vtdm_copies_are_current(&unit->copies) || has_completions(unit);
}
