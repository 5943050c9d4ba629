/*
 * Copies of translations that others keep: what a listener is told, through
 * QEMU's notifiers, equals the guest's tables after every step.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "listening.h"

#define MIRROR          LISTENING_DEVICE ",map=on"
#define CACHING         ",caching-mode=on"
#define LARGE           0x200000ULL

static char *get(VM *vm, const char *property)
{
    return listening_read(vm, "listener", property);
}

static void expect_text(VM *vm, const char *property, const char *wanted)
{
    listening_expect(vm, "listener", property, wanted);
}

static bool sees_memory(VM *vm)
{
    return listening_sees_memory(vm, "listener");
}

/* Memory as it is while translation is off; the guest's tables after. */
static void test_mirror_switches(void)
{
    VM *vm = listening_start(CACHING, MIRROR);

    g_assert_true(sees_memory(vm));
    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    unit_enable_dma(&vm->unit);
    g_assert_false(sees_memory(vm));
    expect_text(vm, "pages", "12345000 fff 4789000 3;");
    unit_command(&vm->unit, 0, VTDM_GCMD_TE);
    g_assert_true(sees_memory(vm));
    expect_text(vm, "pages", "");
    unit_command(&vm->unit, VTDM_GCMD_TE, 0);
    expect_text(vm, "pages", "12345000 fff 4789000 3;");
    qtest_system_reset(vm->qts);
    g_assert_true(sees_memory(vm));
    vm_free(vm);
}

static void test_mirror_passes_through(void)
{
    VM *vm = listening_start(CACHING, MIRROR);
    VTDMEntry128 passes = vtdm_make_context(VTDM_TT_PASS_THROUGH, 4, 0,
                                            VM_DID);

    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    unit_enable_dma(&vm->unit);
    vtdm_tables_context(&vm->tables, vm->unit.root, LISTENING_SID, passes);
    g_assert_false(sees_memory(vm));
    listening_flush_context(vm, VM_DID);
    g_assert_true(sees_memory(vm));
    vtdm_tables_context(&vm->tables, vm->unit.root, LISTENING_SID,
                        (VTDMEntry128) { 0 });
    listening_flush_context(vm, VM_DID);
    g_assert_false(sees_memory(vm));
    expect_text(vm, "pages", "");
    vm_free(vm);
}

/* Exactly what changed, a large page as one event. */
static void test_mirror_events(void)
{
    VM *vm = listening_start(CACHING, MIRROR);
    VTDMMapping large = {
        .table = vm->ssptptr, .levels = 4, .input = LARGE,
        .output = 2 * LARGE, .level = 2, .flags = VTDM_SS_R,
    };
    uint64_t leaf;

    unit_enable_dma(&vm->unit);
    g_free(get(vm, "log"));
    leaf = vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    vm_map(vm, VM_IOVA + 0x1000, VM_PAGE, UNIT_RW);
    vtdm_tables_map(&vm->tables, &large);
    expect_text(vm, "log", "");
    listening_flush(vm, VTDM_G_SELECTIVE, VM_IOVA, 0);
    expect_text(vm, "log", "map 12345000 fff;");
    listening_flush(vm, VTDM_G_DOMAIN, 0, 0);
    expect_text(vm, "log", "map 200000 1fffff;map 12346000 fff;");
    expect_text(vm, "pages", "200000 1fffff 400000 1;"
                "12345000 fff 4789000 3;12346000 fff 4789000 3;");
    vtdm_tables_set(&vm->tables, leaf, 0);
    listening_flush(vm, VTDM_G_SELECTIVE, VM_IOVA, 0);
    expect_text(vm, "log", "unmap 12345000 fff;");
    vm_free(vm);
}

/* Above and below the interrupt range there is a notifier each. */
static void test_mirror_around_interrupts(void)
{
    VM *vm = listening_start(CACHING, MIRROR);
    VTDMMapping large = {
        .table = vm->ssptptr, .levels = 4, .input = 0xfee00000,
        .output = 2 * LARGE, .level = 2, .flags = UNIT_RW,
    };

    vtdm_tables_map(&vm->tables, &large);
    unit_enable_dma(&vm->unit);
    expect_text(vm, "pages", "fef00000 fffff 500000 3;");
    vm_free(vm);
}

/* ---- a random run ---- */

#define ARENA_PAGES     24

typedef struct Leaf {
    uint64_t entry;             /* where it is */
    uint64_t output;
    uint64_t flags;             /* 0: not mapped */
} Leaf;

static uint64_t arena(unsigned i)
{
    return i < ARENA_PAGES / 2 ? VM_IOVA + i * VTDM_PAGE_SIZE
                               : VM_IOVA_2 + i * VTDM_PAGE_SIZE;
}

static char *wanted_pages(const Leaf *leaves)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < ARENA_PAGES; i++) {
        if (leaves[i].flags) {
            g_string_append_printf(text, "%" PRIx64 " fff %" PRIx64
                                   " %" PRIx64 ";", arena(i),
                                   leaves[i].output, leaves[i].flags);
        }
    }
    return g_string_free(text, false);
}

static void test_mirror_random(void)
{
    VM *vm = listening_start(CACHING, MIRROR);
    Leaf leaves[ARENA_PAGES] = { 0 };

    unit_enable_dma(&vm->unit);
    for (unsigned i = 0; i < ARENA_PAGES; i++) {
        leaves[i].entry = vm_map(vm, arena(i), 0, 0);
    }
    for (unsigned step = 0; step < 400; step++) {
        unsigned i = g_test_rand_int_range(0, ARENA_PAGES);
        g_autofree char *wanted = NULL;

        leaves[i].output = g_test_rand_int_range(1, 64) * VTDM_PAGE_SIZE;
        leaves[i].flags = g_test_rand_int_range(0, 4);
        vtdm_tables_set(&vm->tables, leaves[i].entry,
                        leaves[i].output | leaves[i].flags);
        listening_flush(vm, g_test_rand_int_range(0, 4) ? VTDM_G_SELECTIVE
                                              : VTDM_G_DOMAIN, arena(i), 0);
        wanted = wanted_pages(leaves);
        expect_text(vm, "pages", wanted);
    }
    vm_free(vm);
}

/* Who comes after a device that mirrored starts anew. */
static void test_mirror_unplugged(void)
{
    VM *vm = vm_new(CACHING, "-device pcie-root-port,id=rp,addr=06.0");

    unit_enable_queue(&vm->unit);
    for (unsigned life = 0; life < 2; life++) {
        qtest_qmp_device_add(vm->qts, TYPE_VTDM_LISTENER, "listener",
                             "{'bus': 'rp', 'map': true}");
        g_assert_true(sees_memory(vm));
        unit_enable_dma(&vm->unit);
        g_assert_false(sees_memory(vm));
        vm_unplug(vm, "listener", 1);
        listening_flush_context(vm, VM_DID);
        unit_command(&vm->unit, 0, VTDM_GCMD_TE);
    }
    vm_free(vm);
}

/*
 * Tables that refer to each other mean more than a call may look at: the guest
 * and the monitor go on, and software sees when the mirror is done.
 */
static void test_mirror_in_slices(void)
{
    VM *vm = listening_start(CACHING, MIRROR);
    uint64_t table = vm->ssptptr;

    for (unsigned level = 4; level > 1; level--) {
        uint64_t next = vtdm_tables_page(&vm->tables);

        for (unsigned i = 0; i < VTDM_PAGE_SIZE / 8; i++) {
            vtdm_tables_set(&vm->tables, table + 8 * i, next | UNIT_RW);
        }
        table = next;
    }
    unit_set_root(&vm->unit, vm->unit.root);
    unit_command(&vm->unit, VTDM_GCMD_TE, 0);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_GSTS) & VTDM_GSTS_TES,
                    ==, 0);
    g_assert_false(sees_memory(vm));
    unit_enable_dma(&vm->unit);
    expect_text(vm, "pages", "");
    vm_free(vm);
}

/* ---- what cannot work ---- */

static void expect_refused(const char *arguments, const char *text)
{
    g_autofree char *command =
        g_strdup_printf("timeout -s KILL 900 %s -accel qtest -display none "
                        "-nodefaults -machine q35 -device intel-iommu-sim%s",
                        getenv("QTEST_QEMU_BINARY"), arguments);
    g_autofree char *errors = NULL;
    int status = 0;

    g_assert_true(g_spawn_command_line_sync(command, NULL, &errors, &status,
                                            NULL));
    g_assert_cmpint(status, ==, EXIT_FAILURE << 8);
    g_assert_nonnull(strstr(errors, text));
}

static void test_refused_without_caching_mode(void)
{
    expect_refused(" " MIRROR, "in caching mode only: set caching-mode=on");
}

static void test_refused_with_first_stage(void)
{
    expect_refused(CACHING ",scalable-mode=on,fsts=on " MIRROR,
                   "a guest need not tell of new ones: set fsts=off");
}

static void test_refused_by_host(void)
{
    expect_refused(CACHING " " MIRROR ",host-width=39",
                   "the host's IOMMU translates 39 bits, the guest's 48: set "
                   "aw-bits=39 or less");
}

static void test_accepted_by_host(void)
{
    VM *vm = listening_start(CACHING, MIRROR ",host-width=48");

    g_assert_true(sees_memory(vm));
    vm_free(vm);
}

int main(int argc, char **argv)
{
    listening_load(argv[0]);
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/notifiers/mirror/switches", test_mirror_switches);
    qtest_add_func("/vtdm/notifiers/mirror/passes-through",
                   test_mirror_passes_through);
    qtest_add_func("/vtdm/notifiers/mirror/events", test_mirror_events);
    qtest_add_func("/vtdm/notifiers/mirror/around-interrupts",
                   test_mirror_around_interrupts);
    qtest_add_func("/vtdm/notifiers/mirror/random", test_mirror_random);
    qtest_add_func("/vtdm/notifiers/mirror/in-slices",
                   test_mirror_in_slices);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/notifiers/mirror/unplugged",
                       test_mirror_unplugged);
    }
    qtest_add_func("/vtdm/notifiers/refused/without-caching-mode",
                   test_refused_without_caching_mode);
    qtest_add_func("/vtdm/notifiers/refused/with-first-stage",
                   test_refused_with_first_stage);
    qtest_add_func("/vtdm/notifiers/refused/by-host", test_refused_by_host);
    qtest_add_func("/vtdm/notifiers/accepted-by-host",
                   test_accepted_by_host);
    return g_test_run();
}
