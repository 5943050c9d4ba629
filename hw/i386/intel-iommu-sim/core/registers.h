/*
 * The register file: bytes, and which of them software may change.
 * Spec: "Register Attributes"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_REGISTERS_H
#define VTDM_CORE_REGISTERS_H

#include "hw/i386/vtdm/vtdm.h"

/*
 * Side effect of a register, called once after a write was stored. Bit n
 * of @bytes is set if byte n of the register was written.
 */
typedef void VTDMRegisterWritten(VTDMUnit *unit, unsigned bytes);

/* One register: everything that an access has to know. */
typedef struct VTDMRegister {
    const char *name;           /* as the specification prints it */
    uint32_t offset;
    uint8_t size;               /* 4 or 8 */
    uint64_t reset;
    uint64_t writable;
    uint64_t write_1_clear;
    uint64_t sticky;            /* survives all but a power-good reset */
    uint64_t hardware;          /* what the unit itself sets, beside those */
    VTDMRegisterWritten *written;
    uint32_t locked_by;         /* the 64-bit register there... */
    uint64_t lock;              /* ... forbids writing with this bit */
} VTDMRegister;

typedef struct VTDMRegisters {
    size_t size;                /* of the register space, in bytes */
    uint8_t *value;
    GArray *rules;              /* of VTDMRegister, by offset */
    const VTDMRegister **at;    /* of each 4 bytes; NULL: reserved */
} VTDMRegisters;

/* Takes @rules over, an array of VTDMRegister by offset. */
void vtdm_registers_init(VTDMUnit *unit, GArray *rules);
void vtdm_registers_destroy(VTDMUnit *unit);
void vtdm_registers_reset(VTDMUnit *unit, bool power_good);
uint64_t vtdm_registers_peek(VTDMUnit *unit, uint32_t offset, unsigned size);
uint64_t vtdm_registers_read(VTDMUnit *unit, uint32_t offset, unsigned size);
void vtdm_registers_write(VTDMUnit *unit, uint32_t offset, unsigned size,
                          uint64_t value);

/* Hands each register to @see, in order of offset. */
typedef void VTDMRegisterSee(void *opaque, const VTDMRegister *reg,
                             uint64_t value);
void vtdm_registers_for_each(const VTDMUnit *unit, VTDMRegisterSee *see,
                             void *opaque);

/* Sets and clears bits of a 32-bit register. */
void vtdm_change_reg32(VTDMUnit *unit, uint32_t offset, uint32_t set,
                       uint32_t clear);

#endif
