/*
 * What the costliest register writes take: in all, and the longest of the calls
 * that they are cut into, which is how long others wait for QEMU's big lock.
 * The model alone, on a host that does nothing with what it is told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "worst-cases.h"

typedef struct Measured {
    double all;                 /* seconds */
    double longest;
    unsigned calls;
} Measured;

static void add(Measured *measured, gint64 start)
{
    double took = (g_get_monotonic_time() - start) / 1e6;

    measured->all += took;
    measured->longest = MAX(measured->longest, took);
    measured->calls++;
}

static Measured measure(const WorstCase *row)
{
    WorstCase *worst = worst_case_new(row);
    Measured measured = { 0 };
    gint64 start = g_get_monotonic_time();
    bool again = true;

    worst_case_start(worst);
    while (again) {
        add(&measured, start);
        start = g_get_monotonic_time();
        again = machine_work(worst->machine);
    }
    worst_case_free(worst);
    return measured;
}

int main(void)
{
    printf("%-14s %10s %12s %8s\n", "one write of", "all, ms", "longest, ms",
           "calls");
    for (size_t i = 0; i < worst_cases_count; i++) {
        Measured measured = measure(&worst_cases[i]);

        printf("%-14s %10.1f %12.2f %8u\n", worst_cases[i].name,
               measured.all * 1e3, measured.longest * 1e3, measured.calls);
    }
    return 0;
}
