/*
 * A unit as bytes, and back: a header, a section for each part of it, and a
 * checksum. Everything is read and checked aside before the unit changes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <inttypes.h>
#include <string.h>

#include "hw/i386/vtdm/save.h"
#include "invalidate.h"
#include "load-section.h"
#include "save-config.h"
#include "save-contexts.h"
#include "save-device-tlb.h"
#include "save-form.h"
#include "save-iotlb.h"
#include "save-irtes.h"
#include "save-latched.h"
#include "save-pending.h"
#include "save-registers.h"
#include "save-statistics.h"
#include "save-structures.h"
#include "unit.h"

/* In the order in which they are written, and taken over. */
static const VTDMSection *const sections[] = {
    &vtdm_save_config,
    &vtdm_save_registers,
    &vtdm_save_statistics,
    &vtdm_save_latched,
    &vtdm_save_wait,
    &vtdm_save_response,
    &vtdm_save_completions,
    &vtdm_save_asked,
    &vtdm_save_unsent,
    &vtdm_save_contexts,
    &vtdm_save_pasids,
    &vtdm_save_iotlb,
    &vtdm_save_range,
    &vtdm_save_structures,
    &vtdm_save_irtes,
};

static void save_sections(const VTDMUnit *unit, bool with_caches,
                          GByteArray *bytes)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        if (with_caches || !sections[i]->cached) {
            vtdm_section_save(sections[i], unit, bytes);
        }
    }
}

GByteArray *vtdm_unit_save(VTDMUnit *unit, bool with_caches)
{
    g_autoptr(GByteArray) body = g_byte_array_new();
    GByteArray *bytes = g_byte_array_new();

    pthread_mutex_lock(&unit->lock);
    save_sections(unit, with_caches, body);
    pthread_mutex_unlock(&unit->lock);
    g_byte_array_append(bytes, (const guint8 *)VTDM_SAVE_MAGIC,
                        strlen(VTDM_SAVE_MAGIC));
    vtdm_bytes_put(bytes, VTDM_SAVE_FORM, 4);
    vtdm_bytes_put(bytes, body->len, 8);
    g_byte_array_append(bytes, body->data, body->len);
    vtdm_bytes_put(bytes, vtdm_bytes_checksum(bytes->data, bytes->len),
                   VTDM_SAVE_TRAILER);
    return bytes;
}

static bool check_magic(VTDMLoad *load, VTDMBytes *bytes)
{
    VTDMBytes magic = vtdm_bytes_part(bytes, strlen(VTDM_SAVE_MAGIC));
    uint64_t form = vtdm_bytes_take(bytes, 4);

    if (bytes->ended || memcmp(magic.next, VTDM_SAVE_MAGIC, magic.left)) {
        vtdm_load_refuse(load, "the stream does not begin as that of a unit "
                         "does: it is of another device: give both machines "
                         "the same devices");
        return false;
    }
    if (form != VTDM_SAVE_FORM) {
        vtdm_load_refuse(load, "the stream has form %" PRIu64 ", this version "
                         "of the device reads form %u: load it with the "
                         "version that saved it", form, VTDM_SAVE_FORM);
        return false;
    }
    return true;
}

/* Whether the sections, which are *@body, are as long as they were. */
static bool check_frame(VTDMLoad *load, const void *stream, size_t size,
                        VTDMBytes *body)
{
    VTDMBytes bytes = { .next = stream, .left = size };
    uint64_t length;

    if (!check_magic(load, &bytes)) {
        return false;
    }
    length = vtdm_bytes_take(&bytes, 8);
    if (bytes.ended || bytes.left < VTDM_SAVE_TRAILER ||
        length != bytes.left - VTDM_SAVE_TRAILER) {
        vtdm_load_refuse(load, "the stream has %zu bytes, not %" PRIu64
                         " and %d around them: it was cut: save the machine "
                         "again", size, length,
                         VTDM_SAVE_HEADER + VTDM_SAVE_TRAILER);
        return false;
    }
    *body = vtdm_bytes_part(&bytes, length);
    if (vtdm_bytes_take(&bytes, VTDM_SAVE_TRAILER) !=
        vtdm_bytes_checksum(stream, VTDM_SAVE_HEADER + length)) {
        vtdm_load_refuse(load, "the stream has another checksum than it says: "
                         "it was changed on its way: save the machine again");
        return false;
    }
    return true;
}

static const VTDMSection *find_section(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        if (!strcmp(sections[i]->name, name)) {
            return sections[i];
        }
    }
    return NULL;
}

/* Of another unit nothing else is worth a word. */
static bool is_same_config(VTDMLoad *load)
{
    if (!load->refused) {
        vtdm_save_config_compare(load);
    }
    return !load->refused;
}

static bool read_section(VTDMLoad *load, VTDMBytes *bytes)
{
    char name[VTDM_NAME_SIZE];
    bool named = vtdm_bytes_take_name(bytes, name);
    unsigned flags = vtdm_bytes_take(bytes, 1);
    VTDMBytes payload = vtdm_bytes_part(bytes, vtdm_bytes_take(bytes, 8));
    const VTDMSection *section = named ? find_section(name) : NULL;

    if (!named || bytes->ended) {
        vtdm_load_refuse(load, "a section has no name or goes beyond the end: "
                         VTDM_DAMAGED);
        return false;
    }
    if (!section && (flags & VTDM_SECTION_REQUIRED)) {
        vtdm_load_refuse(load, "section %s is of a later version of this "
                         "device: load it with the version that saved it",
                         name);
    } else if (section && vtdm_load_records(load, name)) {
        vtdm_load_refuse(load, "section %s is there twice: " VTDM_DAMAGED,
                         name);
    } else if (section) {
        vtdm_section_read(section, load, &payload);
    }
    return section != &vtdm_save_config || is_same_config(load);
}

/* What a stream of an earlier version has not is what was not there then. */
static void add_empty(VTDMLoad *load, const VTDMSection *section)
{
    g_autoptr(GArray) columns = vtdm_section_columns(section, load->unit);
    GArray *records = g_array_new(FALSE, TRUE,
                                  vtdm_section_record(section, columns));

    g_array_set_size(records, section->least);
    g_hash_table_insert(load->records, (gpointer)section->name, records);
}

static void check_all_there(VTDMLoad *load)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        const VTDMSection *section = sections[i];

        if (section->cached || vtdm_load_records(load, section->name)) {
            continue;
        }
        if (section->later) {
            add_empty(load, section);
        } else {
            vtdm_load_refuse(load, "section %s is not there: " VTDM_DAMAGED,
                             section->name);
        }
    }
}

/* What does not depend on other sections, then what does. */
static void read_sections(VTDMLoad *load, VTDMBytes *body)
{
    while (body->left && read_section(load, body)) {
        /* to the last one */
    }
    if (!load->refused) {
        check_all_there(load);
    }
    for (size_t i = 0; !load->refused && i < G_N_ELEMENTS(sections); i++) {
        if (vtdm_load_records(load, sections[i]->name)) {
            vtdm_section_check(sections[i], load);
        }
    }
}

/* Drops all that is cached, and what of it is half dropped; tells nobody. */
static void empty_caches(VTDMUnit *unit)
{
    const VTDMInvalidation all = { .scope = VTDM_SCOPE_GLOBAL };

    vtdm_iotlb_empty(unit);
    vtdm_structures_invalidate(unit, &all);
    vtdm_pasids_invalidate(unit, &all);
    vtdm_contexts_invalidate(unit, &all);
    vtdm_irtes_invalidate(unit, &all);
}

/* Nobody knows what others keep of this unit, so they are told of all. */
static void take_over(VTDMUnit *unit, const VTDMLoad *load)
{
    unit->copies = (VTDMCopies) { .behind = unit->copies.behind };
    empty_caches(unit);
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        const GArray *records = vtdm_load_records(load, sections[i]->name);

        if (records && sections[i]->load) {
            sections[i]->load(unit, records);
        }
    }
    vtdm_dma_switched(unit);
    vtdm_interrupts_switched(unit);
}

bool vtdm_unit_load(VTDMUnit *unit, const void *bytes, size_t size,
                    GPtrArray *problems)
{
    VTDMLoad load = {
        .unit = unit,
        .problems = problems,
        .records = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
                                         (GDestroyNotify)g_array_unref),
    };
    VTDMBytes body;

    pthread_mutex_lock(&unit->lock);
    if (check_frame(&load, bytes, size, &body)) {
        read_sections(&load, &body);
    }
    if (!load.refused) {
        take_over(unit, &load);
    }
    pthread_mutex_unlock(&unit->lock);
    g_hash_table_unref(load.records);
    return !load.refused;
}
