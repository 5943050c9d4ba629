/*
 * intel-iommu-sim: copies of a requester's translations that others keep.
 *
 * VFIO puts the guest's mappings into the host's IOMMU, so it has to be told of
 * each one. A mirror is what it was told: brought up to date when the guest
 * invalidates, it tells of what changed and of nothing else. It is a cache
 * like the unit's own: what the guest does not invalidate stays as it was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_MIRROR_H
#define VTDM_MIRROR_H

#include "hw/i386/vtdm/vtdm.h"

typedef struct VTDMMirror VTDMMirror;

/* One page of any size, or the part of it that is not for interrupts. */
typedef struct VTDMPage {
    uint64_t input;             /* first byte, a multiple of mask + 1 */
    uint64_t mask;              /* size - 1, a power of two less 1 */
    uint64_t output;            /* host physical, likewise a multiple */
    uint8_t perm;               /* VTDM_PERM_*, never 0 */
} VTDMPage;

/*
 * Tells that @page exists from now on, or no more. No lock of the unit is held;
 * it does not call back for the mirror.
 */
typedef void VTDMMirrorTell(void *opaque, const VTDMPage *page,
                            bool exists);

/*
 * Makes a mirror of a requester that passes untranslated. @tell gets @opaque.
 * The caller sees to it that calls for one mirror do not run at once.
 */
VTDMMirror *vtdm_mirror_new(VTDMMirrorTell *tell, void *opaque);

/* Frees a mirror without telling of anything. NULL is allowed. */
void vtdm_mirror_free(VTDMMirror *mirror);

/*
 * Notes what @what, an invalidation in @unit, covers of what @mirror has of
 * @source_id: one of context entries makes it read the requester's again, at
 * once, and all pages later; one of translations the pages in its range. With
 * another unit or source-id than before, everything is read again. Nothing is
 * recorded or cached in the unit, which asks for vtdm_mirror_update() from its
 * next vtdm_unit_work() on.
 * Spec: "Caching Mode"
 */
void vtdm_unit_outdate_mirror(VTDMUnit *unit, VTDMMirror *mirror,
                              uint16_t source_id,
                              const VTDMInvalidation *what);

/*
 * Compares what is outdated with the tables, and tells of what changed. Takes
 * from *@steps for each page that it looks at or tells of, and stops at 0; the
 * next call goes on. Returns whether the mirror is up to date. Tables
 * with more than a million pages are given up, which an event tells of: none of
 * their pages exists until the requester has passed untranslated for a while.
 */
bool vtdm_mirror_update(VTDMMirror *mirror, unsigned *steps);

/* No unit translates the requester any more. */
void vtdm_mirror_detach(VTDMMirror *mirror);

/*
 * Whether the requester's addresses pass untranslated: translation is off, or
 * pass-through, and all mappings of before have been taken back.
 */
bool vtdm_mirror_is_identity(const VTDMMirror *mirror);

/* Calls @tell for each mapping that touches @first to @last, in order. */
void vtdm_mirror_for_each(const VTDMMirror *mirror, uint64_t first,
                          uint64_t last, VTDMMirrorTell *tell, void *opaque);

#endif
