/*
 * Copies that vhost keeps of what RID_PASID's tables gave in scalable mode:
 * which descriptors it is told of, and what it may do unasked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "listening.h"

#define RID_PASID       0
#define OTHER_PASID     5
#define USER            (VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US)

/*
 * Translation is on, through tables of the entry that @make makes; *@leaf is
 * where the entry of the one page is.
 */
static VM *start(const char *device,
                 VTDMEntry512 (*make)(uint64_t table), uint64_t *leaf)
{
    VM *vm = vm_new(",scalable-mode=on", device);
    uint64_t directory = vtdm_tables_page(&vm->tables);
    bool first_stage;
    VTDMEntry512 entry;

    vm->ssptptr = vtdm_tables_page(&vm->tables);
    entry = make(vm->ssptptr);
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    first_stage = vtdm_get(entry.words[0], VTDM_PASID_PGTT) ==
                  VTDM_PGTT_FIRST_STAGE;
    *leaf = vtdm_tables_map(&vm->tables, &(VTDMMapping) {
        .table = vm->ssptptr, .levels = 4, .input = VM_IOVA,
        .output = VM_PAGE, .level = 1, .first_stage = first_stage,
        .flags = first_stage ? USER : UNIT_RW,
    });
    vtdm_tables_scalable_context(&vm->tables, vm->unit.root, LISTENING_SID,
                                 vtdm_make_scalable_context(0, 0, directory,
                                                            RID_PASID));
    vtdm_tables_pasid(&vm->tables, directory, RID_PASID, entry);
    unit_write64(&vm->unit, VTDM_REG_IQA, vm->unit.queue | VTDM_IQA_DW);
    unit_command(&vm->unit, VTDM_GCMD_QIE, 0);
    unit_set_root(&vm->unit, vm->unit.root |
                  vtdm_field(VTDM_RTADDR_TTM, VTDM_TTM_SCALABLE));
    unit_command(&vm->unit, VTDM_GCMD_TE, 0);
    return vm;
}

static VTDMEntry512 first_stage(uint64_t table)
{
    return vtdm_make_pasid_first_stage(4, table, VM_DID);
}

static VTDMEntry512 second_stage(uint64_t table)
{
    return vtdm_make_pasid_second_stage(4, table, VM_DID);
}

static void submit(VM *vm, VTDMEntry128 descriptor)
{
    uint64_t tail = unit_read64(&vm->unit, VTDM_REG_IQT);

    vtdm_tables_set128(&vm->tables, vm->unit.queue + tail, descriptor);
    vtdm_tables_set128(&vm->tables, vm->unit.queue + tail + 16,
                       (VTDMEntry128) { 0 });
    unit_write64(&vm->unit, VTDM_REG_IQT, (tail + 32) % VTDM_PAGE_SIZE);
    unit_expect_no_fault(&vm->unit);
}

/* It asks to read, and is let write. */
static void ask(VM *vm)
{
    g_autofree char *address = g_strdup_printf("%x", VM_IOVA);
    g_autofree char *answer = g_strdup_printf("ask %x %x 3;", VM_IOVA,
                                              VM_PAGE);

    g_free(listening_read(vm, "listener", "log"));
    listening_write(vm, "listener", "ask", address);
    listening_expect(vm, "listener", "log", answer);
}

typedef enum Dropped {
    NOTHING,
    PAGE,
    ALL,
} Dropped;

static void expect_dropped(VM *vm, Dropped dropped)
{
    g_autofree char *log = listening_read(vm, "listener", "log");
    g_autofree char *page = g_strdup_printf("unmap %x fff;", VM_IOVA);

    if (dropped == ALL) {
        g_assert_nonnull(strstr(log, "unmap 4000000000000000 "));
    } else {
        g_assert_cmpstr(log, ==, dropped == PAGE ? page : "");
    }
}

/*
 * Spec: "IOTLB Invalidate", "PASID-based IOTLB Invalidate Descriptor
 * (P_IOTLB)": what covers the page, in tables of each stage
 */
static void test_descriptors(void)
{
    const struct {
        VTDMEntry128 descriptor;
        Dropped first_stage;
        Dropped second_stage;
    } rows[] = {
        { vtdm_make_iotlb_invalidate(VTDM_G_SELECTIVE, VM_DID, VM_IOVA, 0,
                                     true), ALL, PAGE },
        { vtdm_make_iotlb_invalidate(VTDM_G_DOMAIN, VM_DID, 0, 0, false),
          ALL, ALL },
        { vtdm_make_iotlb_invalidate(VTDM_G_DOMAIN, VM_DID + 1, 0, 0, false),
          NOTHING, NOTHING },
        { vtdm_make_pasid_iotlb_invalidate(VTDM_P_IOTLB_G_PAGES, VM_DID,
                                           RID_PASID, VM_IOVA),
          PAGE, NOTHING },
        { vtdm_make_pasid_iotlb_invalidate(VTDM_P_IOTLB_G_PASID, VM_DID,
                                           RID_PASID, 0), ALL, ALL },
        { vtdm_make_pasid_iotlb_invalidate(VTDM_P_IOTLB_G_PASID, VM_DID + 1,
                                           RID_PASID, 0), NOTHING, NOTHING },
        { vtdm_make_pasid_cache_invalidate(VTDM_PC_G_PASID, VM_DID,
                                           RID_PASID), ALL, ALL },
        { vtdm_make_pasid_cache_invalidate(VTDM_PC_G_DOMAIN, VM_DID + 1, 0),
          NOTHING, NOTHING },
        { vtdm_make_context_invalidate(VTDM_G_SELECTIVE, 99, LISTENING_SID,
                                       0), ALL, ALL },
    };

    for (unsigned kind = 0; kind < 2; kind++) {
        uint64_t leaf;
        VM *vm = start(LISTENING_DEVICE, kind ? second_stage : first_stage,
                       &leaf);

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
            ask(vm);
            submit(vm, rows[i].descriptor);
            expect_dropped(vm, kind ? rows[i].second_stage
                                    : rows[i].first_stage);
        }
        vm_free(vm);
    }
}

/* Spec: "Accessed, Extended Accessed, and Dirty Flags" */
static void test_dirty(void)
{
    uint64_t leaf;
    VM *vm = start(LISTENING_DEVICE, first_stage, &leaf);

    g_assert_cmphex(vtdm_tables_get(&vm->tables, leaf) & VTDM_FS_D, ==, 0);
    ask(vm);
    g_assert_cmphex(vtdm_tables_get(&vm->tables, leaf) & VTDM_FS_D, ==,
                    VTDM_FS_D);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* Spec: "PASID-based-Device-TLB Invalidate Descriptor": of other requests */
static void test_device_tlb(void)
{
    uint64_t leaf;
    VM *vm = start(LISTENING_DEVICE ",device-tlb=on", first_stage, &leaf);
    VTDMEntry128 descriptor = vtdm_make_pasid_device_tlb_invalidate(
        LISTENING_SID, OTHER_PASID, VM_IOVA, false);

    ask(vm);
    submit(vm, descriptor);
    expect_dropped(vm, NOTHING);
    descriptor.hi |= VTDM_P_DEV_TLB_HI_GI;
    submit(vm, descriptor);
    expect_dropped(vm, PAGE);
    vm_free(vm);
}

int main(int argc, char **argv)
{
    listening_load(argv[0]);
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/copies/scalable/descriptors", test_descriptors);
    qtest_add_func("/vtdm/copies/scalable/dirty", test_dirty);
    qtest_add_func("/vtdm/copies/scalable/device-tlb", test_device_tlb);
    return g_test_run();
}
