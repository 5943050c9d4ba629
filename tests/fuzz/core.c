/*
 * Fuzz target: a stream of what software and devices can do to one unit,
 * whose configuration comes from the input, too. What is checked: no
 * sanitizer speaks, every call ends, answers stay within their own rules.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "hw/i386/vtdm/config-check.h"
#include "hw/i386/vtdm/hit.h"
#include "hw/i386/vtdm/spec/perfmon.h"
#include "hw/i386/vtdm/vtdm.h"

#define RAM_SIZE 0x40000        /* all tables and the queue fit into it */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rest of the input, and the machine that it drives. */
typedef struct Fuzz {
    const uint8_t *next;
    size_t left;
    VTDMUnit *unit;
    unsigned depth;             /* of calls back into the unit */
    VTDMDeviceTlbAnswer answer;
    uint64_t now;               /* guest time */
    uint64_t wake_at;
    uint8_t ram[RAM_SIZE];
} Fuzz;

static void require(bool ok)
{
    if (!ok) {
        abort();
    }
}

/* The next @len bytes as a number; zeros once the input has ended. */
static uint64_t take(Fuzz *fuzz, unsigned len)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < len && fuzz->left; i++) {
        value |= (uint64_t)*fuzz->next++ << (8 * i);
        fuzz->left--;
    }
    return value;
}

static bool ram_read(void *opaque, uint64_t address, void *buf, size_t len)
{
    Fuzz *fuzz = opaque;

    require((address & 0xfff) + len <= 0x1000);
    if (address > RAM_SIZE - len) {
        return false;
    }
    memcpy(buf, fuzz->ram + address, len);
    return true;
}

static bool ram_write(void *opaque, uint64_t address, const void *buf,
                      size_t len)
{
    Fuzz *fuzz = opaque;

    require((address & 0xfff) + len <= 0x1000);
    if (address > RAM_SIZE - len) {
        return false;
    }
    memcpy(fuzz->ram + address, buf, len);
    return true;
}

/* One thread: nobody can come between. */
static bool exchange(void *opaque, uint64_t address, uint64_t *expected,
                     uint64_t wanted)
{
    Fuzz *fuzz = opaque;
    uint64_t now;

    require(!(address & 7));
    if (address > RAM_SIZE - sizeof(now)) {
        return false;
    }
    memcpy(&now, fuzz->ram + address, sizeof(now));
    if (now == *expected) {
        memcpy(fuzz->ram + address, &wanted, sizeof(wanted));
    }
    *expected = now;
    return true;
}

static void send_message(void *opaque, uint64_t address, uint32_t data)
{
    require(!(data & ~0x1ffu));
}

static void remap(Fuzz *fuzz, uint64_t address)
{
    VTDMInterruptRequest request = {
        .address = address,
        .data = take(fuzz, 4),
        .size = take(fuzz, 1) & 15,
        .source_id = take(fuzz, 2),
    };
    VTDMInterrupt interrupt;

    vtdm_unit_remap(fuzz->unit, &request, &interrupt);
    require((interrupt.response == VTDM_OK) ==
            (interrupt.fault.condition == VTDM_NO_FAULT));
    require((interrupt.remapped && interrupt.posted) || !interrupt.silent);
    require(!interrupt.silent || !interrupt.data);
}

/* The one operation that may call back. */
static void invalidate_interrupts(void *opaque, const VTDMInvalidation *what)
{
    Fuzz *fuzz = opaque;

    require(!(what->index & what->index_mask));
    if (fuzz->depth++ == 0 && fuzz->unit) {
        remap(fuzz, 0xfee00010 | what->index << 5);
    }
    fuzz->depth--;
}

static VTDMDeviceTlbAnswer invalidate_device_tlb(
    void *opaque, const VTDMInvalidation *what)
{
    Fuzz *fuzz = opaque;

    require(!(what->address & what->mask));
    return fuzz->answer;
}

static void page_response(void *opaque, const VTDMPageResponse *response)
{
    require(response->group < 512 && response->code < 16);
    require(response->pasid == VTDM_NO_PASID || response->pasid <= 0xfffff);
}

static void event(void *opaque, const VTDMEvent *event)
{
    require(event->kind <= VTDM_EVENT_MIRROR_EXHAUSTED);
}

static uint64_t now(void *opaque)
{
    return ((Fuzz *)opaque)->now;
}

static void wake_at(void *opaque, uint64_t time)
{
    ((Fuzz *)opaque)->wake_at = time;
}

static const VTDMHostOps ops = {
    .read_memory = ram_read,
    .write_memory = ram_write,
    .exchange_memory = exchange,
    .send_message = send_message,
    .invalidate_interrupts = invalidate_interrupts,
    .invalidate_device_tlb = invalidate_device_tlb,
    .page_response = page_response,
    .event = event,
    .now = now,
    .wake_at = wake_at,
};

/* Time goes on, and one register of a counter is written, or a command. */
static void use_counter(Fuzz *fuzz, uint32_t how)
{
    unsigned counter = how & 63;
    uint32_t cfg = vtdm_unit_read(fuzz->unit, VTDM_REG_PERFCFGOFF, 4) +
                   VTDM_PERFCFG_SIZE * counter;
    uint32_t value = vtdm_unit_read(fuzz->unit, VTDM_REG_PERFCNTROFF, 4) +
                     0x400 * counter;

    fuzz->now += take(fuzz, how >> 12 & 7);
    switch (how >> 6 & 3) {
    case 0:
        vtdm_unit_write(fuzz->unit, cfg, 8, take(fuzz, 8));
        break;
    case 1:
        vtdm_unit_write(fuzz->unit, cfg + 8 + 4 * (how >> 8 & 7), 4,
                        take(fuzz, 4));
        break;
    case 2:
        vtdm_unit_write(fuzz->unit, value, 8, -take(fuzz, 2));
        break;
    default:
        vtdm_unit_write(fuzz->unit, VTDM_REG_ECMD, 8,
                        0xf0 + (how >> 8 & 7) + (counter << 16));
    }
    vtdm_unit_wake(fuzz->unit);
    require(fuzz->wake_at > fuzz->now);
}

static void use_register(Fuzz *fuzz)
{
    static const uint8_t offsets[] = {
        VTDM_REG_GCMD, VTDM_REG_RTADDR, VTDM_REG_CCMD, VTDM_REG_FSTS,
        VTDM_REG_FECTL, VTDM_REG_PMEN, VTDM_REG_IQT, VTDM_REG_IQA,
        VTDM_REG_ICS, VTDM_REG_IECTL, VTDM_REG_IRTA,
    };
    unsigned how = take(fuzz, 1);
    uint32_t offset = how & 64 ? take(fuzz, 4)
                               : offsets[how % G_N_ELEMENTS(offsets)];
    unsigned size = how & 128 ? 8 : how & 32 ? take(fuzz, 1) : 4;

    if (offset >> 31) {
        use_counter(fuzz, offset);
    }
    if (how & 16) {
        vtdm_unit_write(fuzz->unit, offset, size, take(fuzz, 8));
    }
    require(vtdm_unit_read(fuzz->unit, offset, size) ==
            vtdm_unit_peek(fuzz->unit, offset, size));
}

static void use_iotlb(Fuzz *fuzz)
{
    uint64_t ecap = vtdm_unit_read(fuzz->unit, VTDM_REG_ECAP, 8);
    uint32_t base = 16 * vtdm_get(ecap, VTDM_ECAP_IRO);

    vtdm_unit_write(fuzz->unit, base + VTDM_REG_IVA, 8, take(fuzz, 8));
    vtdm_unit_write(fuzz->unit, base + VTDM_REG_IOTLB, 8, take(fuzz, 8));
    require(!(vtdm_unit_read(fuzz->unit, base + VTDM_REG_IOTLB, 8) &
              VTDM_IOTLB_IVT));
}

/* One 64-bit word of memory: tables, descriptors, interrupt entries. */
static void write_memory(Fuzz *fuzz)
{
    uint64_t address = take(fuzz, 3) * 8 % RAM_SIZE;
    uint64_t value = GUINT64_TO_LE(take(fuzz, 8));

    memcpy(fuzz->ram + address, &value, sizeof(value));
}

/* A word that points to a page of memory, with flags: more often valid. */
static void write_pointer(Fuzz *fuzz)
{
    uint64_t address = take(fuzz, 3) * 8 % RAM_SIZE;
    uint64_t value = GUINT64_TO_LE(take(fuzz, 1) % 64 << 12 |
                                   take(fuzz, 1));

    memcpy(fuzz->ram + address, &value, sizeof(value));
}

/* Whether it is answered quickly; then the lock says the same. */
static bool is_hit(VTDMUnit *unit, const VTDMRequest *request)
{
    uint8_t wanted = request->access == VTDM_READ ? VTDM_PERM_R :
                     request->access == VTDM_WRITE ? VTDM_PERM_W :
                     VTDM_PERM_R | VTDM_PERM_W;
    VTDMRequest look = *request;
    VTDMResult result;
    VTDMHit hit;

    if (request->type != VTDM_AT_UNTRANSLATED || request->execute ||
        request->privileged ||
        !vtdm_unit_hit(unit, vtdm_who(request->source_id, request->pasid),
                       request->address, wanted, &hit)) {
        return false;
    }
    look.view = VTDM_LOOK;
    vtdm_unit_translate(unit, &look, &result);
    require(result.response == VTDM_OK && result.mask == hit.mask &&
            (result.address & ~hit.mask) == hit.output);
    return true;
}

static void request(Fuzz *fuzz)
{
    unsigned how = take(fuzz, 1);
    uint32_t pasid = how & 64 ? take(fuzz, 3) : 0;  /* and attributes */
    VTDMRequest request = {
        .access = how % 3,
        .type = how >> 2 & 3,
        .zero_length = how & 16,
        .view = how & 32 ? VTDM_LOOK : VTDM_USE,
        .pasid = how & 64 ? pasid & 0xfffff : VTDM_NO_PASID,
        .execute = pasid & VTDM_BIT(20),
        .privileged = pasid & VTDM_BIT(21),
        .no_write = pasid & VTDM_BIT(22),
        .address = take(fuzz, how & 128 ? 8 : 3),
        .source_id = take(fuzz, 2),
    };
    VTDMResult result;

    if (is_hit(fuzz->unit, &request)) {
        return;
    }
    vtdm_unit_translate(fuzz->unit, &request, &result);
    require(result.response == VTDM_OK || !result.perm);
    require(result.fault.condition == VTDM_NO_FAULT ||
            !result.fault.recorded || request.view == VTDM_USE);
    if (result.response == VTDM_OK && result.perm &&
        !result.untranslated_only) {
        require((result.address & 0xfff) == (request.address & 0xfff));
        require((result.mask & 0xfff) == 0xfff);
        require(!(result.mask & (result.mask + 1)));
    }
}

static void request_page(Fuzz *fuzz)
{
    unsigned how = take(fuzz, 1);
    VTDMPageRequest request = {
        .read = how & 1, .write = how & 2, .execute = how & 4,
        .privileged = how & 8, .last = how & 16,
        .pasid = how & 32 ? take(fuzz, 3) & 0xfffff : VTDM_NO_PASID,
        .address = take(fuzz, 3) << VTDM_PAGE_BITS,
        .source_id = take(fuzz, 2),
        .group = take(fuzz, 2) & 511,
    };
    VTDMPageResponse response;

    if (vtdm_unit_page_request(fuzz->unit, &request, &response)) {
        require(request.last && response.group == request.group);
        require(response.source_id == request.source_id);
    }
}

/* A completion, of something that was asked or not; or none comes in time. */
static void answer_device_tlb(Fuzz *fuzz)
{
    uint16_t source_id = take(fuzz, 2);
    uint32_t itags = take(fuzz, 4);

    if (itags) {
        vtdm_unit_device_tlb_complete(fuzz->unit, source_id, itags,
                                      take(fuzz, 1) & 7);
    } else {
        vtdm_unit_device_tlb_expire(fuzz->unit);
    }
}

/* What the device-TLBs do from now on; a reset. */
static void change_answer(Fuzz *fuzz, unsigned how)
{
    fuzz->answer = how % 3;
    if (fuzz->answer == VTDM_DEVICE_TLB_TIMEOUT) {
        vtdm_unit_reset(fuzz->unit, take(fuzz, 1) & 1);
    }
}

static void use_endpoint(Fuzz *fuzz)
{
    unsigned how = take(fuzz, 1);

    if (how < 128) {
        change_answer(fuzz, how);
    } else if (how & 1) {
        request_page(fuzz);
    } else if (how & 2) {
        answer_device_tlb(fuzz);
    } else {
        fuzz->answer = VTDM_DEVICE_TLB_LATER;
    }
}

static void run(Fuzz *fuzz)
{
    switch (take(fuzz, 1) % 8) {
    case 0:
        use_register(fuzz);
        break;
    case 1:
        use_iotlb(fuzz);
        break;
    case 2:
        write_memory(fuzz);
        break;
    case 3:
        write_pointer(fuzz);
        break;
    case 4:
    case 5:
        request(fuzz);
        break;
    case 6:
        remap(fuzz, 0xfee00000 | (take(fuzz, 3) & 0xfffff));
        break;
    default:
        use_endpoint(fuzz);
    }
}

/* Everything of scalable mode, less what the input takes away. */
static void take_scalable(Fuzz *fuzz, VTDMConfig *config)
{
    uint64_t bits = take(fuzz, 4);
    bool *const flags[] = {
        &config->ssts, &config->fsts, &config->nest, &config->pasid,
        &config->prs, &config->pds, &config->srs, &config->nwfs,
        &config->eafs, &config->dit, &config->ssads, &config->smpwcs,
        &config->rps, &config->rprivs, &config->mts, &config->fs1gp,
        &config->fs5lp, &config->dt, &config->pt, &config->sc, &config->pi,
    };

    config->smts = true;
    config->rwbf = false;
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        *flags[i] = !(bits >> i & 1);
    }
    config->pss = 20 - (bits >> 27);
}

/* Capabilities from the input; a conflict takes the defaults. */
static VTDMConfig take_config(Fuzz *fuzz)
{
    VTDMConfig config;
    uint64_t bits = take(fuzz, 4);
    bool *const flags[] = {
        &config.rwbf, &config.plmr, &config.phmr, &config.cm, &config.zlr,
        &config.psi, &config.drain, &config.esrtps, &config.esirtps,
        &config.c, &config.qi, &config.dt, &config.ir, &config.eim,
        &config.pt, &config.sc, &config.adms, &config.pi, &config.ecmds,
        &config.pms,
    };

    vtdm_config_init(&config);
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        *flags[i] ^= bits >> i & 1;
    }
    config.version_major = 1 + (bits >> 20 & 7);
    config.sagaw = config.version_major < 6 ? bits >> 23 & 14 : 0;
    config.fault_records = 1 + take(fuzz, 1);
    config.mgaw = take(fuzz, 1);
    config.host_address_width = take(fuzz, 1);
    config.iotlb_entries = 1 + take(fuzz, 1);
    config.nd = take(fuzz, 1);
    if (bits >> 31) {
        take_scalable(fuzz, &config);
    }
    if (!vtdm_config_check(&config, NULL)) {
        vtdm_config_init(&config);
    }
    return config;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Fuzz *fuzz = g_new0(Fuzz, 1);
    VTDMConfig config;

    fuzz->next = data;
    fuzz->left = size;
    fuzz->wake_at = UINT64_MAX;
    config = take_config(fuzz);
    fuzz->unit = vtdm_unit_new(&config, &ops, fuzz);
    while (fuzz->left) {
        run(fuzz);
    }
    vtdm_unit_free(fuzz->unit);
    g_free(fuzz);
    return 0;
}
