/*
 * The interrupt request register, as the monitor shows it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "lapic.h"

/* The words of the IRR line. */
static char **requests(QTestState *qts, unsigned cpu)
{
    g_autofree char *text = qtest_hmp(qts, "info lapic %u", cpu);
    char *line = strstr(text, "IRR\t");

    g_assert_nonnull(line);
    line += strlen("IRR\t");
    line[strcspn(line, "\r\n")] = '\0';
    return g_strsplit(g_strstrip(line), " ", -1);
}

static bool has_request(QTestState *qts, unsigned cpu, const char *word)
{
    g_auto(GStrv) words = requests(qts, cpu);

    return g_strv_contains((const char *const *)words, word);
}

bool lapic_level(QTestState *qts, unsigned cpu, unsigned vector)
{
    g_autofree char *word = g_strdup_printf("%u(level)", vector);

    return has_request(qts, cpu, word);
}

bool lapic_pending(QTestState *qts, unsigned cpu, unsigned vector)
{
    g_autofree char *word = g_strdup_printf("%u", vector);

    return has_request(qts, cpu, word) || lapic_level(qts, cpu, vector);
}

bool lapic_idle(QTestState *qts, unsigned cpu)
{
    return has_request(qts, cpu, "(none)");
}
