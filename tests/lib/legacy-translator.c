/*
 * A slow translator of legacy mode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "legacy-translator.h"

bool legacy_fetch(Machine *machine, uint64_t address, uint64_t *value)
{
    if (address > MACHINE_RAM - 8) {
        return false;
    }
    memcpy(value, machine->host.ram + address, 8);
    *value = GUINT64_FROM_LE(*value);
    return true;
}

/* Whether one of bits @low to @high is set. */
static bool any(uint64_t word, int low, int high)
{
    for (int bit = low; bit <= high; bit++) {
        if (word >> bit & 1) {
            return true;
        }
    }
    return false;
}

int legacy_widest(const VTDMConfig *config)
{
    return any(config->sagaw, 3, 3) ? 3 : any(config->sagaw, 2, 2) ? 2 : 1;
}

LegacyContext legacy_find_context(Machine *machine, unsigned source_id)
{
    const VTDMConfig *config = &machine->config;
    int haw = config->host_address_width;
    uint64_t root = MACHINE_ROOT + source_id / 256 * 16, lo, hi;
    LegacyContext context = { VTDM_NO_FAULT };

    if (!legacy_fetch(machine, root, &lo) ||
        !legacy_fetch(machine, root + 8, &hi)) {
        return (LegacyContext) { VTDM_LRT_1 };
    }
    if (!any(lo, 0, 0)) {
        return (LegacyContext) { VTDM_LRT_2 };
    }
    if (any(lo, 1, 11) || any(lo, haw, 63) || hi) {
        return (LegacyContext) { VTDM_LRT_3 };
    }
    root = (lo >> 12 << 12) + source_id % 256 * 16;
    if (!legacy_fetch(machine, root, &lo) ||
        !legacy_fetch(machine, root + 8, &hi)) {
        return (LegacyContext) { VTDM_LCT_1 };
    }
    if (!any(lo, 0, 0)) {
        return (LegacyContext) { VTDM_LCT_2 };
    }
    context.tt = lo >> 2 & 3;
    context.aw = hi & 7;
    context.did = hi >> 8 & 0xffff;
    context.pointer = lo >> 12 << 12;
    if (any(lo, 4, 11) || any(hi, 7, 7) || any(hi, 24, 63) ||
        any(hi, 8 + 4 + 2 * config->nd, 23) ||
        (context.tt != 2 && any(lo, haw, 63))) {
        return (LegacyContext) { VTDM_LCT_3 };
    }
    if (context.tt == 3 || (context.tt == 1 && !config->dt) ||
        (context.tt == 2 && !config->pt)) {
        return (LegacyContext) { VTDM_LCT_4_2 };
    }
    if (context.tt == 2 ? (int)context.aw != legacy_widest(config)
                        : !any(config->sagaw, context.aw, context.aw)) {
        return (LegacyContext) { VTDM_LCT_4_1 };
    }
    return context;
}

static bool entry_is_bad(const VTDMConfig *config, uint64_t entry,
                         int level, bool large)
{
    bool leaf = level == 1 || large;

    return any(entry, config->host_address_width, 51) || any(entry, 62, 62) ||
           (any(entry, 11, 11) && !(leaf && config->sc)) ||
           (any(entry, 7, 7) && !leaf) ||
           (large && any(entry, 12, level == 2 ? 20 : 29));
}

LegacyPage legacy_walk(Machine *machine, const LegacyContext *context,
                       uint64_t address)
{
    const VTDMConfig *config = &machine->config;
    int top = context->aw + 2, width = 30 + 9 * context->aw;
    uint64_t table = context->pointer;
    LegacyPage page = { VTDM_NO_FAULT, .perm = 3 };

    if (any(address, MIN(width, config->mgaw), 63)) {
        return (LegacyPage) { VTDM_LGN_1_1 };
    }
    for (int level = top;; level--) {
        int shift = 12 + 9 * (level - 1);
        uint64_t entry, size = 1ULL << shift;
        bool large;

        if (!legacy_fetch(machine, table + (address >> shift & 511) * 8,
                          &entry)) {
            return (LegacyPage) { level == top ? VTDM_LCT_4_3 : VTDM_LSS_1 };
        }
        if (!any(entry, 0, 1)) {
            return (LegacyPage) { VTDM_NO_FAULT };
        }
        large = any(entry, 7, 7) &&
                ((level == 2 && config->sslps >= 1) ||
                 (level == 3 && config->sslps == 3));
        if (entry_is_bad(config, entry, level, large)) {
            return (LegacyPage) { VTDM_LSS_2 };
        }
        page.perm &= entry & 3;
        table = (entry & 0xfffffffffffff) >> 12 << 12;
        if (!page.perm) {
            return page;
        }
        if (level == 1 || large) {
            page.first = table;
            page.last = table + (size - 1);
            page.output = table + (address % size) / 4096 * 4096;
            return page;
        }
    }
}

static bool is_interrupt(uint64_t first, uint64_t last)
{
    return first <= 0xfeefffff && last >= 0xfee00000;
}

static LegacyAnswer fault(VTDMCondition condition, VTDMResponse response)
{
    return (LegacyAnswer) { condition, response };
}

/* What a device gets for a fault that is UR, CA and UR. */
static LegacyAnswer usual_fault(VTDMCondition condition, unsigned type)
{
    bool absent = condition == VTDM_LRT_2 || condition == VTDM_LCT_2;

    return fault(condition, type == 1 && !absent ? VTDM_CA : VTDM_UR);
}

static LegacyAnswer identity(const VTDMConfig *config, uint64_t address,
                             VTDMCondition too_wide)
{
    if (any(address, config->host_address_width, 63)) {
        return fault(too_wide, VTDM_UR);
    }
    if (is_interrupt(address, address)) {
        return fault(VTDM_LGN_4, VTDM_UR);
    }
    return (LegacyAnswer) { VTDM_NO_FAULT, VTDM_OK, address, 3 };
}

LegacyAnswer legacy_answer_of(const VTDMConfig *config,
                              const VTDMRequest *request,
                              const LegacyPage *page)
{
    bool reads = request->access != VTDM_WRITE;
    bool writes = request->access != VTDM_READ;
    bool asks = request->type == 1;
    uint64_t output = page->output + request->address % 4096;

    if (page->condition == VTDM_LGN_1_1 && asks) {
        return fault(VTDM_LGN_1_1, VTDM_S0);
    }
    if (page->condition != VTDM_NO_FAULT) {
        return usual_fault(page->condition, request->type);
    }
    if (asks && !page->perm) {
        return (LegacyAnswer) { VTDM_NO_FAULT, VTDM_OK };
    }
    if (!asks && writes && !(page->perm & 2)) {
        return fault(VTDM_LGN_2, VTDM_UR);
    }
    if (!asks && reads && !(page->perm & 1) &&
        !(request->zero_length && config->zlr && page->perm == 2)) {
        return fault(VTDM_LGN_3, VTDM_UR);
    }
    if (asks ? is_interrupt(page->first, page->last)
             : is_interrupt(output, output)) {
        return usual_fault(VTDM_LGN_4, request->type);
    }
    return (LegacyAnswer) { VTDM_NO_FAULT, VTDM_OK, output, page->perm };
}

static LegacyAnswer by_tables(Machine *machine, const VTDMRequest *request)
{
    LegacyContext context = legacy_find_context(machine, request->source_id);
    bool interrupt = is_interrupt(request->address, request->address);
    LegacyPage page;

    if (context.condition != VTDM_NO_FAULT) {
        return usual_fault(context.condition, request->type);
    }
    if (request->type && context.tt != 1) {
        return fault(VTDM_LCT_5, VTDM_UR);
    }
    if (request->type == 2 || context.tt == 2) {
        return identity(&machine->config, request->address,
                        request->type == 2 ? VTDM_LGN_1_2 : VTDM_LGN_1_3);
    }
    if (request->type == 1 && interrupt) {
        return (LegacyAnswer) { VTDM_NO_FAULT, VTDM_OK, 0, 2 };
    }
    page = legacy_walk(machine, &context, request->address);
    return legacy_answer_of(&machine->config, request, &page);
}

LegacyAnswer legacy_answer(Machine *machine, const VTDMRequest *request,
                           unsigned ttm)
{
    bool interrupt = is_interrupt(request->address, request->address);
    bool pasid = request->pasid != VTDM_NO_PASID;

    if (request->type == 0 && !pasid && interrupt) {
        return request->zero_length && request->access == VTDM_READ
                   ? (LegacyAnswer) { VTDM_NO_FAULT, VTDM_OK,
                                      request->address, 3 }
                   : fault(VTDM_IR_29, VTDM_UR);
    }
    if (request->type == 3 ||
        (request->type == 1 && request->access != VTDM_READ)) {
        return fault(VTDM_NO_FAULT, VTDM_UR);
    }
    if (ttm == 3 && machine->config.adms) {
        return fault(VTDM_RTA_4, VTDM_UR);
    }
    if (ttm) {
        return usual_fault(ttm == 3 ? VTDM_RTA_1_1 :
                           ttm == 2 ? VTDM_RTA_1_2 : VTDM_RTA_1_3,
                           request->type);
    }
    return pasid ? fault(VTDM_RTA_2, VTDM_UR) : by_tables(machine, request);
}
