/*
 * Text on the first serial port, and the results of checks as TAP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdarg.h>
#include "bare.h"

#define SERIAL          0x3f8
#define SERIAL_STATUS   (SERIAL + 5)
#define SERIAL_EMPTY    0x20

static unsigned checks;

static void put(char c)
{
    while (!(in8(SERIAL_STATUS) & SERIAL_EMPTY)) {
    }
    out8(SERIAL, c);
}

static void put_number(uint64_t number, unsigned base, unsigned width)
{
    if (number >= base || width > 1) {
        put_number(number / base, base, width ? width - 1 : 0);
    }
    put("0123456789abcdef"[number % base]);
}

/* Bus:device.function */
static void put_source_id(uint16_t source_id)
{
    put_number(source_id >> 8, 16, 2);
    put(':');
    put_number(source_id >> 3 & 31, 16, 2);
    put('.');
    put_number(source_id & 7, 16, 1);
}

static void say_list(const char *format, va_list list)
{
    for (; *format; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        switch (*++format) {
        case 's':
            say(va_arg(list, const char *));
            break;
        case 'u':
            put_number(va_arg(list, unsigned), 10, 1);
            break;
        case 'x':
            put_number(va_arg(list, uint64_t), 16, 1);
            break;
        case 'b':
            put_source_id(va_arg(list, unsigned));
            break;
        }
    }
}

void say(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    say_list(format, list);
    va_end(list);
}

void check(bool holds, const char *format, ...)
{
    va_list list;

    say("%s %u - ", holds ? "ok" : "not ok", ++checks);
    va_start(list, format);
    say_list(format, list);
    va_end(list);
    say("\n");
}

void end(void)
{
    say("1..%u\n", checks);
}
