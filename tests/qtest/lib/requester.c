/*
 * Requesters, read over QMP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "requester.h"

static Requester read_requester(const QDict *dict)
{
    return (Requester) {
        .name = g_strdup(qdict_get_str(dict, "name")),
        .unit = qdict_get_int(dict, "unit"),
        .domain = qdict_get_int(dict, "domain"),
        .reads = qdict_get_int(dict, "reads"),
        .writes = qdict_get_int(dict, "writes"),
        .interrupts = qdict_get_int(dict, "interrupts"),
        .blocked = qdict_get_int(dict, "interrupts-blocked"),
        .delivered = qdict_get_int(dict, "interrupts-delivered"),
        .faults = qdict_get_int(dict, "faults"),
    };
}

Requester requester_at(VM *vm, uint16_t source_id)
{
    g_autofree char *device = g_strdup_printf(
        "%02x:%02x.%x", source_id >> 8, (source_id >> 3) & 0x1f,
        source_id & 7);
    g_autoptr(QDict) answer = qtest_qmp(vm->qts,
        "{'execute': 'qom-get', 'arguments': {"
        "'path': 'iommu', 'property': 'x-device-state'}}");
    const QListEntry *entry;

    QLIST_FOREACH_ENTRY(qdict_get_qlist(answer, "return"), entry) {
        const QDict *dict = qobject_to(QDict, qlist_entry_obj(entry));

        if (g_str_equal(qdict_get_str(dict, "device"), device)) {
            return read_requester(dict);
        }
    }
    return (Requester) { .name = NULL };
}

void requester_clear(Requester *requester)
{
    g_free(requester->name);
}
