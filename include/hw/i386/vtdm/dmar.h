/*
 * The DMAR table as a description of the platform.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_H
#define VTDM_DMAR_H

#include "hw/i386/vtdm/glib.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw/i386/vtdm/dmar-notes.h"
#include "hw/i386/vtdm/spec/dmar.h"

/*
 * A device scope: one device, or a bridge with all below it. In a unit read
 * from text, @at is the offset of the item in the text. What has no meaning
 * is kept as the table has it.
 */
typedef struct VTDMDmarScope {
    size_t at;
    uint8_t type;                   /* VTDMDmarScopeType, or reserved */
    uint8_t flags;
    uint8_t enumeration_id;
    uint8_t start_bus;
    uint8_t steps;
    VTDMDmarStep path[VTDM_DMAR_SCOPE_MAX_STEPS];
    uint8_t reserved;
    bool is_odd;                    /* half a step follows the path */
    uint8_t half_step;
} VTDMDmarScope;

/*
 * What every structure below starts with: its offset in the table or in the
 * text, and its bytes, NULL if it comes from a text.
 */
typedef struct VTDMDmarStructure {
    size_t at;
    GBytes *raw;
} VTDMDmarStructure;

/* DRHD: a remapping unit. */
typedef struct VTDMDmarUnit {
    size_t at;
    GBytes *raw;
    uint64_t base;                  /* of its registers */
    uint64_t size;                  /* of its registers, in bytes */
    uint16_t segment;
    bool include_all;
    GArray *scopes;                 /* of VTDMDmarScope */
} VTDMDmarUnit;

/* RMRR: memory that devices use before and while the OS runs. */
typedef struct VTDMDmarRegion {
    size_t at;
    GBytes *raw;
    uint64_t base;
    uint64_t limit;                 /* last byte; never below @base */
    uint16_t segment;
    GArray *scopes;
} VTDMDmarRegion;

/* ATSR, SATC or SIDP: a property of the devices in scope. */
typedef struct VTDMDmarGroup {
    size_t at;
    GBytes *raw;
    uint8_t flags;
    uint16_t segment;
    GArray *scopes;
} VTDMDmarGroup;

/* RHSA: the NUMA node of a unit. */
typedef struct VTDMDmarAffinity {
    size_t at;
    GBytes *raw;
    uint64_t base;
    uint32_t proximity_domain;
} VTDMDmarAffinity;

/* ANDD: the name of an ACPI device that does DMA. */
typedef struct VTDMDmarName {
    size_t at;
    GBytes *raw;
    uint8_t device_number;
    char *path;
} VTDMDmarName;

typedef struct VTDMCapabilities VTDMCapabilities;
typedef struct VTDMPlatform VTDMPlatform;

/* The whole table. Each list keeps the order of the table. */
typedef struct VTDMDmar {
    VTDMDmarHeader header;          /* revision and names; ours if new */
    uint8_t host_address_width;     /* in bits */
    uint8_t flags;                  /* VTDM_DMAR_* */
    const VTDMCapabilities *capabilities;   /* NULL: one page is enough for
                                     * units whose text gives no size */
    const VTDMPlatform *platform;   /* what it must fit to; NULL: anything */
    GPtrArray *units;               /* of VTDMDmarUnit */
    GPtrArray *regions;             /* of VTDMDmarRegion */
    GPtrArray *atsr;                /* of VTDMDmarGroup */
    GPtrArray *affinities;          /* of VTDMDmarAffinity */
    GPtrArray *names;               /* of VTDMDmarName */
    GPtrArray *satc;                /* of VTDMDmarGroup */
    GPtrArray *sidp;                /* of VTDMDmarGroup */
    GPtrArray *others;              /* of VTDMDmarStructure: skipped ones */
    bool is_loaded;                 /* from a table, whose order it keeps */
    bool is_broken;                 /* from one with structures that could
                                     * not be read */
    VTDMDmarNotes *warnings;        /* of vtdm_dmar_parse() */
} VTDMDmar;

/* A description without any structure; @flags are VTDM_DMAR_*. */
VTDMDmar *vtdm_dmar_new(uint8_t host_address_width, uint8_t flags);

void vtdm_dmar_free(VTDMDmar *dmar);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VTDMDmar, vtdm_dmar_free)

#endif
