/*
 * The walk: from the root down to a leaf, a fault, or no permission left.
 * Spec: "Hierarchical Translation Structures"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "host.h"
#include "unit.h"
#include "walk.h"

static bool read_entry(const VTDMUnit *unit, uint64_t address,
                       const VTDMWalkRecorder *recorder, unsigned level,
                       VTDMTranslation *end)
{
    end->entry_address = address;
    end->entry = 0;
    if (!vtdm_host_read64(unit, address, &end->entry)) {
        return false;
    }
    if (recorder) {
        recorder->step(recorder->opaque, end->stage, address, end->entry,
                       level);
    }
    return true;
}

/* The page that the leaf in @end maps. */
static void take_page(const VTDMFormat *format, unsigned level,
                      VTDMTranslation *end)
{
    end->mask = vtdm_level_mask(level);
    end->output = end->entry & format->address;
    end->snoop = end->entry & format->snoop;
}

void vtdm_walk(VTDMUnit *unit, const VTDMTable *table, uint64_t address,
               const VTDMWalkAccess *access, VTDMTranslation *end)
{
    const VTDMFormat *format = table->format;
    const VTDMWalkConditions *conditions = table->conditions;
    uint64_t next = table->root;

    *end = (VTDMTranslation) { .perm = VTDM_PERM_ALL,
                               .mask = VTDM_PAGE_SIZE - 1,
                               .dirty = true,
                               .stage = format->stage };
    if (address > table->reach) {
        end->condition = conditions->too_wide;
        return;
    }
    for (unsigned level = table->levels; level && end->perm; level--) {
        uint64_t at = next + vtdm_level_index(address, level) *
                      sizeof(end->entry);
        bool leaf;

        end->span = vtdm_level_mask(level);
        if (!read_entry(unit, at, access->recorder, level, end)) {
            end->condition = level == table->levels ? conditions->first_unreadable
                                                    : conditions->unreadable;
            return;
        }
        if (!format->perm(end->entry)) {
            end->perm = 0;
            end->supervisor_perm = 0;
            return;
        }
        leaf = format->is_leaf(&unit->config, end->entry, level);
        if (end->entry & format->reserved(&unit->config, level, leaf)) {
            end->condition = conditions->reserved;
            return;
        }
        end->perm &= format->perm(end->entry);
        end->supervisor_perm = end->perm;
        if (leaf) {
            take_page(format, level, end);
            return;
        }
        next = end->entry & format->address;
    }
}
