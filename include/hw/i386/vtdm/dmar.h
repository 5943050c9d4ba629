/*
 * The DMAR table as a description of the platform: read it from bytes or
 * from the text of a property, write it as bytes, and ask it which unit
 * owns a device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_H
#define VTDM_DMAR_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw/i386/vtdm/spec/dmar.h"

/*
 * What was found wrong, and where: an offset in the table, or in the text
 * of a property, from 0.
 */
typedef struct VTDMDmarNote {
    size_t at;
    char *text;
} VTDMDmarNote;

typedef GPtrArray VTDMDmarNotes;    /* of VTDMDmarNote */

/* An empty list; free it with g_ptr_array_unref(). */
VTDMDmarNotes *vtdm_dmar_notes_new(void);

/* One line each: "offset 0x34: DRHD: ...". The caller frees the string. */
char *vtdm_dmar_notes_for_table(const VTDMDmarNotes *notes);

/*
 * For each note, what is wrong in @property, the part of @text that it is
 * about, and a caret beneath the place. The caller frees the string.
 */
char *vtdm_dmar_notes_for_text(const VTDMDmarNotes *notes,
                               const char *property, const char *text);

/*
 * A device scope: one device, or a bridge with all below it. In a unit read
 * from text, @at is the offset of the item in the text.
 */
typedef struct VTDMDmarScope {
    size_t at;
    uint8_t type;                   /* VTDMScopeType, or a reserved value */
    uint8_t flags;
    uint8_t enumeration_id;
    uint8_t start_bus;
    uint8_t steps;
    VTDMDmarStep path[VTDM_SCOPE_MAX_STEPS];
} VTDMDmarScope;

/* DRHD: a remapping unit. */
typedef struct VTDMDmarUnit {
    size_t at;
    uint64_t base;                  /* of its registers */
    uint64_t size;                  /* of its registers, in bytes */
    uint16_t segment;
    bool include_all;
    GArray *scopes;                 /* of VTDMDmarScope */
} VTDMDmarUnit;

/* RMRR: memory that devices use before and while the OS runs. */
typedef struct VTDMDmarRegion {
    size_t at;
    uint64_t base;
    uint64_t limit;                 /* last byte; never below @base */
    uint16_t segment;
    GArray *scopes;
} VTDMDmarRegion;

/* ATSR, SATC or SIDP: a property of the devices in scope. */
typedef struct VTDMDmarGroup {
    size_t at;
    uint8_t flags;
    uint16_t segment;
    GArray *scopes;
} VTDMDmarGroup;

/* RHSA: the NUMA node of a unit. */
typedef struct VTDMDmarAffinity {
    size_t at;
    uint64_t base;
    uint32_t proximity_domain;
} VTDMDmarAffinity;

/* ANDD: the name of an ACPI device that does DMA. */
typedef struct VTDMDmarName {
    size_t at;
    uint8_t device_number;
    char *path;
} VTDMDmarName;

typedef struct VTDMCapabilities VTDMCapabilities;

/* The whole table. Each list keeps the order of the table. */
typedef struct VTDMDmar {
    VTDMDmarHeader header;          /* revision and names; ours if new */
    uint8_t host_address_width;     /* in bits */
    uint8_t flags;                  /* VTDM_DMAR_* */
    const VTDMCapabilities *capabilities;   /* NULL: one page is enough for
                                     * units whose text gives no size */
    GPtrArray *units;               /* of VTDMDmarUnit */
    GPtrArray *regions;             /* of VTDMDmarRegion */
    GPtrArray *atsr;                /* of VTDMDmarGroup */
    GPtrArray *affinities;          /* of VTDMDmarAffinity */
    GPtrArray *names;               /* of VTDMDmarName */
    GPtrArray *satc;                /* of VTDMDmarGroup */
    GPtrArray *sidp;                /* of VTDMDmarGroup */
    VTDMDmarNotes *warnings;        /* of vtdm_dmar_parse() */
} VTDMDmar;

/* A description without any structure; @flags are VTDM_DMAR_*. */
VTDMDmar *vtdm_dmar_new(uint8_t host_address_width, uint8_t flags);

/* The units of a user who asked for none. */
#define VTDM_DMAR_DEFAULT_UNITS "0xfed90000 include-all ioapic hpet"

void vtdm_dmar_free(VTDMDmar *dmar);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VTDMDmar, vtdm_dmar_free)

/*
 * Reads the DMAR table in the first bytes of @table; @len may be more than
 * the table's own length, which the header gives.
 *
 * Returns NULL, with at least one note in @errors, for what no operating
 * system could use: wrong signature, length or checksum, a structure or
 * scope that does not fit into what contains it, no DRHD, register sets
 * that are absent, misaligned or overlap, two INCLUDE_PCI_ALL units in one
 * segment. All else that is wrong is in the result's @warnings, so are the
 * structures and regions that were skipped.
 */
VTDMDmar *vtdm_dmar_parse(const void *table, size_t len,
                          VTDMDmarNotes *errors);

/*
 * As vtdm_dmar_parse(), but returns what could be read of a table with
 * errors, for people to look at: NULL only without a header.
 */
VTDMDmar *vtdm_dmar_read(const void *table, size_t len,
                         VTDMDmarNotes *errors);

/*
 * The bytes of a table that describes @dmar, structures in increasing order
 * of type, INCLUDE_PCI_ALL units after the others. vtdm_dmar_parse() reads
 * back what was given. The caller unrefs the array.
 *
 * Returns NULL, with a note in @errors, if a structure's scopes or a name
 * do not fit into the 16 bits of its length field.
 */
GByteArray *vtdm_dmar_build(const VTDMDmar *dmar, VTDMDmarNotes *errors);

/*
 * Appends the structures of @text, which are of @type, to @dmar. Statements
 * are separated by ';', a statement is a head and words, separated by
 * spaces:
 *
 *   DRHD  BASE                   the register base of a unit
 *   RMRR  BASE-LIMIT[@BB:DD.F[/DD.F...][+BB:DD.F...]]
 *                                LIMIT is the last byte, the devices after
 *                                '@' are endpoints
 *   RHSA  BASE node=N            the NUMA node of the unit with that base
 *   ANDD  N path=\_SB.PC00.UA00  the namespace device that scopes call N
 *
 * The others have no head. Words name devices, in a DRHD all of them, else
 * those that the specification allows:
 *
 *   endpoint=BB:DD.F[/DD.F...]   a PCI function, by its path of bridges
 *   bridge=BB:DD.F[/DD.F...]     a bridge and everything below it
 *   ioapic[=ID@BB:DD.F]          an IOAPIC and its source-id; 0@ff:00.0
 *   hpet[=N@BB:DD.F]             an HPET and its source-id; 0@ff:0f.0
 *   namespace=N@BB:DD.F          an ACPI device and its source-id
 *
 * or are properties of the structure:
 *
 *   segment=N                    all but RHSA and ANDD
 *   include-all                  DRHD: every device that no unit lists
 *   size=4K                      DRHD: of the register set
 *   all-ports                    ATSR
 *   atc-required                 SATC
 *
 * In a SIDP the properties of a device follow it: no-nested, no-pwsnp,
 * no-pgsnp, atc-hardened, atc-required, as endpoint=00:02.0+no-pwsnp.
 *
 * BB, DD and F are hexadecimal as lspci prints them, ID and N are decimal.
 * Bus ff holds no PCI function of a machine that gives its buses numbers
 * from 0 up, so that the default source-ids are unique, and not 0, which
 * guests refuse.
 *
 * Call it for DRHD first: regions and nodes refer to units. On failure it
 * returns false, leaves @dmar as it was, and adds a note to @errors for
 * everything that is wrong.
 */
bool vtdm_dmar_from_string(VTDMDmar *dmar, VTDMDmarType type,
                           const char *text, VTDMDmarNotes *errors);

/* The index of the unit whose registers start at @base, or -1. */
int vtdm_dmar_unit_at(const VTDMDmar *dmar, uint64_t base);

/* A function on its bus, as the guest has numbered buses at this time. */
typedef struct VTDMDmarHop {
    uint8_t bus;
    uint8_t devfn;
} VTDMDmarHop;

/*
 * A device as the chain that leads to it: hop[0] is on a root bus, the last
 * one is the device, those between are bridges. For a virtual function the
 * last hop is its physical function.
 */
typedef struct VTDMDmarDevice {
    uint16_t segment;
    const VTDMDmarHop *hop;
    size_t hops;
} VTDMDmarDevice;

/*
 * The index in @dmar->units of the unit that owns @dev: the one that lists
 * the device, else the one that lists the bridge nearest above it, else the
 * INCLUDE_PCI_ALL unit of its segment, else -1.
 */
int vtdm_dmar_find_unit(const VTDMDmar *dmar, const VTDMDmarDevice *dev);

/*
 * The source-id of the IOAPIC or HPET with this enumeration id, or -1 if no
 * unit lists it or its path leads through a bridge. On success *@unit is
 * the index of the unit that lists it; @unit may be NULL.
 */
int vtdm_dmar_ioapic_source_id(const VTDMDmar *dmar, uint8_t enumeration_id,
                               int *unit);
int vtdm_dmar_hpet_source_id(const VTDMDmar *dmar, uint8_t enumeration_id,
                             int *unit);

/*
 * The index of a unit whose registers share a byte with @first to @last,
 * or -1.
 */
int vtdm_dmar_find_registers(const VTDMDmar *dmar, uint64_t first,
                             uint64_t last);

#endif
