/*
 * bench-engine: a PCI device that does nothing but DMA, as fast as it goes. A
 * benchmark loads it into QEMU with LD_PRELOAD.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include "hw/pci/pci_device.h"
#include "../../../hw/i386/intel-iommu-sim/compat.h"
#include "../../../hw/i386/intel-iommu-sim/endpoint.h"

#define TYPE_BENCH_ENGINE "bench-engine"
OBJECT_DECLARE_SIMPLE_TYPE(Engine, BENCH_ENGINE)

typedef struct EngineTask {
    /* which DMAs */
    uint64_t base;              /* address of the first page */
    uint64_t page_size;
    uint64_t pages;             /* that are gone round */
    uint64_t window;            /* ... but only these exist, 0: all */
    uint64_t random;            /* 0: in their order */
    uint64_t length;            /* of one, in bytes; 0: none is done */
    uint64_t write;             /* 0: it reads */
    uint64_t message;           /* 1: it is an MSI, with @data */
    uint64_t data;
    uint64_t pasid;             /* VTDM_NO_PASID: without */
    /* who does them */
    uint64_t operations;        /* of each thread */
    uint64_t threads;
    uint64_t devices;           /* that a thread takes in turn */
    uint64_t spread;            /* 1: each thread has other devices */
    /* what follows each, or is done by one thread more all the time */
    uint64_t warm;              /* untimed before all: DMAs of the next
                                   device, each with what follows */
    uint64_t tail_register;     /* IQT in memory, 0: nothing follows */
    uint64_t queue_size;        /* in bytes */
    uint64_t step;              /* bytes: an invalidation and a wait */
    uint64_t status;            /* where the wait writes, 0: none does */
    uint64_t toggle;            /* a leaf that is changed before, 0: none */
    uint64_t aside;             /* 1: by one thread more */

    uint64_t busy;
    uint64_t elapsed;           /* ns, from the first start to the last end */
    uint64_t cpu;               /* ns of all threads together */
    uint64_t failed;            /* DMAs that were refused */
} EngineTask;

struct Engine {
    PCIDevice parent_obj;

    bool null_iommu;            /* property: it brings one */
    bool listens;               /* property: it keeps a copy, as VFIO does */

    VTDMEndpoint endpoint;
    EngineTask task;
    MemoryListener memory;
    IOMMUNotifier notifier;
    IOMMUMemoryRegion *region;  /* that it listens to */
    uint64_t told;              /* pages that are mapped, of a replay... */
    int64_t asked;              /* ... since then, ns */
};

/* One DMA or MSI; whether it was done. Any thread may call this. */
bool engine_dma(Engine *engine, const EngineTask *task, uint64_t address,
                void *buffer);

#endif
