/*
 * The answer to an interrupt that takes no lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_INTERRUPT_HIT_H
#define VTDM_CORE_INTERRUPT_HIT_H

#include "hw/i386/vtdm/vtdm.h"

/*
 * Answers @request, without the lock, if a cached entry in remapped format
 * takes it. Otherwise returns false: whoever asks takes the lock, and looks
 * again.
 */
bool vtdm_interrupt_hit(VTDMUnit *unit, const VTDMInterruptRequest *request,
                        VTDMInterrupt *interrupt);

#endif
