/*
 * What each fault condition means for the requester and the records.
 * Spec: "Fault Conditions and Remapping Hardware Behavior for Various
 * Requests", "Interrupt Remapping Fault Conditions"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/condition.h"

#define Q   true
#define N   false
#define UR  VTDM_UR
#define CA  VTDM_CA
#define S0  VTDM_S0
#define SEP VTDM_SEP
#define NA  VTDM_UR     /* the condition cannot meet this kind of request */

/* name, text, reason, qualified, untranslated, translation, translated */
static const VTDMConditionInfo conditions[VTDM_CONDITION_COUNT] = {
    [VTDM_NO_FAULT] = { "none", "no fault", 0, N, 0, 0, 0 },
    [VTDM_LRT_1] = { "LRT.1", "the root entry could not be read",
                     0x08, N, UR, CA, UR },
    [VTDM_LRT_2] = { "LRT.2", "the root entry is not present",
                     0x01, N, UR, UR, UR },
    [VTDM_LRT_3] = { "LRT.3", "reserved bits are set in the root entry",
                     0x0a, N, UR, CA, UR },
    [VTDM_LCT_1] = { "LCT.1", "the context entry could not be read",
                     0x09, N, UR, CA, UR },
    [VTDM_LCT_2] = { "LCT.2", "the context entry is not present",
                     0x02, Q, UR, UR, UR },
    [VTDM_LCT_3] = { "LCT.3", "reserved bits are set in the context entry",
                     0x0b, Q, UR, CA, UR },
    [VTDM_LCT_4_1] = { "LCT.4.1", "AW of the context entry is not supported",
                       0x03, Q, UR, CA, UR },
    [VTDM_LCT_4_2] = { "LCT.4.2", "TT of the context entry is not supported",
                       0x03, Q, UR, CA, UR },
    [VTDM_LCT_4_3] = { "LCT.4.3",
                       "the first paging entry, at SSPTPTR, could not be read",
                       0x03, Q, UR, CA, NA },
    [VTDM_LCT_5] = { "LCT.5",
                     "TT forbids translation and translated requests",
                     0x0d, Q, NA, UR, UR },
    [VTDM_LSS_1] = { "LSS.1", "a paging entry could not be read",
                     0x07, Q, UR, CA, NA },
    [VTDM_LSS_2] = { "LSS.2", "reserved bits are set in a paging entry",
                     0x0c, Q, UR, CA, NA },
    [VTDM_LGN_1_1] = { "LGN.1.1", "the address is beyond min(MGAW, AGAW)",
                       0x04, Q, UR, S0, NA },
    [VTDM_LGN_1_2] = { "LGN.1.2",
                       "a translated request beyond the host address width",
                       0x04, Q, NA, NA, UR },
    [VTDM_LGN_1_3] = { "LGN.1.3",
                       "a pass-through request beyond the host address width",
                       0x04, Q, UR, NA, NA },
    [VTDM_LGN_2] = { "LGN.2", "the page tables give no write permission",
                     0x05, Q, UR, SEP, NA },
    [VTDM_LGN_3] = { "LGN.3", "the page tables give no read permission",
                     0x06, Q, UR, SEP, NA },
    [VTDM_LGN_4] = { "LGN.4",
                     "the output address is in the interrupt address range",
                     0x0e, Q, UR, CA, UR },
    [VTDM_RTA_1_1] = { "RTA.1.1",
                       "abort-DMA mode was chosen but is not supported",
                       0x30, N, UR, CA, UR },
    [VTDM_RTA_1_2] = { "RTA.1.2", "a reserved translation table mode",
                       0x30, N, UR, CA, UR },
    [VTDM_RTA_1_3] = { "RTA.1.3",
                       "scalable mode was chosen but is not supported",
                       0x30, N, UR, CA, UR },
    [VTDM_RTA_2] = { "RTA.2", "a request with PASID in legacy mode",
                     0x31, N, UR, UR, UR },
    [VTDM_RTA_4] = { "RTA.4", "abort-DMA mode blocks every request",
                     0x33, N, UR, UR, UR },
    [VTDM_IR_20] = { "20h", "reserved bits are set in the interrupt request",
                     0x20, N, UR, NA, NA },
    [VTDM_IR_21] = { "21h", "the index is beyond the interrupt table",
                     0x21, N, UR, NA, NA },
    [VTDM_IR_22] = { "22h", "the IRTE is not present",
                     0x22, Q, UR, NA, NA },
    [VTDM_IR_23] = { "23h", "the IRTE could not be read",
                     0x23, N, UR, NA, NA },
    [VTDM_IR_24] = { "24h", "reserved bits are set in the IRTE",
                     0x24, Q, UR, NA, NA },
    [VTDM_IR_25] = { "25h", "compatibility-format interrupts are blocked",
                     0x25, N, UR, NA, NA },
    [VTDM_IR_26] = { "26h", "the IRTE does not accept this source-id",
                     0x26, Q, UR, NA, NA },
    [VTDM_IR_29] = { "29h",
                     "an access to the interrupt range that is no interrupt",
                     0x29, N, UR, NA, NA },
};

const VTDMConditionInfo *vtdm_condition_info(VTDMCondition condition)
{
    return &conditions[condition];
}
