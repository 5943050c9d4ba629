/*
 * One cached translation, as the rest of the core sees it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_IOTLB_ENTRY_H
#define VTDM_CORE_IOTLB_ENTRY_H

#include "translation.h"

/*
 * What a translation was made for, and how large its page is: what a lookup
 * compares.
 */
typedef struct VTDMTag {
    uint64_t input;             /* first byte of the page */
    uint32_t pasid;             /* 20 bits, or VTDM_NO_PASID */
    uint16_t source_id;
    uint8_t level;              /* 1: 4 KiB, 2: 2 MiB, 3: 1 GiB */
} VTDMTag;

/*
 * One cached translation, of the context or PASID entry that gave domain and
 * FPD. What an invalidation compares are the domain, own_pasid, first_stage and
 * the input.
 */
typedef struct VTDMIotlbEntry {
    VTDMTag tag;
    uint16_t domain_id;
    uint32_t own_pasid;         /* RID_PASID for requests without; legacy: 0 */
    bool first_stage;           /* first-stage or nested (PGTT 001, 011) */
    bool rid_priv;              /* without PASID: in supervisor mode */
    bool sre;                   /* with PASID: supervisors are let in */
    bool fpd;
    uint8_t plain;              /* vtdm_grant_plain(), once it is kept */
    VTDMTranslation translation;
} VTDMIotlbEntry;

#endif
