/*
 * Streams of the first release of a form, which every later version loads: the
 * arguments are the files that saved-streams.c wrote then. The memory of these
 * machines is empty, so that what is answered comes out of the streams.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/inspect.h"
#include "hw/i386/vtdm/save.h"
#include "counters.h"
#include "saved-machines.h"

static const char *const kinds[SAVED_KINDS] = {
    [SAVED_LEGACY] = "legacy", [SAVED_PLAIN] = "plain",
    [SAVED_SCALABLE] = "scalable", [SAVED_MINIMAL] = "minimal",
    [SAVED_SERVER] = "server",
};

static SavedKind kind_of(const char *base)
{
    for (SavedKind kind = 0; kind < SAVED_KINDS; kind++) {
        if (g_str_has_prefix(base, kinds[kind])) {
            return kind;
        }
    }
    g_error("%s is of no kind", base);
}

static void load_file(Machine *machine, const char *path)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    gsize size;

    if (!g_file_get_contents(path, &bytes, &size, &error)) {
        g_error("%s", error->message);
    }
    if (!vtdm_unit_load(machine->unit, bytes, size, problems)) {
        g_error("%s", (const char *)problems->pdata[0]);
    }
}

static void check_caches(Machine *machine, SavedKind kind)
{
    VTDMResult result = kind == SAVED_SCALABLE || kind == SAVED_SERVER
        ? machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA,
                                 VTDM_READ)
        : machine_dma(machine, MACHINE_IOVA, VTDM_READ);
    g_autoptr(GArray) entries = vtdm_unit_cached_entries(machine->unit,
                                                         MACHINE_SID);

    g_assert_cmpint(result.response, ==, VTDM_OK);
    g_assert_cmphex(result.address, ==, MACHINE_PAGE);
    g_assert_cmpuint(entries->len, ==, machine->config.smts ? 2 : 1);
    if (machine->config.ir) {
        g_assert_cmphex(machine_interrupt(
                            machine, MACHINE_SID,
                            vtdm_make_msi_address(5, false), 0).data & 0xff,
                        ==, 0x44);
    }
}

static void finish(Machine *machine)
{
    do {
        machine->host.asked = false;
        vtdm_unit_work(machine->unit);
    } while (machine->host.asked);
}

/* The devices answer, the wait completes, the command is complete. */
static void check_busy(Machine *machine)
{
    VTDMUnanswered left[VTDM_ITAGS];

    g_assert_cmphex(vtdm_get(machine_record(
                        machine, machine->config.cm ? 2 : 0).hi,
                        VTDM_FRCD_HI_SID), ==, 0x8888);
    finish(machine);
    g_assert_true(machine_read32(machine, VTDM_REG_GSTS) & VTDM_GSTS_CFIS);
    g_assert_cmpuint(vtdm_unit_unanswered(machine->unit, left), ==, 2);
    for (unsigned itag = 0; itag < 2; itag++) {
        g_assert_cmpuint(vtdm_tables_get(&machine->tables, MACHINE_STATUS),
                         ==, 0);
        vtdm_unit_device_tlb_answer(machine->unit, MACHINE_SID, itag,
                                    VTDM_DEVICE_TLB_DONE);
        finish(machine);
    }
    g_assert_cmpuint(vtdm_tables_get(&machine->tables, MACHINE_STATUS), ==,
                     77);
}

/* One lookup was counted before, one is by now; and clocks go on. */
static void check_counters(Machine *machine)
{
    g_assert_cmpuint(counter_value(machine, 1), ==, 2);
    machine->host.now = 300;
    g_assert_cmphex(counter_value(machine, 0), ==, 0);
    g_assert_cmphex(counters_overflowed(machine), ==, 1);
}

static void test_file(gconstpointer path)
{
    g_autofree char *base = g_path_get_basename(path);
    SavedKind kind = kind_of(base);
    VTDMConfig config = saved_config(kind);
    Machine *machine = machine_new(&config);

    load_file(machine, path);
    check_caches(machine, kind);
    if (g_str_has_suffix(base, "-busy")) {
        check_busy(machine);
    }
    if (kind == SAVED_SERVER) {
        check_counters(machine);
    }
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, >, 1);
    for (int i = 1; i < argc; i++) {
        g_autofree char *base = g_path_get_basename(argv[i]);
        g_autofree char *path = g_strdup_printf("/vtdm/save-kept/%s", base);

        g_test_add_data_func(path, argv[i], test_file);
    }
    return g_test_run();
}
