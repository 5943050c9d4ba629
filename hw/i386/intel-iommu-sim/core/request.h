/*
 * One request of a device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_REQUEST_H
#define VTDM_CORE_REQUEST_H

#include "hw/i386/vtdm/vtdm.h"

/* See vtdm_unit_translate. */
void vtdm_request_run(VTDMUnit *unit, const VTDMRequest *request,
                      VTDMResult *result);

/*
 * Why the translation table mode lets nothing through, whoever asks for what;
 * VTDM_NO_FAULT: it has tables that say.
 * Spec: "Root Table Address Register"
 */
VTDMCondition vtdm_request_check_mode(const VTDMUnit *unit);

#endif
