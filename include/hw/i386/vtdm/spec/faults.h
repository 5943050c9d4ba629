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
    /* scalable mode: root and context entries */
    VTDM_SRT_1,     /* root entry could not be read */
    VTDM_SRT_2,     /* this half of the root entry not present */
    VTDM_SRT_3,     /* reserved bits in this half of the root entry */
    VTDM_SCT_1,     /* context entry could not be read */
    VTDM_SCT_2,     /* context entry not present */
    VTDM_SCT_3,     /* reserved bits in the context entry */
    VTDM_SCT_4_1,   /* PRE without DTE */
    VTDM_SCT_4_2,   /* RID_PASID beyond the PASID directory */
    VTDM_SCT_5,     /* DTE forbids translation and translated requests */
    VTDM_SCT_6,     /* PASIDE forbids requests with PASID */
    VTDM_SCT_7,     /* PASID beyond the PASID directory */
    VTDM_SCT_8,     /* PRE forbids page requests */
    VTDM_SCT_9,     /* PASID of the request is RID_PASID */
    /* PASID directory and table */
    VTDM_SPD_1,     /* directory entry could not be read */
    VTDM_SPD_2,     /* directory entry not present */
    VTDM_SPD_3,     /* reserved bits in the directory entry */
    VTDM_SPT_1,     /* PASID entry could not be read */
    VTDM_SPT_2,     /* PASID entry not present */
    VTDM_SPT_3,     /* reserved bits in the PASID entry */
    VTDM_SPT_4_1,   /* AW not supported */
    VTDM_SPT_4_2,   /* PGTT not supported */
    VTDM_SPT_4_3,   /* FSPM not supported */
    VTDM_SPT_4_4,   /* nested: FSPTPTR beyond min(MGAW, AGAW) */
    VTDM_SPT_5,     /* execute requested, not supported */
    VTDM_SPT_6,     /* SRE forbids supervisor requests */
    /* first stage */
    VTDM_SFS_1,     /* lower paging entry could not be read */
    VTDM_SFS_2,     /* paging entry not present */
    VTDM_SFS_3,     /* reserved bits in a paging entry */
    VTDM_SFS_4,     /* entry at FSPTPTR could not be read */
    VTDM_SFS_5,     /* nested: address of an entry beyond min(MGAW, AGAW) */
    VTDM_SFS_6,     /* nested: no read permission for the entry at FSPTPTR */
    VTDM_SFS_7,     /* nested: no read permission for a lower entry */
    VTDM_SFS_8,     /* nested: no write permission to set a flag */
    VTDM_SFS_9,     /* a flag has to be set, the walk is not snooped */
    VTDM_SFS_10,    /* a flag could not be set */
    /* second stage in scalable mode */
    VTDM_SSS_1,     /* lower paging entry could not be read */
    VTDM_SSS_2,     /* paging entry not present */
    VTDM_SSS_3,     /* reserved bits in a paging entry */
    VTDM_SSS_4,     /* entry at SSPTPTR could not be read */
    VTDM_SSS_5,     /* a flag has to be set, the walk is not snooped */
    VTDM_SSS_6,     /* a flag could not be set */
    /* scalable mode in general */
    VTDM_SGN_1,     /* address not canonical */
    VTDM_SGN_2,     /* user request, supervisor page */
    VTDM_SGN_4_1,   /* translated request beyond the host address width */
    VTDM_SGN_4_2,   /* pass-through beyond the host address width */
    VTDM_SGN_5,     /* input address beyond min(MGAW, AGAW) */
    VTDM_SGN_6,     /* no write permission */
    VTDM_SGN_7,     /* no read permission */
    VTDM_SGN_8_1,   /* output in the interrupt range: untranslated... */
    VTDM_SGN_8_2,   /* ... translation... */
    VTDM_SGN_8_3,   /* ... translated request */
    VTDM_SGN_10,    /* PASID beyond ECAP.PSS */
    /* root table address register */
    VTDM_RTA_1_1,   /* abort-DMA mode, not supported */
    VTDM_RTA_1_2,   /* reserved translation table mode */
    VTDM_RTA_1_3,   /* scalable mode, not supported */
    VTDM_RTA_2,     /* request with PASID in legacy mode */
    VTDM_RTA_3,     /* page request in legacy mode */
    VTDM_RTA_4,     /* abort-DMA mode */
    VTDM_RTA_5,     /* execute requested, no such requests any more */
    /* interrupts */
    VTDM_IR_20,     /* reserved bits in the request */
    VTDM_IR_21,     /* index beyond the table */
    VTDM_IR_22,     /* IRTE not present */
    VTDM_IR_23,     /* IRTE could not be read */
    VTDM_IR_24,     /* reserved bits in the IRTE */
    VTDM_IR_25,     /* compatibility format blocked */
    VTDM_IR_26,     /* source validation failed */
    VTDM_IR_27,     /* posted interrupt descriptor out of reach */
    VTDM_IR_28,     /* reserved bits in the posted interrupt descriptor */
    VTDM_IR_29,     /* not a DWORD write, in the interrupt address range */
    /* the numbers are saved: what is new comes here */
    VTDM_SPT_4_0,   /* PASID entry: a reserved memory type in PAT */
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
