/*
 * Fuzz target: the input is what a unit was saved as, with its lengths and its
 * checksum put right. What is checked: no sanitizer speaks, every call ends;
 * what is refused changes nothing and has its lines; what is loaded is a unit
 * that can be used, and saved, and loaded again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "hw/i386/vtdm/inspect.h"
#include "hw/i386/vtdm/save.h"
#include "saved-configs.h"
#include "saved-unit.h"

#define RAM_SIZE    0x100000
#define HEADER      20
#define TRAILER     8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                               unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

static uint8_t ram[RAM_SIZE];

static void require(bool ok)
{
    if (!ok) {
        abort();
    }
}

static bool ram_read(void *opaque, uint64_t address, void *buf, size_t len)
{
    require((address & 0xfff) + len <= 0x1000);
    memcpy(buf, ram + address % (RAM_SIZE - 0x1000), len);
    return true;
}

static bool ram_write(void *opaque, uint64_t address, const void *buf,
                      size_t len)
{
    require((address & 0xfff) + len <= 0x1000);
    return true;
}

static bool exchange(void *opaque, uint64_t address, uint64_t *expected,
                     uint64_t wanted)
{
    require(!(address & 7));
    return true;
}

static void send_message(void *opaque, uint64_t address, uint32_t data)
{
    require(!(data & ~0x1ffu));
}

static void event(void *opaque, const VTDMEvent *event)
{
    if (event->kind == VTDM_EVENT_FAULT) {
        require(vtdm_condition_info(event->fault.condition)->name);
    }
}

static VTDMDeviceTlbAnswer invalidate_device_tlb(
    void *opaque, const VTDMInvalidation *what)
{
    require(what->itag < VTDM_ITAGS && !(what->address & what->mask));
    return VTDM_DEVICE_TLB_LATER;
}

static void page_response(void *opaque, const VTDMPageResponse *response)
{
    require(response->group < 512 && response->code < 16);
    require(response->pasid == VTDM_NO_PASID || response->pasid <= 0xfffff);
}

static uint64_t now(void *opaque)
{
    return UINT64_C(1) << 40;
}

static const VTDMHostOps ops = {
    .read_memory = ram_read,
    .now = now,
    .write_memory = ram_write,
    .exchange_memory = exchange,
    .send_message = send_message,
    .event = event,
    .invalidate_device_tlb = invalidate_device_tlb,
    .page_response = page_response,
};

static void translate(VTDMUnit *unit, uint16_t source_id, uint32_t pasid,
                      uint64_t address)
{
    for (unsigned how = 0; how < 6; how++) {
        VTDMRequest request = {
            .address = address, .pasid = pasid, .source_id = source_id,
            .access = how % 2, .type = how / 2,
            .view = how & 1 ? VTDM_USE : VTDM_LOOK,
        };
        VTDMResult result;

        vtdm_unit_translate(unit, &request, &result);
        require(result.response == VTDM_OK || !result.perm);
    }
}

static uint64_t number(SavedUnit *saved, const char *section, unsigned record,
                       const char *column)
{
    return *saved_unit_number(saved, section, record, column);
}

/* Asks for what the stream says is cached. */
static void use_caches(VTDMUnit *unit, SavedUnit *saved)
{
    unsigned pages = saved_section_count(saved_unit_section(saved, "iotlb"));
    unsigned irtes = saved_section_count(
        saved_unit_section(saved, "interrupt-entries"));

    for (unsigned i = 0; i < pages; i++) {
        translate(unit, number(saved, "iotlb", i, "source-id"),
                  number(saved, "iotlb", i, "pasid"),
                  number(saved, "iotlb", i, "input"));
    }
    for (unsigned i = 0; i < irtes; i++) {
        uint64_t index = number(saved, "interrupt-entries", i, "index");
        VTDMInterruptRequest request = {
            .address = 0xfee00010 | (index & 0x7fff) << 5 | index >> 15 << 2,
            .size = 4, .source_id = 0x310,
        };
        VTDMInterrupt interrupt;

        vtdm_unit_remap(unit, &request, &interrupt);
    }
}

static void use_contexts(VTDMUnit *unit, SavedUnit *saved)
{
    unsigned contexts = saved_section_count(
        saved_unit_section(saved, "contexts"));

    for (unsigned i = 0; i < contexts; i++) {
        uint16_t source_id = number(saved, "contexts", i, "source-id");
        VTDMPageRequest request = {
            .source_id = source_id, .pasid = 0x1234, .read = true,
            .last = true,
        };
        VTDMPageResponse response;

        g_array_unref(vtdm_unit_cached_entries(unit, source_id));
        translate(unit, source_id, VTDM_NO_PASID, 0x12345000);
        translate(unit, source_id, 0x1234, 0x12345000);
        vtdm_unit_page_request(unit, &request, &response);
    }
}

static void use_commands(VTDMUnit *unit)
{
    uint32_t gsts = vtdm_unit_read(unit, VTDM_REG_GSTS, 4);

    vtdm_unit_work(unit);
    vtdm_unit_wake(unit);
    vtdm_unit_device_tlb_complete(unit, 0x310, 3, 1);
    while (vtdm_unit_device_tlb_expire(unit)) {
        /* until all are late */
    }
    vtdm_unit_write(unit, VTDM_REG_FSTS, 4, UINT32_MAX);
    vtdm_unit_write(unit, VTDM_REG_FECTL, 4, 0);
    vtdm_unit_write(unit, VTDM_REG_IQT, 8, 0x200);
    vtdm_unit_write(unit, VTDM_REG_GCMD, 4, gsts | VTDM_GCMD_SIRTP);
    vtdm_unit_write(unit, VTDM_REG_GCMD, 4, gsts ^ VTDM_GCMD_QIE);
    vtdm_unit_write(unit, VTDM_REG_GCMD, 4, gsts | VTDM_GCMD_SRTP);
}

/* What is saved of it can be loaded, and is the same again. */
static void save_and_load(VTDMUnit *unit)
{
    g_autoptr(GByteArray) bytes = vtdm_unit_save(unit, true);
    g_autoptr(GByteArray) again = NULL;

    require(vtdm_unit_load(unit, bytes->data, bytes->len, NULL));
    again = vtdm_unit_save(unit, true);
    require(bytes->len == again->len &&
            !memcmp(bytes->data, again->data, bytes->len));
}

static void use(VTDMUnit *unit)
{
    g_autoptr(GByteArray) bytes = vtdm_unit_save(unit, true);
    g_autoptr(SavedUnit) saved = saved_unit_parse(bytes);

    save_and_load(unit);
    use_caches(unit, saved);
    save_and_load(unit);
    use_contexts(unit, saved);
    use_commands(unit);
    save_and_load(unit);
    vtdm_unit_reset(unit, false);
}

static void run(SavedKind kind, const GByteArray *bytes)
{
    VTDMConfig config = saved_config(kind);
    VTDMUnit *unit = vtdm_unit_new(&config, &ops, NULL);
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);

    if (vtdm_unit_load(unit, bytes->data, bytes->len, problems)) {
        require(!problems->len);
        use(unit);
    } else {
        require(problems->len && problems->len <= VTDM_LOAD_PROBLEMS);
    }
    vtdm_unit_free(unit);
}

/* The magic, the form, the length and the checksum are right. */
static GByteArray *frame(const uint8_t *data, size_t size)
{
    static const uint8_t start[12] = "VTDMUNIT\1";
    GByteArray *bytes = g_byte_array_new();
    uint64_t length = GUINT64_TO_LE(size - HEADER - TRAILER);

    g_byte_array_append(bytes, data, size);
    memcpy(bytes->data, start, sizeof(start));
    memcpy(bytes->data + sizeof(start), &length, sizeof(length));
    saved_unit_seal(bytes);
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GByteArray) bytes = NULL;

    if (size < HEADER + TRAILER) {
        return 0;
    }
    bytes = frame(data, size);
    for (SavedKind kind = 0; kind < SAVED_KINDS; kind++) {
        run(kind, bytes);
    }
    return 0;
}

/* ---- other inputs: other numbers, other records ---- */

static uint64_t other_number(GRand *numbers, uint64_t value)
{
    switch (g_rand_int_range(numbers, 0, 4)) {
    case 0:
        return value ^ UINT64_C(1) << g_rand_int_range(numbers, 0, 64);
    case 1:
        return value + g_rand_int_range(numbers, -2, 3);
    case 2:
        return g_rand_int_range(numbers, 0, 64);
    default:
        return (uint64_t)g_rand_int(numbers) << g_rand_int_range(numbers, 0,
                                                                 33);
    }
}

static void change_numbers(GRand *numbers, SavedSection *section)
{
    for (unsigned i = g_rand_int_range(numbers, 1, 4); i; i--) {
        uint64_t *number = &g_array_index(
            section->numbers, uint64_t,
            g_rand_int_range(numbers, 0, section->numbers->len));

        *number = other_number(numbers, *number);
    }
}

static void change_section(GRand *numbers, SavedUnit *saved)
{
    SavedSection *section = saved->sections->pdata[
        g_rand_int_range(numbers, 0, saved->sections->len)];
    unsigned records = saved_section_count(section);
    unsigned columns = section->columns->len;

    if (g_rand_int_range(numbers, 0, 4) == 0 && columns) {
        g_array_set_size(section->numbers, section->numbers->len + columns);
    } else if (g_rand_int_range(numbers, 0, 8) == 0 && records) {
        g_array_remove_range(section->numbers,
                             g_rand_int_range(numbers, 0, records) * columns,
                             columns);
    }
    if (section->numbers->len) {
        change_numbers(numbers, section);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most,
                               unsigned seed)
{
    g_autoptr(GRand) numbers = g_rand_new_with_seed(seed);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GByteArray) changed = NULL;
    g_autoptr(SavedUnit) saved = NULL;

    g_byte_array_append(bytes, data, size);
    saved = saved_unit_parse(bytes);
    if (!saved || !saved->sections->len ||
        g_rand_int_range(numbers, 0, 6) == 0) {
        return LLVMFuzzerMutate(data, size, most);
    }
    change_section(numbers, saved);
    changed = saved_unit_bytes(saved);
    if (changed->len > most) {
        return LLVMFuzzerMutate(data, size, most);
    }
    memcpy(data, changed->data, changed->len);
    return changed->len;
}
