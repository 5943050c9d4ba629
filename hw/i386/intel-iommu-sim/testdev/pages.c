/*
 * vtd-testdev: page requests and their responses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/host-utils.h"
#include "command.h"
#include "config-space.h"
#include "pages.h"

/* A request for nothing would be a stop marker. */
#define WANTED                  (VTD_TESTDEV_WANT_READ | \
                                 VTD_TESTDEV_WANT_WRITE)

static VTDMPageRequest request_of(const VTDTCommand *command,
                                  uint64_t address, unsigned group)
{
    uint64_t control = command->words.control;

    return (VTDMPageRequest) {
        .address = address & ~0xfffull,
        .pasid = control & VTD_TESTDEV_WITH_PASID
                     ? (control & VTD_TESTDEV_PASID) >>
                       VTD_TESTDEV_PASID_SHIFT : VTDM_NO_PASID,
        .source_id = control & VTD_TESTDEV_AS_REQUESTER
            ? command->words.requester
            : vtdm_endpoint_source_id(&command->device->endpoint),
        .group = group,
        .privileged = control & VTD_TESTDEV_PRIVILEGED,
        .execute = control & VTD_TESTDEV_EXECUTE,
    };
}

static unsigned status_of_code(unsigned code)
{
    return code == VTDM_PAGE_SUCCESS ? VTD_TESTDEV_OK :
           code == VTDM_PAGE_INVALID ? VTD_TESTDEV_PAGE_INVALID
                                     : VTD_TESTDEV_PAGE_FAILURE;
}

static void keep_response(VTDTDevice *device,
                          const VTDMPageResponse *response)
{
    bool pasid = response->pasid != VTDM_NO_PASID;

    device->pages.response = VTD_TESTDEV_RESPONSE_VALID |
        (pasid ? VTD_TESTDEV_RESPONSE_WITH | response->pasid : 0) |
        (uint64_t)response->code << ctz64(VTD_TESTDEV_RESPONSE_CODE) |
        (uint64_t)response->group << ctz64(VTD_TESTDEV_RESPONSE_GROUP);
}

static VTDTPlace place_of(const VTDTCommand *command)
{
    VTDTPlace place = VTDT_SLOT;

    while (place < VTDT_PLACES &&
           vtdt_command_at(command->device, place) != command) {
        place++;
    }
    return place % VTDT_PLACES;
}

/* The group is free again. Returns who waited for it. */
static VTDTCommand *close_group(VTDTDevice *device, unsigned index)
{
    VTDTGroup *group = &device->pages.groups[index];
    VTDTCommand *waiting = vtdt_command_at(device, group->waiting);

    device->pages.outstanding -= group->requests;
    *group = (VTDTGroup) { .requests = 0 };
    return waiting;
}

/* Returns the command that waited for it. */
static VTDTCommand *take_response(VTDTDevice *device,
                                  const VTDMPageResponse *response)
{
    unsigned index = response->group % VTDT_GROUPS;
    VTDTCommand *waiting;

    vtdt_count(device, VTDT_RESPONSES);
    keep_response(device, response);
    if (!device->pages.groups[index].requests) {
        vtdt_count(device, VTDT_UNEXPECTED);
        vtdt_config_unexpected_group(device);
        return NULL;
    }
    if (response->code == VTDM_PAGE_FAILURE) {
        vtdt_config_fail_pri(device);
    }
    waiting = close_group(device, index);
    vtdt_config_show_stopped(device);
    return waiting;
}

void vtdt_page_response(VTDMEndpoint *endpoint,
                        const VTDMPageResponse *response)
{
    VTDTDevice *device = container_of(endpoint, VTDTDevice, endpoint);
    VTDTCommand *waiting;

    if (device->pages.mode & VTD_TESTDEV_PAGE_IGNORE) {
        return;
    }
    waiting = take_response(device, response);
    if (waiting) {
        waiting->words.result = device->pages.response;
        waiting->responded(waiting, status_of_code(response->code));
    }
}

/* Sends it; an answer that comes at once is a status, else PENDING. */
static unsigned send_request(VTDTCommand *command,
                             const VTDMPageRequest *request)
{
    VTDTDevice *device = command->device;
    VTDTGroup *group = &device->pages.groups[request->group];
    VTDMPageResponse response;

    vtdt_count(device, VTDT_PAGE_REQUESTS);
    device->pages.outstanding++;
    group->requests++;
    if (request->last) {
        group->waiting = place_of(command);
    }
    switch (vtdm_endpoint_page_request(&device->endpoint, request,
                                       &response)) {
    case VTDM_OUTCOME_NO_IOMMU:
        close_group(device, request->group);
        return VTD_TESTDEV_NOT_HERE;
    case VTDM_OUTCOME_BLOCKED:
        if (device->pages.mode & VTD_TESTDEV_PAGE_IGNORE) {
            return VTD_TESTDEV_PENDING;
        }
        take_response(device, &response);
        command->words.result = device->pages.response;
        return status_of_code(response.code);
    default:
        return request->last ? VTD_TESTDEV_PENDING : VTD_TESTDEV_OK;
    }
}

static bool is_allowed(VTDTDevice *device)
{
    return vtdt_has_pri(device) &&
           device->pages.outstanding < vtdt_page_allocation(device);
}

unsigned vtdt_page_request(VTDTCommand *command)
{
    const struct vtd_testdev_command *words = &command->words;
    VTDMPageRequest request = request_of(command, words->address,
                                         words->operand);

    if (words->operand >= VTDT_GROUPS || !(words->control & WANTED)) {
        return VTD_TESTDEV_BAD_COMMAND;
    }
    if (!is_allowed(command->device) ||
        command->device->pages.groups[words->operand].waiting) {
        return VTD_TESTDEV_DISABLED;
    }
    request.read = words->control & VTD_TESTDEV_WANT_READ;
    request.write = words->control & VTD_TESTDEV_WANT_WRITE;
    request.last = words->control & VTD_TESTDEV_LAST;
    return send_request(command, &request);
}

/* It wants nothing, and nobody answers it. */
unsigned vtdt_stop_marker(VTDTCommand *command)
{
    VTDTDevice *device = command->device;
    VTDMPageRequest request = request_of(command, 0, 0);
    VTDMPageResponse response;

    if (request.pasid == VTDM_NO_PASID) {
        return VTD_TESTDEV_BAD_COMMAND;
    }
    if (!vtdt_has_pri(device)) {
        return VTD_TESTDEV_DISABLED;
    }
    request.last = true;
    vtdt_count(device, VTDT_PAGE_REQUESTS);
    return vtdm_endpoint_page_request(&device->endpoint, &request,
                                      &response) == VTDM_OUTCOME_NO_IOMMU
               ? VTD_TESTDEV_NOT_HERE : VTD_TESTDEV_OK;
}

/* From the highest on: PAGE_REQUEST commands count from 0. */
static int free_group(VTDTDevice *device)
{
    int index = VTDT_GROUPS - 1;

    while (index >= 0 && device->pages.groups[index].requests) {
        index--;
    }
    return index;
}

unsigned vtdt_page_needed(VTDTCommand *command, uint64_t address,
                          uint8_t perm)
{
    int group = free_group(command->device);
    VTDMPageRequest request;

    if (group < 0 || !is_allowed(command->device)) {
        return VTD_TESTDEV_DISABLED;
    }
    request = request_of(command, address, group);
    request.read = perm & VTDM_PERM_R;
    request.write = perm & VTDM_PERM_W;
    request.last = true;
    return send_request(command, &request);
}

void vtdt_pages_abandon(VTDTCommand *command)
{
    for (unsigned i = 0; i < VTDT_GROUPS; i++) {
        VTDTGroup *group = &command->device->pages.groups[i];

        if (vtdt_command_at(command->device, group->waiting) == command) {
            group->waiting = VTDT_NOWHERE;
        }
    }
}

void vtdt_pages_forget(VTDTDevice *device)
{
    for (unsigned i = 0; i < VTDT_GROUPS; i++) {
        VTDTCommand *waiting = close_group(device, i);

        if (waiting) {
            vtdt_command_cancel(waiting);
        }
    }
}
