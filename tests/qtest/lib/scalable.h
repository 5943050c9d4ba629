/*
 * A VM in scalable mode, with a vtd-testdev that may do everything.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef SCALABLE_H
#define SCALABLE_H

#include "testdev.h"

#define SCALABLE_PASID          0x345
#define SCALABLE_FS             (VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US)

typedef struct Scalable {
    VM *vm;
    Testdev testdev;
    uint64_t directory;         /* of 65,536 PASIDs; RID_PASID is 0 */
    uint64_t ssptptr;           /* 4 levels each, and empty */
    uint64_t fsptptr;
} Scalable;

/*
 * Starts it: queue of 256 bits and translation are on, all that the testdev
 * has is enabled, and no PASID has an entry. @options: of the IOMMU; @more: of
 * the testdev.
 */
Scalable *scalable_new(const char *options, const char *more);
void scalable_free(Scalable *scalable);

/* Its VM has gone somewhere else. */
void scalable_renew(Scalable *scalable);

/* Sets the entry of @pasid, and invalidates all that is cached. */
void scalable_set_pasid(Scalable *scalable, uint32_t pasid,
                        VTDMEntry512 entry);

/* Maps a page of 4 KiB in the first or second stage. Returns its entry. */
uint64_t scalable_map(Scalable *scalable, bool first_stage, uint64_t input,
                      uint64_t output, uint64_t flags);

/* Puts a descriptor of 256 bits, whose upper half is 0, at the tail. */
void scalable_submit(Scalable *scalable, VTDMEntry128 descriptor);

/* Invalidates every cache of the unit. */
void scalable_flush(Scalable *scalable);

/* A wait with status, and whether it has completed. */
void scalable_submit_wait(Scalable *scalable);
bool scalable_has_completed(Scalable *scalable);

/* Fails the test unless the device reads @page of memory at @address. */
void scalable_expect(Scalable *scalable, uint64_t control, uint64_t address,
                     uint64_t page);

#endif
