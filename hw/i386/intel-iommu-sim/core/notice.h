/*
 * What those who keep copies are told: one invalidation, or the smallest one
 * that covers several.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_NOTICE_H
#define VTDM_CORE_NOTICE_H

#include "hw/i386/vtdm/vtdm.h"

/* Whether one notice can speak for both: both are of interrupts, or none. */
bool vtdm_notices_agree(const VTDMInvalidation *a, const VTDMInvalidation *b);

/*
 * The smallest notice that covers @a and @b, which agree. Of one and the same
 * it gives that one, with all fields 0 that do not count.
 */
VTDMInvalidation vtdm_notice_join(const VTDMInvalidation *a,
                                  const VTDMInvalidation *b);

/* Whether @a, the result of a join, covers @b already. */
bool vtdm_notice_covers(const VTDMInvalidation *a, const VTDMInvalidation *b);

#endif
