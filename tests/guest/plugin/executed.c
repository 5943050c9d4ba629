/*
 * A plugin for QEMU's TCG: which of some addresses the guest has executed.
 *
 *   -plugin FILE,of=LIST,to=RESULT
 *
 * LIST has lines whose second word is an address. RESULT gets each of these in
 * a line of its own as soon as an instruction that begins there is executed for
 * the first time, so that it is whole whenever QEMU ends.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <qemu-plugin.h>

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

typedef struct Place {
    uint64_t address;
    gint seen;
} Place;

static GHashTable *places;      /* by address; not changed after the start */
static FILE *result;

static bool read_places(const char *name)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(name, &text, NULL, NULL)) {
        return false;
    }
    places = g_hash_table_new(g_int64_hash, g_int64_equal);
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) words = g_strsplit(*line, " ", 3);
        Place *place;

        if (g_strv_length(words) >= 2) {
            place = g_new0(Place, 1);
            place->address = g_ascii_strtoull(words[1], NULL, 0);
            g_hash_table_insert(places, &place->address, place);
        }
    }
    return g_hash_table_size(places);
}

static void place_executed(unsigned int cpu, void *opaque)
{
    Place *place = opaque;

    if (g_atomic_int_compare_and_exchange(&place->seen, 0, 1)) {
        fprintf(result, "0x%" PRIx64 "\n", place->address);
        fflush(result);
    }
}

static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        uint64_t address = qemu_plugin_insn_vaddr(insn);
        Place *place = g_hash_table_lookup(places, &address);

        if (place && !g_atomic_int_get(&place->seen)) {
            qemu_plugin_register_vcpu_insn_exec_cb(
                insn, place_executed, QEMU_PLUGIN_CB_NO_REGS, place);
        }
    }
}

static const char *value_of(const char *name, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        size_t length = strlen(name);

        if (!strncmp(argv[i], name, length) && argv[i][length] == '=') {
            return argv[i] + length + 1;
        }
    }
    return "";
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
                                           const qemu_info_t *info,
                                           int argc, char **argv)
{
    const char *of = value_of("of", argc, argv);

    if (!read_places(of)) {
        fprintf(stderr, "executed: of=%s has no addresses\n", of);
        return -1;
    }
    result = fopen(value_of("to", argc, argv), "w");
    if (!result) {
        perror("executed: to=");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
    return 0;
}
