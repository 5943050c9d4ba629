/*
 * vtd-testdev: one request of a command, within a page.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "dma.h"
#include "invalidations.h"
#include "pages.h"

/* A page that was granted may be gone again before it is used. */
#define PAGE_REQUESTS           8

static uint16_t requester_of(VTDTCommand *command)
{
    return command->words.control & VTD_TESTDEV_AS_REQUESTER
               ? command->words.requester
               : vtdm_endpoint_source_id(&command->device->endpoint);
}

static VTDMRequest request_of(VTDTCommand *command, uint64_t address)
{
    uint64_t control = command->words.control;

    return (VTDMRequest) {
        .address = address,
        .pasid = control & VTD_TESTDEV_WITH_PASID
                     ? (control & VTD_TESTDEV_PASID) >>
                       VTD_TESTDEV_PASID_SHIFT : VTDM_NO_PASID,
        .source_id = requester_of(command),
        .privileged = control & VTD_TESTDEV_PRIVILEGED,
        .execute = control & VTD_TESTDEV_EXECUTE,
    };
}

static unsigned status_of(VTDTCommand *command, VTDMOutcome outcome,
                          const VTDMResult *result)
{
    switch (outcome) {
    case VTDM_OUTCOME_BLOCKED:
        command->reason =
            vtdm_condition_info(result->fault.condition)->reason;
        return result->response == VTDM_CA ? VTD_TESTDEV_CA : VTD_TESTDEV_UR;
    case VTDM_OUTCOME_NO_MEMORY:
        return VTD_TESTDEV_NO_MEMORY;
    case VTDM_OUTCOME_NO_IOMMU:
        return VTD_TESTDEV_NOT_HERE;
    default:
        return VTD_TESTDEV_OK;
    }
}

/* A ring's request in an iothread holds nobody up. */
static void unlock(VTDTDevice *device)
{
    if (device->iothread && qemu_in_iothread()) {
        device->ring.sending = true;
        bql_unlock();
    }
}

static void lock(VTDTDevice *device)
{
    if (device->iothread && qemu_in_iothread()) {
        bql_lock();
        device->ring.sending = false;
    }
}

static unsigned send_request(VTDTCommand *command, const VTDTPiece *piece,
                     VTDMRequest *request)
{
    VTDMResult result;
    VTDMOutcome outcome;

    request->access = piece->access;
    request->execute &= piece->access == VTDM_READ;
    request->zero_length = !piece->length;
    unlock(command->device);
    outcome = vtdm_endpoint_access(&command->device->endpoint, request,
                                   piece->data, piece->length, &result);
    lock(command->device);
    return status_of(command, outcome, &result);
}

static unsigned send_as(VTDTCommand *command, const VTDTPiece *piece,
                        VTDMAddressType type)
{
    VTDMRequest request = request_of(command, piece->address);

    request.type = type;
    return send_request(command, piece, &request);
}

/* What has been translated says nothing of a PASID any more. */
static unsigned send_translated(VTDTCommand *command, const VTDTPiece *piece,
                                const VTDMResult *answer)
{
    VTDMRequest request = {
        .address = (answer->address & ~answer->mask) |
                   (piece->address & answer->mask),
        .pasid = VTDM_NO_PASID,
        .source_id = requester_of(command),
        .type = VTDM_AT_TRANSLATED,
    };
    unsigned status;

    vtdt_request_begins(command->device);
    status = send_request(command, piece, &request);
    vtdt_request_ends(command->device);
    return status;
}

static VTDTTlbTag tag_of(const VTDMRequest *request)
{
    return (VTDTTlbTag) { request->address, request->pasid,
                          request->privileged };
}

/* A completion for untranslated use, or without permission, is not kept. */
static bool is_to_keep(const VTDMResult *completion)
{
    return completion->perm && !completion->untranslated_only;
}

/* What was dropped while a completion was on its way may be in it. */
unsigned vtdt_translate(VTDTCommand *command, uint64_t address,
                        VTDMResult *completion)
{
    VTDTDevice *device = command->device;
    VTDMRequest request = request_of(command, address & ~0xfffull);
    VTDTTlbTag tag = tag_of(&request);
    VTDMOutcome outcome;
    unsigned generation;

    request.type = VTDM_AT_TRANSLATION;
    request.no_write = command->words.control & VTD_TESTDEV_NO_WRITE;
    do {
        generation = device->tlb.generation;
        vtdt_count(device, VTDT_TRANSLATIONS);
        unlock(device);
        outcome = vtdm_endpoint_translate(&device->endpoint, &request,
                                          completion);
        lock(device);
    } while (generation != device->tlb.generation);
    if (outcome == VTDM_OUTCOME_DONE && is_to_keep(completion)) {
        vtdt_tlb_fill(&device->tlb, &tag, completion);
    }
    return status_of(command, outcome, completion);
}

static uint8_t needed(const VTDTPiece *piece)
{
    return (piece->access != VTDM_WRITE ? VTDM_PERM_R : 0) |
           (piece->access != VTDM_READ ? VTDM_PERM_W : 0);
}

/* What is in the TLB, or a completion, as an answer for @address. */
static void use_entry(const VTDTTlbEntry *entry, VTDMResult *answer)
{
    *answer = (VTDMResult) {
        .address = entry->output,
        .mask = entry->mask,
        .perm = entry->perm,
    };
}

/* A hit has all that is needed; else the IOMMU is asked anew. */
static unsigned look_up(VTDTCommand *command, const VTDTPiece *piece,
                        VTDMResult *answer)
{
    VTDTDevice *device = command->device;
    VTDMRequest request = request_of(command, piece->address);
    VTDTTlbTag tag = tag_of(&request);
    const VTDTTlbEntry *entry = vtdt_tlb_find(&device->tlb, &tag);

    if (entry && !(needed(piece) & ~entry->perm)) {
        vtdt_count(device, VTDT_HITS);
        use_entry(entry, answer);
        return VTD_TESTDEV_OK;
    }
    vtdt_count(device, VTDT_MISSES);
    return vtdt_translate(command, piece->address, answer);
}

/* PENDING: the response is to come; OK: it has come. */
static unsigned ask_for_page(VTDTCommand *command, const VTDTPiece *piece)
{
    if (!(command->words.control & VTD_TESTDEV_REQUEST_PAGES) ||
        command->asked == PAGE_REQUESTS) {
        return VTD_TESTDEV_NOT_GRANTED;
    }
    command->asked++;
    return vtdt_page_needed(command, piece->address, needed(piece));
}

/* Until the TLB has what the piece needs, or that cannot be. */
static unsigned obtain(VTDTCommand *command, const VTDTPiece *piece,
                       VTDMResult *answer)
{
    unsigned status = look_up(command, piece, answer);

    while (status == VTD_TESTDEV_OK && needed(piece) & ~answer->perm) {
        status = ask_for_page(command, piece);
        if (status == VTD_TESTDEV_OK) {
            status = look_up(command, piece, answer);
        }
    }
    return status;
}

static unsigned through_tlb(VTDTCommand *command, const VTDTPiece *piece)
{
    VTDMResult answer;
    unsigned status = obtain(command, piece, &answer);

    if (status != VTD_TESTDEV_OK) {
        return status;
    }
    if (answer.untranslated_only) {
        return send_as(command, piece, VTDM_AT_UNTRANSLATED);
    }
    return send_translated(command, piece, &answer);
}

unsigned vtdt_dma(VTDTCommand *command, const VTDTPiece *piece)
{
    switch (command->words.control & VTD_TESTDEV_ADDRESS_TYPE) {
    case VTD_TESTDEV_UNTRANSLATED:
        return send_as(command, piece, VTDM_AT_UNTRANSLATED);
    case VTD_TESTDEV_THROUGH_TLB:
        return through_tlb(command, piece);
    default:
        return send_as(command, piece, VTDM_AT_TRANSLATED);
    }
}
