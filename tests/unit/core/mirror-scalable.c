/*
 * Mirrors in scalable mode: RID_PASID's entry says what is mirrored, and the
 * descriptors of 256 bits say when it is compared.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "mirror-listener.h"

#define RW      (VTDM_SS_R | VTDM_SS_W)
#define PAGE    VTDM_PAGE_SIZE
#define SECOND  (MACHINE_IOVA + 2 * PAGE)

#define RID_PASID       0
#define NEXT_DID        (MACHINE_DID + 1)

static Machine *new_machine(void)
{
    VTDMConfig config;
    Machine *machine;

    machine_scalable_config(&config);
    config.cm = true;
    machine = machine_new(&config);
    machine_attach_scalable(machine, 0);
    machine->ssptptr = vtdm_tables_page(&machine->tables);
    machine_map(machine, MACHINE_IOVA, MACHINE_PAGE, 1, RW);
    return machine;
}

static VTDMEntry512 second_stage(Machine *machine, uint16_t domain_id)
{
    return vtdm_make_pasid_second_stage(4, machine->ssptptr, domain_id);
}

static void set_entry(Listener *listener, VTDMEntry512 entry)
{
    machine_set_pasid(listener->machine, RID_PASID, entry);
}

/* Scalable mode is on, with @entry for RID_PASID; nothing was told yet. */
static void start_with(Listener *listener, Machine *machine,
                       VTDMEntry512 entry)
{
    listener_begin(listener, machine);
    set_entry(listener, entry);
    machine_enable_wide_queue(machine);
    machine_enable_scalable(machine);
}

static void start(Listener *listener)
{
    Machine *machine = new_machine();

    start_with(listener, machine, second_stage(machine, MACHINE_DID));
    listener_expect_counts(listener, 1, 0);
    listener_expect(listener, MACHINE_IOVA, PAGE - 1, MACHINE_PAGE);
}

static void flush_entry(Listener *listener, uint16_t domain_id)
{
    machine_submit_wide(listener->machine, vtdm_make_pasid_cache_invalidate(
                            VTDM_PC_G_PASID, domain_id, RID_PASID));
    g_assert_cmphex(machine_read32(listener->machine, VTDM_REG_FSTS), ==, 0);
}

static VTDMEntry128 context(unsigned g, uint16_t source_id)
{
    return vtdm_make_context_invalidate(g, 99, source_id, 0);
}

static VTDMEntry128 iotlb(unsigned g, uint16_t domain_id, uint64_t address)
{
    return vtdm_make_iotlb_invalidate(g, domain_id, address, 0, true);
}

static VTDMEntry128 pasid_iotlb(unsigned g, uint16_t domain_id,
                                uint32_t pasid)
{
    return vtdm_make_pasid_iotlb_invalidate(g, domain_id, pasid, SECOND);
}

static VTDMEntry128 pasid_cache(unsigned g, uint16_t domain_id,
                                uint32_t pasid)
{
    return vtdm_make_pasid_cache_invalidate(g, domain_id, pasid);
}

/*
 * Spec: "Caching Mode": a page that was mapped shows when something covers it,
 * and not before
 */
static void test_descriptors(void)
{
    const struct {
        VTDMEntry128 descriptor;
        bool covers;
    } rows[] = {
        { context(VTDM_G_GLOBAL, 0), true },
        { context(VTDM_G_DOMAIN, 0), true },
        { context(VTDM_G_SELECTIVE, MACHINE_SID), true },
        { context(VTDM_G_SELECTIVE, MACHINE_SID + 1), false },
        { iotlb(VTDM_G_GLOBAL, 0, 0), true },
        { iotlb(VTDM_G_DOMAIN, MACHINE_DID, 0), true },
        { iotlb(VTDM_G_DOMAIN, NEXT_DID, 0), false },
        { iotlb(VTDM_G_SELECTIVE, MACHINE_DID, SECOND), true },
        { iotlb(VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA), false },
        { iotlb(VTDM_G_SELECTIVE, NEXT_DID, SECOND), false },
        { pasid_iotlb(VTDM_P_IOTLB_G_PASID, MACHINE_DID, RID_PASID), true },
        { pasid_iotlb(VTDM_P_IOTLB_G_PASID, MACHINE_DID, 5), false },
        { pasid_iotlb(VTDM_P_IOTLB_G_PASID, NEXT_DID, RID_PASID), false },
        { pasid_iotlb(VTDM_P_IOTLB_G_PAGES, MACHINE_DID, RID_PASID), false },
        { pasid_cache(VTDM_PC_G_GLOBAL, 0, 0), true },
        { pasid_cache(VTDM_PC_G_DOMAIN, MACHINE_DID, 0), true },
        { pasid_cache(VTDM_PC_G_DOMAIN, NEXT_DID, 0), false },
        { pasid_cache(VTDM_PC_G_PASID, MACHINE_DID, RID_PASID), true },
        { pasid_cache(VTDM_PC_G_PASID, MACHINE_DID, 5), false },
        { pasid_cache(VTDM_PC_G_PASID, NEXT_DID, RID_PASID), false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Listener listener;

        start(&listener);
        machine_map(listener.machine, SECOND, 0x5000, 1, RW);
        listener_expect_counts(&listener, 0, 0);
        machine_submit_wide(listener.machine, rows[i].descriptor);
        g_assert_cmphex(machine_read32(listener.machine, VTDM_REG_FSTS), ==,
                        0);
        listener_expect_counts(&listener, rows[i].covers, 0);
        listener_end(&listener);
    }
}

/* Spec: "PASID-Cache": what faulted is in no domain that has a name */
static void test_attach(void)
{
    Listener listener;

    start_with(&listener, new_machine(), (VTDMEntry512) { { 0 } });
    listener_expect_counts(&listener, 0, 0);
    g_assert_false(vtdm_mirror_is_identity(listener.mirror));
    set_entry(&listener, second_stage(listener.machine, NEXT_DID));
    flush_entry(&listener, NEXT_DID);
    listener_expect_counts(&listener, 1, 0);
    set_entry(&listener, (VTDMEntry512) { { 0 } });
    flush_entry(&listener, MACHINE_DID);
    listener_expect_counts(&listener, 0, 0);
    flush_entry(&listener, NEXT_DID);
    listener_expect_counts(&listener, 0, 1);
    listener_end(&listener);
}

/* Spec: "Pass-through Translation": memory is shown as it is */
static void test_pass_through(void)
{
    Listener listener;

    start(&listener);
    set_entry(&listener, vtdm_make_pasid_pass_through(NEXT_DID));
    g_assert_false(vtdm_mirror_is_identity(listener.mirror));
    flush_entry(&listener, MACHINE_DID);
    listener_expect_counts(&listener, 0, 1);
    g_assert_true(vtdm_mirror_is_identity(listener.mirror));
    set_entry(&listener, second_stage(listener.machine, MACHINE_DID));
    flush_entry(&listener, NEXT_DID);
    listener_expect_counts(&listener, 1, 0);
    listener_end(&listener);
}

/*
 * Spec: "Optional Invalidation": a guest need not tell of new mappings in
 * first-stage tables, so that none of them is mirrored
 */
static void test_first_stage(void)
{
    for (unsigned nested = 0; nested < 2; nested++) {
        Machine *machine = new_machine();
        uint64_t table = vtdm_tables_page(&machine->tables);
        VTDMEntry512 entry = vtdm_make_pasid_first_stage(4, table,
                                                         MACHINE_DID);
        Listener listener;

        vtdm_tables_map(&machine->tables, &(VTDMMapping) {
            .table = table, .levels = 4, .input = MACHINE_IOVA,
            .output = MACHINE_PAGE, .level = 1, .first_stage = true,
            .flags = VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US,
        });
        if (nested) {
            entry = vtdm_pasid_nested_over(entry, 4, machine->ssptptr);
        }
        start_with(&listener, machine, entry);
        listener_expect_counts(&listener, 0, 0);
        g_assert_false(vtdm_mirror_is_identity(listener.mirror));
        listener_end(&listener);
    }
}

/* Spec: "Context Entry": RID_PRIV without SRE lets nothing through */
static void test_privileged(void)
{
    for (unsigned sre = 0; sre < 2; sre++) {
        Machine *machine = new_machine();
        VTDMEntry512 entry = second_stage(machine, MACHINE_DID);
        Listener listener;

        vtdm_tables_set(&machine->tables, machine->context + 8,
                        VTDM_SCTX_1_RID_PRIV);
        entry.words[2] |= sre ? VTDM_PASID_2_SRE : 0;
        start_with(&listener, machine, entry);
        listener_expect_counts(&listener, sre, 0);
        listener_end(&listener);
    }
}

/* Spec: "Set Root Table Pointer Operation": another mode, while it is on */
static void test_mode_changes(void)
{
    Listener listener;

    start(&listener);
    machine_set_root(listener.machine, MACHINE_ROOT);
    listener_expect_counts(&listener, 0, 1);
    machine_set_root(listener.machine, MACHINE_ROOT |
                     vtdm_field(VTDM_RTADDR_TTM, VTDM_TTM_SCALABLE));
    listener_expect_counts(&listener, 1, 0);
    machine_command(listener.machine, 0, VTDM_GCMD_TE);
    listener_expect_counts(&listener, 0, 1);
    g_assert_true(vtdm_mirror_is_identity(listener.mirror));
    listener_end(&listener);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/mirror/scalable/descriptors", test_descriptors);
    g_test_add_func("/vtdm/mirror/scalable/attach", test_attach);
    g_test_add_func("/vtdm/mirror/scalable/pass-through", test_pass_through);
    g_test_add_func("/vtdm/mirror/scalable/first-stage", test_first_stage);
    g_test_add_func("/vtdm/mirror/scalable/privileged", test_privileged);
    g_test_add_func("/vtdm/mirror/scalable/mode-changes", test_mode_changes);
    return g_test_run();
}
