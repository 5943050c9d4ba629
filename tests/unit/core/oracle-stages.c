/*
 * Random tables of one stage and of two against a second, slow translator,
 * written from the facts alone, bit by bit: it works on a copy of memory, which
 * has to be the same in the end, flags and all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "walker.h"

#define PAGES           24              /* of tables, in each memory */
#define HOST            MACHINE_TABLES  /* tables that are in host memory */
#define HOST_SIZE       (4 * PAGES * 4096)
#define GUEST_SIZE      (PAGES * 4096)

/* ---- the translator ---- */

typedef struct Slow {
    const VTDMConfig *config;
    uint8_t *ram;
    bool nested, ssade, eafe, wpe, snooped, writes;
    int first_levels, second_levels;
    uint64_t first_root, second_root, limit;
} Slow;

typedef struct Found {
    uint64_t output, size;      /* of the request's byte; of the page */
    uint64_t leaf;              /* where its entry is */
    unsigned perm;              /* 1 read, 2 write; first stage: 4 user */
    bool writable;              /* the table of the leaf */
} Found;

static bool any(uint64_t word, int low, int high)
{
    for (int bit = low; bit <= high; bit++) {
        if (word >> bit & 1) {
            return true;
        }
    }
    return false;
}

static bool fetch(const Slow *slow, uint64_t address, uint64_t *value)
{
    if (address > MACHINE_RAM - 8) {
        return false;
    }
    memcpy(value, slow->ram + address, 8);
    *value = GUINT64_FROM_LE(*value);
    return true;
}

/* Sets bits of the entry at @address, if they are not set already. */
static VTDMCondition mark(Slow *slow, uint64_t address, uint64_t bits,
                          bool writable, VTDMCondition not_snooped)
{
    uint64_t entry;

    g_assert_true(fetch(slow, address, &entry));
    if ((entry & bits) == bits) {
        return VTDM_NO_FAULT;
    }
    if (!writable || !slow->snooped) {
        return writable ? not_snooped : VTDM_SFS_8;
    }
    entry = GUINT64_TO_LE(entry | bits);
    memcpy(slow->ram + address, &entry, 8);
    return VTDM_NO_FAULT;
}

static VTDMCondition second_stage(Slow *slow, uint64_t address,
                                  VTDMCondition beyond, Found *found)
{
    uint64_t table = slow->second_root, entry;
    VTDMCondition condition;

    if (address > slow->limit) {
        return beyond;
    }
    found->perm = 3;
    for (int level = slow->second_levels;; level--) {
        int shift = 12 + 9 * (level - 1);
        bool large;

        found->leaf = table + (address >> shift & 511) * 8;
        if (!fetch(slow, found->leaf, &entry)) {
            return level == slow->second_levels ? VTDM_SSS_4 : VTDM_SSS_1;
        }
        if (!any(entry, 0, 1)) {
            return VTDM_SSS_2;
        }
        large = any(entry, 7, 7) &&
                ((level == 2 && slow->config->sslps >= 1) ||
                 (level == 3 && slow->config->sslps == 3));
        if (any(entry, slow->config->host_address_width, 51) ||
            any(entry, 62, 62) || (large && any(entry, 12, shift - 1)) ||
            (any(entry, 11, 11) &&
             !((level == 1 || large) && slow->config->sc)) ||
            (level > 1 && !large && any(entry, 7, 7))) {
            return VTDM_SSS_3;
        }
        found->perm &= entry & 3;
        if (!found->perm) {
            return VTDM_SSS_2;
        }
        table = (entry & 0xfffffffffffff) >> 12 << 12;
        if (level == 1 || large) {
            found->size = 1ULL << shift;
            found->output = table + address % found->size;
            return VTDM_NO_FAULT;
        }
        condition = slow->ssade ? mark(slow, found->leaf, 0x100, true,
                                       VTDM_SSS_5) : VTDM_NO_FAULT;
        if (condition != VTDM_NO_FAULT) {
            return condition;
        }
    }
}

static VTDMCondition second_leaf(Slow *slow, const Found *found, bool dirty)
{
    return slow->ssade ? mark(slow, found->leaf, dirty ? 0x300 : 0x100, true,
                              VTDM_SSS_5) : VTDM_NO_FAULT;
}

/* Where a table of the first stage is. */
static VTDMCondition find_table(Slow *slow, bool top, uint64_t *table,
                                bool *writable)
{
    Found page;
    VTDMCondition condition;
    unsigned needed = slow->ssade ? 3 : 1;

    *writable = true;
    if (!slow->nested) {
        return VTDM_NO_FAULT;
    }
    condition = second_stage(slow, *table, VTDM_SFS_5, &page);
    if (condition != VTDM_NO_FAULT) {
        return condition;
    }
    if ((page.perm & needed) != needed) {
        return top ? VTDM_SFS_6 : VTDM_SFS_7;
    }
    *table = page.output;
    *writable = page.perm == 3;
    return second_leaf(slow, &page, true);
}

static uint64_t first_accessed(const Slow *slow)
{
    return slow->eafe ? 0x420 : 0x20;
}

static bool first_is_bad(const Slow *slow, uint64_t entry, int level,
                         bool large)
{
    return any(entry, slow->config->host_address_width, 51) ||
           (level > 1 && !large && any(entry, 7, 7)) ||
           (large && any(entry, 13, level == 2 ? 20 : 29));
}

static VTDMCondition first_stage(Slow *slow, uint64_t address, Found *found)
{
    uint64_t table = slow->first_root, entry;
    int top = slow->first_levels, width = 12 + 9 * top;
    uint64_t sign = (uint64_t)((int64_t)(address << (64 - width)) >>
                               (64 - width));
    VTDMCondition condition;

    if (sign != address) {
        return VTDM_SGN_1;
    }
    found->perm = 7;
    for (int level = top;; level--) {
        int shift = 12 + 9 * (level - 1);
        bool large;

        condition = find_table(slow, level == top, &table, &found->writable);
        if (condition != VTDM_NO_FAULT) {
            return condition;
        }
        found->leaf = table + (address >> shift & 511) * 8;
        if (!fetch(slow, found->leaf, &entry)) {
            return level == top ? VTDM_SFS_4 : VTDM_SFS_1;
        }
        if (!any(entry, 0, 0)) {
            return VTDM_SFS_2;
        }
        large = any(entry, 7, 7) &&
                (level == 2 || (level == 3 && slow->config->fs1gp));
        if (first_is_bad(slow, entry, level, large)) {
            return VTDM_SFS_3;
        }
        found->perm &= 1 | (any(entry, 1, 1) ? 2 : 0) |
                       (any(entry, 2, 2) ? 4 : 0);
        table = (entry & 0xfffffffffffff) >> 12 << 12;
        if (level == 1 || large) {
            found->size = 1ULL << shift;
            found->output = table / found->size * found->size +
                            address % found->size;
            return VTDM_NO_FAULT;
        }
        condition = mark(slow, found->leaf, first_accessed(slow),
                         found->writable, VTDM_SFS_9);
        if (condition != VTDM_NO_FAULT) {
            return condition;
        }
    }
}

typedef struct Answer {
    VTDMCondition condition;
    uint64_t output, size;
    unsigned user, supervisor;
} Answer;

static Answer by_second(Slow *slow, uint64_t address)
{
    Found page;
    Answer answer = { second_stage(slow, address, VTDM_SGN_5, &page) };

    if (answer.condition == VTDM_NO_FAULT) {
        answer = (Answer) {
            second_leaf(slow, &page, slow->writes && (page.perm & 2)),
            page.output, page.size, page.perm, page.perm };
    }
    return answer;
}

static Answer by_first(Slow *slow, uint64_t address)
{
    Found leaf, page = { .perm = 3 };
    Answer answer = { first_stage(slow, address, &leaf) };
    bool dirty;

    if (answer.condition == VTDM_NO_FAULT && slow->nested) {
        answer.condition = second_stage(slow, leaf.output, VTDM_SFS_5, &page);
    }
    if (answer.condition != VTDM_NO_FAULT) {
        return answer;
    }
    answer.output = slow->nested ? page.output : leaf.output;
    answer.size = slow->nested ? MIN(leaf.size, page.size) : leaf.size;
    answer.user = leaf.perm & 4 ? leaf.perm & page.perm & 3 : 0;
    answer.supervisor = page.perm & (slow->wpe ? leaf.perm : 3);
    dirty = slow->writes && (answer.user & 2);
    answer.condition = mark(slow, leaf.leaf, first_accessed(slow) |
                            (dirty ? 0x40 : 0), leaf.writable, VTDM_SFS_9);
    if (answer.condition == VTDM_NO_FAULT && slow->nested) {
        answer.condition = second_leaf(slow, &page, dirty);
    }
    return answer;
}

/* ---- random tables ---- */

static const unsigned indexes[] = { 0, 1, 256, 511 };

static bool chance(int percent)
{
    return g_test_rand_int_range(0, 100) < percent;
}

static unsigned an_index(void)
{
    return indexes[g_test_rand_int_range(0, G_N_ELEMENTS(indexes))];
}

static uint64_t dirt(void)
{
    return chance(2) ? VTDM_BIT(g_test_rand_int_range(0, 64)) : 0;
}

/* Mostly points to a table, as there are more of them in a walk. */
static uint64_t random_entry(uint64_t tables, uint64_t all, uint64_t few)
{
    uint64_t entry = tables + 4096ULL * g_test_rand_int_range(0, PAGES);

    entry |= chance(85) ? all : few;
    entry |= (uint64_t)g_test_rand_int_range(0, 128) << 5 & 0x760;
    if (chance(6)) {
        entry = (entry & 0xfff) | 0x80;
        entry |= (uint64_t)g_test_rand_int_range(0, 8) << 30;
        entry |= chance(10) ? VTDM_BIT(40) : 0;     /* 3 levels end below */
    }
    return entry ^ dirt();
}

static void fill(Walker *walker, bool nested)
{
    VTDMTables *tables = &walker->machine->tables;
    uint64_t first = nested ? WALKER_GUEST_AT : HOST + PAGES * 4096;
    uint64_t target = nested ? WALKER_GUEST : first;

    for (unsigned i = 0; i < PAGES * G_N_ELEMENTS(indexes); i++) {
        uint64_t place = 4096 * (i / 4) + 8 * indexes[i % 4];

        vtdm_tables_set(tables, first + place,
                        random_entry(target, 7, g_test_rand_int_range(0, 8)));
        vtdm_tables_set(tables, HOST + place,
                        random_entry(HOST, 3, g_test_rand_int_range(0, 4)));
    }
    walker->first.root = target;
    walker->second.root = HOST;
}

/* The second stage maps guest tables, seldom not for everything. */
static void map_guest(Walker *walker)
{
    walker->second.root = HOST + 2 * PAGES * 4096;
    walker->machine->tables.next = walker->second.root + 4096;
    for (unsigned i = 0; i < PAGES; i++) {
        uint64_t leaf = walker_map(walker, &walker->second,
                                   WALKER_GUEST + i * 4096,
                                   WALKER_GUEST_AT + i * 4096, 1);
        uint64_t entry = vtdm_tables_get(&walker->machine->tables, leaf);

        if (chance(10)) {
            entry = (entry & ~3ULL) | g_test_rand_int_range(0, 4);
        }
        vtdm_tables_set(&walker->machine->tables, leaf, entry ^ dirt());
    }
    /* where large pages of the first stage may lead, too */
    for (unsigned i = 0; i < 4; i++) {
        walker_map(walker, &walker->second, (uint64_t)i << 30, 0,
                   g_test_rand_int_range(1, 4));
    }
}

static uint64_t random_address(unsigned levels, bool canonical)
{
    uint64_t address = g_test_rand_int_range(0, 4096);

    for (unsigned level = 1; level <= levels; level++) {
        address |= (uint64_t)an_index() << (12 + 9 * (level - 1));
    }
    if (canonical && address >> (11 + 9 * levels) && chance(90)) {
        address |= ~vtdm_mask_below(12 + 9 * levels);
    }
    return address;
}

/* ---- both on the same ---- */

static unsigned seen[VTDM_CONDITION_COUNT];     /* how often */

static void compare(Walker *walker, const Slow *slow, uint64_t address,
                    const Answer *answer, bool first)
{
    const VTDMTable *table = first ? &walker->first : &walker->second;
    VTDMTranslation end = walker_walk(walker, table, address);

    g_assert_cmpstr(vtdm_condition_info(end.condition)->name, ==,
                    vtdm_condition_info(answer->condition)->name);
    if (end.condition == VTDM_NO_FAULT) {
        g_assert_cmphex(end.output + (address & end.mask), ==,
                        answer->output);
        g_assert_cmphex(end.mask, ==, answer->size - 1);
        g_assert_cmphex(end.perm, ==, answer->user);
        g_assert_cmphex(end.supervisor_perm, ==, answer->supervisor);
    }
    g_assert_cmpint(memcmp(walker->machine->host.ram + HOST,
                           slow->ram + HOST, HOST_SIZE), ==, 0);
    g_assert_cmpint(memcmp(walker->machine->host.ram + WALKER_GUEST_AT,
                           slow->ram + WALKER_GUEST_AT, GUEST_SIZE), ==, 0);
    seen[answer->condition]++;
}

static void ask(Walker *walker, Slow *slow, bool first)
{
    uint64_t address = random_address(first ? slow->first_levels
                                            : slow->second_levels, first);
    Answer answer;

    walker->writes = slow->writes = chance(50);
    walker_flush(walker);
    answer = first ? by_first(slow, address) : by_second(slow, address);
    compare(walker, slow, address, &answer, first);
    compare(walker, slow, address, &answer, first);     /* from the caches */
}

static void configure(Walker *walker, Slow *slow)
{
    VTDMTable *first = &walker->first, *second = &walker->second;

    *slow = (Slow) {
        .config = &walker->machine->config,
        .ram = slow->ram,
        .nested = first->second,
        .ssade = chance(50),
        .eafe = chance(50),
        .wpe = chance(50),
        .snooped = chance(90),
        .first_levels = first->levels,
        .second_levels = second->levels,
        .first_root = first->root,
        .second_root = second->root,
        .limit = second->reach,
    };
    second->flags = slow->ssade;
    first->extended = slow->eafe;
    first->write_protect = slow->wpe;
    first->snooped = second->snooped = slow->snooped;
    memcpy(slow->ram, walker->machine->host.ram, MACHINE_RAM);
}

static void test_stages(gconstpointer opaque)
{
    bool nested = GPOINTER_TO_UINT(opaque);
    Slow slow = { .ram = g_malloc(MACHINE_RAM) };

    for (unsigned round = 0; round < 60; round++) {
        VTDMConfig config;
        Walker *walker;

        machine_scalable_config(&config);
        config.host_address_width = 42;
        config.fs1gp = chance(50);
        config.sslps = chance(50) ? 3 : 1;
        config.sc = chance(50);
        walker = walker_new(&config);
        walker_set_levels(walker, 4 + chance(50),
                          g_test_rand_int_range(3, 6));
        fill(walker, nested);
        if (nested) {
            map_guest(walker);
            walker->first.second = &walker->second;
        }
        configure(walker, &slow);
        for (unsigned i = 0; i < 60; i++) {
            ask(walker, &slow, nested || chance(50));
        }
        walker_free(walker);
    }
    g_free(slow.ram);
    g_assert_cmpuint(seen[VTDM_NO_FAULT], >, 1000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/vtdm/oracle-stages/one", GUINT_TO_POINTER(false),
                         test_stages);
    g_test_add_data_func("/vtdm/oracle-stages/nested", GUINT_TO_POINTER(true),
                         test_stages);
    return g_test_run();
}
