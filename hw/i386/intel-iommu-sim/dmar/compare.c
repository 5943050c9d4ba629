/*
 * Two tables side by side.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <inttypes.h>

#include "hw/i386/vtdm/dmar-compare.h"
#include "structures.h"

/* More registers' bases than anybody compares by eye. */
#define BASES_SHOWN 8

/* What a user says for structures of each kind, by VTDMDmarType. */
static const char *const properties[VTDM_DMAR_TYPES] = {
    "units", "rmrr", "atsr", "rhsa", "andd", "satc", "sidp",
};

static const struct {
    uint8_t flag;
    const char *property;
} flags[] = {
    { VTDM_DMAR_INTR_REMAP, "dmar-intr-remap" },
    { VTDM_DMAR_X2APIC_OPT_OUT, "x2apic-opt-out" },
    { VTDM_DMAR_DMA_CTRL_OPT_IN, "dma-ctrl-opt-in" },
};

static bool are_equal(const GPtrArray *a, const GPtrArray *b)
{
    for (guint i = 0; a->len == b->len && i < a->len; i++) {
        const VTDMDmarStructure *x = a->pdata[i], *y = b->pdata[i];

        if (!g_bytes_equal(x->raw, y->raw)) {
            return false;
        }
    }
    return a->len == b->len;
}

/* How many there are, and of units where. */
static char *describe(const VTDMDmar *dmar, VTDMDmarType type)
{
    const GPtrArray *list = *vtdm_dmar_list(&vtdm_dmar_kinds[type], dmar);
    GString *text = g_string_new(NULL);

    g_string_printf(text, "%u", list->len);
    for (guint i = 0; type == VTDM_DMAR_DRHD && i < list->len &&
                      i < BASES_SHOWN; i++) {
        g_string_append_printf(text, "%s0x%" PRIx64, i ? ", " : " (",
                               vtdm_dmar_unit(dmar, i)->base);
    }
    if (type == VTDM_DMAR_DRHD && list->len) {
        g_string_append(text, list->len > BASES_SHOWN ? ", ...)" : ")");
    }
    return g_string_free(text, FALSE);
}

/* A unit whose registers are at the same place, and reach to another one. */
static bool has_other_size(const VTDMDmar *here, const VTDMDmar *source)
{
    guint count = MIN(here->units->len, source->units->len);

    for (guint i = 0; i < count; i++) {
        const VTDMDmarUnit *ours = vtdm_dmar_unit(here, i);
        const VTDMDmarUnit *theirs = vtdm_dmar_unit(source, i);

        if (ours->base == theirs->base && ours->size != theirs->size) {
            return true;
        }
    }
    return false;
}

static void compare_structures(const VTDMDmar *here, const VTDMDmar *source,
                               VTDMDmarType type, GPtrArray *problems)
{
    const VTDMDmarKind *kind = &vtdm_dmar_kinds[type];
    g_autofree char *theirs = describe(source, type);
    g_autofree char *ours = describe(here, type);
    bool alike = g_str_equal(theirs, ours);
    bool sizes = type == VTDM_DMAR_DRHD && has_other_size(here, source);

    if (are_equal(*vtdm_dmar_list(kind, here),
                  *vtdm_dmar_list(kind, source))) {
        return;
    }
    g_ptr_array_add(problems, g_strdup_printf(
        "%s: the source has %s, this side %s%s: give both sides the same "
        "%s%s=, or the same dmar=", kind->name, theirs,
        alike ? "too, with other devices or properties" : "has ",
        alike ? "" : ours,
        sizes ? "perfmon= and fault-records=, which make register sets "
                "larger, and the same " : "", properties[type]));
}

static void compare_flags(const VTDMDmar *here, const VTDMDmar *source,
                          GPtrArray *problems)
{
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        bool theirs = source->flags & flags[i].flag;

        if ((here->flags ^ source->flags) & flags[i].flag) {
            g_ptr_array_add(problems, g_strdup_printf(
                "%s is %s at the source and %s here: set %s=%s here",
                flags[i].property, theirs ? "on" : "off",
                theirs ? "off" : "on", flags[i].property,
                theirs ? "on" : "off"));
        }
    }
}

void vtdm_dmar_compare(const VTDMDmar *here, const VTDMDmar *source,
                       GPtrArray *problems)
{
    if (here->host_address_width != source->host_address_width) {
        g_ptr_array_add(problems, g_strdup_printf(
            "host-address-width is %u bits at the source and %u here: set "
            "host-address-width=%u here", source->host_address_width,
            here->host_address_width, source->host_address_width));
    }
    compare_flags(here, source, problems);
    for (VTDMDmarType type = 0; type < VTDM_DMAR_TYPES; type++) {
        compare_structures(here, source, type, problems);
    }
}
