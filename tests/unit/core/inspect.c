/*
 * What a unit shows of its tables: what it has cached, and nothing else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/inspect.h"
#include "machine.h"

#define OTHER_SID               0x0110

/* The entries that are cached for @source_id, of which there are @count. */
static GArray *cached(Machine *machine, uint16_t source_id, unsigned count)
{
    GArray *entries = vtdm_unit_cached_entries(machine->unit, source_id);

    g_assert_cmpuint(entries->len, ==, count);
    return entries;
}

static const VTDMCachedEntry *entry_at(GArray *entries, unsigned index)
{
    return &g_array_index(entries, VTDMCachedEntry, index);
}

static void test_legacy(void)
{
    static const struct {
        unsigned tt;
        VTDMTranslationKind kind;
        bool ats;
    } contexts[] = {
        { VTDM_TT_SECOND_STAGE, VTDM_KIND_SECOND_STAGE, false },
        { VTDM_TT_DEVICE_TLB, VTDM_KIND_SECOND_STAGE, true },
        { VTDM_TT_PASS_THROUGH, VTDM_KIND_PASS_THROUGH, false },
    };
    VTDMConfig config;

    vtdm_config_init(&config);
    config.dt = true;
    for (size_t i = 0; i < G_N_ELEMENTS(contexts); i++) {
        Machine *machine = machine_new_mapped(&config);
        uint64_t address = vtdm_tables_context(
            &machine->tables, MACHINE_ROOT, OTHER_SID,
            vtdm_make_context(contexts[i].tt, 4, machine->ssptptr, 7));
        g_autoptr(GArray) entries = NULL;

        g_array_unref(cached(machine, OTHER_SID, 0));
        machine_request(machine, (VTDMRequest) {
            .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
            .source_id = OTHER_SID,
        });
        entries = cached(machine, OTHER_SID, 1);
        g_assert_cmpuint(entry_at(entries, 0)->source_id, ==, OTHER_SID);
        g_assert_cmpuint(entry_at(entries, 0)->pasid, ==, VTDM_NO_PASID);
        g_assert_cmpuint(entry_at(entries, 0)->kind, ==, contexts[i].kind);
        g_assert_cmpuint(entry_at(entries, 0)->domain_id, ==, 7);
        g_assert_cmpuint(entry_at(entries, 0)->second_stage_levels, ==,
                         contexts[i].kind == VTDM_KIND_SECOND_STAGE ? 4 : 0);
        g_assert_cmpint(entry_at(entries, 0)->ats, ==, contexts[i].ats);
        g_assert_cmphex(entry_at(entries, 0)->address, ==, address);
        g_assert_cmpuint(vtdm_unit_mode(machine->unit), ==,
                         VTDM_TTM_LEGACY);
        machine_free(machine);
    }
}

/* With caching mode what faults is cached, too. */
static void test_blocked(void)
{
    VTDMConfig config;
    Machine *machine;
    g_autoptr(GArray) entries = NULL;

    vtdm_config_init(&config);
    config.cm = true;
    machine = machine_new_mapped(&config);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, OTHER_SID,
                        vtdm_make_context(VTDM_TT_RESERVED, 4,
                                          machine->ssptptr, 7));
    machine_request(machine, (VTDMRequest) {
        .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
        .source_id = OTHER_SID,
    });
    entries = cached(machine, OTHER_SID, 1);
    g_assert_cmpuint(entry_at(entries, 0)->kind, ==, VTDM_KIND_BLOCKED);
    g_assert_cmpuint(entry_at(entries, 0)->condition, ==, VTDM_LCT_4_2);
    machine_free(machine);
}

/* The context entry says little; each PASID's entry is one of its own. */
static void test_scalable(void)
{
    Machine *machine = machine_new_scalable(NULL);
    g_autoptr(GArray) entries = NULL;
    const VTDMCachedEntry *context;

    machine_dma(machine, MACHINE_IOVA, VTDM_READ);
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    entries = cached(machine, MACHINE_SID, 3);
    context = entry_at(entries, 0);
    g_assert_cmpuint(context->pasid, ==, VTDM_NO_PASID);
    g_assert_cmpuint(context->kind, ==, VTDM_KIND_BY_PASID);
    g_assert_true(context->pasids && context->ats);
    g_assert_cmpuint(entry_at(entries, 1)->pasid, ==, context->rid_pasid);
    g_assert_cmpuint(entry_at(entries, 1)->kind, ==, VTDM_KIND_PASS_THROUGH);
    g_assert_cmpuint(entry_at(entries, 2)->pasid, ==, MACHINE_PASID);
    g_assert_cmpuint(entry_at(entries, 2)->kind, ==, VTDM_KIND_SECOND_STAGE);
    g_assert_cmpuint(entry_at(entries, 2)->domain_id, ==, MACHINE_DID);
    g_assert_cmpuint(entry_at(entries, 2)->second_stage_levels, ==, 4);
    g_assert_cmpuint(entry_at(entries, 2)->first_stage_levels, ==, 0);
    g_assert_cmpuint(vtdm_unit_mode(machine->unit), ==, VTDM_TTM_SCALABLE);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/inspect/legacy", test_legacy);
    g_test_add_func("/vtdm/inspect/blocked", test_blocked);
    g_test_add_func("/vtdm/inspect/scalable", test_scalable);
    return g_test_run();
}
