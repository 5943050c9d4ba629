/*
 * Remapping hardware registers: offsets and fields.
 * Spec: "Register Descriptions"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_SPEC_REGISTERS_H
#define VTDM_SPEC_REGISTERS_H

#include "hw/i386/vtdm/spec/bits.h"

/* Spec: "Version Register" */
#define VTDM_REG_VER            0x000
#define   VTDM_VER_MAX            VTDM_BITS(7, 4)   /* major version */
#define   VTDM_VER_MIN            VTDM_BITS(3, 0)   /* minor version */

/* Spec: "Capability Register" */
#define VTDM_REG_CAP            0x008
#define   VTDM_CAP_ND             VTDM_BITS(2, 0)   /* number of domains */
#define   VTDM_CAP_RWBF           VTDM_BIT(4)   /* write-buffer flushing */
#define   VTDM_CAP_PLMR           VTDM_BIT(5)   /* protected low memory */
#define   VTDM_CAP_PHMR           VTDM_BIT(6)   /* protected high memory */
#define   VTDM_CAP_CM             VTDM_BIT(7)   /* caching mode */
#define   VTDM_CAP_SAGAW          VTDM_BITS(12, 8)  /* adjusted widths */
#define   VTDM_CAP_MGAW           VTDM_BITS(21, 16) /* maximum width - 1 */
#define   VTDM_CAP_ZLR            VTDM_BIT(22)  /* zero-length reads */
#define   VTDM_CAP_FRO            VTDM_BITS(33, 24) /* fault record offset */
#define   VTDM_CAP_SSLPS          VTDM_BITS(37, 34) /* large pages */
#define   VTDM_CAP_PSI            VTDM_BIT(39)  /* page-selective inval. */
#define   VTDM_CAP_NFR            VTDM_BITS(47, 40) /* fault records - 1 */
#define   VTDM_CAP_MAMV           VTDM_BITS(53, 48) /* maximum address mask */
#define   VTDM_CAP_DWD            VTDM_BIT(54)  /* write draining */
#define   VTDM_CAP_DRD            VTDM_BIT(55)  /* read draining */
#define   VTDM_CAP_FS1GP          VTDM_BIT(56)  /* first-stage 1 GiB pages */
#define   VTDM_CAP_PI             VTDM_BIT(59)  /* posted interrupts */
#define   VTDM_CAP_FS5LP          VTDM_BIT(60)  /* first-stage 5 levels */
#define   VTDM_CAP_ECMDS          VTDM_BIT(61)  /* enhanced commands */
#define   VTDM_CAP_ESIRTPS        VTDM_BIT(62)  /* SIRTP invalidates */
#define   VTDM_CAP_ESRTPS         VTDM_BIT(63)  /* SRTP invalidates */

/* Spec: "Extended Capability Register" */
#define VTDM_REG_ECAP           0x010
#define   VTDM_ECAP_C             VTDM_BIT(0)   /* page-walk coherency */
#define   VTDM_ECAP_QI            VTDM_BIT(1)   /* queued invalidation */
#define   VTDM_ECAP_DT            VTDM_BIT(2)   /* device-TLBs */
#define   VTDM_ECAP_IR            VTDM_BIT(3)   /* interrupt remapping */
#define   VTDM_ECAP_EIM           VTDM_BIT(4)   /* x2APIC destinations */
#define   VTDM_ECAP_PT            VTDM_BIT(6)   /* pass-through */
#define   VTDM_ECAP_SC            VTDM_BIT(7)   /* snoop control */
#define   VTDM_ECAP_IRO           VTDM_BITS(17, 8)  /* IOTLB offset */
#define   VTDM_ECAP_MHMV          VTDM_BITS(23, 20) /* maximum handle mask */
#define   VTDM_ECAP_MTS           VTDM_BIT(25)  /* memory types */
#define   VTDM_ECAP_NEST          VTDM_BIT(26)  /* nested translation */
#define   VTDM_ECAP_PRS           VTDM_BIT(29)  /* page requests */
#define   VTDM_ECAP_ERS           VTDM_BIT(30)  /* execute requests */
#define   VTDM_ECAP_SRS           VTDM_BIT(31)  /* supervisor requests */
#define   VTDM_ECAP_NWFS          VTDM_BIT(33)  /* no-write flag */
#define   VTDM_ECAP_EAFS          VTDM_BIT(34)  /* extended accessed flag */
#define   VTDM_ECAP_PSS           VTDM_BITS(39, 35) /* PASID size - 1 */
#define   VTDM_ECAP_PASID         VTDM_BIT(40)  /* requests with PASID */
#define   VTDM_ECAP_DIT           VTDM_BIT(41)  /* invalidation throttle */
#define   VTDM_ECAP_PDS           VTDM_BIT(42)  /* page-request drain */
#define   VTDM_ECAP_SMTS          VTDM_BIT(43)  /* scalable mode */
#define   VTDM_ECAP_VCS           VTDM_BIT(44)  /* virtual commands */
#define   VTDM_ECAP_SSADS         VTDM_BIT(45)  /* second-stage A/D */
#define   VTDM_ECAP_SSTS          VTDM_BIT(46)  /* second stage */
#define   VTDM_ECAP_FSTS          VTDM_BIT(47)  /* first stage */
#define   VTDM_ECAP_SMPWCS        VTDM_BIT(48)  /* coherent scalable walks */
#define   VTDM_ECAP_RPS           VTDM_BIT(49)  /* RID_PASID */
#define   VTDM_ECAP_TDXCS         VTDM_BIT(50)  /* TDX Connect */
#define   VTDM_ECAP_PMS           VTDM_BIT(51)  /* performance monitoring */
#define   VTDM_ECAP_ADMS          VTDM_BIT(52)  /* abort-DMA mode */
#define   VTDM_ECAP_RPRIVS        VTDM_BIT(53)  /* RID_PRIV */

/* Spec: "Global Command Register" and "Global Status Register" */
#define VTDM_REG_GCMD           0x018
#define VTDM_REG_GSTS           0x01c
#define   VTDM_GCMD_TE            VTDM_BIT(31)  /* translation enable */
#define   VTDM_GCMD_SRTP          VTDM_BIT(30)  /* set root table pointer */
#define   VTDM_GCMD_WBF           VTDM_BIT(27)  /* write-buffer flush */
#define   VTDM_GCMD_QIE           VTDM_BIT(26)  /* queued invalidation */
#define   VTDM_GCMD_IRE           VTDM_BIT(25)  /* interrupt remapping */
#define   VTDM_GCMD_SIRTP         VTDM_BIT(24)  /* set IRT pointer */
#define   VTDM_GCMD_CFI           VTDM_BIT(23)  /* compatibility format */
#define   VTDM_GSTS_TES           VTDM_GCMD_TE
#define   VTDM_GSTS_RTPS          VTDM_GCMD_SRTP
#define   VTDM_GSTS_WBFS          VTDM_GCMD_WBF
#define   VTDM_GSTS_QIES          VTDM_GCMD_QIE
#define   VTDM_GSTS_IRES          VTDM_GCMD_IRE
#define   VTDM_GSTS_IRTPS         VTDM_GCMD_SIRTP
#define   VTDM_GSTS_CFIS          VTDM_GCMD_CFI

/* Spec: "Root Table Address Register" */
#define VTDM_REG_RTADDR         0x020
#define   VTDM_RTADDR_RTA         VTDM_BITS(63, 12) /* root table address */
#define   VTDM_RTADDR_TTM         VTDM_BITS(11, 10) /* translation mode */
enum {
    VTDM_TTM_LEGACY = 0,
    VTDM_TTM_SCALABLE = 1,
    VTDM_TTM_RESERVED = 2,
    VTDM_TTM_ABORT = 3,
};

/* Spec: "Context Command Register" */
#define VTDM_REG_CCMD           0x028
#define   VTDM_CCMD_ICC           VTDM_BIT(63)  /* invalidate */
#define   VTDM_CCMD_CIRG          VTDM_BITS(62, 61) /* requested granularity */
#define   VTDM_CCMD_CAIG          VTDM_BITS(60, 59) /* actual granularity */
#define   VTDM_CCMD_FM            VTDM_BITS(33, 32) /* function mask */
#define   VTDM_CCMD_SID           VTDM_BITS(31, 16) /* source-id */
#define   VTDM_CCMD_DID           VTDM_BITS(15, 0)  /* domain-id */

/* Spec: "Fault Status Register" */
#define VTDM_REG_FSTS           0x034
#define   VTDM_FSTS_FRI           VTDM_BITS(15, 8)  /* fault record index */
#define   VTDM_FSTS_ITE           VTDM_BIT(6)   /* device-TLB time-out */
#define   VTDM_FSTS_ICE           VTDM_BIT(5)   /* bad completion */
#define   VTDM_FSTS_IQE           VTDM_BIT(4)   /* queue error */
#define   VTDM_FSTS_PPF           VTDM_BIT(1)   /* primary pending fault */
#define   VTDM_FSTS_PFO           VTDM_BIT(0)   /* primary fault overflow */

/* Spec: "Fault Event Control Register" and the three that follow it */
#define VTDM_REG_FECTL          0x038
#define VTDM_REG_FEDATA         0x03c
#define VTDM_REG_FEADDR         0x040
#define VTDM_REG_FEUADDR        0x044
#define   VTDM_FECTL_IM           VTDM_BIT(31)  /* interrupt mask */
#define   VTDM_FECTL_IP           VTDM_BIT(30)  /* interrupt pending */
#define   VTDM_FEDATA_DATA        VTDM_BITS(15, 0)
#define   VTDM_FEADDR_ADDR        VTDM_BITS(31, 2)
#define   VTDM_FEUADDR_ADDR       VTDM_BITS(31, 0)

/*
 * Spec: "Remapping Hardware Event Interrupt Programming": what a message
 * takes of the data register, vector and fixed or lowest priority.
 */
#define VTDM_MESSAGE_DATA       VTDM_BITS(8, 0)

/* Spec: "Protected Memory Enable Register" and the ranges */
#define VTDM_REG_PMEN           0x064
#define   VTDM_PMEN_EPM           VTDM_BIT(31)  /* enable */
#define   VTDM_PMEN_PRS           VTDM_BIT(0)   /* region status */
#define VTDM_REG_PLMBASE        0x068
#define VTDM_REG_PLMLIMIT       0x06c
#define VTDM_REG_PHMBASE        0x070
#define VTDM_REG_PHMLIMIT       0x078

/* Spec: "Invalidation Queue Head Register" and its companions */
#define VTDM_REG_IQH            0x080
#define   VTDM_IQH_QH             VTDM_BITS(18, 4)
#define VTDM_REG_IQT            0x088
#define   VTDM_IQT_QT             VTDM_BITS(18, 4)
#define VTDM_REG_IQA            0x090
#define   VTDM_IQA_IQA            VTDM_BITS(63, 12) /* queue address */
#define   VTDM_IQA_DW             VTDM_BIT(11)  /* 256-bit descriptors */
#define   VTDM_IQA_QS             VTDM_BITS(2, 0)   /* queue size */
#define VTDM_REG_ICS            0x09c
#define   VTDM_ICS_IWC            VTDM_BIT(0)   /* wait completed */
#define VTDM_REG_IECTL          0x0a0
#define VTDM_REG_IEDATA         0x0a4
#define VTDM_REG_IEADDR         0x0a8
#define VTDM_REG_IEUADDR        0x0ac

/* Spec: "Invalidation Queue Error Record Register" */
#define VTDM_REG_IQERCD         0x0b0
#define   VTDM_IQERCD_ICESID      VTDM_BITS(63, 48)
#define   VTDM_IQERCD_ITESID      VTDM_BITS(47, 32)
#define   VTDM_IQERCD_IQEI        VTDM_BITS(3, 0)
typedef enum VTDMQueueError {
    VTDM_IQEI_NONE = 0,
    VTDM_IQEI_TAIL = 1,         /* tail beyond the queue */
    VTDM_IQEI_FETCH = 2,        /* descriptor could not be read */
    VTDM_IQEI_TYPE = 3,         /* invalid descriptor type */
    VTDM_IQEI_RESERVED = 4,     /* reserved field set */
    VTDM_IQEI_WIDTH = 5,        /* descriptor width not allowed */
    VTDM_IQEI_TAIL_ALIGN = 6,   /* tail not on a 256-bit boundary */
    VTDM_IQEI_TTM = 7,          /* invalid translation table mode */
} VTDMQueueError;

/* Spec: "Interrupt Remapping Table Address Register" */
#define VTDM_REG_IRTA           0x0b8
#define   VTDM_IRTA_IRTA          VTDM_BITS(63, 12) /* table address */
#define   VTDM_IRTA_EIME          VTDM_BIT(11)  /* x2APIC mode */
#define   VTDM_IRTA_S             VTDM_BITS(3, 0)   /* 2^(S+1) entries */

/* Spec: "Page Request Queue Head Register" and its companions */
#define VTDM_REG_PQH            0x0c0
#define VTDM_REG_PQT            0x0c8
#define   VTDM_PQT_PQT            VTDM_BITS(18, 5)  /* PQH likewise */
#define VTDM_REG_PQA            0x0d0
#define   VTDM_PQA_PQA            VTDM_BITS(63, 12) /* queue address */
#define   VTDM_PQA_PQS            VTDM_BITS(2, 0)   /* queue size */
#define VTDM_REG_PRS            0x0dc
#define   VTDM_PRS_PRO            VTDM_BIT(1)   /* page request overflow */
#define   VTDM_PRS_PPR            VTDM_BIT(0)   /* pending page request */
#define VTDM_REG_PECTL          0x0e0
#define VTDM_REG_PEDATA         0x0e4
#define VTDM_REG_PEADDR         0x0e8
#define VTDM_REG_PEUADDR        0x0ec

/* Spec: "Memory Type Range Registers": as the CPU's MSRs of those names */
#define VTDM_REG_MTRRCAP        0x100
#define   VTDM_MTRRCAP_WC         VTDM_BIT(10)  /* write combining */
#define   VTDM_MTRRCAP_FIX        VTDM_BIT(8)   /* fixed ranges */
#define   VTDM_MTRRCAP_VCNT       VTDM_BITS(7, 0)   /* variable ranges */
#define VTDM_REG_MTRRDEF        0x108
#define   VTDM_MTRRDEF_E          VTDM_BIT(11)  /* enable */
#define   VTDM_MTRRDEF_FE         VTDM_BIT(10)  /* enable fixed ranges */
#define   VTDM_MTRRDEF_TYPE       VTDM_BITS(7, 0)
#define VTDM_REG_MTRR_FIX       0x120   /* the first of them */
#define   VTDM_MTRR_FIX_COUNT     11
#define VTDM_REG_MTRR_PHYSBASE  0x180   /* the first pair */
#define   VTDM_MTRR_PHYSBASE_BASE VTDM_BITS(63, 12)
#define   VTDM_MTRR_PHYSBASE_TYPE VTDM_BITS(7, 0)
#define   VTDM_MTRR_PHYSMASK_MASK VTDM_BITS(63, 12)
#define   VTDM_MTRR_PHYSMASK_V    VTDM_BIT(11)  /* valid */

/* Spec: "IOTLB Registers": offsets from 16 * ECAP.IRO */
#define VTDM_REG_IVA            0x0
#define   VTDM_IVA_ADDR           VTDM_BITS(63, 12)
#define   VTDM_IVA_IH             VTDM_BIT(6)   /* invalidation hint */
#define   VTDM_IVA_AM             VTDM_BITS(5, 0)   /* address mask */
#define VTDM_REG_IOTLB          0x8
#define   VTDM_IOTLB_IVT          VTDM_BIT(63)  /* invalidate */
#define   VTDM_IOTLB_IIRG         VTDM_BITS(61, 60) /* requested granularity */
#define   VTDM_IOTLB_IAIG         VTDM_BITS(58, 57) /* actual granularity */
#define   VTDM_IOTLB_DR           VTDM_BIT(49)  /* drain reads */
#define   VTDM_IOTLB_DW           VTDM_BIT(48)  /* drain writes */
#define   VTDM_IOTLB_DID          VTDM_BITS(47, 32)

/* Spec: "Fault Recording Registers [n]": two quadwords each */
#define VTDM_FRCD_SIZE          16
#define   VTDM_FRCD_LO_FI         VTDM_BITS(63, 12) /* fault info */
#define   VTDM_FRCD_LO_INDEX      VTDM_BITS(63, 48) /* interrupt index */
#define   VTDM_FRCD_HI_F          VTDM_BIT(63)  /* 127: fault */
#define   VTDM_FRCD_HI_T1         VTDM_BIT(62)  /* 126: type, high bit */
#define   VTDM_FRCD_HI_AT         VTDM_BITS(61, 60) /* 125:124: address type */
#define   VTDM_FRCD_HI_PV         VTDM_BITS(59, 40) /* 123:104: PASID */
#define   VTDM_FRCD_HI_FR         VTDM_BITS(39, 32) /* 103:96: reason */
#define   VTDM_FRCD_HI_PP         VTDM_BIT(31)  /* 95: PASID present */
#define   VTDM_FRCD_HI_EXE        VTDM_BIT(30)  /* 94: execute */
#define   VTDM_FRCD_HI_PRIV       VTDM_BIT(29)  /* 93: privileged */
#define   VTDM_FRCD_HI_T2         VTDM_BIT(28)  /* 92: type, low bit */
#define   VTDM_FRCD_HI_SID        VTDM_BITS(15, 0)  /* 79:64: source-id */

/* Widths that CAP.SAGAW names: bit n stands for 30 + 9 * n address bits. */
#define VTDM_SAGAW_39           VTDM_BIT(1)
#define VTDM_SAGAW_48           VTDM_BIT(2)
#define VTDM_SAGAW_57           VTDM_BIT(3)
#define VTDM_SAGAW_ALL          (VTDM_SAGAW_39 | VTDM_SAGAW_48 | VTDM_SAGAW_57)

/* Spec: "Handling Requests to Interrupt Address Range" */
#define VTDM_INTERRUPT_BASE     0xfee00000ULL
#define VTDM_INTERRUPT_SIZE     0x00100000ULL

#endif
