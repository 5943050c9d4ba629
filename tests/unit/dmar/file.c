/*
 * Files that should hold a DMAR table: read, told apart, and never waited for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dmar-bytes.h"
#include "hw/i386/vtdm/dmar-file.h"

static char *folder;

static char *path_of(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

/* What is read of a file with @bytes, or what is said of it. */
static GByteArray *read_bytes(const void *bytes, size_t len, char **error)
{
    g_autofree char *path = path_of("file");
    GByteArray *table;

    g_assert_true(g_file_set_contents(path, bytes, len, NULL));
    table = vtdm_dmar_file_read(path, error);
    g_assert_true(!table == !!*error);
    g_unlink(path);
    return table;
}

static void assert_read(const char *text, size_t len,
                        const GByteArray *expected)
{
    g_autofree char *error = NULL;
    g_autoptr(GByteArray) table = read_bytes(text, len, &error);

    g_assert_cmpstr(error, ==, NULL);
    g_assert_cmpmem(table->data, table->len, expected->data, expected->len);
}

static void test_binary(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_every_type();

    assert_read((char *)table->data, table->len, table);
}

/* A table as acpidump prints it; @offset is its format. */
static void append_dump(GString *text, const char *name, const char *offset,
                        const GByteArray *table)
{
    g_string_append_printf(text, "%s @ 0x0000000000000000\n", name);
    for (unsigned at = 0; at < table->len; at += 16) {
        g_string_append_printf(text, offset, at);
        for (unsigned i = at; i < at + 16; i++) {
            if (i < table->len) {
                g_string_append_printf(text, " %02X", table->data[i]);
            } else {
                g_string_append(text, "   ");
            }
        }
        g_string_append(text, "  ");
        for (unsigned i = at; i < MIN(at + 16, table->len); i++) {
            g_string_append_c(text, g_ascii_isgraph(table->data[i])
                                        ? table->data[i] : '.');
        }
        g_string_append_c(text, '\n');
    }
    g_string_append_c(text, '\n');
}

static void test_acpidump(void)
{
    static const char *const offsets[] = { "    %04X:", "  %04x:", "%08X:" };
    g_autoptr(GByteArray) table = dmar_bytes_every_type();
    g_autoptr(GByteArray) other = g_byte_array_new();

    dmar_hex(other, "41 50 49 43 08 00 00 00");
    for (size_t i = 0; i < G_N_ELEMENTS(offsets); i++) {
        g_autoptr(GString) text = g_string_new(NULL);

        append_dump(text, "APIC", offsets[i], other);
        append_dump(text, "DMAR", offsets[i], table);
        append_dump(text, "HPET", offsets[i], other);
        assert_read(text->str, text->len, table);
    }
}

/* All lengths, so that every last line is read to its end and no further. */
static void test_acpidump_lengths(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_every_type();

    while (table->len > 4) {
        g_autoptr(GString) text = g_string_new(NULL);

        append_dump(text, "DMAR", "    %04X:", table);
        assert_read(text->str, text->len, table);
        g_byte_array_set_size(table, table->len - 1);
    }
}

typedef struct Form {
    const char *name;
    const char *bytes;
    size_t len;                     /* 0: up to the first zero byte */
    const char *error;
} Form;

static const Form forms[] = {
    { "empty", "", 0, "it is empty: read the table as root" },
    { "gzip", "\x1f\x8b\x08", 0, "it is a gzip file: unpack it first, with "
      "gzip -d" },
    { "xz", "\xfd" "7zXZ", 0, "it is an xz file: unpack it first, with "
      "xz -d" },
    { "xxd", "00000000: 444d 4152 8800 0000  DMAR....\n", 0,
      "it is a dump of xxd: make it binary with xxd -r" },
    { "hexdump-c", "00000000  44 4d 41 52 88 00 00 00  |DMAR....|\n", 0,
      "it is a dump of hexdump: take the binary table, as acpidump -b -n DMAR "
      "writes it" },
    { "hexdump", "0000000 4d44 5241 0088 0000\n", 0,
      "it is a dump of od or hexdump: take the binary table, as acpidump -b "
      "-n DMAR writes it" },
    { "iasl", "/*\n * Intel ACPI Component Architecture\n */\n\n"
      "[000h 0000   4]   Signature : \"DMAR\"    [DMA Remapping Table]\n", 0,
      "it is a listing of iasl: make it binary with iasl" },
    { "other-table", "APIC\x30\0\0\0"
      "0123456789012345678901234567890123456789", 48,
      "it is the ACPI table APIC, expected DMAR" },
    { "other-table-of-oem", "OEM1\x30\0\0\0"
      "0123456789012345678901234567890123456789", 48,
      "it is the ACPI table OEM1, expected DMAR" },
    { "acpidump-of-others", "APIC @ 0x0\n    0000: 41 50\n", 0,
      "it is the text of acpidump, without a DMAR table" },
    { "acpidump-without-bytes", "DMAR @ 0x0\n\n", 0,
      "line 2 of acpidump's text is not an offset and bytes, such as "
      "\"0000: 44 4D\"" },
    { "acpidump-from-within", "DMAR @ 0x0\n    0010: 44 4D\n", 0,
      "line 2 of acpidump's text is not an offset and bytes, such as "
      "\"0000: 44 4D\"" },
};

static void test_form(gconstpointer data)
{
    const Form *form = data;
    g_autofree char *error = NULL;

    g_assert_null(read_bytes(form->bytes, form->len ?: strlen(form->bytes),
                             &error));
    g_assert_cmpstr(error, ==, form->error);
}

static void assert_unread(const char *path, const char *expected)
{
    g_autofree char *error = NULL;

    g_assert_null(vtdm_dmar_file_read(path, &error));
    g_assert_cmpstr(error, ==, expected);
}

/* Nobody writes into it. */
static void test_fifo(void)
{
    g_autofree char *path = path_of("fifo");

    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    assert_unread(path, "it is a FIFO, expected a regular file, such as a "
                  "copy of /sys/firmware/acpi/tables/DMAR");
    g_unlink(path);
}

static void test_not_regular(void)
{
    assert_unread("/dev/zero", "it is a device, expected a regular file, "
                  "such as a copy of /sys/firmware/acpi/tables/DMAR");
    assert_unread(folder, "it is a folder, expected a regular file, such as "
                  "a copy of /sys/firmware/acpi/tables/DMAR");
    assert_unread("/nonexistent", "No such file or directory");
}

static void test_large(void)
{
    g_autofree char *path = path_of("large");
    g_autofree char *error = NULL;
    g_autoptr(GByteArray) largest = NULL;
    int fd = open(path, O_CREAT | O_WRONLY, 0600);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, VTDM_DMAR_FILE_MAX), ==, 0);
    largest = vtdm_dmar_file_read(path, &error);
    g_assert_cmpuint(largest->len, ==, VTDM_DMAR_FILE_MAX);
    g_assert_cmpint(ftruncate(fd, VTDM_DMAR_FILE_MAX + 1), ==, 0);
    close(fd);
    assert_unread(path, "it has more than 16777216 bytes, expected a DMAR "
                  "table");
    g_unlink(path);
}

/* A stream may be of any kind, but it ends. */
static void test_endless_stream(void)
{
    g_autofree char *error = NULL;
    int fd = open("/dev/zero", O_RDONLY);

    g_assert_null(vtdm_dmar_stream_read(fd, &error));
    g_assert_cmpstr(error, ==, "it has more than 16777216 bytes, expected a "
                    "DMAR table");
    close(fd);
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("vtdm-file-XXXXXX", NULL);
    g_assert_nonnull(folder);
    g_test_add_func("/vtdm/dmar/file/binary", test_binary);
    g_test_add_func("/vtdm/dmar/file/acpidump", test_acpidump);
    g_test_add_func("/vtdm/dmar/file/acpidump-lengths",
                    test_acpidump_lengths);
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autofree char *path = g_strconcat("/vtdm/dmar/file/form/",
                                            forms[i].name, NULL);

        g_test_add_data_func(path, &forms[i], test_form);
    }
    g_test_add_func("/vtdm/dmar/file/fifo", test_fifo);
    g_test_add_func("/vtdm/dmar/file/not-regular", test_not_regular);
    g_test_add_func("/vtdm/dmar/file/large", test_large);
    g_test_add_func("/vtdm/dmar/file/endless-stream", test_endless_stream);
    status = g_test_run();
    g_rmdir(folder);
    g_free(folder);
    return status;
}
