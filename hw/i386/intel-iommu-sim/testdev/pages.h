/*
 * vtd-testdev: page requests and their responses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTD_TESTDEV_PAGES_H
#define VTD_TESTDEV_PAGES_H

#include "testdev.h"

/*
 * Requests the page of @address with VTDM_PERM_* for @command, in a group of
 * its own. Returns PENDING, or why that cannot be.
 */
unsigned vtdt_page_needed(VTDTCommand *command, uint64_t address,
                          uint8_t perm);

/* PAGE_REQUEST and STOP_MARKER, as the command's words say. */
unsigned vtdt_page_request(VTDTCommand *command);
unsigned vtdt_stop_marker(VTDTCommand *command);

/* VTDMEndpointOps.page_response */
void vtdt_page_response(VTDMEndpoint *endpoint,
                        const VTDMPageResponse *response);

/* The command ends: what it waits for is for nobody. */
void vtdt_pages_abandon(VTDTCommand *command);

/* No request is without answer any more; commands that wait are cancelled. */
void vtdt_pages_forget(VTDTDevice *device);

#endif
