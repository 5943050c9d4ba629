/*
 * vtd-testdev: one request of a command, within a page.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTD_TESTDEV_DMA_H
#define VTD_TESTDEV_DMA_H

#include "testdev.h"

typedef struct VTDTPiece {
    VTDMAccess access;
    uint64_t address;
    void *data;
    size_t length;
} VTDTPiece;

/*
 * Sends it as the command's control says. Returns a status; PENDING: a page
 * has been requested, and it is to be tried again when the response is there.
 */
unsigned vtdt_dma(VTDTCommand *command, const VTDTPiece *piece);

/*
 * A translation request of the command for @address; fills the device TLB.
 * Returns a status and, with OK, the completion.
 */
unsigned vtdt_translate(VTDTCommand *command, uint64_t address,
                        VTDMResult *completion);

#endif
