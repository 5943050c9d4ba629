/*
 * The events, by name and by their place in the registers.
 * Spec: "Performance Monitoring Events"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/statistics.h"

enum {
    RID = VTDM_BIT(VTDM_FILTER_RID),
    DID = VTDM_BIT(VTDM_FILTER_DID),
    PASID = VTDM_BIT(VTDM_FILTER_PASID),
    AT = VTDM_BIT(VTDM_FILTER_AT),
    PTL = VTDM_BIT(VTDM_FILTER_PTL),
};

const VTDMCountInfo vtdm_count_info[VTDM_COUNTS] = {
#define ROW(name, text, group, bit, filters) \
    [VTDM_COUNT_##name] = { text, group, bit, filters },
#include "hw/i386/vtdm/count-rows.h.inc"
#undef ROW
};
