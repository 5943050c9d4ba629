/*
 * Tells a DMAR table from what else is kept of one: dumps as text, listings,
 * compressed files.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdbool.h>
#include <string.h>

#include "acpidump.h"
#include "format.h"
#include "hw/i386/vtdm/spec/dmar.h"

/* Where a listing says what it is. */
#define TITLE_BYTES 4096

#define UNPACK(how) "unpack it first, with " how
#define BINARY "take the binary table, as acpidump -b -n DMAR writes it"

/* A form that starts with certain bytes, or has a word near its start. */
static const struct {
    const char *start;
    const char *word;
    const char *name;
    const char *how;
} forms[] = {
    { "\x1f\x8b", NULL, "a gzip file", UNPACK("gzip -d") },
    { "\xfd" "7zXZ", NULL, "an xz file", UNPACK("xz -d") },
    { "\x28\xb5\x2f\xfd", NULL, "a zstd file", UNPACK("zstd -d") },
    { "BZh", NULL, "a bzip2 file", UNPACK("bzip2 -d") },
    { "PK\x03\x04", NULL, "a zip file", UNPACK("unzip") },
    { "00000000: ", NULL, "a dump of xxd", "make it binary with xxd -r" },
    { "00000000  ", NULL, "a dump of hexdump", BINARY },
    { "0000000 ", NULL, "a dump of od or hexdump", BINARY },
    { "", "Signature : \"DMAR\"", "a listing of iasl",
      "make it binary with iasl" },
};

static bool starts_with(const GByteArray *bytes, const char *start)
{
    size_t len = strlen(start);

    return bytes->len >= len && !memcmp(bytes->data, start, len);
}

static bool has_word(const GByteArray *bytes, const char *word)
{
    return !word || g_strstr_len((const char *)bytes->data,
                                 MIN(bytes->len, TITLE_BYTES), word);
}

/* Another table of ACPI has its length where a DMAR has it. */
static bool is_other_table(const GByteArray *bytes)
{
    VTDMDmarHeader header;

    if (bytes->len < sizeof(header)) {
        return false;
    }
    memcpy(&header, bytes->data, sizeof(header));
    for (size_t i = 0; i < sizeof(header.signature); i++) {
        if (!g_ascii_isupper(header.signature[i]) &&
            !g_ascii_isdigit(header.signature[i])) {
            return false;
        }
    }
    return GUINT32_FROM_LE(header.length) == bytes->len;
}

/* What @bytes are instead of a table, or NULL; the caller frees it. */
static char *name_form(const GByteArray *bytes)
{
    if (!bytes->len) {
        return g_strdup("it is empty: read the table as root");
    }
    if (is_other_table(bytes)) {
        return g_strdup_printf("it is the ACPI table %.4s, expected DMAR",
                               (const char *)bytes->data);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (starts_with(bytes, forms[i].start) &&
            has_word(bytes, forms[i].word)) {
            return g_strdup_printf("it is %s: %s", forms[i].name,
                                   forms[i].how);
        }
    }
    return NULL;
}

GByteArray *vtdm_dmar_decode(GByteArray *bytes, char **error)
{
    g_autoptr(GByteArray) given = bytes;

    if (vtdm_acpidump_is_text(given)) {
        return vtdm_acpidump_table(given, error);
    }
    if (starts_with(given, VTDM_DMAR_SIGNATURE)) {
        return g_steal_pointer(&given);
    }
    *error = name_form(given);
    return *error ? NULL : g_steal_pointer(&given);
}
