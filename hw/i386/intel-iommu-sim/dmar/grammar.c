/*
 * The grammar of each property that describes structures: heads, words and
 * what must hold between the statements.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "affinity.h"
#include "drhd.h"
#include "grammar.h"
#include "grammar-device.h"
#include "group.h"
#include "hw/i386/vtdm/capabilities.h"
#include "hw/i386/vtdm/config-register.h"
#include "name.h"
#include "region.h"
#include "source.h"
#include "scope.h"

#define MAX_REGISTERS ((uint64_t)VTDM_DMAR_PAGE << VTDM_DRHD_SIZE_N)

static bool take_flag(VTDMText *text, const VTDMWord *word, void *field)
{
    *(uint8_t *)field |= word->value;
    return true;
}

static bool take_segment(VTDMText *text, const VTDMWord *word, void *field)
{
    uint64_t value = 0;
    bool ok = vtdm_text_take_value(text, word, &value);

    *(uint16_t *)field = value;
    return ok;
}

static bool take_node(VTDMText *text, const VTDMWord *word, void *field)
{
    uint64_t value = 0;
    bool ok = vtdm_text_take_value(text, word, &value);

    *(uint32_t *)field = value;
    return ok;
}

/* =N[K|M], a power of two of pages. */
static bool take_size(VTDMText *text, const VTDMWord *word, void *field)
{
    VTDMText value = *text;
    uint64_t size;
    bool ok = vtdm_text_take(text, '=') &&
              vtdm_text_take_number(text, 10, MAX_REGISTERS, &size);

    if (ok && vtdm_text_take(text, 'K')) {
        size <<= 10;
    } else if (ok && vtdm_text_take(text, 'M')) {
        size <<= 20;
    }
    if (!ok || size < VTDM_DMAR_PAGE || size > MAX_REGISTERS ||
        size & (size - 1)) {
        return vtdm_text_expected(&value, "=4K, =8K, =16K or another power "
                                  "of two up to =128M");
    }
    *(uint64_t *)field = size;
    return true;
}

static bool take_object(VTDMText *text, const VTDMWord *word, void *field)
{
    size_t len;

    if (!vtdm_text_take(text, '=')) {
        return vtdm_text_expected(text, "'=' and the path of an ACPI "
                                  "object, such as =\\_SB.PC00.UA00");
    }
    if (*text->p != '\\') {
        return vtdm_text_expected(text, "a path that begins with \\, such as "
                                  "\\_SB.PC00.UA00");
    }
    len = strcspn(text->p, VTDM_TEXT_WORD_END);
    *(char **)field = g_strndup(text->p, len);
    text->p += len;
    return true;
}

/* BASE */
static void take_base(VTDMText *text, uint64_t *base)
{
    if (vtdm_text_take_address(text, base, "the register base of a unit, "
                               "such as 0xfed90000") &&
        !vtdm_text_at_word_end(text)) {
        vtdm_text_expected(text, "a space after the register base");
    }
}

static void unit_head(VTDMText *text, const VTDMDmar *dmar, void *structure)
{
    VTDMDmarUnit *unit = structure;

    take_base(text, &unit->base);
    unit->size = !dmar->capabilities ? VTDM_DMAR_PAGE :
        vtdm_config_register_size(vtdm_capabilities_of(dmar->capabilities,
                                                       unit->base));
}

static void affinity_head(VTDMText *text, const VTDMDmar *dmar,
                          void *structure)
{
    take_base(text, &((VTDMDmarAffinity *)structure)->base);
}

static void name_head(VTDMText *text, const VTDMDmar *dmar, void *structure)
{
    VTDMDmarName *name = structure;

    if (!vtdm_text_take_byte(text, 10, 255, &name->device_number) ||
        !vtdm_text_at_word_end(text)) {
        vtdm_text_expected(text, "the number of an ACPI device, 0 to 255");
    }
}

/* BASE-LIMIT */
static bool take_extent(VTDMText *text, VTDMDmarRegion *region)
{
    if (!vtdm_text_take_address(text, &region->base, "BASE-LIMIT@BB:DD.F, "
                                "such as 0x7d000000-0x7d7fffff@00:14.0")) {
        return false;
    }
    if (!vtdm_text_take(text, '-')) {
        return vtdm_text_expected(text, "'-' and the last byte of the region");
    }
    if (!vtdm_text_take_address(text, &region->limit, "the last byte of the "
                                "region, such as 0x7d7fffff")) {
        return false;
    }
    if (region->limit < region->base) {
        vtdm_dmar_note(text->errors, region->at, "RMRR: the region ends "
                       "before it starts: write BASE-LIMIT, LIMIT being its "
                       "last byte");
        return false;
    }
    return true;
}

/* BASE-LIMIT[@DEVICE[+DEVICE...]] */
static void region_head(VTDMText *text, const VTDMDmar *dmar,
                        void *structure)
{
    VTDMDmarRegion *region = structure;
    bool ok = take_extent(text, region);

    if (ok && vtdm_text_take(text, '@')) {
        do {
            VTDMDmarScope scope = { .at = vtdm_text_at(text),
                                    .type = VTDM_DMAR_SCOPE_ENDPOINT };

            ok = (!region->scopes->len || vtdm_text_follows(text, '+')) &&
                 vtdm_text_take_path(text, &scope);
            g_array_append_val(region->scopes, scope);
        } while (ok && vtdm_text_take(text, '+'));
    }
    if (ok && !vtdm_text_at_word_end(text)) {
        vtdm_text_expected(text, region->scopes->len ?
                           "'+' and another device, or a space" :
                           "'@' and the device that uses the region");
    }
}

#define SEGMENT(where) \
    { "segment", "segment=N", take_segment, offsetof(where, segment), \
      UINT16_MAX }
#define FLAG(word, where, field, bit) \
    { word, word, take_flag, offsetof(where, field), bit }
#define SCOPE(word, usage, where, kind) \
    { word, usage, vtdm_grammar_take_scope, offsetof(where, scopes), \
      VTDM_DMAR_SCOPE_##kind, .many = true }
#define STANDARD(word, usage, where, kind, device) \
    { word, usage, vtdm_grammar_take_scope, offsetof(where, scopes), \
      VTDM_DMAR_SCOPE_##kind, device, .many = true }
#define PROPERTIES(word, usage, where, kind) \
    { word, usage, vtdm_grammar_take_properties, offsetof(where, scopes), \
      VTDM_DMAR_SCOPE_##kind, .many = true }

static const VTDMWord unit_words[] = {
    SCOPE("endpoint", "endpoint=BB:DD.F", VTDMDmarUnit, ENDPOINT),
    SCOPE("bridge", "bridge=BB:DD.F", VTDMDmarUnit, BRIDGE),
    STANDARD("ioapic", "ioapic[=ID@BB:DD.F]", VTDMDmarUnit, IOAPIC,
             "0@ff:00.0"),
    STANDARD("hpet", "hpet[=N@BB:DD.F]", VTDMDmarUnit, HPET, "0@ff:0f.0"),
    SCOPE("namespace", "namespace=N@BB:DD.F", VTDMDmarUnit, NAMESPACE),
    FLAG("include-all", VTDMDmarUnit, include_all, true),
    SEGMENT(VTDMDmarUnit),
    { "size", "size=4K", take_size, offsetof(VTDMDmarUnit, size) },
    { NULL }
};

static const VTDMWord region_words[] = {
    SCOPE("endpoint", "endpoint=BB:DD.F", VTDMDmarRegion, ENDPOINT),
    SCOPE("bridge", "bridge=BB:DD.F", VTDMDmarRegion, BRIDGE),
    SCOPE("namespace", "namespace=N@BB:DD.F", VTDMDmarRegion, NAMESPACE),
    SEGMENT(VTDMDmarRegion),
    { NULL }
};

static const VTDMWord atsr_words[] = {
    FLAG("all-ports", VTDMDmarGroup, flags, VTDM_ATSR_ALL_PORTS),
    SCOPE("bridge", "bridge=BB:DD.F", VTDMDmarGroup, BRIDGE),
    SEGMENT(VTDMDmarGroup),
    { NULL }
};

static const VTDMWord affinity_words[] = {
    { "node", "node=N", take_node,
      offsetof(VTDMDmarAffinity, proximity_domain), UINT32_MAX,
      .required = true },
    { NULL }
};

static const VTDMWord name_words[] = {
    { "path", "path=\\_SB.PC00.UA00", take_object,
      offsetof(VTDMDmarName, path), .required = true },
    { NULL }
};

static const VTDMWord satc_words[] = {
    SCOPE("endpoint", "endpoint=BB:DD.F", VTDMDmarGroup, ENDPOINT),
    FLAG("atc-required", VTDMDmarGroup, flags, VTDM_SATC_ATC_REQUIRED),
    SEGMENT(VTDMDmarGroup),
    { NULL }
};

static const VTDMWord sidp_words[] = {
    PROPERTIES("endpoint", "endpoint=BB:DD.F[+PROPERTY...]", VTDMDmarGroup,
               ENDPOINT),
    PROPERTIES("namespace", "namespace=N@BB:DD.F[+PROPERTY...]",
               VTDMDmarGroup, NAMESPACE),
    SEGMENT(VTDMDmarGroup),
    { NULL }
};

static void check_units(const VTDMDmar *dmar, VTDMDmarNotes *errors)
{
    if (dmar->units->len) {
        vtdm_dmar_check_units(dmar, errors, errors);
    }
    if (!errors->count) {
        vtdm_dmar_check_sources(dmar, errors);
    }
}

static void check_atsr(const VTDMDmar *dmar, VTDMDmarNotes *errors)
{
    vtdm_dmar_check_groups(dmar, VTDM_DMAR_ATSR, errors);
}

static void check_satc(const VTDMDmar *dmar, VTDMDmarNotes *errors)
{
    vtdm_dmar_check_groups(dmar, VTDM_DMAR_SATC, errors);
}

static void check_sidp(const VTDMDmar *dmar, VTDMDmarNotes *errors)
{
    vtdm_dmar_check_groups(dmar, VTDM_DMAR_SIDP, errors);
}

const VTDMGrammar vtdm_dmar_grammars[VTDM_DMAR_TYPES] = {
    [VTDM_DMAR_DRHD] = { sizeof(VTDMDmarUnit), unit_head, unit_words,
                         check_units },
    [VTDM_DMAR_RMRR] = { sizeof(VTDMDmarRegion), region_head, region_words,
                         vtdm_dmar_check_regions },
    [VTDM_DMAR_ATSR] = { sizeof(VTDMDmarGroup), NULL, atsr_words,
                         check_atsr },
    [VTDM_DMAR_RHSA] = { sizeof(VTDMDmarAffinity), affinity_head,
                         affinity_words, vtdm_dmar_check_affinities },
    [VTDM_DMAR_ANDD] = { sizeof(VTDMDmarName), name_head, name_words,
                         vtdm_dmar_check_names },
    [VTDM_DMAR_SATC] = { sizeof(VTDMDmarGroup), NULL, satc_words,
                         check_satc },
    [VTDM_DMAR_SIDP] = { sizeof(VTDMDmarGroup), NULL, sidp_words,
                         check_sidp },
};
