/*
 * Devices that scopes list twice.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "listing.h"
#include "scope.h"

/* A scope and the segment of the structure that it is in. */
typedef struct Listing {
    const VTDMDmarScope *scope;
    uint16_t segment;
} Listing;

/*
 * 0 for two scopes exactly when they name the same device. An HPET may have
 * one source-id for each of its timers, an IOAPIC has one.
 */
static int by_device(const void *a, const void *b)
{
    const Listing *x = a, *y = b;
    uint8_t key[2][6] = {};
    int order;

    for (int i = 0; i < 2; i++) {
        const Listing *listing = i ? y : x;
        const VTDMDmarScope *scope = listing->scope;
        bool pci = vtdm_dmar_scope_is_pci(scope);
        bool has_path = pci || scope->type == VTDM_DMAR_SCOPE_HPET;

        key[i][0] = pci ? listing->segment >> 8 : 0;
        key[i][1] = pci ? listing->segment : 0;
        key[i][2] = pci ? 0 : scope->type;
        key[i][3] = pci ? 0 : scope->enumeration_id;
        key[i][4] = has_path ? scope->start_bus : 0;
        key[i][5] = has_path ? scope->steps : 0;
    }
    order = memcmp(key[0], key[1], sizeof(key[0]));
    if (order || !key[0][5]) {
        return order;
    }
    return memcmp(x->scope->path, y->scope->path,
                  x->scope->steps * sizeof(x->scope->path[0]));
}

static void add_listings(GArray *listings, const VTDMDmarKind *kind,
                         const VTDMDmarStructure *structure)
{
    const GArray *scopes = *vtdm_dmar_scopes(kind, structure);

    for (unsigned i = 0; i < scopes->len; i++) {
        Listing listing = {
            vtdm_dmar_scope(scopes, i),
            *(const uint16_t *)((const char *)structure + kind->segment)
        };

        if (listing.scope->type <= VTDM_DMAR_SCOPE_NAMESPACE) {
            g_array_append_val(listings, listing);
        }
    }
}

/* Notes each of @listings that is there once more. */
static void note_repeated(GArray *listings, const VTDMDmarKind *kind,
                          VTDMDmarNotes *warnings)
{
    bool is_unit = kind == &vtdm_dmar_kinds[VTDM_DMAR_DRHD];

    g_array_sort(listings, by_device);
    for (unsigned i = 1; i < listings->len; i++) {
        const Listing *pair = &g_array_index(listings, Listing, i - 1);

        if (!by_device(&pair[0], &pair[1])) {
            const VTDMDmarScope *again =
                pair[pair[0].scope->at < pair[1].scope->at].scope;
            g_autofree char *name = vtdm_dmar_scope_name(again);

            vtdm_dmar_note(warnings, again->at, "%s: %s is listed twice, %s",
                           kind->name, name, is_unit
                               ? "expected it under one unit only"
                               : "once is enough: remove this one");
        }
    }
}

void vtdm_dmar_check_listed_twice(const VTDMDmar *dmar, VTDMDmarType type,
                                  VTDMDmarNotes *warnings)
{
    const VTDMDmarKind *kind = &vtdm_dmar_kinds[type];
    const GPtrArray *list = *vtdm_dmar_list(kind, dmar);
    g_autoptr(GArray) listings = g_array_new(FALSE, FALSE, sizeof(Listing));

    for (unsigned i = 0; i < list->len; i++) {
        add_listings(listings, kind, list->pdata[i]);
        if (type == VTDM_DMAR_RMRR) {   /* a device may use several */
            note_repeated(listings, kind, warnings);
            g_array_set_size(listings, 0);
        }
    }
    note_repeated(listings, kind, warnings);
}
