/*
 * The page request queue: its entries, and the codes of responses.
 * Spec: "Page Request Descriptor", "Page Group Response Descriptor"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_SPEC_PAGE_REQUESTS_H
#define VTDM_SPEC_PAGE_REQUESTS_H

#include "hw/i386/vtdm/spec/bits.h"

/* A page request descriptor has 256 bits, of which the upper half is 0. */
#define VTDM_PRQ_SIZE           32
#define VTDM_PRQ_TYPE           VTDM_BITS(7, 0)
enum {
    VTDM_PRQ_PAGE_REQUEST = 1,
};
#define VTDM_PRQ_PP             VTDM_BIT(8)         /* PASID present */
#define VTDM_PRQ_RID            VTDM_BITS(31, 16)   /* requester-ID */
#define VTDM_PRQ_PASID          VTDM_BITS(51, 32)
#define VTDM_PRQ_EXR            VTDM_BIT(52)        /* execute requested */
#define VTDM_PRQ_PMR            VTDM_BIT(53)        /* privileged mode */
#define VTDM_PRQ_HI_RDR         VTDM_BIT(0)         /* 64: read requested */
#define VTDM_PRQ_HI_WRR         VTDM_BIT(1)         /* 65: write requested */
#define VTDM_PRQ_HI_LPIG        VTDM_BIT(2)         /* 66: last in group */
#define VTDM_PRQ_HI_PRGI        VTDM_BITS(11, 3)    /* 75:67: group index */
#define VTDM_PRQ_HI_ADDR        VTDM_BITS(63, 12)   /* 127:76 */

/* Spec: "Page Group Response Descriptor"; others are reserved */
typedef enum VTDMPageResponseCode {
    VTDM_PAGE_SUCCESS = 0x0,
    VTDM_PAGE_INVALID = 0x1,    /* invalid request */
    VTDM_PAGE_FAILURE = 0xf,    /* the function stops page requests */
} VTDMPageResponseCode;

#endif
