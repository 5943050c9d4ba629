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

#endif
