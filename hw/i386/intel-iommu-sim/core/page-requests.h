/*
 * Page requests of devices, and the responses to them.
 * Spec: "Recoverable Fault Reporting"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_PAGE_REQUESTS_H
#define VTDM_CORE_PAGE_REQUESTS_H

#include "hw/i386/vtdm/vtdm.h"

/* See vtdm_unit_page_request. */
bool vtdm_page_request_run(VTDMUnit *unit, const VTDMPageRequest *request,
                           VTDMPageResponse *response);

/*
 * @response, of a descriptor, is to be handed to its device: before the next
 * descriptor runs.
 */
void vtdm_page_request_respond(VTDMUnit *unit,
                               const VTDMPageResponse *response);

#endif
