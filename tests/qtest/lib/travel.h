/*
 * A VM in migrations and snapshots.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRAVEL_H
#define TRAVEL_H

#include "vm.h"

/*
 * A folder for the files of one test, and what in it a VM needs for snapshots:
 * arguments of QEMU, which the caller frees.
 */
char *travel_folder(void);
char *travel_disk(const char *folder);

/* Removes the folder with its files, and frees the name. */
void travel_remove(char *folder);

/*
 * Writes the state of @vm, which stands still from then on, to @file; and loads
 * it into one that was started with TRAVEL_INCOMING.
 */
#define TRAVEL_INCOMING         "-incoming defer"
void travel_save(VM *vm, const char *file);
void travel_load(VM *vm, const char *file);

/* Whether the state could be loaded. */
bool travel_try(VM *vm, const char *file);

/*
 * Saving in two halves, after travel_pause(): what comes when QEMU has said
 * STOP, the machine does after its memory has been sent.
 */
void travel_pause(VM *vm);
void travel_save_begin(VM *vm, const char *file);
void travel_save_end(VM *vm);

/* A snapshot, and back to it; with NULL, returns the words of a refusal. */
void travel_snapshot(VM *vm, const char *name);
char *travel_back(VM *vm, const char *name);

/* How a VM gets from one place to another in a test. */
typedef struct Way {
    const char *name;
    /* The VM with the same state; its edu device is new. */
    void (*go)(VM *vm, const char *folder);
} Way;

extern const Way travel_ways[2];

/*
 * The value of a property of the IOMMU as JSON, but for counts of clocks; the
 * caller frees it.
 */
char *travel_property(VM *vm, const char *name);

#endif
