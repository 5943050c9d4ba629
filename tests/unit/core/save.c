/*
 * A unit that is saved and loaded: everything that it was, it is again. What it
 * never was is refused: tests/unit/core/save-refused.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/inspect.h"
#include "hw/i386/vtdm/save.h"
#include "counters.h"
#include "saved-machines.h"
#include "saved-unit.h"

#define OTHER_PAGE              (MACHINE_PAGE + 0x1000)
#define MANY                    6000    /* pages, more than a slice drops */
#define MANY_IOVA               0x40000000ULL

static GByteArray *save(Machine *machine)
{
    return vtdm_unit_save(machine->unit, true);
}

/* Loads @bytes, which have to be good. */
static void load(Machine *machine, const GByteArray *bytes)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);

    if (!vtdm_unit_load(machine->unit, bytes->data, bytes->len, problems)) {
        g_error("%s", (const char *)problems->pdata[0]);
    }
    g_assert_cmpuint(problems->len, ==, 0);
}

static void expect_same(const GByteArray *a, const GByteArray *b)
{
    g_assert_cmpmem(a->data, a->len, b->data, b->len);
}

/* Another machine with the same memory, as far as @bytes say. */
static Machine *move_to(Machine *machine, const VTDMConfig *config,
                        const GByteArray *bytes)
{
    Machine *other = machine_new(config);

    memcpy(other->host.ram, machine->host.ram, machine->host.size);
    other->tables.next = machine->tables.next;
    other->ssptptr = machine->ssptptr;
    other->in_slices = machine->in_slices;
    other->host.answer = machine->host.answer;
    load(other, bytes);
    return other;
}

static Machine *move_bytes(Machine *machine, const GByteArray *bytes)
{
    return move_to(machine, &machine->config, bytes);
}

/* Another machine with the same memory, to which @machine moves. */
static Machine *move(Machine *machine)
{
    g_autoptr(GByteArray) bytes = save(machine);
    Machine *other = move_bytes(machine, bytes);
    g_autoptr(GByteArray) again = save(other);

    expect_same(bytes, again);
    return other;
}

static void free_both(Machine *machine, Machine *other)
{
    machine_free(machine);
    machine_free(other);
}

static void finish(Machine *machine)
{
    do {
        machine->host.asked = false;
        vtdm_unit_work(machine->unit);
    } while (machine->host.asked);
}

static unsigned count(Machine *machine, const char *section)
{
    g_autoptr(GByteArray) bytes = save(machine);
    g_autoptr(SavedUnit) unit = saved_unit_parse(bytes);

    return saved_section_count(saved_unit_section(unit, section));
}

static uint64_t number(Machine *machine, const char *section,
                       const char *column)
{
    g_autoptr(GByteArray) bytes = save(machine);
    g_autoptr(SavedUnit) unit = saved_unit_parse(bytes);

    return *saved_unit_number(unit, section, 0, column);
}

static void test_fresh(void)
{
    Machine *machine = machine_new(NULL);

    free_both(machine, move(machine));
}

/* What is saved is what is documented; and a unit goes on after it. */
static void test_form(void)
{
    Machine *machine = machine_new_mapped(NULL);
    g_autoptr(GByteArray) bytes = save(machine);
    g_autoptr(SavedUnit) unit = saved_unit_parse(bytes);
    g_autoptr(GByteArray) again = saved_unit_bytes(unit);

    g_assert_cmpuint(unit->form, ==, 1);
    expect_same(bytes, again);
    g_assert_cmphex(number(machine, "registers", "008:CAP"), ==,
                    machine_read64(machine, VTDM_REG_CAP));
    g_assert_cmpuint(number(machine, "config", "aw-bits"), ==, 48);
    g_assert_cmpuint(number(machine, "config", "host-address-width"), ==, 39);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_free(machine);
}

/* A translation that is stale stays so, and goes with its invalidation. */
static void test_stale(void)
{
    Machine *machine = machine_new_mapped(NULL);
    Machine *other;

    machine_enable_queue(machine);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_map(machine, MACHINE_IOVA, OTHER_PAGE, 1, VTDM_SS_R | VTDM_SS_W);
    other = move(machine);
    machine_expect(other, MACHINE_IOVA, MACHINE_PAGE);
    machine_submit(other, vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0, 0,
                                                     false));
    machine_expect(other, MACHINE_IOVA, OTHER_PAGE);
    free_both(machine, other);
}

/* Without the caches nothing is stale, and nothing else is lost. */
static void test_without_caches(void)
{
    Machine *machine = machine_new_mapped(NULL);
    g_autoptr(GByteArray) bytes = NULL;
    g_autoptr(SavedUnit) unit = NULL;
    Machine *other;

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_map(machine, MACHINE_IOVA, OTHER_PAGE, 1, VTDM_SS_R | VTDM_SS_W);
    bytes = vtdm_unit_save(machine->unit, false);
    unit = saved_unit_parse(bytes);
    for (guint i = 0; i < unit->sections->len; i++) {
        const SavedSection *section = unit->sections->pdata[i];

        g_assert_cmpuint(section->flags, ==,
                         strcmp(section->name, "statistics") ? 1 : 0);
    }
    other = move_bytes(machine, bytes);
    machine_expect(other, MACHINE_IOVA, OTHER_PAGE);
    free_both(machine, other);
}

/* What the other unit had is gone. */
static void test_replaces(void)
{
    Machine *machine = machine_new_mapped(NULL);
    Machine *other = machine_new_mapped(NULL);
    g_autoptr(GByteArray) bytes = save(machine);
    g_autoptr(GByteArray) again = NULL;

    machine_enable_interrupts(other, 3, false);
    machine_enable_queue(other);
    vtdm_tables_set128(&other->tables, MACHINE_IRT,
                       vtdm_make_irte(0x44, 1, false));
    machine_interrupt(other, MACHINE_SID, vtdm_make_msi_address(0, false), 0);
    machine_expect(other, MACHINE_IOVA, MACHINE_PAGE);
    machine_dma(other, 0, VTDM_READ);
    load(other, bytes);
    again = save(other);
    expect_same(bytes, again);
    free_both(machine, other);
}

/* The oldest is evicted first, as before. */
static void test_order(void)
{
    VTDMConfig config;
    Machine *machine, *other;

    vtdm_config_init(&config);
    config.iotlb_entries = 3;
    machine = machine_new_mapped(&config);
    for (unsigned i = 1; i < 4; i++) {
        machine_map(machine, MACHINE_IOVA + i * 4096, MACHINE_PAGE + i * 4096,
                    1, VTDM_SS_R);
    }
    for (unsigned i = 0; i < 3; i++) {
        machine_dma(machine, MACHINE_IOVA + (i + 2) % 3 * 4096, VTDM_READ);
    }
    other = move(machine);
    machine_dma(other, MACHINE_IOVA + 3 * 4096, VTDM_READ);
    for (unsigned i = 0; i < 4; i++) {
        machine_map(other, MACHINE_IOVA + i * 4096, 0, 1, 0);
        g_assert_cmpint(machine_dma(other, MACHINE_IOVA + i * 4096,
                                    VTDM_READ).response, ==,
                        i == 2 ? VTDM_UR : VTDM_OK);
    }
    free_both(machine, other);
}

/* Whether a page is cached: it is not mapped any more. */
static void expect_cached(Machine *machine, uint64_t iova, bool cached)
{
    machine_map(machine, iova, 0, 1, 0);
    g_assert_cmpint(machine_dma(machine, iova, VTDM_READ).response, ==,
                    cached ? VTDM_OK : VTDM_UR);
}

/*
 * Of the 8 pages that a unit with room for 8 has cached, another one keeps the
 * newest @kept, and then caches one more.
 */
static void check_other_room(uint32_t room, unsigned kept)
{
    VTDMConfig config;
    g_autoptr(GByteArray) bytes = NULL;
    Machine *machine, *other;

    vtdm_config_init(&config);
    config.iotlb_entries = 8;
    machine = machine_new_mapped(&config);
    for (unsigned i = 0; i < 9; i++) {
        machine_map(machine, MACHINE_IOVA + i * 4096, MACHINE_PAGE, 1,
                    VTDM_SS_R);
    }
    for (unsigned i = 0; i < 8; i++) {
        machine_dma(machine, MACHINE_IOVA + i * 4096, VTDM_READ);
    }
    bytes = save(machine);
    config.iotlb_entries = room;
    other = move_to(machine, &config, bytes);
    g_assert_cmpuint(count(other, "iotlb"), ==, kept);
    machine_dma(other, MACHINE_IOVA + 8 * 4096, VTDM_READ);
    g_assert_cmpuint(count(other, "iotlb"), ==, MIN(room, 9));
    for (unsigned i = 0; i < 9; i++) {
        expect_cached(other, MACHINE_IOVA + i * 4096, i >= 9 - MIN(room, 9));
    }
    free_both(machine, other);
}

static void test_less_room(void)
{
    check_other_room(3, 3);
    check_other_room(1, 1);
}

static void test_more_room(void)
{
    check_other_room(9, 8);
    check_other_room(4096, 8);
}

/* Records, status and the pending message are there, the next is next. */
static void test_faults(void)
{
    Machine *machine = machine_new_mapped(NULL);
    Machine *other;

    machine_dma(machine, 0x1000, VTDM_READ);
    machine_dma(machine, 0x2000, VTDM_WRITE);
    other = move(machine);
    machine_dma(other, 0x3000, VTDM_READ);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmphex(machine_record(other, i).lo, ==, 0x1000 * (i + 1));
    }
    machine_write32(other, VTDM_REG_FECTL, 0);
    g_assert_cmpuint(other->host.messages->len, ==, 1);
    free_both(machine, other);
}

/* In the middle of a queue; who keeps copies is told of everything. */
static void test_slices(void)
{
    Machine *machine = machine_new_mapped(NULL);
    Machine *other;
    uint64_t head;

    machine_enable_queue(machine);
    machine->in_slices = true;
    for (uint32_t i = 0; i < 40; i++) {
        vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + 32 * i,
                           vtdm_make_iotlb_invalidate(VTDM_G_DOMAIN, i, 0, 0,
                                                      false));
        vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + 32 * i + 16,
                           vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS,
                                          i + 1));
    }
    machine_write64(machine, VTDM_REG_IQT, 40 * 32);
    head = machine_read64(machine, VTDM_REG_IQH);
    g_assert_cmpuint(head, <, machine_read64(machine, VTDM_REG_IQT));
    other = move(machine);
    g_assert_cmpuint(machine_read64(other, VTDM_REG_IQH), ==, head);
    g_assert_false(other->host.asked);
    finish(other);
    g_assert_cmpuint(machine_read64(other, VTDM_REG_IQH), ==,
                     machine_read64(other, VTDM_REG_IQT));
    g_assert_cmpuint(vtdm_tables_get(&other->tables, MACHINE_STATUS), ==, 40);
    free_both(machine, other);
}

/* A range of pages that is half dropped: the rest goes, too. */
static void test_range(void)
{
    VTDMConfig config;
    Machine *machine, *other;

    vtdm_config_init(&config);
    config.iotlb_entries = MANY;
    machine = machine_new_mapped(&config);
    machine_enable_queue(machine);
    for (unsigned i = 0; i < MANY; i++) {
        machine_map(machine, MANY_IOVA + i * 4096, MACHINE_PAGE, 1,
                    VTDM_SS_R);
        machine_dma(machine, MANY_IOVA + i * 4096, VTDM_READ);
    }
    machine->in_slices = true;
    machine_submit(machine, vtdm_make_iotlb_invalidate(
                       VTDM_G_SELECTIVE, MACHINE_DID, MANY_IOVA, 13, false));
    g_assert_cmpuint(count(machine, "iotlb-range"), ==, 1);
    g_assert_cmpuint(count(machine, "iotlb"), >, 0);
    other = move(machine);
    finish(other);
    g_assert_cmpuint(count(other, "iotlb-range"), ==, 0);
    g_assert_cmpuint(count(other, "iotlb"), ==, 0);
    free_both(machine, other);
}

/* What has been flushed, and its room not come back, is not there any more. */
static void test_flushed(void)
{
    Machine *machine = machine_new_mapped(NULL);
    Machine *other;

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine->in_slices = true;
    machine_command(machine, VTDM_GCMD_SRTP, 0);
    g_assert_cmpuint(count(machine, "iotlb"), ==, 0);
    machine_map(machine, MACHINE_IOVA, OTHER_PAGE, 1, VTDM_SS_R);
    other = move(machine);
    machine_expect(other, MACHINE_IOVA, OTHER_PAGE);
    free_both(machine, other);
}

static Machine *new_with_device_tlb(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.dt = true;
    machine = machine_new_mapped(&config);
    machine_enable_queue(machine);
    machine->host.answer = VTDM_DEVICE_TLB_LATER;
    return machine;
}

/* A wait that waits for a device, and its answer on the other side. */
static void test_device_tlb(void)
{
    Machine *machine = new_with_device_tlb();
    Machine *other;
    VTDMUnanswered left[VTDM_ITAGS];

    machine_submit(machine, vtdm_make_device_tlb_invalidate(MACHINE_SID, 0x1000,
                                                            false));
    vtdm_unit_device_tlb_expire(machine->unit);
    machine_submit(machine, vtdm_make_device_tlb_invalidate(MACHINE_SID, 0x2000,
                                                            false));
    vtdm_unit_device_tlb_complete(machine->unit, MACHINE_SID, 2, 2);
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 77));
    other = move(machine);
    finish(other);
    g_assert_cmpuint(other->host.device_tlbs->len, ==, 0);
    g_assert_cmpuint(vtdm_unit_unanswered(other->unit, left), ==, 2);
    vtdm_unit_device_tlb_complete(other->unit, MACHINE_SID, 2, 2);
    g_assert_cmpuint(vtdm_unit_unanswered(other->unit, left), ==, 1);
    g_assert_cmpuint(left[0].itag, ==, 0);
    g_assert_cmpuint(vtdm_tables_get(&other->tables, MACHINE_STATUS), ==, 0);
    vtdm_unit_device_tlb_answer(other->unit, MACHINE_SID, 0,
                                VTDM_DEVICE_TLB_DONE);
    finish(other);
    g_assert_cmpuint(vtdm_tables_get(&other->tables, MACHINE_STATUS), ==, 77);
    free_both(machine, other);
}

/* The one that has been asked for longer is late on the other side, too. */
static void test_late(void)
{
    Machine *machine = new_with_device_tlb();
    Machine *other;

    machine_submit(machine, vtdm_make_device_tlb_invalidate(MACHINE_SID, 0x1000,
                                                            false));
    vtdm_unit_device_tlb_expire(machine->unit);
    other = move(machine);
    finish(other);
    g_assert_false(machine_read32(other, VTDM_REG_FSTS) & VTDM_FSTS_ITE);
    vtdm_unit_device_tlb_expire(other->unit);
    g_assert_true(machine_read32(other, VTDM_REG_FSTS) & VTDM_FSTS_ITE);
    free_both(machine, other);
}

/* What was fetched and has not left leaves on the other side. */
static void test_unsent(void)
{
    Machine *machine = new_with_device_tlb();
    g_autoptr(GByteArray) bytes = NULL, edited = NULL;
    g_autoptr(SavedUnit) unit = NULL;
    const VTDMInvalidation *what;
    Machine *other;

    machine_submit(machine, vtdm_make_device_tlb_invalidate(MACHINE_SID, 0x5000,
                                                            false));
    bytes = save(machine);
    unit = saved_unit_parse(bytes);
    saved_unit_edit(unit, "+device-tlb-unsent "
                          "device-tlb-unsent.source-id=0x310 "
                          "device-tlb-unsent.address=0x5000 "
                          "device-tlb-unsent.mask=0xfff");
    edited = saved_unit_bytes(unit);
    other = move_bytes(machine, edited);
    finish(other);
    g_assert_cmpuint(other->host.device_tlbs->len, ==, 1);
    what = &g_array_index(other->host.device_tlbs, VTDMInvalidation, 0);
    g_assert_cmphex(what->address, ==, 0x5000);
    g_assert_cmphex(what->source_id, ==, MACHINE_SID);
    g_assert_cmpint(what->cache, ==, VTDM_CACHE_DEVICE_TLB);
    g_assert_cmpint(what->scope, ==, VTDM_SCOPE_PAGES);
    free_both(machine, other);
}

static void test_page_response(void)
{
    Machine *machine = machine_new_scalable(NULL);
    g_autoptr(GByteArray) bytes = save(machine), edited = NULL;
    g_autoptr(SavedUnit) unit = saved_unit_parse(bytes);
    const VTDMPageResponse *response;
    Machine *other;

    saved_unit_edit(unit, "+page-response page-response.group=17 "
                          "page-response.source-id=0x310 "
                          "page-response.pasid=5");
    edited = saved_unit_bytes(unit);
    other = move_bytes(machine, edited);
    finish(other);
    g_assert_cmpuint(other->host.page_responses->len, ==, 1);
    response = &g_array_index(other->host.page_responses, VTDMPageResponse, 0);
    g_assert_cmpuint(response->group, ==, 17);
    g_assert_cmpuint(response->pasid, ==, 5);
    free_both(machine, other);
}

/* GSTS and PMEN show on the other side what was begun on this one. */
static void test_completions(void)
{
    Machine *machine = saved_machine_new(SAVED_LEGACY);
    Machine *other;

    saved_machine_busy(machine);
    g_assert_cmpuint(count(machine, "completions"), ==, 2);
    g_assert_true(machine_read32(machine, VTDM_REG_PMEN) & VTDM_PMEN_PRS);
    g_assert_false(machine_read32(machine, VTDM_REG_GSTS) & VTDM_GSTS_CFIS);
    other = move(machine);
    g_assert_true(machine_read32(other, VTDM_REG_PMEN) & VTDM_PMEN_PRS);
    finish(other);
    g_assert_false(machine_read32(other, VTDM_REG_PMEN) & VTDM_PMEN_PRS);
    g_assert_true(machine_read32(other, VTDM_REG_GSTS) & VTDM_GSTS_CFIS);
    free_both(machine, other);
}

/* Everything of scalable mode that is cached. */
static void test_scalable(void)
{
    Machine *machine = machine_new_scalable(NULL);
    Machine *other;

    machine_enable_wide_queue(machine);
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    g_assert_cmpuint(count(machine, "contexts"), ==, 1);
    g_assert_cmpuint(count(machine, "pasids"), ==, 1);
    g_assert_cmpuint(count(machine, "iotlb"), ==, 1);
    g_assert_cmpuint(count(machine, "structures"), ==, 3);
    vtdm_tables_set(&machine->tables, machine->context, 0);
    machine_set_pasid(machine, MACHINE_PASID, (VTDMEntry512) { { 0 } });
    machine_map(machine, MACHINE_IOVA, OTHER_PAGE, 1, VTDM_SS_R);
    other = move(machine);
    g_assert_cmphex(machine_dma_with_pasid(other, MACHINE_PASID, MACHINE_IOVA,
                                           VTDM_READ).address, ==,
                    MACHINE_PAGE);
    machine_submit_wide(other, vtdm_make_iotlb_invalidate(
                            VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA, 0,
                            true));
    g_assert_cmphex(machine_dma_with_pasid(other, MACHINE_PASID, MACHINE_IOVA,
                                           VTDM_READ).address, ==,
                    OTHER_PAGE);
    free_both(machine, other);
}

static void test_interrupts(void)
{
    Machine *machine = machine_new(NULL);
    Machine *other;

    machine_enable_interrupts(machine, 3, false);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT + 16 * 5,
                       vtdm_make_irte(0x44, 1, false));
    machine_interrupt(machine, MACHINE_SID, vtdm_make_msi_address(5, false),
                      0);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT + 16 * 5,
                       vtdm_make_irte(0x55, 1, false));
    other = move(machine);
    g_assert_cmphex(machine_interrupt(other, MACHINE_SID,
                                      vtdm_make_msi_address(5, false),
                                      0).data & 0xff, ==, 0x44);
    finish(other);
    g_assert_cmpuint(other->host.interrupts->len, ==, 1);
    g_assert_cmpint(g_array_index(other->host.interrupts, VTDMInvalidation,
                                  0).scope, ==, VTDM_SCOPE_GLOBAL);
    free_both(machine, other);
}

typedef struct Told {
    Machine *machine;
    unsigned times;
    VTDMInvalidation what;
} Told;

static void hear(void *opaque, const VTDMInvalidation *what)
{
    Told *told = opaque;

    told->times++;
    told->what = *what;
}

/* Before a wait completes, all have been told that everything is another. */
static void test_copies(void)
{
    Machine *machine = machine_new_mapped(NULL);
    Machine *other = move(machine);
    Told told = { .machine = other };

    other->host.changed = hear;
    other->host.changed_opaque = &told;
    finish(other);
    g_assert_cmpuint(told.times, ==, 1);
    g_assert_cmpint(told.what.cache, ==, VTDM_CACHE_EVERY);
    free_both(machine, other);
}

/* Counters go on, those of clocks from the guest's time when it was saved. */
static void test_counters(void)
{
    Machine *machine = counters_machine(false);
    Machine *other;

    counter_set(machine, 0, COUNTER_MAX - 299);
    counter_start(machine, 0, counter_selects(VTDM_COUNT_IOMMU_CLOCKS,
                                              VTDM_PERFCNTRCFG_IO));
    counter_counts(machine, 1, VTDM_COUNT_IOTLB_LOOKUP);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine->host.now = 200;
    counter_value(machine, 0);
    other = move(machine);
    g_assert_cmpuint(other->host.wake_at, ==, 300);
    other->host.now = 200;              /* the guest's clock came later */
    machine_expect(other, MACHINE_IOVA, MACHINE_PAGE);
    g_assert_cmphex(counter_value(other, 0), ==, COUNTER_MAX - 99);
    g_assert_cmpuint(counter_value(other, 1), ==, 2);
    g_assert_cmpuint(counted(other, VTDM_COUNT_IOTLB_LOOKUP), ==, 2);
    g_assert_cmpuint(counted(other, VTDM_COUNT_IOMMU_CLOCKS), ==, 200);
    other->host.now = 300;
    vtdm_unit_wake(other->unit);
    g_assert_cmphex(machine_read32(other, VTDM_REG_PERFINTRSTS), ==, 1);
    machine_free(machine);
    machine_free(other);
}

/* A stream of before there were counts has counted nothing. */
static void test_earlier(void)
{
    Machine *machine = machine_new_mapped(NULL);
    g_autoptr(GByteArray) bytes = save(machine), earlier = NULL;
    g_autoptr(SavedUnit) unit = saved_unit_parse(bytes);

    saved_unit_edit(unit, "-statistics");
    earlier = saved_unit_bytes(unit);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    g_assert_cmpuint(counted(machine, VTDM_COUNT_IOTLB_LOOKUP), ==, 1);
    load(machine, earlier);
    g_assert_cmpuint(counted(machine, VTDM_COUNT_IOTLB_LOOKUP), ==, 0);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/save/fresh", test_fresh);
    g_test_add_func("/vtdm/save/form", test_form);
    g_test_add_func("/vtdm/save/stale", test_stale);
    g_test_add_func("/vtdm/save/without-caches", test_without_caches);
    g_test_add_func("/vtdm/save/replaces", test_replaces);
    g_test_add_func("/vtdm/save/order", test_order);
    g_test_add_func("/vtdm/save/less-room", test_less_room);
    g_test_add_func("/vtdm/save/more-room", test_more_room);
    g_test_add_func("/vtdm/save/faults", test_faults);
    g_test_add_func("/vtdm/save/slices", test_slices);
    g_test_add_func("/vtdm/save/range", test_range);
    g_test_add_func("/vtdm/save/flushed", test_flushed);
    g_test_add_func("/vtdm/save/device-tlb", test_device_tlb);
    g_test_add_func("/vtdm/save/late", test_late);
    g_test_add_func("/vtdm/save/unsent", test_unsent);
    g_test_add_func("/vtdm/save/page-response", test_page_response);
    g_test_add_func("/vtdm/save/completions", test_completions);
    g_test_add_func("/vtdm/save/scalable", test_scalable);
    g_test_add_func("/vtdm/save/interrupts", test_interrupts);
    g_test_add_func("/vtdm/save/copies", test_copies);
    g_test_add_func("/vtdm/save/counters", test_counters);
    g_test_add_func("/vtdm/save/earlier", test_earlier);
    return g_test_run();
}
