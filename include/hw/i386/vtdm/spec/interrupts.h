/*
 * Interrupt request formats and interrupt remapping table entries.
 * Spec: "Interrupt Remapping"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_SPEC_INTERRUPTS_H
#define VTDM_SPEC_INTERRUPTS_H

#include "hw/i386/vtdm/spec/bits.h"

/* Spec: "Interrupt Requests in Remappable Format": the address */
#define VTDM_MSI_HANDLE_LOW     VTDM_BITS(19, 5)    /* handle 14:0 */
#define VTDM_MSI_FORMAT         VTDM_BIT(4)         /* 1: remappable */
#define VTDM_MSI_SHV            VTDM_BIT(3)         /* subhandle valid */
#define VTDM_MSI_HANDLE_HIGH    VTDM_BIT(2)         /* handle 15 */
/* ... and the data, if SHV is set */
#define VTDM_MSI_SUBHANDLE      VTDM_BITS(15, 0)
#define VTDM_MSI_DATA_RSVD      VTDM_BITS(31, 16)

/*
 * Spec: "Interrupt Remapping Table Entry (IRTE) for Remapped Interrupts"
 */
#define VTDM_IRTE_P             VTDM_BIT(0)     /* present */
#define VTDM_IRTE_FPD           VTDM_BIT(1)     /* fault processing disable */
#define VTDM_IRTE_DM            VTDM_BIT(2)     /* destination mode */
#define VTDM_IRTE_RH            VTDM_BIT(3)     /* redirection hint */
#define VTDM_IRTE_TM            VTDM_BIT(4)     /* trigger mode */
#define VTDM_IRTE_DLM           VTDM_BITS(7, 5) /* delivery mode */
#define VTDM_IRTE_IM            VTDM_BIT(15)    /* posted, if CAP.PI */
#define VTDM_IRTE_V             VTDM_BITS(23, 16)   /* vector */
#define VTDM_IRTE_DST           VTDM_BITS(63, 32)   /* x2APIC destination */
#define VTDM_IRTE_DST_XAPIC     VTDM_BITS(47, 40)   /* xAPIC destination */
#define VTDM_IRTE_RSVD          (VTDM_BITS(14, 12) | VTDM_BITS(31, 24))
#define VTDM_IRTE_HI_SID        VTDM_BITS(15, 0)    /* 79:64 */
#define VTDM_IRTE_HI_SQ         VTDM_BITS(17, 16)   /* 81:80 */
#define VTDM_IRTE_HI_SVT        VTDM_BITS(19, 18)   /* 83:82 */
#define VTDM_IRTE_HI_RSVD       VTDM_BITS(63, 20)   /* 127:84 */
enum {
    VTDM_DLM_FIXED = 0,
    VTDM_DLM_LOWEST_PRIORITY = 1,
    VTDM_DLM_SMI = 2,
    VTDM_DLM_RESERVED_3 = 3,
    VTDM_DLM_NMI = 4,
    VTDM_DLM_INIT = 5,
    VTDM_DLM_RESERVED_6 = 6,
    VTDM_DLM_EXTINT = 7,
};
enum {
    VTDM_SVT_NONE = 0,
    VTDM_SVT_SID = 1,           /* compare the source-id under SQ */
    VTDM_SVT_BUS = 2,           /* bus between SID[15:8] and SID[7:0] */
    VTDM_SVT_RESERVED = 3,
};

/*
 * Spec: "Interrupt Remapping Table Entry (IRTE) for Posted Interrupts": with
 * IM = 1; P, FPD, SID, SQ and SVT are as above
 */
#define VTDM_IRTE_URG           VTDM_BIT(14)    /* urgent */
#define VTDM_IRTE_VV            VTDM_BITS(23, 16)   /* virtual vector */
#define VTDM_IRTE_PDAL          VTDM_BITS(63, 38)   /* descriptor 31:6 */
#define VTDM_IRTE_POSTED_RSVD   (VTDM_BITS(7, 2) | VTDM_BITS(13, 12) | \
                                 VTDM_BITS(37, 24))
#define VTDM_IRTE_HI_PDAH       VTDM_BITS(63, 32)   /* descriptor 63:32 */
#define VTDM_IRTE_HI_POSTED_RSVD    VTDM_BITS(31, 20)   /* 95:84 */

/*
 * Spec: "Posted Interrupt Descriptor (PID)": 64 bytes; words 0 to 3 are PIR,
 * a bit for each vector, words 5 to 7 are reserved. Word 4:
 */
#define VTDM_PID_PIR_WORDS      4
#define VTDM_PID_4_ON           VTDM_BIT(0)     /* outstanding notification */
#define VTDM_PID_4_SN           VTDM_BIT(1)     /* suppress notification */
#define VTDM_PID_4_NV           VTDM_BITS(23, 16)   /* notification vector */
#define VTDM_PID_4_NDST         VTDM_BITS(63, 32)   /* x2APIC destination */
#define VTDM_PID_4_NDST_XAPIC   VTDM_BITS(47, 40)   /* xAPIC destination */
#define VTDM_PID_4_RSVD         (VTDM_BITS(15, 2) | VTDM_BITS(31, 24))

/* Interrupt requests in compatibility format: the message as delivered */
#define VTDM_MSI_DST_LOW        VTDM_BITS(19, 12)   /* APIC id 7:0 */
#define VTDM_MSI_DST_HIGH       VTDM_BITS(63, 40)   /* APIC id 31:8 */
#define VTDM_MSI_RH             VTDM_BIT(3)
#define VTDM_MSI_DM             VTDM_BIT(2)
#define VTDM_MSI_V              VTDM_BITS(7, 0)
#define VTDM_MSI_DLM            VTDM_BITS(10, 8)
#define VTDM_MSI_LEVEL          VTDM_BIT(14)        /* asserted */
#define VTDM_MSI_TM             VTDM_BIT(15)        /* level triggered */

#endif
