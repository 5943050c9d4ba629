/*
 * A machine, as far as a DMAR table speaks of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_PLATFORM_H
#define VTDM_DMAR_PLATFORM_H

#include "hw/i386/vtdm/dmar.h"

typedef enum VTDMRangeKind {
    VTDM_RANGE_RAM,
    VTDM_RANGE_ROM,
    VTDM_RANGE_DEVICE,
} VTDMRangeKind;

/* Addresses that something in the machine answers to. */
typedef struct VTDMPlatformRange {
    uint64_t base;
    uint64_t limit;                 /* last byte */
    const char *name;
    VTDMRangeKind kind;
} VTDMPlatformRange;

struct VTDMPlatform {
    GArray *taken;                  /* of VTDMPlatformRange */
    uint8_t address_width;          /* the widest it can have, in bits */
    int ioapic_id;                  /* of its one IOAPIC; -1: it has none */
    int hpet_number;                /* of its one HPET; -1: it has none */
    unsigned nodes;                 /* of NUMA, one at least */
    const char *advice;             /* what a user does about a table that
                                     * asks for more; NULL: says it otherwise */
};

static inline void vtdm_platform_clear(VTDMPlatform *vm)
{
    g_clear_pointer(&vm->taken, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VTDMPlatform, vtdm_platform_clear)

/* Several kinds of range; the last one is all of them. */
#define VTDM_RANGES(kind)   (1u << VTDM_RANGE_##kind)
#define VTDM_ALL_RANGES     (VTDM_RANGES(RAM) | VTDM_RANGES(ROM) | \
                             VTDM_RANGES(DEVICE))

/*
 * The first range of one of @kinds that shares a byte with @first to @last,
 * or NULL.
 */
const VTDMPlatformRange *vtdm_platform_find(const VTDMPlatform *vm,
                                            unsigned kinds, uint64_t first,
                                            uint64_t last);

/* Do they reach into the addresses of interrupts, where no memory can be? */
bool vtdm_dmar_takes_interrupts(uint64_t first, uint64_t last);

/* What is looked for: @size bytes at a multiple of @align, a power of two. */
typedef struct VTDMPlace {
    uint64_t size;
    uint64_t align;
    uint64_t from;                  /* where it may start */
    uint64_t to;                    /* its last byte is not beyond */
} VTDMPlace;

/*
 * The lowest address at which @vm, and @dmar's units and regions, leave room
 * for it, or 0.
 */
uint64_t vtdm_platform_free_place(const VTDMPlatform *vm,
                                  const VTDMDmar *dmar,
                                  const VTDMPlace *place);

/* The place where chipsets have @size bytes of registers of a unit. */
VTDMPlace vtdm_platform_unit_place(uint64_t size);

#endif
