/*
 * The context cache: context entries, decoded, by source-id.
 * Spec: "Context-Cache"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_CONTEXT_CACHE_H
#define VTDM_CORE_CONTEXT_CACHE_H

#include "hw/i386/vtdm/vtdm.h"

/* Entries that are kept at most; the oldest goes. */
#define VTDM_CONTEXT_CACHE_ENTRIES 4096

/* A context entry, decoded. */
typedef struct VTDMContext {
    uint16_t source_id;
    bool scalable;              /* of scalable mode, else of legacy mode */
    bool fpd;
    VTDMCondition condition;    /* why the entry cannot be used */
    uint64_t entry_address;     /* of the entry that was read last */
    VTDMEntry128 entry;         /* the first 128 bits of it */

    /* legacy mode */
    uint16_t domain_id;         /* 0 if the entry faults */
    uint8_t tt;                 /* VTDM_TT_* */
    uint8_t levels;             /* of the second-stage table */
    uint64_t ssptptr;

    /* scalable mode */
    bool dte;                   /* translation and translated requests */
    bool paside;                /* requests with PASID */
    bool pre;                   /* page requests */
    bool rid_priv;              /* requests without PASID are privileged... */
    uint32_t rid_pasid;         /* ... and have this one's PASID entry */
    uint32_t pasids;            /* that the directory has room for */
    uint64_t pasiddirptr;
} VTDMContext;

/* Places for those that were asked for last. */
#define VTDM_CONTEXTS_RECENT    256

typedef struct VTDMContexts {
    const VTDMContext *recent[VTDM_CONTEXTS_RECENT];
    GHashTable *entries;        /* keyed by source-id */
    GSequence *domains;         /* the same, by domain-id and source-id... */
    GSequence *flushed;         /* ... but these are gone, and to be freed */
    bool has_flushed;           /* that one is not empty */
    GQueue order;               /* all, oldest first */
} VTDMContexts;

void vtdm_contexts_init(VTDMUnit *unit);
void vtdm_contexts_destroy(VTDMUnit *unit);

/* The entry that is cached for @source_id, or NULL. */
const VTDMContext *vtdm_context_lookup(VTDMUnit *unit, uint16_t source_id);

/* Keeps a copy of @context, which may be one that faults. */
void vtdm_context_insert(VTDMUnit *unit, const VTDMContext *context);

/* Whether @what, of the context cache, covers an entry that is cached. */
bool vtdm_context_is_covered(const VTDMContext *context,
                             const VTDMInvalidation *what);

/* Drops what @what covers. Freeing it is left, but for some of a device. */
void vtdm_contexts_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);

/* Frees some of what was dropped. Returns whether there was any. */
bool vtdm_contexts_reclaim(VTDMUnit *unit);

/* Whether vtdm_contexts_reclaim() has anything to free. */
bool vtdm_contexts_have_work(const VTDMUnit *unit);

/* Hands each cached entry to @see, the oldest first. */
typedef void VTDMContextSee(void *opaque, const VTDMContext *context);
void vtdm_contexts_for_each(const VTDMUnit *unit, VTDMContextSee *see,
                            void *opaque);

#endif
