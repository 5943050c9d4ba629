/*
 * Translation structures of legacy mode, and paging entries.
 * Spec: "Translation Structure Formats"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_SPEC_TABLES_H
#define VTDM_SPEC_TABLES_H

#include <assert.h>

#include "hw/i386/vtdm/spec/bits.h"

/* A 128-bit entry or descriptor: bits 63:0 in lo, bits 127:64 in hi. */
typedef struct VTDMEntry128 {
    uint64_t lo;
    uint64_t hi;
} VTDMEntry128;
static_assert(sizeof(VTDMEntry128) == 16, "a 128-bit entry");

/* Spec: "Root Entry" */
#define VTDM_ROOT_P             VTDM_BIT(0)     /* present */
#define VTDM_ROOT_CTP           VTDM_BITS(63, 12)   /* context table */
#define VTDM_ROOT_RSVD_LO       VTDM_BITS(11, 1)
#define VTDM_ROOT_RSVD_HI       VTDM_BITS(63, 0)

/* Spec: "Context Entry" */
#define VTDM_CTX_P              VTDM_BIT(0)     /* present */
#define VTDM_CTX_FPD            VTDM_BIT(1)     /* fault processing disable */
#define VTDM_CTX_TT             VTDM_BITS(3, 2) /* translation type */
#define VTDM_CTX_RSVD_LO        VTDM_BITS(11, 4)
#define VTDM_CTX_SSPTPTR        VTDM_BITS(63, 12)   /* second-stage root */
#define VTDM_CTX_HI_AW          VTDM_BITS(2, 0)     /* 66:64: address width */
#define VTDM_CTX_HI_DID         VTDM_BITS(23, 8)    /* 87:72: domain-id */
#define VTDM_CTX_HI_RSVD        (VTDM_BIT(7) | VTDM_BITS(63, 24))
enum {
    VTDM_TT_SECOND_STAGE = 0,
    VTDM_TT_DEVICE_TLB = 1,
    VTDM_TT_PASS_THROUGH = 2,
    VTDM_TT_RESERVED = 3,
};

/* Spec: "Second-Stage Paging Entries" */
#define VTDM_SS_R               VTDM_BIT(0)     /* read */
#define VTDM_SS_W               VTDM_BIT(1)     /* write */
#define VTDM_SS_PS              VTDM_BIT(7)     /* page size */
#define VTDM_SS_A               VTDM_BIT(8)     /* accessed, with SSADE */
#define VTDM_SS_D               VTDM_BIT(9)     /* dirty, likewise, leaf only */
#define VTDM_SS_SNP             VTDM_BIT(11)    /* snoop, leaf only */
#define VTDM_SS_IW              VTDM_BIT(62)    /* reserved in legacy mode */
#define VTDM_SS_ADDR            VTDM_BITS(51, 12)

/* Spec: "First-Stage Paging Entries" */
#define VTDM_FS_P               VTDM_BIT(0)     /* present */
#define VTDM_FS_RW              VTDM_BIT(1)     /* read/write */
#define VTDM_FS_US              VTDM_BIT(2)     /* user/supervisor */
#define VTDM_FS_A               VTDM_BIT(5)     /* accessed */
#define VTDM_FS_D               VTDM_BIT(6)     /* dirty, leaf only */
#define VTDM_FS_PS              VTDM_BIT(7)     /* page size */
#define VTDM_FS_EA              VTDM_BIT(10)    /* extended accessed */
#define VTDM_FS_ADDR            VTDM_BITS(51, 12)

/* Address bits that one paging level, and the page offset, consume. */
#define VTDM_LEVEL_BITS         9
#define VTDM_PAGE_BITS          12
#define VTDM_PAGE_SIZE          VTDM_BIT(VTDM_PAGE_BITS)

#endif
