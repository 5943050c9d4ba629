/* SPDX-License-Identifier: GPL-2.0-or-later
 * tsc-khz: prints how many thousand ticks the host's time stamp counter makes
 * in a second. Under TCG it is the guests' counter, too.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

typedef struct Moment {
    uint64_t ticks;
    uint64_t nanoseconds;
} Moment;

/* Both clocks at once: of many tries the one with the least time between. */
static Moment now(void)
{
    Moment best = { 0 };
    uint64_t least = UINT64_MAX;

    for (int i = 0; i < 100; i++) {
        struct timespec time;
        uint64_t before = __rdtsc(), between;

        clock_gettime(CLOCK_MONOTONIC, &time);
        between = __rdtsc() - before;
        if (between < least) {
            least = between;
            best.ticks = before;
            best.nanoseconds = time.tv_sec * UINT64_C(1000000000) +
                               time.tv_nsec;
        }
    }
    return best;
}

int main(void)
{
    Moment start = now(), end;

    usleep(100000);
    end = now();
    printf("%" PRIu64 "\n", (end.ticks - start.ticks) * 1000000 /
                            (end.nanoseconds - start.nanoseconds));
    return 0;
}
