/*
 * Descriptors of the invalidation queue.
 * Spec: "Queued Invalidation Interface"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_SPEC_INVALIDATION_H
#define VTDM_SPEC_INVALIDATION_H

#include <assert.h>

#include "hw/i386/vtdm/spec/bits.h"

/* A descriptor of 256 bits: q[0] is bits 63:0. One of 128 bits has q[0..1]. */
typedef struct VTDMDescriptor {
    uint64_t q[4];
} VTDMDescriptor;
static_assert(sizeof(VTDMDescriptor) == 32, "a 256-bit descriptor");

/* The type is bits 11:9 above bits 3:0. */
#define VTDM_DSC_TYPE_HIGH      VTDM_BITS(11, 9)
#define VTDM_DSC_TYPE_LOW       VTDM_BITS(3, 0)
enum {
    VTDM_DSC_CC = 1,            /* context-cache invalidate */
    VTDM_DSC_IOTLB = 2,         /* IOTLB invalidate */
    VTDM_DSC_DEV_TLB = 3,       /* device-TLB invalidate */
    VTDM_DSC_IEC = 4,           /* interrupt entry cache invalidate */
    VTDM_DSC_WAIT = 5,          /* invalidation wait */
    /* 256 bits wide, the others may be */
    VTDM_DSC_P_IOTLB = 6,       /* PASID-based IOTLB invalidate */
    VTDM_DSC_PC = 7,            /* PASID-cache invalidate */
    VTDM_DSC_P_DEV_TLB = 8,     /* PASID-based device-TLB invalidate */
    VTDM_DSC_PAGE_RESPONSE = 9, /* page group response */
};

/* Granularities of the context cache and the IOTLB. */
enum {
    VTDM_G_RESERVED = 0,
    VTDM_G_GLOBAL = 1,
    VTDM_G_DOMAIN = 2,
    VTDM_G_SELECTIVE = 3,       /* device, or page in domain */
};

/* Spec: "Context-cache Invalidate Descriptor" */
#define VTDM_CC_G               VTDM_BITS(5, 4)
#define VTDM_CC_DID             VTDM_BITS(31, 16)
#define VTDM_CC_SID             VTDM_BITS(47, 32)
#define VTDM_CC_FM              VTDM_BITS(49, 48)
#define VTDM_CC_RSVD            (VTDM_BITS(8, 6) | VTDM_BITS(15, 12) | \
                                 VTDM_BITS(63, 50))

/* Spec: "IOTLB Invalidate" */
#define VTDM_IOTLB_DSC_G        VTDM_BITS(5, 4)
#define VTDM_IOTLB_DSC_DID      VTDM_BITS(31, 16)
#define VTDM_IOTLB_DSC_RSVD     (VTDM_BIT(8) | VTDM_BITS(15, 12) | \
                                 VTDM_BITS(63, 32))
#define VTDM_IOTLB_DSC_HI_AM    VTDM_BITS(5, 0)     /* 69:64 */
#define VTDM_IOTLB_DSC_HI_IH    VTDM_BIT(6)         /* 70 */
#define VTDM_IOTLB_DSC_HI_RSVD  VTDM_BITS(11, 7)    /* 75:71 */
#define VTDM_IOTLB_DSC_HI_ADDR  VTDM_BITS(63, 12)   /* 127:76 */

/* Spec: "Device-TLB Invalidate Descriptor" */
#define VTDM_DEV_TLB_PFSID_LOW  VTDM_BITS(15, 12)   /* PFSID[3:0] */
#define VTDM_DEV_TLB_MIP        VTDM_BITS(20, 16)   /* pending at most */
#define VTDM_DEV_TLB_SID        VTDM_BITS(47, 32)
#define VTDM_DEV_TLB_PFSID_HIGH VTDM_BITS(63, 52)   /* PFSID[15:4] */
#define VTDM_DEV_TLB_PFSID      (VTDM_DEV_TLB_PFSID_LOW | \
                                 VTDM_DEV_TLB_PFSID_HIGH)
#define VTDM_DEV_TLB_RSVD       (VTDM_BITS(8, 4) | VTDM_BITS(31, 21) | \
                                 VTDM_BITS(51, 48))
#define VTDM_DEV_TLB_HI_S       VTDM_BIT(0)         /* 64: size */
#define VTDM_DEV_TLB_HI_RSVD    VTDM_BITS(11, 1)    /* 75:65 */
#define VTDM_DEV_TLB_HI_ADDR    VTDM_BITS(63, 12)   /* 127:76 */

/* Spec: "Interrupt Entry Cache Invalidate Descriptor" */
#define VTDM_IEC_G              VTDM_BIT(4)         /* 1: index-selective */
#define VTDM_IEC_IM             VTDM_BITS(31, 27)   /* index mask */
#define VTDM_IEC_IIDX           VTDM_BITS(47, 32)   /* interrupt index */
#define VTDM_IEC_RSVD           (VTDM_BITS(8, 5) | VTDM_BITS(26, 12) | \
                                 VTDM_BITS(63, 48))

/* Spec: "Invalidation Wait Descriptor" */
#define VTDM_WAIT_IF            VTDM_BIT(4)         /* interrupt flag */
#define VTDM_WAIT_SW            VTDM_BIT(5)         /* status write */
#define VTDM_WAIT_FN            VTDM_BIT(6)         /* fence */
#define VTDM_WAIT_PD            VTDM_BIT(7)         /* page-request drain */
#define VTDM_WAIT_DATA          VTDM_BITS(63, 32)
#define VTDM_WAIT_RSVD          (VTDM_BIT(8) | VTDM_BITS(31, 12))
#define VTDM_WAIT_HI_RSVD       VTDM_BITS(1, 0)     /* 65:64 */
#define VTDM_WAIT_HI_ADDR       VTDM_BITS(63, 2)    /* 127:66 */

/* Spec: "PASID-based IOTLB Invalidate Descriptor (P_IOTLB)" */
enum {
    VTDM_P_IOTLB_G_PASID = 2,
    VTDM_P_IOTLB_G_PAGES = 3,   /* page in PASID */
};
#define VTDM_P_IOTLB_G          VTDM_BITS(5, 4)
#define VTDM_P_IOTLB_DID        VTDM_BITS(31, 16)
#define VTDM_P_IOTLB_PASID      VTDM_BITS(51, 32)
#define VTDM_P_IOTLB_RSVD       (VTDM_BITS(8, 6) | VTDM_BITS(15, 12) | \
                                 VTDM_BITS(63, 52))
#define VTDM_P_IOTLB_HI_AM      VTDM_BITS(5, 0)     /* 69:64 */
#define VTDM_P_IOTLB_HI_IH      VTDM_BIT(6)         /* 70 */
#define VTDM_P_IOTLB_HI_RSVD    VTDM_BITS(11, 7)    /* 75:71 */
#define VTDM_P_IOTLB_HI_ADDR    VTDM_BITS(63, 12)   /* 127:76 */

/* Spec: "PASID-cache Invalidate Descriptor" */
enum {
    VTDM_PC_G_DOMAIN = 0,
    VTDM_PC_G_PASID = 1,        /* PASID in domain */
    VTDM_PC_G_GLOBAL = 3,
};
#define VTDM_PC_G               VTDM_BITS(5, 4)
#define VTDM_PC_DID             VTDM_BITS(31, 16)
#define VTDM_PC_PASID           VTDM_BITS(51, 32)
#define VTDM_PC_RSVD            (VTDM_BITS(8, 6) | VTDM_BITS(15, 12) | \
                                 VTDM_BITS(63, 52))

/* Spec: "PASID-based-Device-TLB Invalidate Descriptor"; PFSID as above */
#define VTDM_P_DEV_TLB_MIP      VTDM_BITS(8, 4)
#define VTDM_P_DEV_TLB_SID      VTDM_BITS(31, 16)
#define VTDM_P_DEV_TLB_PASID    VTDM_BITS(51, 32)
#define VTDM_P_DEV_TLB_HI_GI    VTDM_BIT(0)         /* 64: of all PASIDs */
#define VTDM_P_DEV_TLB_HI_RSVD  VTDM_BITS(10, 1)    /* 74:65 */
#define VTDM_P_DEV_TLB_HI_S     VTDM_BIT(11)        /* 75: size */
#define VTDM_P_DEV_TLB_HI_ADDR  VTDM_BITS(63, 12)   /* 127:76 */

/* Spec: "Page Group Response Descriptor" */
#define VTDM_PAGE_RSP_PP        VTDM_BIT(4)         /* PASID present */
#define VTDM_PAGE_RSP_CODE      VTDM_BITS(15, 12)
#define VTDM_PAGE_RSP_RID       VTDM_BITS(31, 16)
#define VTDM_PAGE_RSP_PASID     VTDM_BITS(51, 32)
#define VTDM_PAGE_RSP_RSVD      (VTDM_BITS(8, 5) | VTDM_BITS(63, 52))
#define VTDM_PAGE_RSP_HI_PRGI   VTDM_BITS(11, 3)    /* 75:67 */
#define VTDM_PAGE_RSP_HI_RSVD   (VTDM_BITS(1, 0) | VTDM_BITS(63, 12))

#endif
