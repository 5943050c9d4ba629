/*
 * State through files and snapshots.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/qlist.h"
#include "travel.h"

#define SNAPSHOT                "there"

char *travel_folder(void)
{
    char *folder = g_dir_make_tmp("vtdm-XXXXXX", NULL);

    g_assert_nonnull(folder);
    return folder;
}

char *travel_disk(const char *folder)
{
    g_autofree char *image = g_build_filename(folder, "disk.qcow2", NULL);
    g_autofree char *command = g_strdup_printf(
        "%s create -q -f qcow2 %s 1M", getenv("QTEST_QEMU_IMG"), image);

    g_assert_cmpint(system(command), ==, 0);
    return g_strdup_printf("-drive if=none,id=disk,format=qcow2,file=%s ",
                           image);
}

void travel_remove(char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);

    for (const char *name; (name = g_dir_read_name(dir)); ) {
        g_autofree char *file = g_build_filename(folder, name, NULL);

        g_unlink(file);
    }
    g_dir_close(dir);
    g_rmdir(folder);
    g_free(folder);
}

/* As a migration ends: completed, or failed. */
static char *await_end(VM *vm)
{
    for (;;) {
        g_autoptr(QDict) answer = qtest_qmp(vm->qts,
                                            "{'execute': 'query-migrate'}");
        QDict *state = qdict_get_qdict(answer, "return");
        const char *status = qdict_get_try_str(state, "status");

        g_assert_nonnull(state);
        if (!g_strcmp0(status, "completed") || !g_strcmp0(status, "failed")) {
            return g_strdup(status);
        }
        g_usleep(10000);
    }
}

void travel_pause(VM *vm)
{
    qtest_qmp_assert_success(vm->qts,
        "{'execute': 'migrate-set-capabilities', "
        "'arguments': {'capabilities': [{'capability': "
        "'pause-before-switchover', 'state': true}]}}");
    /* Everything has been sent before the machine stops. */
    qtest_qmp_assert_success(vm->qts, "{'execute': 'migrate-set-parameters', "
                             "'arguments': {'downtime-limit': 0}}");
}

void travel_save_begin(VM *vm, const char *file)
{
    g_autofree char *uri = g_strconcat("file:", file, NULL);

    qtest_qmp_assert_success(vm->qts, "{'execute': 'migrate', 'arguments': "
                             "{'uri': %s}}", uri);
}

static void expect_completed(VM *vm)
{
    g_autofree char *end = await_end(vm);

    g_assert_cmpstr(end, ==, "completed");
}

void travel_save_end(VM *vm)
{
    qtest_qmp_assert_success(vm->qts, "{'execute': 'migrate-continue', "
                             "'arguments': {'state': 'pre-switchover'}}");
    expect_completed(vm);
}

void travel_save(VM *vm, const char *file)
{
    travel_save_begin(vm, file);
    expect_completed(vm);
}

static char *load(VM *vm, const char *file)
{
    g_autofree char *uri = g_strconcat("file:", file, NULL);

    qtest_qmp_assert_success(vm->qts, "{'execute': 'migrate-incoming', "
                             "'arguments': {'uri': %s, "
                             "'exit-on-error': false}}", uri);
    return await_end(vm);
}

/* Then it goes on, unless it stood still where it comes from. */
static bool is_waiting(VM *vm)
{
    g_autoptr(QDict) answer = qtest_qmp(vm->qts,
                                        "{'execute': 'query-status'}");
    QDict *state = qdict_get_qdict(answer, "return");

    return g_str_equal(qdict_get_str(state, "status"), "inmigrate");
}

void travel_load(VM *vm, const char *file)
{
    g_autofree char *end = load(vm, file);

    g_assert_cmpstr(end, ==, "completed");
    while (is_waiting(vm)) {
        g_usleep(10000);
    }
}

bool travel_try(VM *vm, const char *file)
{
    g_autofree char *end = load(vm, file);

    return g_str_equal(end, "completed");
}

void travel_snapshot(VM *vm, const char *name)
{
    g_autofree char *said = qtest_hmp(vm->qts, "savevm %s", name);

    g_assert_cmpstr(said, ==, "");
}

char *travel_back(VM *vm, const char *name)
{
    return qtest_hmp(vm->qts, "loadvm %s", name);
}

/* Time, which is the test's own, goes on. */
static void go_by_migration(VM *vm, const char *folder)
{
    g_autofree char *file = g_build_filename(folder, "state", NULL);
    int64_t now = qtest_clock_step(vm->qts, 1);

    travel_save(vm, file);
    vm_restart(vm, TRAVEL_INCOMING);
    qtest_clock_set(vm->qts, now);
    travel_load(vm, file);
}

/* What is there in between must leave no trace. */
static void go_by_snapshot(VM *vm, const char *folder)
{
    g_autofree char *said = NULL;

    travel_snapshot(vm, SNAPSHOT);
    qtest_system_reset(vm->qts);
    said = travel_back(vm, SNAPSHOT);
    g_assert_cmpstr(said, ==, "");
    vm_renew_edu(vm);
}

const Way travel_ways[2] = {
    { "migration", go_by_migration },
    { "snapshot", go_by_snapshot },
};

/* A snapshot does not take the test's time back. */
static void forget_clocks(QList *units)
{
    const QListEntry *entry;

    QLIST_FOREACH_ENTRY(units, entry) {
        QDict *unit = qobject_to(QDict, qlist_entry_obj(entry));

        if (qdict_haskey(unit, "counts")) {
            qdict_del(qdict_get_qdict(unit, "counts"), "iommu_clocks");
        }
    }
}

char *travel_property(VM *vm, const char *name)
{
    g_autoptr(QDict) answer = qtest_qmp(vm->qts,
        "{'execute': 'qom-get', 'arguments': {"
        "'path': 'iommu', 'property': %s}}", name);
    QList *list = qdict_get_qlist(answer, "return");
    g_autoptr(GString) text = NULL;

    g_assert_nonnull(list);
    forget_clocks(list);
    text = qobject_to_json_pretty(QOBJECT(list), true);
    return g_strdup(text->str);
}
