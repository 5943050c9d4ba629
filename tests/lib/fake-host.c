/*
 * The host operations of a machine that exists only for tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "fake-host.h"

static bool has(const FakeHost *host, uint64_t address, size_t len)
{
    return address < host->size && len <= host->size - address;
}

static bool fake_read(void *opaque, uint64_t address, void *buf, size_t len)
{
    FakeHost *host = opaque;

    host->reads++;
    if (host->read_log) {
        FakeRead read = { address, len };

        g_array_append_val(host->read_log, read);
    }
    if (!has(host, address, len) ||
        (host->bad_size && address < host->bad_address + host->bad_size &&
         address + len > host->bad_address)) {
        return false;
    }
    memcpy(buf, host->ram + address, len);
    return true;
}

static bool fake_write(void *opaque, uint64_t address, const void *buf,
                       size_t len)
{
    FakeHost *host = opaque;

    if (!has(host, address, len)) {
        return false;
    }
    memcpy(host->ram + address, buf, len);
    return true;
}

static bool fake_exchange(void *opaque, uint64_t address, uint64_t *expected,
                          uint64_t wanted)
{
    FakeHost *host = opaque;
    uint64_t found;

    if (address < host->read_only || !has(host, address, sizeof(found))) {
        return false;
    }
    if (host->races) {
        host->races(host->races_opaque, address);
    }
    memcpy(&found, host->ram + address, sizeof(found));
    if (found == *expected && found != wanted) {
        memcpy(host->ram + address, &wanted, sizeof(wanted));
        host->exchanges++;
    }
    *expected = found;
    return true;
}

static void fake_message(void *opaque, uint64_t address, uint32_t data)
{
    FakeHost *host = opaque;
    FakeMessage message = { address, data };

    if (!host->quiet) {
        g_array_append_val(host->messages, message);
    }
}

static void fake_interrupts(void *opaque, const VTDMInvalidation *what)
{
    FakeHost *host = opaque;

    if (!host->quiet) {
        g_array_append_vals(host->interrupts, what, 1);
    }
    if (host->dropped) {
        host->dropped(host->dropped_opaque);
    }
}

static void fake_changed(void *opaque, const VTDMInvalidation *what)
{
    FakeHost *host = opaque;

    if (host->changed) {
        host->changed(host->changed_opaque, what);
    }
}

static bool fake_update(void *opaque, unsigned *steps)
{
    FakeHost *host = opaque;

    return !host->update || host->update(host->changed_opaque, steps);
}

static void fake_ask(void *opaque)
{
    FakeHost *host = opaque;

    host->asked = true;
}

static uint64_t fake_now(void *opaque)
{
    FakeHost *host = opaque;

    return host->now += host->tick;
}

static void fake_wake_at(void *opaque, uint64_t time)
{
    ((FakeHost *)opaque)->wake_at = time;
}

static VTDMDeviceTlbAnswer fake_device_tlb(void *opaque,
                                           const VTDMInvalidation *what)
{
    FakeHost *host = opaque;

    if (!host->quiet) {
        g_array_append_vals(host->device_tlbs, what, 1);
    }
    if (host->answers) {
        host->answers(host->answers_opaque);
    }
    return host->answer;
}

static void fake_page_response(void *opaque,
                               const VTDMPageResponse *response)
{
    FakeHost *host = opaque;

    g_array_append_vals(host->page_responses, response, 1);
}

static void fake_event(void *opaque, const VTDMEvent *event)
{
    FakeHost *host = opaque;

    if (!host->quiet) {
        g_array_append_vals(host->events, event, 1);
    }
}

static bool fake_hears(void *opaque, VTDMEventKind kind)
{
    return !((FakeHost *)opaque)->quiet;
}

const VTDMHostOps fake_host_ops = {
    .read_memory = fake_read,
    .write_memory = fake_write,
    .exchange_memory = fake_exchange,
    .send_message = fake_message,
    .event = fake_event,
    .hears = fake_hears,
    .ask_for_call = fake_ask,
    .now = fake_now,
    .wake_at = fake_wake_at,
    .invalidate_interrupts = fake_interrupts,
    .translations_changed = fake_changed,
    .update_mirrors = fake_update,
    .invalidate_device_tlb = fake_device_tlb,
    .page_response = fake_page_response,
};

void fake_host_init(FakeHost *host, size_t size)
{
    *host = (FakeHost) {
        .ram = g_malloc0(size),
        .size = size,
        .wake_at = UINT64_MAX,
        .messages = g_array_new(false, false, sizeof(FakeMessage)),
        .events = g_array_new(false, false, sizeof(VTDMEvent)),
        .device_tlbs = g_array_new(false, false, sizeof(VTDMInvalidation)),
        .page_responses = g_array_new(false, false,
                                      sizeof(VTDMPageResponse)),
        .interrupts = g_array_new(false, false, sizeof(VTDMInvalidation)),
    };
}

void fake_host_destroy(FakeHost *host)
{
    g_free(host->ram);
    g_array_free(host->messages, true);
    g_array_free(host->events, true);
    g_array_free(host->device_tlbs, true);
    g_array_free(host->page_responses, true);
    g_array_free(host->interrupts, true);
    g_clear_pointer(&host->read_log, g_array_unref);
}

void fake_host_log_reads(FakeHost *host)
{
    g_clear_pointer(&host->read_log, g_array_unref);
    host->read_log = g_array_new(false, false, sizeof(FakeRead));
}

void fake_host_expect_reads(FakeHost *host, const FakeRead *reads,
                            size_t count)
{
    for (size_t i = 0; i < host->read_log->len && i < count; i++) {
        FakeRead *read = &g_array_index(host->read_log, FakeRead, i);

        g_assert_cmphex(read->address, ==, reads[i].address);
        g_assert_cmpuint(read->len, ==, reads[i].len);
    }
    g_assert_cmpuint(host->read_log->len, ==, count);
    g_array_set_size(host->read_log, 0);
}

const VTDMEvent *fake_host_event(FakeHost *host, VTDMEventKind kind)
{
    for (guint i = host->events->len; i; i--) {
        const VTDMEvent *event =
            &g_array_index(host->events, VTDMEvent, i - 1);

        if (event->kind == kind) {
            return event;
        }
    }
    g_error("no event of kind %d was told", kind);
}

unsigned fake_host_count(FakeHost *host, VTDMEventKind kind)
{
    unsigned count = 0;

    for (guint i = 0; i < host->events->len; i++) {
        count += g_array_index(host->events, VTDMEvent, i).kind == kind;
    }
    return count;
}
