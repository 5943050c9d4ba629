/*
 * Inputs that once went wrong under the fuzzer, without the fuzzer: each
 * argument is one file for the target of tests/fuzz/core.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdint.h>

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void test_input(gconstpointer opaque)
{
    char *data;
    gsize size;
    GError *error = NULL;

    if (!g_file_get_contents(opaque, &data, &size, &error)) {
        g_error("%s", error->message);
    }
    g_assert_cmpint(LLVMFuzzerTestOneInput((const uint8_t *)data, size), ==,
                    0);
    g_free(data);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, >, 1);
    for (int i = 1; i < argc; i++) {
        char *base = g_path_get_basename(argv[i]);
        char *path = g_strdup_printf("/vtdm/regressions/%s", base);

        g_test_add_data_func(path, argv[i], test_input);
        g_free(path);
        g_free(base);
    }
    return g_test_run();
}
