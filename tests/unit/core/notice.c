/*
 * Notices, joined: what two of them cover is covered, and as little else as a
 * notice can say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/notice.h"
#include "machine.h"

#define DOMAINS 3
#define PAGES   16
#define PASIDS  2
#define INDEXES 64

static VTDMInvalidation of_pages(uint16_t domain_id, uint64_t page,
                                 unsigned am)
{
    uint64_t mask = vtdm_mask_below(VTDM_PAGE_BITS + am);

    return (VTDMInvalidation) {
        .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_PAGES,
        .domain_id = domain_id, .mask = mask,
        .address = page * VTDM_PAGE_SIZE & ~mask,
    };
}

static VTDMInvalidation of_indexes(uint32_t index, unsigned im)
{
    uint32_t mask = vtdm_mask_below(im);

    return (VTDMInvalidation) {
        .cache = VTDM_CACHE_INTERRUPT, .scope = VTDM_SCOPE_INDEX,
        .index = index & ~mask, .index_mask = mask,
    };
}

/* A context or PASID entry's, or an IOTLB's. */
static VTDMInvalidation any_translation(void)
{
    static const struct {
        VTDMCache cache;
        VTDMScope scope;
    } rows[] = {
        { VTDM_CACHE_EVERY, VTDM_SCOPE_GLOBAL },
        { VTDM_CACHE_CONTEXT, VTDM_SCOPE_GLOBAL },
        { VTDM_CACHE_CONTEXT, VTDM_SCOPE_DOMAIN },
        { VTDM_CACHE_CONTEXT, VTDM_SCOPE_DEVICE },
        { VTDM_CACHE_PASID, VTDM_SCOPE_GLOBAL },
        { VTDM_CACHE_PASID, VTDM_SCOPE_DOMAIN },
        { VTDM_CACHE_PASID, VTDM_SCOPE_PASID },
        { VTDM_CACHE_IOTLB, VTDM_SCOPE_GLOBAL },
        { VTDM_CACHE_IOTLB, VTDM_SCOPE_DOMAIN },
        { VTDM_CACHE_IOTLB, VTDM_SCOPE_PAGES },
        { VTDM_CACHE_IOTLB, VTDM_SCOPE_PASID },
        { VTDM_CACHE_IOTLB, VTDM_SCOPE_PASID_PAGES },
    };
    size_t i = g_test_rand_int_range(0, G_N_ELEMENTS(rows));
    bool pages = rows[i].scope == VTDM_SCOPE_PAGES ||
                 rows[i].scope == VTDM_SCOPE_PASID_PAGES;
    VTDMInvalidation what = of_pages(0, g_test_rand_int_range(0, PAGES),
                                     g_test_rand_int_range(0, 3));

    return (VTDMInvalidation) {
        .cache = rows[i].cache, .scope = rows[i].scope,
        .domain_id = g_test_rand_int_range(0, DOMAINS),
        .source_id = g_test_rand_int_range(0, 2),
        .source_mask = UINT16_MAX,
        .pasid = g_test_rand_int_range(0, PASIDS),
        .address = pages ? what.address : 0,
        .mask = pages ? what.mask : 0,
    };
}

static VTDMInvalidation any(void)
{
    return g_test_rand_int_range(0, 5)
               ? any_translation()
               : of_indexes(g_test_rand_int_range(0, INDEXES),
                            g_test_rand_int_range(0, 3));
}

/* One page of those that somebody may keep a copy of. */
typedef struct Copy {
    uint16_t source_id;
    uint16_t domain_id;
    uint32_t pasid;
    bool first_stage;
    uint64_t page;
} Copy;

static bool is_of_pasid(const VTDMInvalidation *what)
{
    return what->scope == VTDM_SCOPE_PASID ||
           what->scope == VTDM_SCOPE_PASID_PAGES;
}

/* Whether what was translated so is lost, as a copy's keeper reckons. */
static bool loses_page(const VTDMInvalidation *what, const Copy *copy)
{
    uint64_t first, last, address = copy->page * VTDM_PAGE_SIZE;

    return what->cache != VTDM_CACHE_INTERRUPT &&
           (!is_of_pasid(what) || what->pasid == copy->pasid) &&
           vtdm_invalidation_range(what, copy->source_id, copy->domain_id,
                                   copy->first_stage, &first, &last) &&
           address >= first && address <= last;
}

static bool loses_index(const VTDMInvalidation *what, uint32_t index)
{
    return what->cache == VTDM_CACHE_INTERRUPT &&
           (what->scope == VTDM_SCOPE_GLOBAL ||
            !((index ^ what->index) & ~what->index_mask));
}

static void expect_covered(const VTDMInvalidation *all,
                           const VTDMInvalidation *one)
{
    for (uint32_t index = 0; index < INDEXES; index++) {
        g_assert_true(loses_index(all, index) || !loses_index(one, index));
    }
    for (unsigned who = 0; who < 4 * PASIDS * DOMAINS; who++) {
        Copy copy = {
            .source_id = who & 1, .first_stage = who & 2,
            .pasid = who / 4 % PASIDS, .domain_id = who / 4 / PASIDS,
        };

        for (; copy.page < PAGES; copy.page++) {
            g_assert_true(loses_page(all, &copy) || !loses_page(one, &copy));
        }
    }
}

static void test_join(void)
{
    for (unsigned run = 0; run < 20000; run++) {
        VTDMInvalidation a = any(), b = any(), both;

        if (vtdm_notices_agree(&a, &b)) {
            both = vtdm_notice_join(&a, &b);
            g_assert_cmphex(both.mask & (both.mask + 1), ==, 0);
            g_assert_cmphex(both.index_mask & (both.index_mask + 1), ==, 0);
            expect_covered(&both, &a);
            expect_covered(&both, &b);
            g_assert_true(vtdm_notice_covers(&both, &a));
            g_assert_true(vtdm_notice_covers(&both, &b));
        }
    }
}

/* What covers another needs not be told again. */
static void test_covers(void)
{
    for (unsigned run = 0; run < 20000; run++) {
        VTDMInvalidation a = any(), b = any(), same;

        same = vtdm_notice_join(&a, &a);
        if (vtdm_notice_covers(&same, &b)) {
            expect_covered(&same, &b);
        }
    }
}

/* Neighbours stay neighbours; those of two domains are everybody's. */
static void test_little(void)
{
    VTDMInvalidation a = of_pages(1, 8, 0), b = of_pages(1, 11, 0);
    VTDMInvalidation both = vtdm_notice_join(&a, &b);

    g_assert_cmpuint(both.scope, ==, VTDM_SCOPE_PAGES);
    g_assert_cmphex(both.address, ==, 8 * VTDM_PAGE_SIZE);
    g_assert_cmphex(both.mask, ==, 4 * VTDM_PAGE_SIZE - 1);
    b = of_pages(2, 8, 0);
    g_assert_cmpuint(vtdm_notice_join(&a, &b).scope, ==, VTDM_SCOPE_GLOBAL);
    a = of_indexes(5, 0);
    b = of_indexes(6, 0);
    both = vtdm_notice_join(&a, &b);
    g_assert_cmpuint(both.index, ==, 4);
    g_assert_cmpuint(both.index_mask, ==, 3);
}

/*
 * Spec: "Context-cache Invalidate Descriptor": in scalable mode a device is in
 * no domain, so that no domain speaks for it
 */
static void test_device(void)
{
    static const VTDMInvalidation others[] = {
        { VTDM_CACHE_CONTEXT, VTDM_SCOPE_DEVICE, .source_id = 6,
          .source_mask = UINT16_MAX },
        { VTDM_CACHE_PASID, VTDM_SCOPE_DOMAIN },
        { VTDM_CACHE_PASID, VTDM_SCOPE_PASID },
        { VTDM_CACHE_IOTLB, VTDM_SCOPE_DOMAIN },
        { VTDM_CACHE_IOTLB, VTDM_SCOPE_PASID_PAGES, .mask = 0xfff },
    };
    VTDMInvalidation device = {
        VTDM_CACHE_CONTEXT, VTDM_SCOPE_DEVICE, .source_id = 5,
        .source_mask = UINT16_MAX,
    };

    g_assert_cmpuint(vtdm_notice_join(&device, &device).scope, ==,
                     VTDM_SCOPE_DEVICE);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        VTDMInvalidation both = vtdm_notice_join(&device, &others[i]);

        g_assert_cmpuint(both.cache, ==, VTDM_CACHE_CONTEXT);
        g_assert_cmpuint(both.scope, ==, VTDM_SCOPE_GLOBAL);
    }
}

/* What is of one PASID stays so, and its pages stay pages. */
static void test_pasid(void)
{
    VTDMInvalidation pages = {
        VTDM_CACHE_IOTLB, VTDM_SCOPE_PASID_PAGES, .domain_id = 1,
        .pasid = 5, .address = 8 * VTDM_PAGE_SIZE,
        .mask = VTDM_PAGE_SIZE - 1,
    };
    VTDMInvalidation next = pages, entry = {
        VTDM_CACHE_PASID, VTDM_SCOPE_PASID, .domain_id = 1, .pasid = 5,
    };
    VTDMInvalidation both;

    next.address += VTDM_PAGE_SIZE;
    both = vtdm_notice_join(&pages, &next);
    g_assert_cmpuint(both.scope, ==, VTDM_SCOPE_PASID_PAGES);
    g_assert_cmphex(both.mask, ==, 2 * VTDM_PAGE_SIZE - 1);
    both = vtdm_notice_join(&pages, &entry);
    g_assert_cmpuint(both.cache, ==, VTDM_CACHE_PASID);
    g_assert_cmpuint(both.scope, ==, VTDM_SCOPE_PASID);
    g_assert_cmpuint(both.pasid, ==, 5);
    entry.pasid = 6;
    g_assert_cmpuint(vtdm_notice_join(&pages, &entry).scope, ==,
                     VTDM_SCOPE_DOMAIN);
}

/* Spec: "IOTLB Invalidate": IH, only if nothing but leaves changed */
static void test_hint(void)
{
    for (unsigned hints = 0; hints < 4; hints++) {
        VTDMInvalidation a = of_pages(1, 8, 0), b = of_pages(1, 9, 0);

        a.leaf_only = hints & 1;
        b.leaf_only = hints & 2;
        g_assert_cmpint(vtdm_notice_join(&a, &b).leaf_only, ==, hints == 3);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/notice/join", test_join);
    g_test_add_func("/vtdm/notice/covers", test_covers);
    g_test_add_func("/vtdm/notice/little", test_little);
    g_test_add_func("/vtdm/notice/device", test_device);
    g_test_add_func("/vtdm/notice/pasid", test_pasid);
    g_test_add_func("/vtdm/notice/hint", test_hint);
    return g_test_run();
}
