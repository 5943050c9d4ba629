/*
 * What becomes of the untranslated requests without PASID of one requester, as
 * the tables said when they were last read: whoever mirrors its pages has to
 * know.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_REQUESTER_H
#define VTDM_CORE_REQUESTER_H

#include "context-cache.h"
#include "pasid-cache.h"
#include "walk.h"

typedef enum VTDMPath {
    VTDM_PATH_BLOCKED,
    VTDM_PATH_IDENTITY,         /* they pass as they are */
    VTDM_PATH_TABLE,            /* second-stage tables translate them */
} VTDMPath;

typedef struct VTDMRequester {
    uint16_t source_id;
    VTDMPath path;
    VTDMContext context;
    VTDMPasidEntry entry;       /* scalable mode: of RID_PASID */
} VTDMRequester;

/*
 * Reads the entries of @source_id as a request would find them. First-stage
 * tables count as blocked: software does not tell of what it adds to them.
 * Spec: "Optional Invalidation"
 */
void vtdm_requester_read(VTDMUnit *unit, uint16_t source_id,
                         VTDMRequester *requester);

/* The tables; the path is VTDM_PATH_TABLE. */
VTDMTable vtdm_requester_table(const VTDMUnit *unit,
                               const VTDMRequester *requester);

/* Whether @what, not of the IOTLB, covers the entries that were read. */
bool vtdm_requester_is_covered(const VTDMRequester *requester,
                               const VTDMInvalidation *what);

/*
 * Whether @what, of the IOTLB, covers pages of the tables; if so, those from
 * @first to @last.
 */
bool vtdm_requester_range(const VTDMRequester *requester,
                          const VTDMInvalidation *what, uint64_t *first,
                          uint64_t *last);

#endif
