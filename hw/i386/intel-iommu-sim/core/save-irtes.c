/*
 * Interrupt entries that a unit has cached.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/spec/interrupts.h"
#include "interrupt-entries.h"
#include "save-irtes.h"
#include "unit.h"

typedef struct Irte {
    uint32_t index;
    VTDMEntry128 entry;
} Irte;

static const VTDMColumn columns[] = {
    VTDM_COLUMN("index", Irte, index, 2,
                .max = VTDM_IRTE_GROUP * VTDM_IRTE_GROUPS - 1),
    VTDM_COLUMN("low", Irte, entry.lo, 8),
    VTDM_COLUMN("high", Irte, entry.hi, 8),
};

static uint32_t most(const VTDMConfig *config)
{
    return config->ir ? VTDM_IRTE_GROUP * VTDM_IRTE_GROUPS : 0;
}

static void add(void *opaque, uint32_t index, const VTDMEntry128 *entry)
{
    Irte irte = { index, *entry };

    g_array_append_vals(opaque, &irte, 1);
}

static void save(const VTDMUnit *unit, GArray *records)
{
    vtdm_irtes_for_each(unit, add, records);
}

/* What else an entry says is checked whenever it is used. */
static const char *check(const VTDMLoad *load, const GArray *records, guint at)
{
    const Irte *irte = &g_array_index(records, Irte, at);

    return load->unit->config.cm || (irte->entry.lo & VTDM_IRTE_P)
        ? NULL : "entries that fault are cached with caching-mode=on only";
}

static void load_all(VTDMUnit *unit, const GArray *records)
{
    for (guint i = 0; i < records->len; i++) {
        const Irte *irte = &g_array_index(records, Irte, i);

        vtdm_irte_insert(unit, irte->index, &irte->entry);
    }
}

const VTDMSection vtdm_save_irtes = {
    .name = "interrupt-entries", .cached = true,
    .columns = columns, .count = G_N_ELEMENTS(columns),
    .record = sizeof(Irte), .keys = 1, .most_of = most,
    .save = save, .check = check, .load = load_all,
};
