/*
 * From a translation to the answer of a request: what all modes share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_ANSWER_H
#define VTDM_CORE_ANSWER_H

#include "iotlb.h"
#include "walk.h"

/* How a mode names what can be wrong with an answer. */
typedef struct VTDMMode {
    VTDMCondition (*translate)(VTDMUnit *unit, const VTDMRequest *request,
                               VTDMResult *result);
    const VTDMWalkConditions *permissions;  /* no_user, no_write, no_read */
    /* By address type: an address that passes beyond the host's... */
    VTDMCondition too_wide[VTDM_AT_RESERVED];
    /* ... and an output in the interrupt address range. */
    VTDMCondition interrupts[VTDM_AT_RESERVED];
} VTDMMode;

/* A request on the way to its answer. */
typedef struct VTDMAnswer {
    VTDMUnit *unit;
    const VTDMMode *mode;
    const VTDMRequest *request;
    VTDMResult *result;
    bool absent;                /* the IOTLB has nothing of the page */
} VTDMAnswer;

/*
 * The input address is the output.
 * Spec: "Pass-through Translation", "Handling of Translated Requests"
 */
VTDMCondition vtdm_answer_identity(const VTDMAnswer *answer);

/* The same for a requester that passes through, which is kept in mind. */
VTDMCondition vtdm_answer_pass_through(const VTDMAnswer *answer);

/*
 * Whether @request asks for a translation of the interrupt address range; and
 * its answer: a device may write there, untranslated only.
 * Spec: "Handling of Translation Requests"
 */
bool vtdm_asks_for_interrupts(const VTDMRequest *request);
VTDMCondition vtdm_answer_interrupts(const VTDMAnswer *answer);

/* Whether the IOTLB had an answer, which *@condition is a part of. */
bool vtdm_answer_from_iotlb(VTDMAnswer *answer, VTDMCondition *condition);

/*
 * The answer out of @table. The IOTLB keeps it as @found, if the request is a
 * device's: the caller gives what is neither tag nor translation.
 */
VTDMCondition vtdm_answer_from_tables(const VTDMAnswer *answer,
                                      const VTDMTable *table,
                                      VTDMIotlbEntry *found);

#endif
