/*
 * vtd-testdev: the ring of commands in memory. It is worked on in slices, so
 * that a long one holds nobody up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "command.h"
#include "config-space.h"
#include "dma.h"
#include "ring.h"

#define SLICE                   64          /* commands */
#define REQUEST_TIME            50          /* us, between two looks at it */
#define RING_SIZE_MIN           2
#define RING_SIZE_MAX           65536
#define WORDS                   (sizeof(struct vtd_testdev_command) / 8)

/* How the ring itself may be accessed. */
#define ACCESS                  (VTD_TESTDEV_WITH_PASID | \
                                 VTD_TESTDEV_PRIVILEGED | \
                                 VTD_TESTDEV_ADDRESS_TYPE | VTD_TESTDEV_PASID)

QEMU_BUILD_BUG_ON(sizeof(struct vtd_testdev_command) != 64);

/* What comes next is another ring. */
static void empty(VTDTDevice *device)
{
    device->ring.generation++;
    device->ring.responded = false;
    device->ring.head = 0;
    device->ring.tail = 0;
    device->ring.status = VTD_TESTDEV_OK;
}

static void stop(VTDTDevice *device, uint64_t status)
{
    device->ring.status = status;
    device->ring.tail = device->ring.head;
}

/*
 * Returns whether it worked and the ring is the same as before; if not, it has
 * stopped, or somebody has made another one meanwhile.
 */
static bool access_ring(VTDTDevice *device, VTDMAccess access,
                        uint64_t offset, uint64_t *words, size_t count)
{
    VTDTCommand command = {
        .device = device,
        .words.control = device->ring.access,
    };
    VTDTPiece piece = {
        .access = access,
        .address = device->ring.base + offset,
        .data = words,
        .length = count * sizeof(*words),
    };
    unsigned generation = device->ring.generation;
    unsigned status = vtdt_dma(&command, &piece);

    if (generation != device->ring.generation) {
        return false;
    }
    if (status != VTD_TESTDEV_OK) {
        stop(device, status | command.reason << 8);
    }
    return status == VTD_TESTDEV_OK;
}

static uint64_t offset_of(VTDTDevice *device, size_t member)
{
    return device->ring.head * sizeof(struct vtd_testdev_command) + member;
}

static bool fetch(VTDTDevice *device)
{
    uint64_t words[WORDS];

    if (!access_ring(device, VTDM_READ, offset_of(device, 0), words, WORDS)) {
        return false;
    }
    for (size_t i = 0; i < WORDS; i++) {
        words[i] = le64_to_cpu(words[i]);
    }
    memcpy(&device->ring.command.words, words, sizeof(words));
    return true;
}

static bool is_empty(const VTDTDevice *device)
{
    return device->ring.head == device->ring.tail;
}

/* The status goes last: who sees it finds all else. */
static void ended(VTDTCommand *command)
{
    VTDTDevice *device = command->device;
    uint64_t result = cpu_to_le64(command->words.result);
    uint64_t status = cpu_to_le64(command->words.status);
    const size_t result_at = offsetof(struct vtd_testdev_command, result);
    const size_t status_at = offsetof(struct vtd_testdev_command, status);

    if (vtdt_command_status(command) == VTD_TESTDEV_CANCELLED) {
        return;
    }
    if (access_ring(device, VTDM_WRITE, offset_of(device, result_at), &result,
                    1) &&
        access_ring(device, VTDM_WRITE, offset_of(device, status_at), &status,
                    1)) {
        device->ring.head = (device->ring.head + 1) % device->ring.size;
    }
    vtdt_ring_kick(device);
}

/* While the machine stands still, so does the ring. */
static bool has_work(const VTDTDevice *device)
{
    return runstate_is_running() && !is_empty(device) &&
           !device->ring.command.running;
}

static unsigned check(VTDTDevice *device)
{
    bool through_tlb = (device->ring.access & VTD_TESTDEV_ADDRESS_TYPE) ==
                       VTD_TESTDEV_THROUGH_TLB;

    if (device->ring.access & ~ACCESS ||
        (device->ring.access & VTD_TESTDEV_ADDRESS_TYPE) >
        VTD_TESTDEV_THROUGH_TLB) {
        return VTD_TESTDEV_BAD_COMMAND;
    }
    return vtdt_has_bus_master(device) &&
           (!through_tlb || vtdt_has_ats(device)) &&
           vtdt_has_modes(device, device->ring.access)
               ? VTD_TESTDEV_OK : VTD_TESTDEV_DISABLED;
}

static void work_slice(VTDTDevice *device)
{
    unsigned status = check(device);

    if (status != VTD_TESTDEV_OK) {
        stop(device, status);
        return;
    }
    for (unsigned i = 0; i < SLICE && has_work(device); i++) {
        if (!fetch(device)) {
            return;
        }
        vtdt_command_run(&device->ring.command);
    }
    vtdt_ring_kick(device);
}

static void go_on(VTDTDevice *device)
{
    if (device->ring.responded && runstate_is_running()) {
        device->ring.responded = false;
        vtdt_command_resume(&device->ring.command, device->ring.response);
    }
    if (has_work(device)) {
        work_slice(device);
    }
}

/* The device may be gone at the end of it. */
static void work(void *opaque)
{
    VTDTDevice *device = opaque;

    BQL_LOCK_GUARD();
    device->ring.scheduled = false;
    if (!device->ring.gone) {
        go_on(device);
    }
    object_unref(OBJECT(device));
}

static void schedule(VTDTDevice *device)
{
    if (!device->ring.scheduled && !device->ring.gone) {
        device->ring.scheduled = true;
        object_ref(OBJECT(device));
        qemu_bh_schedule(device->ring.bh);
    }
}

void vtdt_ring_kick(VTDTDevice *device)
{
    if (has_work(device)) {
        schedule(device);
    }
}

static void responded(VTDTCommand *command, unsigned status)
{
    command->device->ring.response = status;
    command->device->ring.responded = true;
    schedule(command->device);
}

void vtdt_ring_start(VTDTDevice *device)
{
    vtdt_command_cancel(&device->ring.command);
    empty(device);
}

bool vtdt_ring_is_possible(const VTDTDevice *device)
{
    return device->ring.size >= RING_SIZE_MIN &&
           device->ring.size <= RING_SIZE_MAX &&
           device->ring.head < device->ring.size &&
           device->ring.tail < device->ring.size &&
           device->ring.base % sizeof(struct vtd_testdev_command) == 0;
}

/* What cannot be is not taken: the ring stays empty. */
void vtdt_ring_set_tail(VTDTDevice *device)
{
    if (device->ring.status != VTD_TESTDEV_OK ||
        !vtdt_ring_is_possible(device)) {
        device->ring.tail = device->ring.head;
    }
    vtdt_ring_kick(device);
}

/* No request of the ring's arrives after this, unless it is one that resets. */
static void await_request(VTDTDevice *device)
{
    while (device->ring.sending && !qemu_in_iothread()) {
        bql_unlock();
        g_usleep(REQUEST_TIME);
        bql_lock();
    }
}

static void machine_changed(void *opaque, bool running, RunState state)
{
    VTDTDevice *device = opaque;

    if (!running) {
        await_request(device);
    } else if (device->ring.responded || has_work(device)) {
        schedule(device);
    }
}

/* The last one to let go of an iothread must not be that thread. */
static void leave_worker(void *opaque)
{
    object_unref(OBJECT(opaque));
}

/* In an iothread, the guard would keep the guest from the registers. */
void vtdt_ring_init(VTDTDevice *device)
{
    device->ring.command.device = device;
    device->ring.command.ended = ended;
    device->ring.command.responded = responded;
    device->ring.status = VTD_TESTDEV_OK;
    device->ring.bh = device->iothread
        ? aio_bh_new(iothread_get_aio_context(device->iothread), work, device)
        : qemu_bh_new_guarded(work, device,
                              &DEVICE(device)->mem_reentrancy_guard);
    if (device->iothread) {
        device->ring.worker = OBJECT(device->iothread);
        object_ref(device->ring.worker);
    }
    device->ring.stops = qemu_add_vm_change_state_handler(machine_changed,
                                                          device);
}

void vtdt_ring_exit(VTDTDevice *device)
{
    qemu_del_vm_change_state_handler(device->ring.stops);
    device->ring.gone = true;
}

void vtdt_ring_finalize(VTDTDevice *device)
{
    if (device->ring.bh) {
        qemu_bh_delete(device->ring.bh);
    }
    if (device->ring.worker) {
        aio_bh_schedule_oneshot(qemu_get_aio_context(), leave_worker,
                                device->ring.worker);
    }
}

void vtdt_ring_reset(VTDTDevice *device)
{
    vtdt_ring_start(device);
    await_request(device);
    device->ring.base = 0;
    device->ring.size = 0;
    device->ring.access = 0;
}
