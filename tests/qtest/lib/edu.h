/*
 * QEMU's "edu" PCI device as a DMA master: it copies guest memory through a
 * buffer of its own, and raises an MSI when told to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef EDU_H
#define EDU_H

#include "libqtest.h"
#include "libqos/pci.h"

/* For the command line. The mask lets it reach every address. */
#define EDU_DEVICE              "edu,dma_mask=0xffffffffffffffff"

typedef struct Edu {
    QPCIDevice *dev;
    QPCIBar bar;
    uint16_t source_id;
} Edu;

/* The edu device at @source_id (bus 15:8, devfn 7:0), ready for DMA. */
Edu edu_at(QPCIBus *pci, uint16_t source_id);
void edu_free(Edu *edu);

/* The device reads, or writes, up to 4 KiB at @address. */
void edu_load(Edu *edu, uint64_t address, size_t len);
void edu_store(Edu *edu, uint64_t address, size_t len);
void edu_copy(Edu *edu, uint64_t from, uint64_t to, size_t len);

/* What its next MSIs say; then one of them. */
void edu_set_msi(Edu *edu, uint64_t address, uint16_t data);
void edu_raise(Edu *edu);

#endif
