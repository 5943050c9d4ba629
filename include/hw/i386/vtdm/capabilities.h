/*
 * What each unit of a machine can do: units of one machine differ.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CAPABILITIES_H
#define VTDM_CAPABILITIES_H

#include "hw/i386/vtdm/dmar.h"
#include "hw/i386/vtdm/vtdm.h"

/* A unit that differs from the others. */
typedef struct VTDMUnitCapabilities {
    size_t at;                      /* offset in the text that says so */
    uint64_t base;                  /* of its registers */
    VTDMConfig config;
} VTDMUnitCapabilities;

struct VTDMCapabilities {
    VTDMConfig all;                 /* of units that are not below */
    GArray *units;                  /* of VTDMUnitCapabilities */
};

/* Every unit has a copy of @all. */
VTDMCapabilities *vtdm_capabilities_new(const VTDMConfig *all);
void vtdm_capabilities_free(VTDMCapabilities *capabilities);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VTDMCapabilities, vtdm_capabilities_free)

/*
 * Changes them as @text says. Statements are separated by ';', each begins
 * with the register base of a unit, or with `all`, which comes first; then
 * words, separated by spaces:
 *
 *   NAME=on, NAME=off, NAME=N    a capability, by its name as a property
 *   cap=0x..., ecap=0x...        all that the register of a unit shows
 *
 * On failure returns false, changes nothing, and adds a note to @errors for
 * everything that is wrong. @warnings gets a note for each register value
 * that has bits which this model lacks.
 */
bool vtdm_capabilities_from_string(VTDMCapabilities *capabilities,
                                   const char *text, VTDMDmarNotes *errors,
                                   VTDMDmarNotes *warnings);

/* Adds a note to @errors for each base that is none of a unit of @dmar. */
void vtdm_capabilities_check_bases(const VTDMCapabilities *capabilities,
                                   const VTDMDmar *dmar,
                                   VTDMDmarNotes *errors);

/* Those of the unit whose registers are at @base. */
const VTDMConfig *vtdm_capabilities_of(const VTDMCapabilities *capabilities,
                                       uint64_t base);

/* Whether a flag, an offset in VTDMConfig, is set anywhere. */
bool vtdm_capabilities_any(const VTDMCapabilities *capabilities,
                           size_t flag);

/* The narrowest MGAW. */
uint8_t vtdm_capabilities_width(const VTDMCapabilities *capabilities);

/* Gives every unit the one host address width of the machine. */
void vtdm_capabilities_set_host_width(VTDMCapabilities *capabilities,
                                      uint8_t bits);

#endif
