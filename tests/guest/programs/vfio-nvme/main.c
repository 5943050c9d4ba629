/* SPDX-License-Identifier: GPL-2.0-or-later
 * vfio-nvme: a user program that drives NVMe devices through VFIO, to see
 * what the IOMMU lets them do. Its commands are in the table below; each says
 * what it saw, and the host, which has the disks, decides what is right.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "session.h"

static const struct {
    const char *name;
    int words;
    const char *usage;
    void (*run)(char **words);
} commands[] = {
    { "read", 3, "DEVICE BLOCK BYTES >FILE", command_read },
    { "write", 3, "DEVICE BLOCK BYTES <FILE", command_write },
    { "isolation", 2, "DEVICE SPARE-BLOCK", command_isolation },
    { "neighbours", 2, "DEVICE DEVICE", command_neighbours },
    { "shared", 2, "DEVICE DEVICE", command_shared },
    { "huge", 1, "DEVICE", command_huge },
    { "interrupt", 1, "DEVICE", command_interrupt },
    { "leave", 1, "DEVICE", command_leave },
    { "return", 1, "DEVICE", command_return },
    { "random", 4, "DEVICE SPARE-BLOCK SEED STEPS", command_random },
    { "attack", 2, "DEVICE SPARE-BLOCK", command_attack },
    { "bench", 4, "DEVICE huge|small|remap DEPTH NAME", command_bench },
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

void say(const char *name, const char *format, ...)
{
    va_list values;

    printf("%s ", name);
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    putchar('\n');
    fflush(stdout);
}

static void start(struct session *session, uint64_t address, unsigned vector)
{
    uint8_t *memory = memory_new(NVME_MEMORY);

    session->interrupts = vector ? vfio_eventfd(&session->vfio, vector) : -1;
    vfio_map(&session->vfio, memory, address, NVME_MEMORY, VFIO_BOTH);
    nvme_start(&session->nvme, session->vfio.bar, memory, address, vector);
}

void session_open(struct session *session, const char *device, unsigned vector)
{
    vfio_open(&session->vfio, device, NULL);
    start(session, QUEUES, vector);
}

void session_join(struct session *session, const char *device,
                  const struct session *other)
{
    vfio_open(&session->vfio, device, &other->vfio);
    start(session, QUEUES + NVME_MEMORY, 0);
}

void session_close(struct session *session)
{
    nvme_stop(&session->nvme);
    vfio_close(&session->vfio);
}

int main(int argc, char **argv)
{
    for (int i = 0; i < COMMANDS; i++) {
        if (argc == commands[i].words + 2 &&
            !strcmp(argv[1], commands[i].name)) {
            commands[i].run(argv + 2);
            return 0;
        }
    }
    for (int i = 0; i < COMMANDS; i++) {
        fprintf(stderr, "usage: vfio-nvme %s %s\n", commands[i].name,
                commands[i].usage);
    }
    return 2;
}
