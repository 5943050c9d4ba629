/*
 * From the text of a property to units and reserved memory regions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "dmar-internal.h"

#define DEFAULT_UNITS "0xfed90000 include-all ioapic hpet"

/* What a word cannot contain. */
#define WORD_END " ;"

/* Where the reader of a property is, and where complaints go. */
typedef struct Cursor {
    const char *text;
    const char *p;
    VTDMDmarNotes *errors;
} Cursor;

static size_t position(const Cursor *cursor)
{
    return cursor->p - cursor->text;
}

static void skip_blanks(Cursor *cursor)
{
    cursor->p += strspn(cursor->p, " ");
}

static bool at_word_end(const Cursor *cursor)
{
    return !*cursor->p || strchr(WORD_END, *cursor->p);
}

/* Complains about the word at the cursor, where it is wrong. */
static bool expected(Cursor *cursor, const char *what)
{
    size_t len = strcspn(cursor->p, WORD_END);

    if (len) {
        vtdm_dmar_note(cursor->errors, position(cursor), "\"%.*s\": expected "
                       "%s", (int)len, cursor->p, what);
    } else {
        vtdm_dmar_note(cursor->errors, position(cursor), "expected %s", what);
    }
    return false;
}

static bool take(Cursor *cursor, char c)
{
    if (*cursor->p != c) {
        return false;
    }
    cursor->p++;
    return true;
}

/* A number of digits in @base, at most @max. */
static bool take_number(Cursor *cursor, int base, uint64_t max,
                        uint64_t *value)
{
    const char *p = cursor->p;
    int digit;

    *value = 0;
    for (; digit = g_ascii_xdigit_value(*p), digit >= 0 && digit < base; p++) {
        if ((uint64_t)digit > max || *value > (max - digit) / base) {
            return false;
        }
        *value = *value * base + digit;
    }
    if (p == cursor->p) {
        return false;
    }
    cursor->p = p;
    return true;
}

static bool take_address(Cursor *cursor, uint64_t *address, const char *what)
{
    const char *start = cursor->p;

    if (g_str_has_prefix(start, "0x")) {
        cursor->p += 2;
        if (take_number(cursor, 16, UINT64_MAX, address)) {
            return true;
        }
        cursor->p = start;
    }
    return expected(cursor, what);
}

static bool take_byte(Cursor *cursor, int base, uint8_t max, uint8_t *byte)
{
    uint64_t value;

    if (!take_number(cursor, base, max, &value)) {
        return false;
    }
    *byte = value;
    return true;
}

/* BB:DD.F[/DD.F...], in hexadecimal as lspci prints them. */
static bool take_path(Cursor *cursor, VTDMDmarScope *scope)
{
    if (!take_byte(cursor, 16, 0xff, &scope->start_bus) || !take(cursor, ':')) {
        return expected(cursor, "a path BB:DD.F[/DD.F...], bus 00 to ff, "
                        "such as 00:1c.0/00.0");
    }
    do {
        VTDMDmarStep *step = &scope->path[scope->steps];

        if (scope->steps == VTDM_SCOPE_MAX_STEPS) {
            return expected(cursor, "the end of a path: no table has room "
                            "for more steps");
        }
        if (!take_byte(cursor, 16, 0x1f, &step->device) || !take(cursor, '.')
            || !take_byte(cursor, 16, 7, &step->function)) {
            return expected(cursor, "DD.F, device 00 to 1f and function 0 to "
                            "7, such as 03.0");
        }
        scope->steps++;
    } while (take(cursor, '/'));
    return true;
}

/* What a unit may own, by its word in the text. */
typedef struct Item {
    const char *word;
    VTDMScopeType type;
    const char *standard;           /* the word alone; NULL: it has no id */
} Item;

static const Item items[] = {
    { "endpoint", VTDM_SCOPE_ENDPOINT, NULL },
    { "bridge", VTDM_SCOPE_BRIDGE, NULL },
    { "ioapic", VTDM_SCOPE_IOAPIC, "0@ff:00.0" },
    { "hpet", VTDM_SCOPE_HPET, "0@ff:0f.0" },
};

static const Item *find_item(const char *word, size_t len)
{
    for (size_t i = 0; i < G_N_ELEMENTS(items); i++) {
        if (strlen(items[i].word) == len
            && !memcmp(items[i].word, word, len)) {
            return &items[i];
        }
    }
    return NULL;
}

/* [ID@]PATH, up to the end of the word. */
static bool take_device(Cursor *cursor, const Item *item,
                        VTDMDmarScope *scope)
{
    if (item->standard
        && !(take_byte(cursor, 10, 255, &scope->enumeration_id)
             && take(cursor, '@'))) {
        return expected(cursor, "ID@BB:DD.F, id 0 to 255, such as 0@ff:00.0");
    }
    if (!take_path(cursor, scope)) {
        return false;
    }
    return at_word_end(cursor)
           || expected(cursor, "a space or ';' after the device");
}

static bool take_item(Cursor *cursor, VTDMDmarUnit *unit)
{
    size_t len = strcspn(cursor->p, "=" WORD_END);
    const Item *item = find_item(cursor->p, len);
    VTDMDmarScope scope = { .at = position(cursor) };
    Cursor standard = *cursor;
    bool ok;

    if (!item) {
        return expected(cursor, "endpoint=BB:DD.F, bridge=BB:DD.F, "
                        "ioapic[=ID@BB:DD.F], hpet[=N@BB:DD.F] or "
                        "include-all");
    }
    scope.type = item->type;
    cursor->p += len;
    if (take(cursor, '=')) {
        ok = take_device(cursor, item, &scope);
    } else if (item->standard) {
        standard.p = item->standard;
        ok = take_device(&standard, item, &scope);
    } else {
        ok = expected(cursor, "'=' and a path after the word, such as "
                      "=00:03.0");
    }
    if (ok) {
        g_array_append_val(unit->scopes, scope);
    }
    return ok;
}

/* Takes "include-all" if that is the word at the cursor. */
static bool take_include_all(Cursor *cursor, VTDMDmarUnit *unit)
{
    static const char word[] = "include-all";
    size_t len = strcspn(cursor->p, WORD_END);

    if (len != strlen(word) || memcmp(cursor->p, word, len)) {
        return false;
    }
    if (unit->include_all) {
        expected(cursor, "include-all once in a unit: remove this one");
    }
    cursor->p += len;
    unit->include_all = true;
    return true;
}

/* BASE ITEM ITEM ... */
static void take_unit(Cursor *cursor, VTDMDmar *dmar)
{
    unsigned before = cursor->errors->len;
    VTDMDmarUnit *unit = g_new0(VTDMDmarUnit, 1);

    unit->at = position(cursor);
    unit->size = VTDM_DMAR_PAGE;
    unit->scopes = g_array_new(FALSE, FALSE, sizeof(VTDMDmarScope));
    if (take_address(cursor, &unit->base, "the register base of a unit, such "
                     "as 0xfed90000") && !at_word_end(cursor)) {
        expected(cursor, "a space after the register base");
    }
    for (;;) {
        cursor->p += strcspn(cursor->p, WORD_END);
        skip_blanks(cursor);
        if (at_word_end(cursor)) {
            break;
        }
        if (!take_include_all(cursor, unit)) {
            take_item(cursor, unit);
        }
    }
    g_ptr_array_add(dmar->units, unit);
    if (cursor->errors->len > before) {
        g_ptr_array_set_size(dmar->units, dmar->units->len - 1);
    }
}

/* BASE-LIMIT@DEVICE[+DEVICE...] */
static bool take_extent(Cursor *cursor, VTDMDmarRegion *region)
{
    if (!take_address(cursor, &region->base, "BASE-LIMIT@BB:DD.F, such as "
                      "0x7d000000-0x7d7fffff@00:14.0")
        || !(take(cursor, '-')
             || expected(cursor, "'-' and the last byte of the region"))
        || !take_address(cursor, &region->limit, "the last byte of the "
                         "region, such as 0x7d7fffff")) {
        return false;
    }
    if (region->limit < region->base) {
        vtdm_dmar_note(cursor->errors, region->at, "RMRR: the region ends "
                       "before it starts: write BASE-LIMIT, LIMIT being its "
                       "last byte");
        return false;
    }
    return take(cursor, '@')
           || expected(cursor, "'@' and the device that uses the region, "
                       "such as @00:14.0");
}

static bool take_region_devices(Cursor *cursor, VTDMDmarRegion *region)
{
    do {
        VTDMDmarScope scope = { .at = position(cursor),
                                .type = VTDM_SCOPE_ENDPOINT };

        if (!take_path(cursor, &scope)) {
            return false;
        }
        g_array_append_val(region->scopes, scope);
    } while (take(cursor, '+'));
    skip_blanks(cursor);
    return !*cursor->p || *cursor->p == ';'
           || expected(cursor, "'+' and another device, or ';' and another "
                       "region");
}

static void take_region(Cursor *cursor, VTDMDmar *dmar)
{
    VTDMDmarRegion *region = g_new0(VTDMDmarRegion, 1);
    bool ok;

    region->at = position(cursor);
    region->scopes = g_array_new(FALSE, FALSE, sizeof(VTDMDmarScope));
    ok = take_extent(cursor, region) && take_region_devices(cursor, region);
    g_ptr_array_add(dmar->regions, region);
    if (!ok) {
        g_ptr_array_set_size(dmar->regions, dmar->regions->len - 1);
    }
}

static int by_position(const void *a, const void *b)
{
    const VTDMDmarNote *x = *(VTDMDmarNote *const *)a;
    const VTDMDmarNote *y = *(VTDMDmarNote *const *)b;

    return x->at < y->at ? -1 : x->at > y->at;
}

/* Calls @take_one for each of the statements that ';' separates. */
static void take_statements(Cursor *cursor, VTDMDmar *dmar,
                            void (*take_one)(Cursor *, VTDMDmar *))
{
    const char *separator = NULL;

    do {
        skip_blanks(cursor);
        if (separator && at_word_end(cursor)) {
            vtdm_dmar_note(cursor->errors, separator - cursor->text,
                           "nothing follows this ';': remove it");
        } else {
            take_one(cursor, dmar);
        }
        cursor->p += strcspn(cursor->p, ";");
        separator = cursor->p;
    } while (take(cursor, ';'));
}

/* Hands what was @found in the text to the caller; true if it was nothing. */
static bool finish(VTDMDmarNotes *found, VTDMDmarNotes *errors,
                   GPtrArray *list, unsigned before)
{
    bool ok = !found->len;

    if (!ok) {
        g_ptr_array_set_size(list, before);
    }
    g_ptr_array_sort(found, by_position);
    g_ptr_array_extend_and_steal(errors, found);
    return ok;
}

bool vtdm_dmar_units_from_string(VTDMDmar *dmar, const char *text,
                                 VTDMDmarNotes *errors)
{
    Cursor cursor = { text, text, vtdm_dmar_notes_new() };
    unsigned before = dmar->units->len;

    take_statements(&cursor, dmar, take_unit);
    if (dmar->units->len) {
        vtdm_dmar_check_units(dmar, cursor.errors, cursor.errors);
    }
    if (!cursor.errors->len && dmar->flags & VTDM_DMAR_INTR_REMAP
        && !vtdm_dmar_lists_ioapic(dmar)) {
        vtdm_dmar_note(cursor.errors, 0, "no unit lists the IOAPIC, so that "
                       "guests will not remap interrupts: add \"ioapic\" to "
                       "one unit");
    }
    return finish(cursor.errors, errors, dmar->units, before);
}

bool vtdm_dmar_regions_from_string(VTDMDmar *dmar, const char *text,
                                   VTDMDmarNotes *errors)
{
    Cursor cursor = { text, text, vtdm_dmar_notes_new() };
    unsigned before = dmar->regions->len;

    take_statements(&cursor, dmar, take_region);
    vtdm_dmar_check_regions(dmar, cursor.errors);
    return finish(cursor.errors, errors, dmar->regions, before);
}

VTDMDmar *vtdm_dmar_default(uint8_t host_address_width, uint8_t flags)
{
    VTDMDmar *dmar = vtdm_dmar_new(host_address_width, flags);
    g_autoptr(GPtrArray) errors = vtdm_dmar_notes_new();
    bool ok = vtdm_dmar_units_from_string(dmar, DEFAULT_UNITS, errors);

    g_assert(ok);
    return dmar;
}
