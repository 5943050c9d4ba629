/*
 * What one notifier of QEMU's is told: a page, or a range that is gone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "system/dma.h"
#include "notify.h"
#include "space.h"

/*
 * Hands a page, with perm 0 a range, to one notifier: what lies in its own
 * range, in naturally aligned powers of two.
 */
static void notify(IOMMUNotifier *notifier, IOMMUNotifierFlag type,
                   const VTDMPage *page, IOMMUAccessFlags perm)
{
    hwaddr at = MAX(page->input, notifier->start);
    hwaddr last = MIN(page->input + page->mask, notifier->end);

    while (at <= last) {
        hwaddr mask = dma_aligned_pow2_mask(at, last, 64);

        memory_region_notify_iommu_one(notifier, &(IOMMUTLBEvent) {
            .type = type,
            .entry = {
                .target_as = &address_space_memory,
                .iova = at,
                .translated_addr = perm ? page->output + (at - page->input)
                                        : 0,
                .addr_mask = mask,
                .perm = perm,
            },
        });
        if (mask >= last - at) {
            break;
        }
        at += mask + 1;
    }
}

void vtdm_notify_unmap(IOMMUNotifier *notifier, IOMMUNotifierFlag type,
                       hwaddr first, hwaddr last)
{
    VTDMPage range = { .input = first, .mask = last - first };

    notify(notifier, type, &range, IOMMU_NONE);
}

void vtdm_notify_page(IOMMUNotifier *notifier, const VTDMPage *page,
                      bool exists)
{
    if (exists) {
        notify(notifier, IOMMU_NOTIFIER_MAP, page,
               vtdm_space_flags(page->perm));
    } else {
        notify(notifier, IOMMU_NOTIFIER_UNMAP, page, IOMMU_NONE);
    }
}
