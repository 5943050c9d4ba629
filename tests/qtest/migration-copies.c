/*
 * Those who keep copies, in migrations and snapshots: what they have is true of
 * the state that was loaded.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "listening.h"
#include "travel.h"

#define PAGE_3                  0x6321000
#define FIRST                   "12345000 fff 4789000 3;"
#define SECOND                  "12345000 fff 6321000 3;"

static char *folder;

static VM *start(const char *options, const char *device)
{
    g_autofree char *disk = NULL, *all = NULL;

    folder = travel_folder();
    disk = travel_disk(folder);
    all = g_strconcat(disk, device, NULL);
    return listening_start(options, all);
}

static void stop(VM *vm)
{
    vm_free(vm);
    travel_remove(folder);
}

static void expect_pages(VM *vm, const char *wanted)
{
    for (unsigned i = 0; i < 10000; i++) {
        g_autofree char *pages = listening_read(vm, "listener", "pages");

        if (g_str_equal(pages, wanted)) {
            return;
        }
        g_usleep(1000);
    }
    listening_expect(vm, "listener", "pages", wanted);
}

static void map(VM *vm, uint64_t page)
{
    vm_map(vm, VM_IOVA, page, UNIT_RW);
    listening_flush(vm, VTDM_G_SELECTIVE, VM_IOVA, 0);
}

/* A mirror has the pages that the guest has there. */
static void test_mirror(gconstpointer opaque)
{
    const Way *way = opaque;
    VM *vm = start(",caching-mode=on", LISTENING_DEVICE ",map=on");

    map(vm, VM_PAGE);
    unit_enable_dma(&vm->unit);
    expect_pages(vm, FIRST);
    way->go(vm, folder);
    expect_pages(vm, FIRST);
    map(vm, PAGE_3);
    expect_pages(vm, SECOND);
    stop(vm);
}

/* Back to where another page was mapped, and to where nothing was. */
static void test_mirror_back(void)
{
    VM *vm = start(",caching-mode=on", LISTENING_DEVICE ",map=on");

    travel_snapshot(vm, "empty");
    map(vm, VM_PAGE);
    unit_enable_dma(&vm->unit);
    travel_snapshot(vm, "mapped");
    map(vm, PAGE_3);
    expect_pages(vm, SECOND);
    g_free(travel_back(vm, "mapped"));
    expect_pages(vm, FIRST);
    g_free(travel_back(vm, "empty"));
    expect_pages(vm, "");
    g_assert_true(listening_sees_memory(vm, "listener"));
    stop(vm);
}

/* A cache is told to drop all before anybody asks it again. */
static void test_cache(void)
{
    VM *vm = start("", LISTENING_DEVICE);
    g_autofree char *log = NULL;

    map(vm, VM_PAGE);
    unit_enable_dma(&vm->unit);
    travel_snapshot(vm, "mapped");
    g_free(listening_read(vm, "listener", "log"));
    g_free(travel_back(vm, "mapped"));
    log = listening_read(vm, "listener", "log");
    g_assert_nonnull(strstr(log, "unmap 0 "));
    g_assert_nonnull(strstr(log, "unmap 4000000000000000 "));
    stop(vm);
}

int main(int argc, char **argv)
{
    listening_load(argv[0]);
    g_test_init(&argc, &argv, NULL);
    for (size_t way = 0; way < ARRAY_SIZE(travel_ways); way++) {
        g_autofree char *path = g_strdup_printf(
            "/vtdm/migration-copies/mirror/%s", travel_ways[way].name);

        qtest_add_data_func(path, &travel_ways[way], test_mirror);
    }
    qtest_add_func("/vtdm/migration-copies/mirror-back", test_mirror_back);
    qtest_add_func("/vtdm/migration-copies/cache", test_cache);
    return g_test_run();
}
