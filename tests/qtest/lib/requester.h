/*
 * A requester as the device shows it in x-device-state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef REQUESTER_H
#define REQUESTER_H

#include "vm.h"

typedef struct Requester {
    char *name;                 /* NULL: the device knows of none there */
    int unit;
    int domain;
    unsigned reads;
    unsigned writes;
    unsigned interrupts;        /* sent; of these... */
    unsigned blocked;
    unsigned delivered;
    unsigned faults;
} Requester;

/* The one with that source-id. Clear it in the end. */
Requester requester_at(VM *vm, uint16_t source_id);
void requester_clear(Requester *requester);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Requester, requester_clear)

#endif
