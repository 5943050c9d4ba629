/*
 * Enhanced commands and performance monitoring: offsets and fields.
 * Spec: "Performance Monitoring Registers", "Enhanced Command Interface"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_SPEC_PERFMON_H
#define VTDM_SPEC_PERFMON_H

#include "hw/i386/vtdm/spec/bits.h"

/* Spec: "Performance Monitoring Capability Register" */
#define VTDM_REG_PERFCAP        0x300
#define   VTDM_PERFCAP_CS         VTDM_BITS(54, 52) /* stride 2^(CS + 10) */
#define   VTDM_PERFCAP_PCCS       VTDM_BIT(51)  /* PERFCNTRCAP is there */
#define   VTDM_PERFCAP_IOS        VTDM_BIT(50)  /* interrupt on overflow */
#define   VTDM_PERFCAP_GFS        VTDM_BIT(49)  /* freeze on overflow */
#define   VTDM_PERFCAP_CWE        VTDM_BIT(48)  /* writable while enabled */
#define   VTDM_PERFCAP_FILTERS    VTDM_BITS(36, 32) /* VTDM_FILTER_* */
#define   VTDM_PERFCAP_EGCNT      VTDM_BITS(28, 24) /* event groups */
#define   VTDM_PERFCAP_CW         VTDM_BITS(22, 16) /* counter width */
#define   VTDM_PERFCAP_NCNTR      VTDM_BITS(15, 0)  /* counters */

/* Where the others are, from the unit's register base */
#define VTDM_REG_PERFCFGOFF     0x310
#define VTDM_REG_PERFFRZOFF     0x314
#define VTDM_REG_PERFOVFOFF     0x318
#define VTDM_REG_PERFCNTROFF    0x31c

/* Spec: "Performance Monitoring Interrupt Status Register" and those after */
#define VTDM_REG_PERFINTRSTS    0x324
#define   VTDM_PERFINTRSTS_PIS    VTDM_BIT(0)
#define VTDM_REG_PERFINTRCTL    0x328
#define VTDM_REG_PERFINTRDATA   0x32c
#define VTDM_REG_PERFINTRADDR   0x330
#define VTDM_REG_PERFINTRUADDR  0x334

/* Spec: "Performance Monitoring Event Capability Register": one each group */
#define VTDM_REG_PERFEVNTCAP    0x380
#define   VTDM_PERFEVNTCAP_ES     VTDM_BITS(27, 0)

/* What follows is in a block of each counter, from PERFCFGOFF on. */
#define VTDM_PERFCFG_SIZE       0x100

/* Spec: "Performance Monitoring Counter Configuration Registers" */
#define VTDM_PERFCNTRCFG        0x00
#define   VTDM_PERFCNTRCFG_ES     VTDM_BITS(59, 32) /* event select */
#define   VTDM_PERFCNTRCFG_EGI    VTDM_BITS(11, 8)  /* event group */
#define   VTDM_PERFCNTRCFG_GFO    VTDM_BIT(2)   /* freeze on overflow */
#define   VTDM_PERFCNTRCFG_IO     VTDM_BIT(1)   /* interrupt on overflow */
#define   VTDM_PERFCNTRCFG_EN     VTDM_BIT(0)

/*
 * Spec: "Performance Monitoring Requester ID Filter Configuration Registers"
 * and those after: one of 32 bits for each kind
 */
enum {
    VTDM_FILTER_RID,
    VTDM_FILTER_DID,
    VTDM_FILTER_PASID,
    VTDM_FILTER_AT,
    VTDM_FILTER_PTL,
    VTDM_FILTERS,
};
#define VTDM_PERFCNTR_FILTER    0x08    /* + 4 * VTDM_FILTER_* */
#define   VTDM_FILTER_EN          VTDM_BIT(31)
#define   VTDM_FILTER_RID_RID     VTDM_BITS(15, 0)
#define   VTDM_FILTER_DID_DID     VTDM_BITS(15, 0)
#define   VTDM_FILTER_PASID_PFM   VTDM_BITS(21, 20) /* VTDM_PFM_* */
#define   VTDM_FILTER_PASID_PASID VTDM_BITS(19, 0)
#define   VTDM_FILTER_AT_AT       VTDM_BITS(4, 0)   /* bit n: AT = n... */
#define   VTDM_FILTER_AT_RSVD     VTDM_BITS(4, 3)   /* ... but for these */
#define   VTDM_FILTER_PTL_PTL     VTDM_BITS(4, 0)   /* bit n: level n + 1 */
enum {
    VTDM_PFM_PASID = 0,         /* that PASID */
    VTDM_PFM_ANY = 1,           /* with PASID */
    VTDM_PFM_NONE = 2,          /* without PASID */
};

/* Spec: "Performance Monitoring Counter Capability Register" */
#define VTDM_PERFCNTRCAP        0x80
#define   VTDM_PERFCNTRCAP_EGCNT  VTDM_BITS(31, 28)
#define   VTDM_PERFCNTRCAP_GFS    VTDM_BIT(17)
#define   VTDM_PERFCNTRCAP_IOS    VTDM_BIT(16)
#define   VTDM_PERFCNTRCAP_CW     VTDM_BITS(15, 8)
#define   VTDM_PERFCNTRCAP_PCC    VTDM_BIT(0)   /* these hold, not PERFCAP's */

/* Spec: "Performance Monitoring Counter Event Capability Registers" */
#define VTDM_PERFCNTREVCAP      0x84
#define   VTDM_PERFCNTREVCAP_EGI  VTDM_BITS(31, 28)
#define   VTDM_PERFCNTREVCAP_ES   VTDM_BITS(27, 0)

/* Spec: "Enhanced Command Register" and those after */
#define VTDM_REG_ECMD           0x400
#define   VTDM_ECMD_OA            VTDM_BITS(63, 16) /* operand A */
#define   VTDM_ECMD_CMD           VTDM_BITS(7, 0)
#define VTDM_REG_ECEO           0x408   /* operand B */
#define VTDM_REG_ECRSP          0x410
#define   VTDM_ECRSP_RSLT         VTDM_BITS(63, 16)
#define   VTDM_ECRSP_SC           VTDM_BITS(7, 1)   /* VTDM_ECMD_* */
#define   VTDM_ECRSP_IP           VTDM_BIT(0)   /* in progress */
#define VTDM_REG_ECSTS          0x420   /* two of them */
#define VTDM_REG_ECCAP          0x430   /* four: bit n of all is command n */

/* Spec: "Enhanced Command Register": the commands... */
enum {
    VTDM_ECMD_ENABLE = 240,
    VTDM_ECMD_DISABLE = 241,
    VTDM_ECMD_RESET_CONFIGURATION = 242,
    VTDM_ECMD_RESET_VALUES = 243,
    VTDM_ECMD_FREEZE = 244,
    VTDM_ECMD_UNFREEZE = 245,
};

/* ... and what becomes of them: ECRSP.SC */
typedef enum VTDMCommandStatus {
    VTDM_ECMD_DONE = 0,
    VTDM_ECMD_UNDEFINED = 1,
    VTDM_ECMD_ABORTED = 2,      /* GCMD or PMEN is at work */
    VTDM_ECMD_FAILED = 16,      /* the command says why */
} VTDMCommandStatus;

#endif
