/*
 * One requester's address space.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_SPACE_H
#define INTEL_IOMMU_SIM_SPACE_H

#include "hw/i386/vtdm/hit.h"
#include "device.h"

/* One of nobody yet. It is never freed. */
VTDMSpace *vtdm_space_new(VTDMDevice *device, const char *name);

/* What the requester did is forgotten. */
void vtdm_space_reset(VTDMSpace *space);

/* Counts a request of @space's and its answer. */
void vtdm_space_count(VTDMSpace *space, const VTDMRequest *request,
                      const VTDMResult *result);

/* The same of one that vtdm_unit_hit() answered. */
void vtdm_space_count_hit(VTDMSpace *space, uint8_t wanted,
                          const VTDMHit *hit);

/* What has been counted, by all threads. */
uint64_t vtdm_space_reads(const VTDMSpace *space);
uint64_t vtdm_space_writes(const VTDMSpace *space);
void vtdm_space_set_counts(VTDMSpace *space, uint64_t reads,
                           uint64_t writes);

/* The domain of the last request that had one; -1: none had. */
int vtdm_space_domain(const VTDMSpace *space);

/* Whose tables gave the last address, in answer to whatever request. */
VTDMStage vtdm_space_stage(const VTDMSpace *space);

/* Sets both; @domain_id -1: none, with no stage either. */
void vtdm_space_set_tables(VTDMSpace *space, int domain_id, VTDMStage stage);

/* VTDM_PERM_*: what @access wants to do. */
uint8_t vtdm_space_wanted(VTDMAccess access);

/* VTDM_PERM_* as QEMU says them. */
IOMMUAccessFlags vtdm_space_flags(uint8_t perm);

#endif
