/*
 * Writes what units are saved as into a folder, a file for each machine: those
 * of the first release of a form are kept for ever in tests/unit/core/saved,
 * and every later one loads them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "hw/i386/vtdm/save.h"
#include "saved-machines.h"

static const struct {
    const char *name;
    SavedKind kind;
    bool busy;
} machines[] = {
    { "legacy", SAVED_LEGACY, false },
    { "legacy-busy", SAVED_LEGACY, true },
    { "plain", SAVED_PLAIN, false },
    { "scalable", SAVED_SCALABLE, false },
    { "scalable-busy", SAVED_SCALABLE, true },
    { "minimal", SAVED_MINIMAL, false },
    { "server", SAVED_SERVER, false },
};

static void write_file(const char *folder, const char *name,
                       const GByteArray *bytes)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;

    if (!g_file_set_contents(path, (const char *)bytes->data, bytes->len,
                             &error)) {
        g_error("%s", error->message);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "%s: expected the folder to write to\n", argv[0]);
        return 1;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
        Machine *machine = saved_machine_new(machines[i].kind);
        g_autoptr(GByteArray) bytes = NULL;

        if (machines[i].busy) {
            saved_machine_busy(machine);
        }
        bytes = vtdm_unit_save(machine->unit, true);
        write_file(argv[1], machines[i].name, bytes);
        machine_free(machine);
    }
    return 0;
}
