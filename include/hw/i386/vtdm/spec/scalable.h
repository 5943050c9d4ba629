/*
 * Translation structures of scalable mode.
 * Spec: "Translation Structure Formats"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_SPEC_SCALABLE_H
#define VTDM_SPEC_SCALABLE_H

#include "hw/i386/vtdm/spec/tables.h"

/* Larger entries: word n holds bits 64n+63:64n. */
typedef struct VTDMEntry256 {
    uint64_t words[4];
} VTDMEntry256;

typedef struct VTDMEntry512 {
    uint64_t words[8];
} VTDMEntry512;

/* Spec: "Scalable-mode Root Entry": each half, of 16 devices */
#define VTDM_SROOT_P            VTDM_BIT(0)     /* LP, UP */
#define VTDM_SROOT_RSVD         VTDM_BITS(11, 1)
#define VTDM_SROOT_CTP          VTDM_BITS(63, 12)   /* LCTP, UCTP */

/* Spec: "Scalable-Mode Context-Entry": word 0... */
#define VTDM_SCTX_P             VTDM_BIT(0)     /* present */
#define VTDM_SCTX_FPD           VTDM_BIT(1)     /* fault processing disable */
#define VTDM_SCTX_DTE           VTDM_BIT(2)     /* device-TLB enable */
#define VTDM_SCTX_PASIDE        VTDM_BIT(3)     /* PASID enable */
#define VTDM_SCTX_PRE           VTDM_BIT(4)     /* page request enable */
#define VTDM_SCTX_HPTE          VTDM_BIT(5)     /* host permission tables */
#define VTDM_SCTX_EPTR          VTDM_BIT(6)     /* translated with PASID */
#define VTDM_SCTX_RSVD          VTDM_BITS(8, 7)
#define VTDM_SCTX_PDTS          VTDM_BITS(11, 9)    /* directory size */
#define VTDM_SCTX_PASIDDIRPTR   VTDM_BITS(63, 12)   /* PASID directory */
/* ... and word 1; the others are reserved. */
#define VTDM_SCTX_1_RID_PASID   VTDM_BITS(19, 0)
#define VTDM_SCTX_1_RID_PRIV    VTDM_BIT(20)
#define VTDM_SCTX_1_RSVD        VTDM_BITS(63, 21)

/* Spec: "Scalable-Mode PASID Directory Entry" */
#define VTDM_PDE_P              VTDM_BIT(0)     /* present */
#define VTDM_PDE_FPD            VTDM_BIT(1)
#define VTDM_PDE_RSVD           VTDM_BITS(11, 2)
#define VTDM_PDE_SMPTBLPTR      VTDM_BITS(63, 12)   /* PASID table */

/* Spec: "Scalable-Mode PASID Table Entry": word 0... */
#define VTDM_PASID_P            VTDM_BIT(0)     /* present */
#define VTDM_PASID_FPD          VTDM_BIT(1)
#define VTDM_PASID_AW           VTDM_BITS(4, 2)     /* of the second stage */
#define VTDM_PASID_PGTT         VTDM_BITS(8, 6)     /* translation type */
#define VTDM_PASID_SSADE        VTDM_BIT(9)     /* second-stage A/D */
#define VTDM_PASID_RSVD         (VTDM_BIT(5) | VTDM_BITS(11, 10))
#define VTDM_PASID_SSPTPTR      VTDM_BITS(63, 12)   /* second-stage root */
/* ... word 1... */
#define VTDM_PASID_1_DID        VTDM_BITS(15, 0)    /* domain-id */
#define VTDM_PASID_1_PWSNP      VTDM_BIT(23)    /* walks snoop */
#define VTDM_PASID_1_PGSNP      VTDM_BIT(24)    /* pages snoop */
#define VTDM_PASID_1_CD         VTDM_BIT(25)    /* cache disable */
#define VTDM_PASID_1_EMTE       VTDM_BIT(26)    /* extended memory types */
#define VTDM_PASID_1_RSVD       (VTDM_BITS(22, 16) | VTDM_BITS(31, 27))
#define VTDM_PASID_1_PAT        VTDM_BITS(63, 32)
/* ... word 2; word 3 is reserved, and so are the last four (no HPT). */
#define VTDM_PASID_2_SRE        VTDM_BIT(0)     /* supervisor requests */
#define VTDM_PASID_2_FSPM       VTDM_BITS(3, 2)     /* first-stage levels */
#define VTDM_PASID_2_WPE        VTDM_BIT(4)     /* write protect */
#define VTDM_PASID_2_EAFE       VTDM_BIT(7)     /* extended accessed */
#define VTDM_PASID_2_RSVD       (VTDM_BIT(1) | VTDM_BITS(11, 8))
#define VTDM_PASID_2_FSPTPTR    VTDM_BITS(63, 12)   /* first-stage root */
enum {
    VTDM_PGTT_FIRST_STAGE = 1,
    VTDM_PGTT_SECOND_STAGE = 2,
    VTDM_PGTT_NESTED = 3,
    VTDM_PGTT_PASS_THROUGH = 4,
};
enum {
    VTDM_FSPM_4_LEVELS = 0,
    VTDM_FSPM_5_LEVELS = 1,
};

/* The PASIDs of one PASID table, and of the smallest directory. */
#define VTDM_PASID_TABLE_BITS   6
#define VTDM_PASID_PDTS_BITS    13
#define VTDM_PASID_BITS         20

#endif
