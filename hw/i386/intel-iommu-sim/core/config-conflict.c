/*
 * Rows that do not go together, and the ways out. One is found by its first
 * words; it is then tried, and what does not go together with that is settled,
 * too, until nothing is left that was not there before.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "config.h"
#include "config-conflict.h"

#define WAYS                    3

/* A capability and the value that a user may give it. */
typedef struct Word {
    const VTDMConfigRow *row;
    uint32_t value;
} Word;

typedef struct Conflict {
    char *what;                 /* is wrong */
    GArray *ways[WAYS];         /* out of it, some words each */
} Conflict;

static void conflict_free(gpointer opaque)
{
    Conflict *conflict = opaque;

    for (unsigned i = 0; i < WAYS; i++) {
        g_array_unref(conflict->ways[i]);
    }
    g_free(conflict->what);
    g_free(conflict);
}

static Conflict *conflict_new(void)
{
    Conflict *conflict = g_new0(Conflict, 1);

    for (unsigned i = 0; i < WAYS; i++) {
        conflict->ways[i] = g_array_new(FALSE, FALSE, sizeof(Word));
    }
    return conflict;
}

static void add_word(GArray *words, const VTDMConfigRow *row, uint32_t value)
{
    Word word = { row, value };

    g_array_append_val(words, word);
}

static void print_word(GString *text, const Word *word)
{
    if (word->row->kind == VTDM_NUMBER) {
        g_string_append_printf(text, "%s=%u", word->row->name, word->value);
    } else {
        g_string_append_printf(text, "%s=%s", word->row->name,
                               word->value ? "on" : "off");
    }
}

/* "a=on, b=2 and c=off" */
static void print_words(GString *text, const GArray *words)
{
    for (guint i = 0; i < words->len; i++) {
        g_string_append(text, !i ? "" : i + 1 < words->len ? ", " : " and ");
        print_word(text, &g_array_index(words, Word, i));
    }
}

/* "a=on, b=2 or c=off"; "a=on and b=2, or c=off" */
static void print_ways(GString *text, const Conflict *conflict)
{
    bool single = true;
    unsigned count = 0;

    while (count < WAYS && conflict->ways[count]->len) {
        single &= conflict->ways[count++]->len == 1;
    }
    for (unsigned i = 0; i < count; i++) {
        g_string_append(text, !i ? "" : !single ? ", or " :
                              i + 1 < count ? ", " : " or ");
        print_words(text, conflict->ways[i]);
    }
}

static void G_GNUC_PRINTF(2, 3) say_what(Conflict *conflict,
                                         const char *format, ...)
{
    va_list args;

    va_start(args, format);
    conflict->what = g_strdup_vprintf(format, args);
    va_end(args);
}

static bool needs(const VTDMConfigRow *row, const VTDMConfigRow *need)
{
    for (size_t i = 0; row->needs[i]; i++) {
        if (!strcmp(row->needs[i], need->name)) {
            return true;
        }
    }
    return false;
}

static bool needs_mode(const VTDMConfigRow *row)
{
    const VTDMConfigRow *mode = vtdm_config_row("scalable-mode");
    bool found = needs(row, mode);

    for (size_t i = 0; !found && row->needs[i]; i++) {
        found = needs_mode(vtdm_config_row(row->needs[i]));
    }
    return found;
}

/* Scalable mode brings what else may be missing. */
static bool misses(const VTDMConfig *config, const VTDMConfigRow *row,
                   const VTDMConfigRow *need)
{
    if (!vtdm_config_get(config, row)) {
        return false;
    }
    return !config->smts && needs_mode(row)
               ? need == vtdm_config_row("scalable-mode") : needs(row, need);
}

/* All that is on and misses @need, and the version that always has it. */
static void find_need(const VTDMConfig *config, const VTDMConfigRow *need,
                      GPtrArray *conflicts)
{
    g_autoptr(GArray) asking = g_array_new(FALSE, FALSE, sizeof(Word));
    g_autoptr(GString) list = g_string_new(NULL);
    Conflict *conflict = conflict_new();

    add_word(conflict->ways[0], need, true);
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        if (misses(config, row, need)) {
            add_word(asking, row, true);
            add_word(conflict->ways[1], row, false);
        }
    }
    if (need->always_from && config->version_major >= need->always_from) {
        const VTDMConfigRow *version = vtdm_config_row("version-major");

        add_word(asking, version, config->version_major);
        add_word(conflict->ways[1], version, need->always_from - 1);
    }
    print_words(list, asking);
    say_what(conflict, "%s need%s %.*s", list->str,
             asking->len == 1 ? "s" : "", vtdm_config_row_noun(need),
             need->help);
    if (asking->len) {
        g_ptr_array_add(conflicts, conflict);
    } else {
        conflict_free(conflict);
    }
}

static void find_excluded(const VTDMConfig *config, const VTDMConfigRow *row,
                          GPtrArray *conflicts)
{
    const VTDMConfigRow *other = vtdm_config_row(row->excludes);
    Conflict *conflict;

    if (vtdm_config_get(config, row) && vtdm_config_get(config, other)) {
        conflict = conflict_new();
        say_what(conflict, "%s=on excludes %.*s", row->name,
                 vtdm_config_row_noun(other), other->help);
        add_word(conflict->ways[0], row, false);
        add_word(conflict->ways[1], other, false);
        g_ptr_array_add(conflicts, conflict);
    }
}

static void find_widths(const VTDMConfig *config, GPtrArray *conflicts)
{
    Conflict *conflict;

    if (vtdm_config_lacks_widths(config) && config->sagaw) {
        conflict = conflict_new();
        say_what(conflict, "units from version-major=6 on walk the second "
                 "stage in scalable mode or not at all (CAP.SAGAW is 0 "
                 "without ECAP.SSTS)");
        add_word(conflict->ways[0], vtdm_config_row(
                     config->smts ? "ssts" : "scalable-mode"), true);
        add_word(conflict->ways[1], vtdm_config_row("version-major"), 5);
        add_word(conflict->ways[2], vtdm_config_row("dma-translation"), false);
        g_ptr_array_add(conflicts, conflict);
    }
}

static GPtrArray *find_all(const VTDMConfig *config)
{
    GPtrArray *conflicts = g_ptr_array_new_with_free_func(conflict_free);

    find_widths(config, conflicts);
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        if (row->kind != VTDM_NUMBER && !vtdm_config_get(config, row)) {
            find_need(config, row, conflicts);
        }
        if (row->excludes) {
            find_excluded(config, row, conflicts);
        }
    }
    return conflicts;
}

/* As a property does, before what was not said follows. */
static void say(VTDMConfig *config, VTDMConfigSaid *said, const Word *word)
{
    if (word->row->kind == VTDM_WIDTHS || word->row->kind == VTDM_WIDTH) {
        vtdm_config_set(config, word->row, word->value);
    } else {
        vtdm_config_put(config, word->row, word->value);
    }
    vtdm_config_say(said, word->row);
}

/* What of @config was said, and what nobody else decides. */
static void say_again(VTDMConfig *fresh, VTDMConfigSaid *said,
                      const VTDMConfig *config)
{
    vtdm_config_init(fresh);
    fresh->host_address_width = config->host_address_width;
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        uint32_t value = vtdm_config_get(config, row);

        if (row->has_auto) {
            vtdm_config_put(fresh, row, value);
        } else if (vtdm_config_is_said(said, row)) {
            say(fresh, said, &(Word) {
                row, row->kind == VTDM_WIDTHS ? value != 0 : value,
            });
        }
    }
}

/* What a user gets who says @words, too; eim=auto is as intremap. */
static VTDMConfig try_said(const VTDMConfig *config,
                           const VTDMConfigSaid *said, const GArray *words)
{
    VTDMConfigSaid now = *said;
    VTDMConfig tried;

    say_again(&tried, &now, config);
    for (guint i = 0; i < words->len; i++) {
        say(&tried, &now, &g_array_index(words, Word, i));
    }
    if (!vtdm_config_is_said(&now, vtdm_config_row("eim"))) {
        tried.eim &= tried.ir;
    }
    vtdm_config_follow(&tried, &now);
    return tried;
}

/* What words of caps= make of @config. */
static VTDMConfig try(const VTDMConfig *config, const VTDMConfigSaid *said,
                      const GArray *words)
{
    VTDMConfig tried = *config;

    if (said) {
        return try_said(config, said, words);
    }
    for (guint i = 0; i < words->len; i++) {
        const Word *word = &g_array_index(words, Word, i);

        vtdm_config_set(&tried, word->row, word->value);
    }
    return tried;
}

static bool is_among(const Conflict *conflict, const GPtrArray *conflicts)
{
    for (guint i = 0; i < conflicts->len; i++) {
        const Conflict *other = g_ptr_array_index(conflicts, i);

        if (!strcmp(conflict->what, other->what)) {
            return true;
        }
    }
    return false;
}

static bool speaks_of(const GArray *words, const GArray *other)
{
    for (guint i = 0; i < words->len; i++) {
        for (guint j = 0; j < other->len; j++) {
            if (g_array_index(words, Word, i).row ==
                g_array_index(other, Word, j).row) {
                return true;
            }
        }
    }
    return false;
}

/* Adds the first way out that takes no word back; whether there is one. */
static bool settle(const Conflict *conflict, GArray *words)
{
    for (unsigned i = 0; i < WAYS && conflict->ways[i]->len; i++) {
        const GArray *way = conflict->ways[i];

        if (!speaks_of(words, way)) {
            g_array_append_vals(words, way->data, way->len);
            return true;
        }
    }
    return false;
}

/* Makes @words one way out that is no way into another conflict. */
static void complete(const VTDMConfig *config, const VTDMConfigSaid *said,
                     const GPtrArray *known, GArray *words)
{
    bool again;

    do {
        VTDMConfig tried = try(config, said, words);
        g_autoptr(GPtrArray) conflicts = find_all(&tried);

        again = false;
        for (guint i = 0; i < conflicts->len; i++) {
            const Conflict *conflict = g_ptr_array_index(conflicts, i);

            again |= !is_among(conflict, known) && settle(conflict, words);
        }
    } while (again);
}

static char *describe(const VTDMConfig *config, const VTDMConfigSaid *said,
                      const GPtrArray *known, const Conflict *conflict)
{
    GString *line = g_string_new(conflict->what);

    for (unsigned i = 0; i < WAYS && conflict->ways[i]->len; i++) {
        complete(config, said, known, conflict->ways[i]);
    }
    g_string_append(line, ": set ");
    print_ways(line, conflict);
    return g_string_free(line, FALSE);
}

bool vtdm_config_conflicts(const VTDMConfig *config,
                           const VTDMConfigSaid *said, GPtrArray *problems)
{
    g_autoptr(GPtrArray) conflicts = find_all(config);

    for (guint i = 0; problems && i < conflicts->len; i++) {
        g_ptr_array_add(problems, describe(
                            config, said, conflicts,
                            g_ptr_array_index(conflicts, i)));
    }
    return !conflicts->len;
}
