/*
 * A listener to the mirror of one requester, as VFIO is: it believes what it is
 * told, and nothing else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef MIRROR_LISTENER_H
#define MIRROR_LISTENER_H

#include "hw/i386/vtdm/mirror.h"
#include "machine.h"

/* Who keeps a copy, as VFIO does: pages neither overlap nor go in part. */
typedef struct Listener {
    Machine *machine;
    VTDMMirror *mirror;
    uint16_t source_id;
    GArray *pages;              /* VTDMPage */
    unsigned told, withdrawn;   /* since the last expect_counts */
} Listener;

/* Listens to MACHINE_SID, which has to pass untranslated still. */
void listener_begin(Listener *listener, Machine *machine);

/*
 * Listens to MACHINE_SID of a new machine in legacy mode and with caching mode:
 * it is attached, MACHINE_IOVA mapped, translation and the queue are on.
 */
void listener_start(Listener *listener);

/* What a FakeHost's changed does for it: @opaque is the listener. */
void listener_outdate(void *opaque, const VTDMInvalidation *what);

/* Frees the machine, too. */
void listener_end(Listener *listener);

/* The page that it knows at @address, or NULL. */
const VTDMPage *listener_find(Listener *listener, uint64_t address);

/* Fails the test unless it knows exactly this page. */
void listener_expect(Listener *listener, uint64_t input, uint64_t mask,
                     uint64_t output);

/* Fails the test unless it has heard of so many pages; counts anew. */
void listener_expect_counts(Listener *listener, unsigned told,
                            unsigned withdrawn);

#endif
