/* SPDX-License-Identifier: GPL-2.0-or-later
 * A running NVMe device in a container of its own, and what each command of
 * vfio-nvme does with it.
 */
#ifndef VFIO_NVME_SESSION_H
#define VFIO_NVME_SESSION_H

#include "nvme.h"
#include "vfio.h"

enum {
    QUEUES = 0x10000000,        /* where the device sees the driver's memory */
    BUFFER = 0x20000000,        /* where it sees a command's first buffer */
};

struct session {
    struct vfio vfio;
    struct nvme nvme;
    int interrupts;             /* where they are counted, with a vector */
};

/*
 * Open and start a device; its completions send interrupts of VECTOR, or none
 * if that is 0.
 */
void session_open(struct session *session, const char *device, unsigned vector);

/* Open and start a device in the container of another one. */
void session_join(struct session *session, const char *device,
                  const struct session *other);

/* Stop and close it. */
void session_close(struct session *session);

/* One result: a line of a name and a value, as guest.sh's `say` writes it. */
__attribute__((format(printf, 2, 3)))
void say(const char *name, const char *format, ...);

/* The commands: words of the command line, the first one is a device. */
void command_read(char **words);
void command_write(char **words);
void command_isolation(char **words);
void command_neighbours(char **words);
void command_shared(char **words);
void command_huge(char **words);
void command_interrupt(char **words);
void command_leave(char **words);
void command_return(char **words);
void command_random(char **words);
void command_attack(char **words);
void command_bench(char **words);

#endif
