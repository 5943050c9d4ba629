/*
 * Writes tables for the fuzzer to start from: one file for each argument.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "dmar-bytes.h"

static GByteArray *(*const seeds[])(void) = {
    dmar_bytes_sample,
    dmar_bytes_every_type,
};

int main(int argc, char **argv)
{
    if (argc != 1 + (int)G_N_ELEMENTS(seeds)) {
        fprintf(stderr, "%s: expected the names of %zu files to write\n",
                argv[0], G_N_ELEMENTS(seeds));
        return 1;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(seeds); i++) {
        g_autoptr(GByteArray) table = seeds[i]();
        g_autoptr(GError) error = NULL;

        if (!g_file_set_contents(argv[1 + i], (char *)table->data,
                                 table->len, &error)) {
            fprintf(stderr, "%s: %s\n", argv[0], error->message);
            return 1;
        }
    }
    return 0;
}
