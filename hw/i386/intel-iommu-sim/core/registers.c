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

void vtdm_registers_init(VTDMUnit *unit, GArray *rules)
{
    unit->regs.size = vtdm_config_register_size(&unit->config);
    unit->regs.value = g_malloc0(unit->regs.size);
    unit->regs.rules = rules;
}

void vtdm_registers_destroy(VTDMUnit *unit)
{
    g_array_free(unit->regs.rules, true);
    g_free(unit->regs.value);
}

static uint64_t load(const VTDMUnit *unit, uint32_t offset, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        value |= (uint64_t)unit->regs.value[offset + i] << (8 * i);
    }
    return value;
}

static void store(VTDMUnit *unit, uint32_t offset, unsigned size,
                  uint64_t value)
{
    for (unsigned i = 0; i < size; i++) {
        unit->regs.value[offset + i] = value >> (8 * i);
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
    return (size != 4 && size != 8) || offset % size ||
           offset > unit->regs.size - size;
}

static void tell_access(VTDMUnit *unit, VTDMEventKind kind, bool write,
                        uint32_t offset, unsigned size, uint64_t value)
{
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = kind,
        .reg = { offset, size, value, write },
    });
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

/* The rules whose registers the @size bytes at @offset touch. */
static guint first_rule(VTDMUnit *unit, uint32_t offset)
{
    GArray *table = unit->regs.rules;
    guint low = 0, high = table->len;

    while (low < high) {
        guint middle = (low + high) / 2;
        VTDMRegister *reg = &g_array_index(table, VTDMRegister, middle);

        if (reg->offset + reg->size <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The bytes of @reg that the access writes, as bits; 0: none. */
static unsigned bytes_written(const VTDMRegister *reg, uint32_t offset,
                              unsigned size)
{
    unsigned bytes = 0;

    for (unsigned i = 0; i < reg->size; i++) {
        uint32_t at = reg->offset + i;

        if (at >= offset && at < offset + size) {
            bytes |= 1u << i;
        }
    }
    return bytes;
}

static void apply(VTDMUnit *unit, const VTDMRegister *reg, unsigned bytes,
                  uint64_t data)
{
    uint64_t old = load(unit, reg->offset, reg->size);
    bool locked = reg->lock && load(unit, reg->locked_by, 8) & reg->lock;
    uint64_t writable = locked ? 0 : reg->writable;
    uint64_t reach = 0;

    for (unsigned i = 0; i < reg->size; i++) {
        reach |= bytes & (1u << i) ? 0xffULL << (8 * i) : 0;
    }
    store(unit, reg->offset, reg->size,
          ((old & ~(writable & reach)) | (data & writable & reach))
          & ~(data & reg->write_1_clear & reach));
}

void vtdm_registers_write(VTDMUnit *unit, uint32_t offset, unsigned size,
                          uint64_t value)
{
    bool bad = refused(unit, offset, size);

    tell_access(unit, bad ? VTDM_EVENT_REGISTER_REFUSED
                          : VTDM_EVENT_REGISTER_WRITE,
                true, offset, size, value);
    if (bad) {
        return;
    }
    for (guint i = first_rule(unit, offset); i < unit->regs.rules->len; i++) {
        const VTDMRegister *reg =
            &g_array_index(unit->regs.rules, VTDMRegister, i);
        unsigned bytes = bytes_written(reg, offset, size);

        if (!bytes) {
            break;
        }
        apply(unit, reg, bytes, offset > reg->offset
                                    ? value << (8 * (offset - reg->offset))
                                    : value >> (8 * (reg->offset - offset)));
        if (reg->written) {
            reg->written(unit, bytes);
        }
    }
}

uint32_t vtdm_reg32(const VTDMUnit *unit, uint32_t offset)
{
    return load(unit, offset, 4);
}

uint64_t vtdm_reg64(const VTDMUnit *unit, uint32_t offset)
{
    return load(unit, offset, 8);
}

void vtdm_set_reg32(VTDMUnit *unit, uint32_t offset, uint32_t value)
{
    store(unit, offset, 4, value);
}

void vtdm_set_reg64(VTDMUnit *unit, uint32_t offset, uint64_t value)
{
    store(unit, offset, 8, value);
}

void vtdm_change_reg32(VTDMUnit *unit, uint32_t offset, uint32_t set,
                       uint32_t clear)
{
    vtdm_set_reg32(unit, offset,
                   (vtdm_reg32(unit, offset) & ~clear) | set);
}

bool vtdm_is_enabled(const VTDMUnit *unit, uint32_t gsts_bit)
{
    return unit->latched.gsts & gsts_bit;
}
