/*
 * Trace events of the units.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_EVENT_TRACE_H
#define INTEL_IOMMU_SIM_EVENT_TRACE_H

#include "hw/i386/vtdm/vtdm.h"

/* Whether events of @kind show, at this moment. From any thread. */
bool vtdm_event_is_traced(VTDMEventKind kind);

/* Traces @event of the unit with that index. From any thread. */
void vtdm_event_trace(unsigned unit, const VTDMEvent *event);

/* As events say it; the caller frees the second one. */
const char *vtdm_access_name(VTDMAccess access);
char *vtdm_source_id_text(uint16_t sid);

#endif
