/*
 * Fault conditions: one name for each row of the specification's tables.
 * Spec: "Fault Conditions and Remapping Hardware Behavior for Various
 * Requests" and "Interrupt Remapping Fault Conditions"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_SPEC_FAULTS_H
#define VTDM_SPEC_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum VTDMCondition {
    VTDM_NO_FAULT,
    /* legacy mode */
    VTDM_LRT_1,     /* root entry could not be read */
    VTDM_LRT_2,     /* root entry not present */
    VTDM_LRT_3,     /* reserved bits in the root entry */
    VTDM_LCT_1,     /* context entry could not be read */
    VTDM_LCT_2,     /* context entry not present */
    VTDM_LCT_3,     /* reserved bits in the context entry */
    VTDM_LCT_4_1,   /* AW not supported */
    VTDM_LCT_4_2,   /* TT not supported */
    VTDM_LCT_4_3,   /* entry at SSPTPTR could not be read */
    VTDM_LCT_5,     /* TT forbids translation and translated requests */
    VTDM_LSS_1,     /* lower paging entry could not be read */
    VTDM_LSS_2,     /* reserved bits in a paging entry */
    VTDM_LGN_1_1,   /* input address beyond min(MGAW, AGAW) */
    VTDM_LGN_1_2,   /* translated request beyond the host address width */
    VTDM_LGN_1_3,   /* pass-through beyond the host address width */
    VTDM_LGN_2,     /* no write permission */
    VTDM_LGN_3,     /* no read permission */
    VTDM_LGN_4,     /* output in the interrupt address range */
    /* root table address register */
    VTDM_RTA_1_1,   /* abort-DMA mode, not supported */
    VTDM_RTA_1_2,   /* reserved translation table mode */
    VTDM_RTA_1_3,   /* scalable mode, not supported */
    VTDM_RTA_2,     /* request with PASID in legacy mode */
    VTDM_RTA_4,     /* abort-DMA mode */
    /* interrupts */
    VTDM_IR_20,     /* reserved bits in the request */
    VTDM_IR_21,     /* index beyond the table */
    VTDM_IR_22,     /* IRTE not present */
    VTDM_IR_23,     /* IRTE could not be read */
    VTDM_IR_24,     /* reserved bits in the IRTE */
    VTDM_IR_25,     /* compatibility format blocked */
    VTDM_IR_26,     /* source validation failed */
    VTDM_IR_29,     /* not a DWORD write, in the interrupt address range */
    VTDM_CONDITION_COUNT
} VTDMCondition;

/* What the requester gets. */
typedef enum VTDMResponse {
    VTDM_OK,        /* done as asked */
    VTDM_UR,        /* unsupported request: blocked */
    VTDM_CA,        /* completer abort: blocked */
    VTDM_S0,        /* success without any permission, nothing recorded */
    VTDM_SEP,       /* success with effective permissions, not recorded */
} VTDMResponse;

#endif
