/*
 * The answer that takes no lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_HIT_H
#define VTDM_CORE_HIT_H

#include "hw/i386/vtdm/vtdm.h"

/*
 * Answers @request, without the lock, if the IOTLB lets it pass; nothing else
 * happens then. Otherwise returns false: whoever asks takes the lock, and
 * looks again.
 */
bool vtdm_hit(VTDMUnit *unit, const VTDMRequest *request,
              VTDMResult *result);

#endif
