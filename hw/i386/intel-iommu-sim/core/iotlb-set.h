/*
 * Sets of cached translations that one flush removes as a whole, whatever they
 * hold: it puts them aside, nothing of them is found any more, and their room
 * comes back in time.
 *
 * All translations are one set. In it are those of each domain, of each kind
 * apart (of second-stage tables alone, or not); in these those of each PASID,
 * which hold the entries.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_IOTLB_SET_H
#define VTDM_CORE_IOTLB_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/i386/vtdm/glib.h"

typedef struct VTDMIotlbSet {
    struct VTDMIotlbSet *parent;    /* NULL: all */
    uint32_t key;               /* among the parent's */
    bool flushed;
    unsigned members;           /* sets, also flushed ones, or entries */
    GHashTable *sets;           /* key -> VTDMIotlbSet; NULL: of a PASID */
    GQueue entries;             /* of a PASID, the oldest first */
    GSequence *places;          /* what lies in order here; or NULL */
    GList order;                /* place in VTDMIotlbSets.flushed */
} VTDMIotlbSet;

typedef struct VTDMIotlbSets {
    VTDMIotlbSet *all;
    GQueue flushed;             /* VTDMIotlbSet, with room to come back */
} VTDMIotlbSets;

void vtdm_iotlb_sets_init(VTDMIotlbSets *sets);

/* There must be no entry left. */
void vtdm_iotlb_sets_destroy(VTDMIotlbSets *sets);

/* The set of a domain and kind, and the one of a PASID in it; or NULL. */
VTDMIotlbSet *vtdm_iotlb_set_of_domain(const VTDMIotlbSets *sets,
                                       uint16_t domain_id, bool first_stage);
VTDMIotlbSet *vtdm_iotlb_set_of_pasid(const VTDMIotlbSets *sets,
                                      uint16_t domain_id, bool first_stage,
                                      uint32_t pasid);

/*
 * Adds the entry that @fellow->data is to the set of a PASID, which is made if
 * there is none; returns it.
 */
VTDMIotlbSet *vtdm_iotlb_set_enter(VTDMIotlbSets *sets, uint16_t domain_id,
                                   bool first_stage, uint32_t pasid,
                                   GList *fellow);

/* Takes it out again. A set goes with the last of its entries. */
void vtdm_iotlb_set_leave(VTDMIotlbSets *sets, VTDMIotlbSet *set,
                          GList *fellow);

/* NULL: there is nothing to flush. */
void vtdm_iotlb_set_flush(VTDMIotlbSets *sets, VTDMIotlbSet *set);

/* Whether a flush removed what is in the set of a PASID. */
bool vtdm_iotlb_set_is_flushed(const VTDMIotlbSet *set);

/* An entry that was flushed, of the set that was flushed first; or NULL. */
gpointer vtdm_iotlb_sets_first_flushed(const VTDMIotlbSets *sets);

#endif
