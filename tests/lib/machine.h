/*
 * One unit on a fake host, with tables and a queue at fixed places, driven
 * through its registers as software drives it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef MACHINE_H
#define MACHINE_H

#include "hw/i386/vtdm/hit.h"
#include "fake-host.h"
#include "vtdm-tables.h"

#define MACHINE_RAM             0x2000000   /* 32 MiB */
#define MACHINE_ROOT            0x10000
#define MACHINE_QUEUE           0x20000     /* up to 512 KiB */
#define MACHINE_IRT             0x100000    /* up to 1 MiB */
#define MACHINE_STATUS          0x1f0000    /* a page for wait status */
#define MACHINE_TABLES          0x200000
#define MACHINE_SID             0x0310      /* 03:02.0 */
#define MACHINE_DID             7
#define MACHINE_IOVA            0x12345000
#define MACHINE_PAGE            0x6789a000
#define MACHINE_PASID           0x1234

typedef struct Machine {
    FakeHost host;
    VTDMConfig config;
    VTDMUnit *unit;
    VTDMTables tables;
    uint64_t ssptptr;           /* of MACHINE_SID, once it is mapped */
    uint64_t fsptptr;           /* of whoever has a first stage */
    uint64_t context;           /* scalable mode: its context entry... */
    uint64_t directory;         /* ... and its PASID directory */
    bool in_slices;             /* the test itself calls machine_work() */
} Machine;

/* A machine after power-on. @config NULL: what vtdm_config_init gives. */
Machine *machine_new(const VTDMConfig *config);
void machine_free(Machine *machine);

/* Registers. */
uint32_t machine_read32(Machine *machine, uint32_t offset);
uint64_t machine_read64(Machine *machine, uint32_t offset);
void machine_write32(Machine *machine, uint32_t offset, uint32_t value);
void machine_write64(Machine *machine, uint32_t offset, uint64_t value);

/* One call that the unit asked for; whether it asked for one. */
bool machine_work(Machine *machine);

/* Writes GCMD so that every state bit stays, but @set and @clear. */
void machine_command(Machine *machine, uint32_t set, uint32_t clear);

/* RTADDR and SRTP; then TE. */
void machine_set_root(Machine *machine, uint64_t rtaddr);
void machine_enable_dma(Machine *machine);

/* IRTA and SIRTP with 2^(s+1) entries; then IRE. */
void machine_enable_interrupts(Machine *machine, unsigned s, bool eime);

/* Turns the queue on, with 256 descriptors of 128 bits. */
void machine_enable_queue(Machine *machine);

/* Puts a descriptor at the tail and moves the tail: it has run after. */
void machine_submit(Machine *machine, VTDMEntry128 descriptor);

/* The same with 128 descriptors of 256 bits; of one here the lower half. */
void machine_enable_wide_queue(Machine *machine);
void machine_submit_wide(Machine *machine, VTDMEntry128 descriptor);

/* Submits an IOTLB invalidation, not IH, to a queue of 128 bits. */
void machine_flush(Machine *machine, unsigned g, uint16_t domain_id,
                   uint64_t address, unsigned am);

/*
 * Gives @source_id a context entry with its own 4-level tables, and maps
 * one page there. Returns the address of the leaf entry.
 */
void machine_attach(Machine *machine, uint16_t source_id, uint16_t domain_id,
                    unsigned tt);
uint64_t machine_map(Machine *machine, uint64_t input, uint64_t output,
                     unsigned level, uint64_t flags);

/*
 * Power-on, MACHINE_SID in MACHINE_DID, MACHINE_IOVA mapped to
 * MACHINE_PAGE for reading and writing, translation on.
 */
Machine *machine_new_mapped(const VTDMConfig *config);

/*
 * Scalable mode: what vtdm_config_init gives and all that a unit can do there;
 * 48 bits of input, 20 of PASID.
 */
void machine_scalable_config(VTDMConfig *config);

/*
 * Gives MACHINE_SID a context entry of scalable mode with @flags (VTDM_SCTX_*)
 * and a directory for 65,536 PASIDs, of which 0 is RID_PASID; then sets one
 * PASID entry in it, whose address is returned; then turns translation on.
 */
void machine_attach_scalable(Machine *machine, uint64_t flags);
uint64_t machine_set_pasid(Machine *machine, uint32_t pasid,
                           VTDMEntry512 entry);
void machine_enable_scalable(Machine *machine);

/*
 * Gives machine->fsptptr, a first stage of 4 levels; maps one page there.
 * Returns the address of the leaf entry.
 */
uint64_t machine_map_first(Machine *machine, uint64_t input, uint64_t output,
                           unsigned level, uint64_t flags);

/*
 * All of it, with everything allowed: PASID 0 passes through; MACHINE_PASID is
 * in MACHINE_DID, whose second-stage tables map MACHINE_IOVA to MACHINE_PAGE
 * for reading and writing. @config NULL: machine_scalable_config().
 */
Machine *machine_new_scalable(const VTDMConfig *config);

/* What most requests are, as the glue asks first. */
bool machine_hit(Machine *machine, const VTDMRequest *request, VTDMHit *hit);

/* Fails the test unless @hit is what @result says, too. */
void machine_expect_hit(const VTDMRequest *request, const VTDMHit *hit,
                        const VTDMResult *result);

/*
 * One request, as the glue does it; that both ways to answer it are the same is
 * expected, so that nothing may be invalidated meanwhile.
 */
VTDMResult machine_request(Machine *machine, VTDMRequest request);

/* One DMA access of MACHINE_SID without PASID. */
VTDMResult machine_dma(Machine *machine, uint64_t address,
                       VTDMAccess access);

/* One with @pasid. */
VTDMResult machine_dma_with_pasid(Machine *machine, uint32_t pasid,
                                  uint64_t address, VTDMAccess access);

/* Fails the test unless MACHINE_SID reads @address at @output. */
void machine_expect(Machine *machine, uint64_t address, uint64_t output);

/* Fails the test unless the read is refused with @condition. */
void machine_expect_fault(Machine *machine, uint64_t address,
                          VTDMCondition condition);

/* One interrupt: a 4-byte write. */
VTDMInterrupt machine_interrupt(Machine *machine, uint16_t source_id,
                                uint64_t address, uint32_t data);

/* A fault recording register: its two halves. */
VTDMEntry128 machine_record(Machine *machine, unsigned index);

/* Where the IOTLB registers are. */
uint32_t machine_iotlb(Machine *machine);

#endif
