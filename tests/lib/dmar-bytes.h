/*
 * Writes DMAR tables byte by byte, right or wrong, without the code that is
 * under test.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef DMAR_BYTES_H
#define DMAR_BYTES_H

#include "hw/i386/vtdm/glib.h"
#include <stdint.h>

/* Appends bytes given as hexadecimal digits; spaces are free. */
static inline void dmar_hex(GByteArray *table, const char *digits)
{
    for (const char *p = digits; *p; p++) {
        uint8_t byte;

        if (*p == ' ') {
            continue;
        }
        byte = g_ascii_xdigit_value(p[0]) << 4 | g_ascii_xdigit_value(p[1]);
        g_byte_array_append(table, &byte, 1);
        p++;
    }
}

/* Stores @value in @width little-endian bytes at @at. */
static inline void dmar_poke(GByteArray *table, size_t at, int width,
                             uint64_t value)
{
    for (int i = 0; i < width; i++) {
        table->data[at + i] = value >> (8 * i);
    }
}

/* Fills in the length of the table and its checksum. */
static inline void dmar_seal(GByteArray *table)
{
    uint8_t sum = 0;

    dmar_poke(table, 4, 4, table->len);
    table->data[9] = 0;
    for (unsigned i = 0; i < table->len; i++) {
        sum += table->data[i];
    }
    table->data[9] = -sum;
}

/* A header for 39-bit addresses with interrupt remapping; 48 bytes. */
static inline GByteArray *dmar_bytes_new(void)
{
    GByteArray *table = g_byte_array_new();

    dmar_hex(table, "44 4d 41 52 00 00 00 00 01 00"     /* "DMAR" */
                    "4f 45 4d 20 20 20"                 /* OEM id */
                    "54 41 42 4c 45 20 20 20 01 00 00 00"
                    "43 52 45 41 01 00 00 00"           /* creator */
                    "26 01 00 00 00 00 00 00 00 00 00 00");
    return table;
}

/*
 * Two units, the first with one endpoint, the second INCLUDE_PCI_ALL with
 * IOAPIC and HPET, and one reserved memory region. 0x88 bytes.
 */
static inline GByteArray *dmar_bytes_sample(void)
{
    GByteArray *table = dmar_bytes_new();

    /* 0x30: DRHD, no flags, 0xfed90000; endpoint 00:03.0 */
    dmar_hex(table, "00 00 18 00 00 00 00 00 00 00 d9 fe 00 00 00 00"
                    "01 08 00 00 00 00 03 00");
    /* 0x48: DRHD, INCLUDE_PCI_ALL, 0xfed91000; IOAPIC, HPET */
    dmar_hex(table, "00 00 20 00 01 00 00 00 00 10 d9 fe 00 00 00 00"
                    "03 08 00 00 00 ff 00 00"
                    "04 08 00 00 00 ff 0f 00");
    /* 0x68: RMRR, 0x7d000000 to 0x7d7fffff; endpoint 00:14.0 */
    dmar_hex(table, "01 00 20 00 00 00 00 00 00 00 00 7d 00 00 00 00"
                    "ff ff 7f 7d 00 00 00 00"
                    "01 08 00 00 00 00 14 00");
    dmar_seal(table);
    return table;
}

/* One structure of each type, and one of an unknown type. */
static inline GByteArray *dmar_bytes_every_type(void)
{
    GByteArray *table = dmar_bytes_sample();

    /* 0x88: ATSR; bridge 00:1c.0 */
    dmar_hex(table, "02 00 10 00 00 00 00 00 02 08 00 00 00 00 1c 00");
    /* 0x98: RHSA of 0xfed91000, domain 3 */
    dmar_hex(table, "03 00 14 00 00 00 00 00 00 10 d9 fe 00 00 00 00"
                    "03 00 00 00");
    /* 0xac: ANDD 7, "\_SB.A" */
    dmar_hex(table, "04 00 0f 00 00 00 00 07 5c 5f 53 42 2e 41 00");
    /* 0xbb: SATC, ATC_REQUIRED; endpoint 00:02.0 */
    dmar_hex(table, "05 00 10 00 01 00 00 00 01 08 00 00 00 00 02 00");
    /* 0xcb: SIDP; endpoint 00:02.0 with flags */
    dmar_hex(table, "06 00 10 00 00 00 00 00 01 08 12 00 00 00 02 00");
    /* 0xdb: of type 7 */
    dmar_hex(table, "07 00 06 00 aa bb");
    dmar_seal(table);
    return table;
}

#endif
