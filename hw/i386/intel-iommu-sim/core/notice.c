/*
 * Notices, joined: what covers two of them, and as little else as possible.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "notice.h"

static bool is_of_interrupts(const VTDMInvalidation *what)
{
    return what->cache == VTDM_CACHE_INTERRUPT;
}

/* All bits below the highest one of @value, and that one. */
static uint64_t smear(uint64_t value)
{
    for (unsigned shift = 1; shift < 64; shift *= 2) {
        value |= value >> shift;
    }
    return value;
}

static VTDMInvalidation join_interrupts(const VTDMInvalidation *a,
                                        const VTDMInvalidation *b)
{
    VTDMInvalidation both = { .cache = VTDM_CACHE_INTERRUPT };

    if (a->scope == VTDM_SCOPE_INDEX && b->scope == VTDM_SCOPE_INDEX) {
        both.scope = VTDM_SCOPE_INDEX;
        both.index_mask = smear(a->index_mask | b->index_mask |
                                (a->index ^ b->index));
        both.index = a->index & ~both.index_mask;
    } else {
        both.scope = VTDM_SCOPE_GLOBAL;
    }
    return both;
}

static VTDMInvalidation join_pages(const VTDMInvalidation *a,
                                   const VTDMInvalidation *b)
{
    VTDMInvalidation both = *a;

    both.mask = smear(a->mask | b->mask | (a->address ^ b->address));
    both.address &= ~both.mask;
    both.leaf_only &= b->leaf_only;
    return both;
}

static bool is_same_device(const VTDMInvalidation *a,
                           const VTDMInvalidation *b)
{
    return a->scope == VTDM_SCOPE_DEVICE && b->scope == VTDM_SCOPE_DEVICE &&
           a->source_mask == b->source_mask &&
           !((a->source_id ^ b->source_id) & a->source_mask);
}

/*
 * Whoever reads a context entry again reads the PASID entry and the pages under
 * it again, too.
 */
static VTDMCache join_caches(VTDMCache a, VTDMCache b)
{
    static const VTDMCache wider[] = {
        VTDM_CACHE_EVERY, VTDM_CACHE_CONTEXT, VTDM_CACHE_PASID,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(wider); i++) {
        if (a == wider[i] || b == wider[i]) {
            return wider[i];
        }
    }
    return VTDM_CACHE_IOTLB;
}

static bool is_of_pasid(const VTDMInvalidation *what)
{
    return what->scope == VTDM_SCOPE_PASID ||
           what->scope == VTDM_SCOPE_PASID_PAGES;
}

static bool is_of_device(const VTDMInvalidation *what)
{
    return what->scope == VTDM_SCOPE_DEVICE;
}

/* Of two that are of one domain: what of it both are about. */
static VTDMInvalidation join_domain(const VTDMInvalidation *a,
                                    const VTDMInvalidation *b)
{
    VTDMInvalidation both = {
        .cache = join_caches(a->cache, b->cache),
        .scope = VTDM_SCOPE_DOMAIN,
        .domain_id = a->domain_id,
    };
    bool same_pasid = a->pasid == b->pasid;

    if (a->scope == b->scope && a->cache == b->cache &&
        (a->scope == VTDM_SCOPE_PAGES ||
         (a->scope == VTDM_SCOPE_PASID_PAGES && same_pasid))) {
        return join_pages(a, b);
    }
    if (is_of_pasid(a) && is_of_pasid(b) && same_pasid) {
        both.scope = VTDM_SCOPE_PASID;
        both.pasid = a->pasid;
    }
    return both;
}

/* A device is in no domain, for all that is known. */
static VTDMInvalidation join_translations(const VTDMInvalidation *a,
                                          const VTDMInvalidation *b)
{
    VTDMCache cache = join_caches(a->cache, b->cache);

    if (cache == VTDM_CACHE_EVERY || a->scope == VTDM_SCOPE_GLOBAL ||
        b->scope == VTDM_SCOPE_GLOBAL || a->domain_id != b->domain_id) {
        return (VTDMInvalidation) { .cache = cache };
    }
    if (is_same_device(a, b)) {
        return *a;
    }
    if (is_of_device(a) || is_of_device(b)) {
        return (VTDMInvalidation) { .cache = cache };
    }
    return join_domain(a, b);
}

bool vtdm_notices_agree(const VTDMInvalidation *a, const VTDMInvalidation *b)
{
    return is_of_interrupts(a) == is_of_interrupts(b);
}

VTDMInvalidation vtdm_notice_join(const VTDMInvalidation *a,
                                  const VTDMInvalidation *b)
{
    return is_of_interrupts(a) ? join_interrupts(a, b)
                               : join_translations(a, b);
}

static bool is_same(const VTDMInvalidation *a, const VTDMInvalidation *b)
{
    return a->cache == b->cache && a->scope == b->scope &&
           a->domain_id == b->domain_id && a->source_id == b->source_id &&
           a->source_mask == b->source_mask && a->pasid == b->pasid &&
           a->address == b->address &&
           a->mask == b->mask && a->leaf_only == b->leaf_only &&
           a->index == b->index && a->index_mask == b->index_mask;
}

bool vtdm_notice_covers(const VTDMInvalidation *a, const VTDMInvalidation *b)
{
    VTDMInvalidation both;

    if (!vtdm_notices_agree(a, b)) {
        return false;
    }
    both = vtdm_notice_join(a, b);
    return is_same(a, &both);
}
