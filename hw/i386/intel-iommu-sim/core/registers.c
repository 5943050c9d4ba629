/*
 * Registers: one formula applies the rules of them all.
 * Spec: "Software Access to Registers", "Register Attributes"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

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

/*
 * What an access writes of a register: bits of it, the same by bytes, and what
 * for.
 */
typedef struct Written {
    uint64_t bits;
    unsigned bytes;
    uint64_t data;
} Written;

/* Of @reg; or nothing. */
static Written written_of(const VTDMRegister *reg, uint32_t offset,
                          unsigned size, uint64_t value)
{
    uint32_t first = MAX(offset, reg->offset);
    uint32_t end = MIN(offset + size, reg->offset + reg->size);
    unsigned skipped = first - reg->offset;

    if (first >= end) {
        return (Written) { 0 };
    }
    return (Written) {
        .bits = vtdm_mask_below(8 * (end - first)) << 8 * skipped,
        .bytes = (unsigned)vtdm_mask_below(end - first) << skipped,
        .data = offset < first ? value >> 8 * (first - offset)
                               : value << 8 * skipped,
    };
}

static void apply(VTDMUnit *unit, const VTDMRegister *reg,
                  const Written *written)
{
    uint64_t old = load(unit, reg->offset, reg->size);
    bool locked = reg->lock && vtdm_reg64(unit, reg->locked_by) & reg->lock;
    uint64_t writable = locked ? 0 : reg->writable & written->bits;

    store(unit, reg->offset, reg->size,
          ((old & ~writable) | (written->data & writable)) &
          ~(written->data & reg->write_1_clear & written->bits));
}

void vtdm_registers_write(VTDMUnit *unit, uint32_t offset, unsigned size,
                          uint64_t value)
{
    bool bad = refused(unit, offset, size);
    const VTDMRegister *rules = (VTDMRegister *)unit->regs.rules->data;

    tell_access(unit, bad ? VTDM_EVENT_REGISTER_REFUSED
                          : VTDM_EVENT_REGISTER_WRITE,
                true, offset, size, value);
    if (bad) {
        return;
    }
    for (guint i = first_rule(unit, offset); i < unit->regs.rules->len; i++) {
        Written written = written_of(&rules[i], offset, size, value);

        if (!written.bytes) {
            break;
        }
        apply(unit, &rules[i], &written);
        if (rules[i].written) {
            rules[i].written(unit, written.bytes);
        }
    }
}

uint32_t vtdm_reg32(const VTDMUnit *unit, uint32_t offset)
{
    uint32_t value;

    memcpy(&value, unit->regs.value + offset, sizeof(value));
    return GUINT32_FROM_LE(value);
}

uint64_t vtdm_reg64(const VTDMUnit *unit, uint32_t offset)
{
    uint64_t value;

    memcpy(&value, unit->regs.value + offset, sizeof(value));
    return GUINT64_FROM_LE(value);
}

void vtdm_set_reg32(VTDMUnit *unit, uint32_t offset, uint32_t value)
{
    value = GUINT32_TO_LE(value);
    memcpy(unit->regs.value + offset, &value, sizeof(value));
}

void vtdm_set_reg64(VTDMUnit *unit, uint32_t offset, uint64_t value)
{
    value = GUINT64_TO_LE(value);
    memcpy(unit->regs.value + offset, &value, sizeof(value));
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
