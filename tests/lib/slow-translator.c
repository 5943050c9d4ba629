/*
 * Scalable mode once more, slowly.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "slow-translator.h"


typedef struct Context {
    VTDMCondition condition;
    bool fpd, dte, paside, rid_priv;
    uint32_t rid_pasid, last_pasid;
    uint64_t directory;
} Context;

/* What a walk of either stage, or of both, ends with. */
typedef struct Page {
    VTDMCondition condition;
    uint64_t entry_address;     /* of the leaf */
    uint64_t output;            /* of the request's own byte */
    uint64_t mask;              /* of the whole page */
    bool read, write, user, snoop;
    bool changeable;            /* a second stage lets the leaf change */
} Page;

static uint8_t *place(Slow *slow, uint64_t address)
{
    if (address > MACHINE_RAM - 8) {
        return NULL;
    }
    return address - slow->first < slow->size
        ? slow->memory + (address - slow->first)
        : slow->machine->host.ram + address;
}

static bool fetch(Slow *slow, uint64_t address, uint64_t *value)
{
    const uint8_t *from = place(slow, address);

    if (from) {
        memcpy(value, from, 8);
        *value = GUINT64_FROM_LE(*value);
    }
    return from;
}

/* Bits @high to @low, unless @supported. */
static bool wrong(uint64_t word, int high, int low, bool supported)
{
    return !supported && high >= low && bits(word, high, low);
}

static Context no_context(VTDMCondition condition)
{
    return (Context) { condition };
}

static VTDMCondition find_table(Slow *slow, unsigned source_id,
                                uint64_t *table)
{
    uint64_t half;

    if (!fetch(slow, MACHINE_ROOT + source_id / 256 * 16 +
               source_id % 256 / 128 * 8, &half)) {
        return VTDM_SRT_1;
    }
    *table = half >> 12 << 12;
    if (!bit(half, 0)) {
        return VTDM_SRT_2;
    }
    return wrong(half, 11, 1, false) ||
           wrong(half, 63, slow->config->host_address_width, false)
               ? VTDM_SRT_3 : VTDM_NO_FAULT;
}

static bool is_bad_context(const VTDMConfig *config, const uint64_t word[4])
{
    return wrong(word[0], 63, config->host_address_width, false) ||
           wrong(word[0], 8, 5, false) ||
           wrong(word[0], 2, 2, config->dt) ||
           wrong(word[0], 3, 3, config->pasid) ||
           wrong(word[0], 4, 4, config->prs) ||
           wrong(word[1], 19, 0, config->rps) ||
           wrong(word[1], 20, 20, config->rprivs) ||
           wrong(word[1], 63, 21, false) || word[2] || word[3];
}

static Context find_context(Slow *slow, unsigned source_id)
{
    Context context = { VTDM_NO_FAULT };
    uint64_t table, word[4];

    context.condition = find_table(slow, source_id, &table);
    if (context.condition != VTDM_NO_FAULT) {
        return context;
    }
    for (unsigned i = 0; i < 4; i++) {
        if (!fetch(slow, table + source_id % 128 * 32 + i * 8, &word[i])) {
            return no_context(VTDM_SCT_1);
        }
    }
    context.fpd = bit(word[0], 1);
    context.dte = bit(word[0], 2);
    context.paside = bit(word[0], 3);
    context.directory = word[0] >> 12 << 12;
    context.last_pasid = (64u << (7 + bits(word[0], 11, 9))) - 1;
    context.rid_pasid = bits(word[1], 19, 0);
    context.rid_priv = bit(word[1], 20);
    context.condition = !bit(word[0], 0) ? VTDM_SCT_2 :
        is_bad_context(slow->config, word) ? VTDM_SCT_3 :
        bit(word[0], 4) && !context.dte ? VTDM_SCT_4_1 :
        context.rid_pasid > context.last_pasid ? VTDM_SCT_4_2
                                               : VTDM_NO_FAULT;
    return context;
}

static bool is_bad_pasid(const VTDMConfig *config, const uint64_t word[8])
{
    int haw = config->host_address_width;

    return wrong(word[0], 63, haw, false) ||
           wrong(word[0], 63, 12, config->ssts) ||
           wrong(word[0], 4, 2, config->ssts) ||
           wrong(word[0], 5, 5, false) ||
           wrong(word[0], 9, 9, config->ssts && config->ssads) ||
           wrong(word[0], 11, 10, false) ||
           wrong(word[1], 15, 4 + 2 * config->nd, false) ||
           wrong(word[1], 22, 16, false) ||
           wrong(word[1], 23, 23, config->smpwcs) ||
           wrong(word[1], 24, 24, config->sc) ||
           wrong(word[1], 26, 25, config->mts) ||
           wrong(word[1], 31, 27, false) ||
           wrong(word[1], 63, 32, config->mts) ||
           wrong(word[2], 0, 0, config->srs) ||
           wrong(word[2], 1, 1, false) ||
           wrong(word[2], 4, 2, config->fsts) ||
           wrong(word[2], 7, 7, config->eafs) ||
           wrong(word[2], 11, 8, false) ||
           wrong(word[2], 63, 12, config->fsts) ||
           wrong(word[2], 63, haw, false) ||
           word[3] || word[4] || word[5] || word[6] || word[7];
}

/* The last address that the second stage translates. */
static uint64_t reach(Slow *slow)
{
    unsigned width = MIN(slow->config->mgaw,
                         12 + 9 * slow->pasid.ss_levels);

    return bits(UINT64_MAX, width - 1, 0);
}

static VTDMCondition check_types(Slow *slow, unsigned aw, unsigned fspm)
{
    const VTDMConfig *config = slow->config;
    const Pasid *pasid = &slow->pasid;
    const bool supported[8] = {
        false, config->fsts, config->ssts, config->nest, config->pt,
    };

    if (!supported[pasid->pgtt]) {
        return VTDM_SPT_4_2;
    }
    if ((pasid->pgtt == 2 || pasid->pgtt == 3) && !bit(config->sagaw, aw)) {
        return VTDM_SPT_4_1;
    }
    if (fspm > config->fs5lp) {
        return VTDM_SPT_4_3;
    }
    return pasid->pgtt == 3 && pasid->fsptptr > reach(slow)
        ? VTDM_SPT_4_4 : VTDM_NO_FAULT;
}

static VTDMCondition check_memory_types(uint32_t pat)
{
    for (unsigned i = 0; i < 8; i++) {
        unsigned type = pat >> 4 * i & 15;

        if (type == 2 || type == 3 || type > 7) {
            return VTDM_SPT_4_0;
        }
    }
    return VTDM_NO_FAULT;
}

/* Fills slow->pasid, all but its condition, and says what that is. */
static VTDMCondition read_pasid(Slow *slow, uint64_t directory,
                                uint32_t number)
{
    const VTDMConfig *config = slow->config;
    Pasid *pasid = &slow->pasid;
    uint64_t entry, word[8];

    if (!fetch(slow, directory + number / 64 * 8, &entry)) {
        return VTDM_SPD_1;
    }
    pasid->fpd = bit(entry, 1);
    if (!bit(entry, 0)) {
        return VTDM_SPD_2;
    }
    if (wrong(entry, 11, 2, false) ||
        wrong(entry, 63, config->host_address_width, false)) {
        return VTDM_SPD_3;
    }
    for (unsigned i = 0; i < 8; i++) {
        if (!fetch(slow, (entry >> 12 << 12) + number % 64 * 64 + i * 8,
                   &word[i])) {
            return VTDM_SPT_1;
        }
    }
    pasid->fpd |= bit(word[0], 1);
    if (!bit(word[0], 0)) {
        return VTDM_SPT_2;
    }
    if (is_bad_pasid(config, word)) {
        return VTDM_SPT_3;
    }
    pasid->pgtt = bits(word[0], 8, 6);
    pasid->ss_levels = bits(word[0], 4, 2) + 2;
    pasid->fs_levels = 4 + bits(word[2], 3, 2);
    pasid->ssade = bit(word[0], 9);
    pasid->ssptptr = word[0] >> 12 << 12;
    pasid->did = bits(word[1], 15, 0);
    pasid->snooped = bit(word[1], 23) && config->smpwcs;
    pasid->pgsnp = bit(word[1], 24);
    pasid->sre = bit(word[2], 0);
    pasid->wpe = bit(word[2], 4);
    pasid->eafe = bit(word[2], 7);
    pasid->fsptptr = word[2] >> 12 << 12;
    return check_types(slow, bits(word[0], 4, 2), bits(word[2], 3, 2)) ?:
           check_memory_types(bits(word[1], 63, 32));
}

/* Sets @flags in an entry, or says why that cannot be. */
static VTDMCondition set_flags(Slow *slow, uint64_t address,
                               uint64_t flags, VTDMCondition not_snooped,
                               VTDMCondition failed)
{
    uint64_t entry = 0;

    g_assert_true(fetch(slow, address, &entry));
    for (unsigned i = 0; i < slow->changes; i++) {
        slow->again |= slow->changed[i] == address;
    }
    if (!(flags & ~entry)) {
        return VTDM_NO_FAULT;
    }
    if (!slow->pasid.snooped) {
        return not_snooped;
    }
    if (address < slow->machine->host.read_only) {
        return failed;
    }
    if (slow->trying) {
        return VTDM_NO_FAULT;
    }
    entry = GUINT64_TO_LE(entry | flags);
    memcpy(place(slow, address), &entry, 8);
    g_assert_cmpuint(slow->changes, <, G_N_ELEMENTS(slow->changed));
    slow->changed[slow->changes++] = address;
    return VTDM_NO_FAULT;
}

static VTDMCondition set_second(Slow *slow, uint64_t address, bool dirty)
{
    return !slow->pasid.ssade ? VTDM_NO_FAULT :
           set_flags(slow, address, 1 << 8 | dirty << 9, VTDM_SSS_5,
                     VTDM_SSS_6);
}

static VTDMCondition set_first(Slow *slow, const Page *page, bool dirty)
{
    uint64_t flags = 1 << 5 | dirty << 6 | slow->pasid.eafe << 10;
    uint64_t entry = 0;

    g_assert_true(fetch(slow, page->entry_address, &entry));
    if (!page->changeable && (flags & ~entry)) {
        return VTDM_SFS_8;
    }
    return set_flags(slow, page->entry_address, flags, VTDM_SFS_9,
                     VTDM_SFS_10);
}

static bool is_bad_second(const VTDMConfig *config, uint64_t entry, int level,
                          bool leaf)
{
    return wrong(entry, 51, config->host_address_width, false) ||
           wrong(entry, 62, 62, leaf && config->stale_tm) ||
           wrong(entry, 11, 11, leaf && config->sc) ||
           wrong(entry, 7, 7, leaf) ||
           (leaf && wrong(entry, 9 * level + 2, 12, false));
}

static Page no_page(VTDMCondition condition)
{
    return (Page) { condition };
}

/* The flags of the leaf are left to the caller. */
static Page walk_second(Slow *slow, uint64_t address)
{
    const VTDMConfig *config = slow->config;
    int top = slow->pasid.ss_levels;
    uint64_t table = slow->pasid.ssptptr, entry;
    Page page = { .read = true, .write = true };

    if (address > reach(slow)) {
        return no_page(VTDM_SGN_5);
    }
    for (int level = top;; level--) {
        int shift = 3 + 9 * level;
        bool leaf;

        page.entry_address = table + bits(address, shift + 8, shift) * 8;
        if (!fetch(slow, page.entry_address, &entry)) {
            return no_page(level == top ? VTDM_SSS_4 : VTDM_SSS_1);
        }
        leaf = level == 1 || (bit(entry, 7) && level <= 3 &&
                              bit(config->sslps, level - 2));
        if (!bits(entry, 1, 0)) {
            return no_page(VTDM_SSS_2);
        }
        if (is_bad_second(config, entry, level, leaf)) {
            return no_page(VTDM_SSS_3);
        }
        page.read &= bit(entry, 0);
        page.write &= bit(entry, 1);
        if (!page.read && !page.write) {
            return no_page(VTDM_SSS_2);
        }
        table = bits(entry, 51, 12) << 12;
        if (leaf) {
            page.mask = (1ULL << shift) - 1;
            page.output = (table & ~page.mask) | (address & page.mask);
            page.snoop = bit(entry, 11);
            return page;
        }
        page.condition = set_second(slow, page.entry_address, false);
        if (page.condition != VTDM_NO_FAULT) {
            return page;
        }
    }
}

/* Where the first-stage table at @table is; nested: in guest memory. */
static VTDMCondition find_first(Slow *slow, bool top, uint64_t *table,
                                bool *changeable)
{
    Page page;

    *changeable = true;
    if (slow->pasid.pgtt != 3) {
        return VTDM_NO_FAULT;
    }
    page = walk_second(slow, *table);
    if (page.condition != VTDM_NO_FAULT) {
        return page.condition == VTDM_SGN_5 ? VTDM_SFS_5 : page.condition;
    }
    if (!page.read || (slow->pasid.ssade && !page.write)) {
        return top ? VTDM_SFS_6 : VTDM_SFS_7;
    }
    *table = page.output;
    *changeable = page.write;
    return set_second(slow, page.entry_address, true);
}

static bool is_bad_first(const VTDMConfig *config, uint64_t entry, int level,
                         bool leaf)
{
    return wrong(entry, 51, config->host_address_width, false) ||
           wrong(entry, 7, 7, leaf) ||
           (leaf && wrong(entry, 9 * level + 2, 13, false));
}

static Page walk_first(Slow *slow, uint64_t address)
{
    const VTDMConfig *config = slow->config;
    int top = slow->pasid.fs_levels, width = 12 + 9 * top;
    uint64_t table = slow->pasid.fsptptr, entry;
    Page page = { .read = true, .write = true, .user = true };

    if (bits(address, 63, width - 1) != 0 &&
        bits(address, 63, width - 1) != bits(UINT64_MAX, 64 - width, 0)) {
        return no_page(VTDM_SGN_1);
    }
    for (int level = top;; level--) {
        int shift = 3 + 9 * level;
        bool leaf;

        page.condition = find_first(slow, level == top, &table,
                                    &page.changeable);
        if (page.condition != VTDM_NO_FAULT) {
            return page;
        }
        page.entry_address = table + bits(address, shift + 8, shift) * 8;
        if (!fetch(slow, page.entry_address, &entry)) {
            return no_page(level == top ? VTDM_SFS_4 : VTDM_SFS_1);
        }
        leaf = level == 1 || (bit(entry, 7) &&
                              (level == 2 || (level == 3 && config->fs1gp)));
        if (!bit(entry, 0)) {
            return no_page(VTDM_SFS_2);
        }
        if (is_bad_first(config, entry, level, leaf)) {
            return no_page(VTDM_SFS_3);
        }
        page.write &= bit(entry, 1);
        page.user &= bit(entry, 2);
        table = bits(entry, 51, 12) << 12;
        if (leaf) {
            page.mask = (1ULL << shift) - 1;
            page.output = (table & ~page.mask) | (address & page.mask);
            return page;
        }
        page.condition = set_first(slow, &page, false);
        if (page.condition != VTDM_NO_FAULT) {
            return page;
        }
    }
}

/* Who asks for what. */
typedef struct Asker {
    const VTDMRequest *request;
    bool privileged, reads, writes, asks;
} Asker;

/* What of both stages is left to the asker: R, W. */
static void take_rights(const Slow *slow, const Asker *asker,
                        const Page *second, Page *page)
{
    if (slow->pasid.pgtt != 2) {
        page->read = asker->privileged || page->user;
        page->write = asker->privileged ? !slow->pasid.wpe || page->write
                                        : page->user && page->write;
    }
    page->read &= second->read;
    page->write &= second->write;
}

static VTDMCondition check_rights(const Slow *slow, const Asker *asker,
                                  const Page *page)
{
    const VTDMConfig *config = slow->config;
    bool first_stage = slow->pasid.pgtt != 2;
    uint64_t output = page->output;

    if (first_stage && !asker->privileged && !page->user) {
        return VTDM_SGN_2;
    }
    if (!asker->asks && asker->writes && !page->write) {
        return VTDM_SGN_6;
    }
    if (!asker->asks && asker->reads && !page->read &&
        !(asker->request->zero_length && config->zlr && page->write)) {
        return VTDM_SGN_7;
    }
    if (!page->read && !page->write) {
        return VTDM_NO_FAULT;
    }
    if (!asker->asks) {
        return is_interrupt(output, output) ? VTDM_SGN_8_1 : VTDM_NO_FAULT;
    }
    return is_interrupt(output & ~page->mask, output | page->mask)
        ? VTDM_SGN_8_2 : VTDM_NO_FAULT;
}

static VTDMCondition set_both(Slow *slow, const Page *first,
                              const Page *second, bool dirty)
{
    VTDMCondition condition = VTDM_NO_FAULT;

    if (slow->pasid.pgtt != 2) {
        condition = set_first(slow, first, dirty);
    }
    if (slow->pasid.pgtt != 1 && condition == VTDM_NO_FAULT) {
        condition = set_second(slow, second->entry_address, dirty);
    }
    return condition;
}

/*
 * The leaves' flags; dirty only if the request may write, and both or none.
 */
static VTDMCondition set_leaves(Slow *slow, const Asker *asker,
                                const Page *first, const Page *second,
                                const Page *page)
{
    bool dirty = asker->writes && page->write &&
                 check_rights(slow, asker, page) == VTDM_NO_FAULT;
    VTDMCondition condition = VTDM_NO_FAULT;

    if (dirty) {
        slow->trying = true;
        condition = set_both(slow, first, second, true);
        slow->trying = false;
    }
    return condition != VTDM_NO_FAULT
        ? condition : set_both(slow, first, second, dirty);
}

static Page walk(Slow *slow, const Asker *asker)
{
    Page first = { .mask = UINT64_MAX, .read = true, .write = true,
                   .output = asker->request->address };
    Page second = { .mask = UINT64_MAX, .read = true, .write = true };
    Page page;

    if (slow->pasid.pgtt != 2) {
        first = walk_first(slow, asker->request->address);
    }
    second.output = first.output;
    if (slow->pasid.pgtt != 1 && first.condition == VTDM_NO_FAULT) {
        second = walk_second(slow, first.output);
        if (slow->pasid.pgtt == 3 && second.condition == VTDM_SGN_5) {
            second.condition = VTDM_SFS_5;
        }
    }
    if (first.condition != VTDM_NO_FAULT ||
        second.condition != VTDM_NO_FAULT) {
        return no_page(first.condition ?: second.condition);
    }
    page = first;
    page.output = second.output;
    page.mask = MIN(first.mask, second.mask);
    page.snoop = second.snoop;
    take_rights(slow, asker, &second, &page);
    page.condition = set_leaves(slow, asker, &first, &second, &page);
    if (page.condition == VTDM_NO_FAULT) {
        page.condition = check_rights(slow, asker, &page);
    }
    return page;
}

/* What devices get, Table 30, for the conditions that scalable mode has. */
static VTDMResponse response_of(VTDMCondition condition, unsigned type)
{
    static const VTDMCondition ur[] = {
        VTDM_RTA_5, VTDM_SRT_2, VTDM_SCT_2, VTDM_SCT_5, VTDM_SCT_6,
        VTDM_SCT_7, VTDM_SCT_9, VTDM_SGN_10, VTDM_NO_FAULT,
    };
    static const VTDMCondition success[] = {
        VTDM_SPD_2, VTDM_SPT_2, VTDM_SPT_5, VTDM_SPT_6,
        VTDM_SFS_1, VTDM_SFS_2, VTDM_SFS_3, VTDM_SFS_4, VTDM_SFS_5,
        VTDM_SFS_6, VTDM_SFS_7, VTDM_SFS_8, VTDM_SFS_9, VTDM_SFS_10,
        VTDM_SSS_2, VTDM_SGN_1, VTDM_SGN_2, VTDM_SGN_4_2, VTDM_SGN_5,
    };

    if (type != 1) {
        return VTDM_UR;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(ur); i++) {
        if (condition == ur[i]) {
            return VTDM_UR;
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(success); i++) {
        if (condition == success[i]) {
            return VTDM_S0;
        }
    }
    return VTDM_CA;
}

static Answer identity(const VTDMConfig *config, uint64_t address,
                       VTDMCondition too_wide, VTDMCondition interrupt)
{
    if (wrong(address, 63, config->host_address_width, false)) {
        return (Answer) { too_wide };
    }
    if (is_interrupt(address, address)) {
        return (Answer) { interrupt };
    }
    return (Answer) { .address = address, .mask = 0x1fffff, .perm = 3 };
}

/*
 * The largest page that hardware has; in the interrupt range no right, as
 * Table 30 says only that it is no fault.
 */
static Answer complete_identity(const VTDMConfig *config, const Asker *asker)
{
    uint64_t address = asker->request->address;
    bool huge = bit(config->sslps, 1) || config->fs1gp;
    bool large = huge || bit(config->sslps, 0) || config->fsts;

    if (wrong(address, 63, config->host_address_width, false)) {
        return (Answer) { VTDM_SGN_4_2 };
    }
    return (Answer) {
        .address = address,
        .mask = huge ? 0x3fffffff : large ? 0x1fffff : 0xfff,
        .perm = is_interrupt(address, address) ? 0 : 1 | asker->writes << 1,
    };
}

static Answer through_tables(Slow *slow, const Asker *asker)
{
    Page page = walk(slow, asker);
    Answer answer = { page.condition };

    if (page.condition == VTDM_NO_FAULT) {
        answer.address = page.output;
        answer.mask = page.mask;
        answer.perm = page.read | page.write << 1;
        answer.snoop = page.snoop || slow->pasid.pgsnp;
        answer.first_stage = slow->pasid.pgtt != 2;
        if (asker->asks && !asker->writes) {
            answer.perm &= 1;
        }
    }
    return answer;
}

static Answer by_pasid(Slow *slow, const Asker *asker)
{
    const VTDMRequest *request = asker->request;
    const Pasid *pasid = &slow->pasid;
    Answer answer;

    if (pasid->condition != VTDM_NO_FAULT) {
        return (Answer) { pasid->condition };
    }
    if (request->pasid != VTDM_NO_PASID && request->execute) {
        return (Answer) { VTDM_SPT_5 };
    }
    if (asker->privileged && !pasid->sre) {
        return (Answer) { VTDM_SPT_6 };
    }
    if (asker->asks && request->pasid == VTDM_NO_PASID &&
        is_interrupt(request->address, request->address)) {
        return (Answer) { .perm = asker->writes ? 2 : 0, .mask = 0xfff,
                          .untranslated = asker->writes,
                          .address = request->address };
    }
    if (pasid->pgtt == 4) {
        answer = asker->asks ? complete_identity(slow->config, asker)
                             : identity(slow->config, request->address,
                                        VTDM_SGN_4_2, VTDM_SGN_8_1);
        answer.snoop = pasid->pgsnp;
        return answer;
    }
    return through_tables(slow, asker);
}

static VTDMCondition check_context(const VTDMConfig *config,
                                   const Context *context,
                                   const VTDMRequest *request)
{
    if (context->condition != VTDM_NO_FAULT) {
        return context->condition;
    }
    if (request->type && !context->dte) {
        return VTDM_SCT_5;
    }
    if (request->pasid == VTDM_NO_PASID) {
        return VTDM_NO_FAULT;
    }
    return request->pasid >> config->pss ? VTDM_SGN_10 :
           !context->paside ? VTDM_SCT_6 :
           request->pasid > context->last_pasid ? VTDM_SCT_7 :
           request->pasid == context->rid_pasid ? VTDM_SCT_9
                                                : VTDM_NO_FAULT;
}

static Answer by_tables(Slow *slow, const VTDMRequest *request)
{
    const VTDMConfig *config = slow->config;
    Context context = find_context(slow, request->source_id);
    bool with_pasid = request->pasid != VTDM_NO_PASID;
    Asker asker = {
        .request = request,
        .privileged = with_pasid ? request->privileged : context.rid_priv,
        .asks = request->type == 1,
        .reads = request->access != VTDM_WRITE,
        .writes = request->type == 1 ? !(request->no_write && config->nwfs)
                                     : request->access != VTDM_READ,
    };
    Answer answer = { check_context(config, &context, request),
                      .fpd = context.fpd };

    if (answer.condition != VTDM_NO_FAULT) {
        return answer;
    }
    if (request->type == 2) {
        answer = identity(config, request->address, VTDM_SGN_4_1,
                          VTDM_SGN_8_3);
        answer.fpd = context.fpd;
        return answer;
    }
    slow->pasid = (Pasid) { VTDM_NO_FAULT };
    slow->pasid.condition = read_pasid(slow, context.directory,
                                         with_pasid ? request->pasid
                                                    : context.rid_pasid);
    answer = by_pasid(slow, &asker);
    answer.fpd = context.fpd || slow->pasid.fpd;
    return answer;
}

static Answer blocked(VTDMCondition condition)
{
    return (Answer) { condition, VTDM_UR };
}

Answer slow_translate(Slow *slow, const VTDMRequest *request)
{
    bool with_pasid = request->pasid != VTDM_NO_PASID;
    Answer answer;

    slow->changes = 0;
    slow->again = false;
    if (request->type == 0 && !with_pasid &&
        is_interrupt(request->address, request->address)) {
        return request->zero_length && request->access == VTDM_READ
            ? (Answer) { .address = request->address, .mask = 0xfff,
                         .perm = 3 }
            : blocked(VTDM_IR_29);
    }
    if (request->type == 3 || (request->type == 2 && with_pasid) ||
        (request->type == 1 && request->access != VTDM_READ)) {
        return blocked(VTDM_NO_FAULT);
    }
    answer = with_pasid && request->execute &&
             slow->config->version_major >= 8
        ? (Answer) { VTDM_RTA_5 } : by_tables(slow, request);
    answer.response = answer.condition == VTDM_NO_FAULT
        ? VTDM_OK : response_of(answer.condition, request->type);
    answer.privileged = with_pasid && request->privileged &&
                        request->type == 1;
    return answer;
}


static bool is_qualified(VTDMCondition condition)
{
    return condition != VTDM_RTA_5 && condition != VTDM_SRT_1 &&
           condition != VTDM_SRT_2 && condition != VTDM_SRT_3 &&
           condition != VTDM_SCT_1 && condition != VTDM_SPD_1 &&
           condition != VTDM_SPT_1 && condition != VTDM_IR_29;
}

bool slow_is_recorded(const Answer *answer)
{
    return answer->condition != VTDM_NO_FAULT &&
           (answer->response != VTDM_S0 ||
            answer->condition == VTDM_SFS_10) &&
           !(is_qualified(answer->condition) && answer->fpd);
}
