/*
 * What the formats say in one unit: the same for as long as it exists.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_FORMAT_BITS_H
#define VTDM_CORE_FORMAT_BITS_H

#include "format.h"

/* What VTDMFormat.leaf and VTDMFormat.reserved say, by level. */
typedef struct VTDMFormatBits {
    uint64_t leaf[VTDM_MOST_LEVELS + 1];
    uint64_t reserved[VTDM_MOST_LEVELS + 1][2];     /* [1]: of a leaf */
} VTDMFormatBits;

/* Makes unit->formats out of unit->config. */
void vtdm_formats_init(VTDMUnit *unit);

#endif
