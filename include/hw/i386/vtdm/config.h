/*
 * intel-iommu-sim: what a unit advertises, and what that rules out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CONFIG_H
#define VTDM_CONFIG_H

#include <stddef.h>

#include "hw/i386/vtdm/glib.h"
#include "hw/i386/vtdm/spec/registers.h"
#include "hw/i386/vtdm/spec/tables.h"

/*
 * What a unit advertises. Fields have the names of those of VER, CAP and
 * ECAP; config-rows.h.inc has them, with ranges and meaning.
 */
typedef struct VTDMConfig {
    uint8_t host_address_width; /* bits of a host physical address: 12-52 */
#define ROW(kind, type, field, ...) type field;
#include "hw/i386/vtdm/config-rows.h.inc"
#undef ROW
} VTDMConfig;

typedef struct VTDMConfigRow VTDMConfigRow;

/* A configuration that every rule allows: what users of QEMU expect. */
void vtdm_config_init(VTDMConfig *config);

/*
 * Makes the second stage's input @bits wide, with all narrower widths.
 * Returns false, and changes nothing, unless they are 39, 48 or 57.
 */
bool vtdm_config_set_width(VTDMConfig *config, unsigned bits);

/*
 * Gives a capability the value that a user wants, 0 or 1 for a switch.
 * Returns false, and changes nothing, if there is no such value; for
 * dma-translation also if aw-bits has none that CAP.SAGAW could follow.
 */
bool vtdm_config_set(VTDMConfig *config, const VTDMConfigRow *row,
                     uint64_t value);

#endif
