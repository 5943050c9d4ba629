/*
 * intel-iommu-sim: CAP and ECAP of a configuration, and back from those of a
 * real unit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CONFIG_REGISTER_H
#define VTDM_CONFIG_REGISTER_H

#include "hw/i386/vtdm/config-row.h"

/* The registers that follow from a checked configuration. */
uint64_t vtdm_config_cap(const VTDMConfig *config);
uint64_t vtdm_config_ecap(const VTDMConfig *config);

/* What a register that reads @reg says of one capability. */
uint32_t vtdm_config_from_field(const VTDMConfigRow *row, uint64_t reg);

/* Bytes of register space, a power of two of pages. */
size_t vtdm_config_register_size(const VTDMConfig *config);

/*
 * Takes over what a unit has whose @reg, VTDM_REG_CAP or VTDM_REG_ECAP, reads
 * @value; where its registers are is not taken. What this model lacks stays
 * out of @config. Returns the bits that a unit like @config does not show.
 */
uint64_t vtdm_config_set_register(VTDMConfig *config, uint32_t reg,
                                  uint64_t value);

/* The fields of @reg that read 0 because another capability is off. */
uint64_t vtdm_config_zeroes(const VTDMConfig *config, uint32_t reg);

/*
 * Turns off what is set in @value, of @reg, and lacks in @config what it
 * needs: older units had capabilities that meant something else, or nothing.
 * Returns the bits of it.
 */
uint64_t vtdm_config_drop_unmet(VTDMConfig *config, uint32_t reg,
                                uint64_t value);

/*
 * The row of which @value, of @reg, says what no unit of a PC can be, with
 * what it says in @number; or NULL.
 */
const VTDMConfigRow *vtdm_config_impossible(uint32_t reg, uint64_t value,
                                            uint32_t *number);

#endif
