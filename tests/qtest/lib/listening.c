/*
 * What vtdm-listener devices were told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "listening.h"

/* libqtest starts QEMU through a shell, which cannot load the module. */
void listening_load(const char *program)
{
    g_autofree char *folder = g_path_get_dirname(program);
    g_autofree char *command =
        g_strdup_printf("env LD_PRELOAD=%s/vtdm-listener.so %s", folder,
                        getenv("QTEST_QEMU_BINARY"));

    g_setenv("QTEST_QEMU_BINARY", command, true);
}

VM *listening_start(const char *options, const char *device)
{
    VM *vm = vm_new(options, device);

    vm->ssptptr = unit_attach(&vm->unit, LISTENING_SID, VM_DID, 4);
    unit_enable_queue(&vm->unit);
    return vm;
}

void listening_flush(VM *vm, unsigned g, uint64_t address, unsigned am)
{
    unit_submit(&vm->unit, vtdm_make_iotlb_invalidate(g, VM_DID, address, am,
                                                      false));
}

void listening_flush_context(VM *vm, uint16_t domain_id)
{
    unit_submit(&vm->unit,
                vtdm_make_context_invalidate(VTDM_G_SELECTIVE, domain_id,
                                             LISTENING_SID, 0));
}

static QDict *get(VM *vm, const char *id, const char *property)
{
    g_autofree char *path = g_strdup_printf("/machine/peripheral/%s", id);

    return qtest_qmp(vm->qts, "{ 'execute': 'qom-get', 'arguments': { "
                     "'path': %s, 'property': %s } }", path, property);
}

char *listening_read(VM *vm, const char *id, const char *property)
{
    g_autoptr(QDict) answer = get(vm, id, property);

    return g_strdup(qdict_get_try_str(answer, "return"));
}

void listening_expect(VM *vm, const char *id, const char *property,
                      const char *wanted)
{
    g_autofree char *text = listening_read(vm, id, property);

    g_assert_cmpstr(text, ==, wanted);
}

uint64_t listening_count(VM *vm, const char *id, const char *property)
{
    g_autoptr(QDict) answer = get(vm, id, property);

    return qdict_get_int(answer, "return");
}

void listening_write(VM *vm, const char *id, const char *property,
                     const char *text)
{
    g_autofree char *path = g_strdup_printf("/machine/peripheral/%s", id);

    qtest_qmp_assert_success(vm->qts, "{ 'execute': 'qom-set', 'arguments': "
                             "{ 'path': %s, 'property': %s, 'value': %s } }",
                             path, property, text);
}

bool listening_sees_memory(VM *vm, const char *id)
{
    return listening_count(vm, id, "ram") > VM_RAM / 2;
}
