/*
 * Registers: one formula applies the rules of them all.
 * Spec: "Software Access to Registers", "Register Attributes"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "host.h"
#include "registers.h"
#include "unit.h"

static void place_rule(VTDMUnit *unit, const VTDMRegister *reg)
{
    for (unsigned i = 0; i < reg->size; i += 4) {
        unit->regs.at[(reg->offset + i) / 4] = reg;
    }
}

void vtdm_registers_init(VTDMUnit *unit, GArray *rules)
{
    unit->regs.size = vtdm_config_register_size(&unit->config);
    unit->regs.value = g_malloc0(unit->regs.size);
    unit->regs.rules = rules;
    unit->regs.at = g_new0(const VTDMRegister *, unit->regs.size / 4);
    for (guint i = 0; i < rules->len; i++) {
        place_rule(unit, &g_array_index(rules, VTDMRegister, i));
    }
}

void vtdm_registers_destroy(VTDMUnit *unit)
{
    g_free(unit->regs.at);
    g_array_free(unit->regs.rules, true);
    g_free(unit->regs.value);
}

/* A register, or half of one: 4 or 8 bytes. */
static uint64_t load(const VTDMUnit *unit, uint32_t offset, unsigned size)
{
    return size == 4 ? vtdm_reg32(unit, offset) : vtdm_reg64(unit, offset);
}

static void store(VTDMUnit *unit, uint32_t offset, unsigned size,
                  uint64_t value)
{
    if (size == 4) {
        vtdm_set_reg32(unit, offset, value);
    } else {
        vtdm_set_reg64(unit, offset, value);
    }
}

void vtdm_registers_reset(VTDMUnit *unit, bool power_good)
{
    for (guint i = 0; i < unit->regs.rules->len; i++) {
        const VTDMRegister *reg =
            &g_array_index(unit->regs.rules, VTDMRegister, i);
        uint64_t kept = power_good ? 0 : reg->sticky;
        uint64_t old = load(unit, reg->offset, reg->size);

        store(unit, reg->offset, reg->size,
              (old & kept) | (reg->reset & ~kept));
    }
}

void vtdm_registers_for_each(const VTDMUnit *unit, VTDMRegisterSee *see,
                             void *opaque)
{
    for (guint i = 0; i < unit->regs.rules->len; i++) {
        const VTDMRegister *reg =
            &g_array_index(unit->regs.rules, VTDMRegister, i);

        see(opaque, reg, load(unit, reg->offset, reg->size));
    }
}

static bool refused(VTDMUnit *unit, uint32_t offset, unsigned size)
{
    return (size != 4 && size != 8) || offset & (size - 1) ||
           offset > unit->regs.size - size;
}

static void tell_access(VTDMUnit *unit, VTDMEventKind kind, bool write,
                        uint32_t offset, unsigned size, uint64_t value)
{
    if (vtdm_is_heard(unit, kind)) {
        vtdm_tell(unit, &(VTDMEvent) {
            .kind = kind,
            .reg = { offset, size, value, write },
        });
    }
}

uint64_t vtdm_registers_peek(VTDMUnit *unit, uint32_t offset, unsigned size)
{
    return refused(unit, offset, size) ? 0 : load(unit, offset, size);
}

uint64_t vtdm_registers_read(VTDMUnit *unit, uint32_t offset, unsigned size)
{
    bool bad = refused(unit, offset, size);
    uint64_t value = vtdm_registers_peek(unit, offset, size);

    tell_access(unit, bad ? VTDM_EVENT_REGISTER_REFUSED
                          : VTDM_EVENT_REGISTER_READ,
                false, offset, size, value);
    return value;
}

/* What an access writes of @reg: @bits of it, of which @data has the values. */
static void apply(VTDMUnit *unit, const VTDMRegister *reg, uint64_t bits,
                  uint64_t data)
{
    uint64_t old = load(unit, reg->offset, reg->size);
    bool locked = reg->lock && vtdm_reg64(unit, reg->locked_by) & reg->lock;
    uint64_t writable = locked ? 0 : reg->writable & bits;

    store(unit, reg->offset, reg->size,
          ((old & ~writable) | (data & writable)) &
          ~(data & reg->write_1_clear & bits));
}

/* @size bytes at @offset, all of which are the register's. */
static void write_part(VTDMUnit *unit, const VTDMRegister *reg,
                       uint32_t offset, unsigned size, uint64_t value)
{
    unsigned skipped = offset - reg->offset;

    apply(unit, reg, vtdm_mask_below(8 * size) << 8 * skipped,
          value << 8 * skipped);
    if (reg->written) {
        reg->written(unit, (unsigned)vtdm_mask_below(size) << skipped);
    }
}

void vtdm_registers_write(VTDMUnit *unit, uint32_t offset, unsigned size,
                          uint64_t value)
{
    bool bad = refused(unit, offset, size);

    tell_access(unit, bad ? VTDM_EVENT_REGISTER_REFUSED
                          : VTDM_EVENT_REGISTER_WRITE,
                true, offset, size, value);
    while (!bad && size) {
        const VTDMRegister *reg = unit->regs.at[offset / 4];
        unsigned part = reg ? MIN(size, reg->offset + reg->size - offset) : 4;

        if (reg) {
            write_part(unit, reg, offset, part, value);
        }
        value = value >> 4 * part >> 4 * part;
        offset += part;
        size -= part;
    }
}

void vtdm_change_reg32(VTDMUnit *unit, uint32_t offset, uint32_t set,
                       uint32_t clear)
{
    vtdm_set_reg32(unit, offset,
                   (vtdm_reg32(unit, offset) & ~clear) | set);
}
