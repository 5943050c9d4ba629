/*
 * Context entries, from the tables or from the context cache.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_CONTEXT_H
#define VTDM_CORE_CONTEXT_H

#include "hw/i386/vtdm/vtdm.h"

/* A context entry, decoded. */
typedef struct VTDMContext {
    uint16_t source_id;
    uint16_t domain_id;         /* 0 if the entry faults */
    uint8_t tt;                 /* VTDM_TT_* */
    uint8_t levels;             /* of the second-stage table */
    bool fpd;
    uint64_t ssptptr;
    VTDMCondition condition;    /* why the entry cannot be used */
    uint64_t entry_address;     /* of the entry that was read last */
    VTDMEntry128 entry;
} VTDMContext;

void vtdm_contexts_init(VTDMUnit *unit);

/*
 * The context entry that @request needs. Read context->condition first. A
 * request that only observes leaves the cache as it is.
 */
void vtdm_context_find(VTDMUnit *unit, const VTDMRequest *request,
                       VTDMContext *context);

/* Whether @what, of the context cache, covers an entry that is cached. */
bool vtdm_context_is_covered(const VTDMContext *context,
                             const VTDMInvalidation *what);

void vtdm_contexts_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);

#endif
