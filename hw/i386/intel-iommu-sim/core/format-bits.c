/*
 * What the formats say in one unit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "first-stage.h"
#include "format-bits.h"
#include "second-stage.h"
#include "unit.h"

static VTDMFormatBits bits_of(const VTDMFormat *format,
                              const VTDMConfig *config)
{
    VTDMFormatBits bits = { 0 };

    for (unsigned level = 1; level <= VTDM_MOST_LEVELS; level++) {
        bits.leaf[level] = format->leaf(config, level);
        bits.reserved[level][0] = format->reserved(config, level, false);
        bits.reserved[level][1] = format->reserved(config, level, true);
    }
    return bits;
}

void vtdm_formats_init(VTDMUnit *unit)
{
    unit->formats[VTDM_FIRST_STAGE] = bits_of(&vtdm_first_stage,
                                              &unit->config);
    unit->formats[VTDM_SECOND_STAGE] = bits_of(&vtdm_second_stage,
                                               &unit->config);
}
