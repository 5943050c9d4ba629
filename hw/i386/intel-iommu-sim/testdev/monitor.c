/*
 * vtd-testdev: from outside, over QMP: a command that runs a command, and
 * properties that show and hold things.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/spec/bits.h"
#include "qapi/error.h"
#include "qapi/qmp-registry.h"
#include "qapi/qobject-input-visitor.h"
#include "qapi/qobject-output-visitor.h"
#include "qapi/visitor.h"
#include "qemu/cutils.h"
#include "qobject/qdict.h"
#include "command.h"
#include "invalidations.h"
#include "monitor.h"

#define COMMAND                 "vtd-testdev-run"

/* Of QEMU's monitor, in a header of its own. */
extern QmpCommandList qmp_commands;

/* What can be said of a command; the rest is 0. */
#define WORD(member)            offsetof(struct vtd_testdev_command, member)

static const struct {
    const char *name;
    size_t place;               /* of the word */
    uint64_t field;             /* of control, 0: the whole word */
    uint64_t flag;              /* that comes with it */
} numbers[] = {
    { "address", WORD(address) },
    { "length", WORD(length) },
    { "offset", WORD(offset) },
    { "operand", WORD(operand) },
    { "requester", WORD(requester), 0, VTD_TESTDEV_AS_REQUESTER },
    { "pasid", WORD(control), VTD_TESTDEV_PASID, VTD_TESTDEV_WITH_PASID },
    { "vector", WORD(control), VTD_TESTDEV_VECTOR, VTD_TESTDEV_INTERRUPT },
};

static const struct {
    const char *name;
    uint64_t flag;
} flags[] = {
    { "privileged", VTD_TESTDEV_PRIVILEGED },
    { "execute", VTD_TESTDEV_EXECUTE },
    { "through-tlb", VTD_TESTDEV_THROUGH_TLB },
    { "claim-translated", VTD_TESTDEV_CLAIM_TRANSLATED },
    { "request-pages", VTD_TESTDEV_REQUEST_PAGES },
    { "no-write", VTD_TESTDEV_NO_WRITE },
    { "want-read", VTD_TESTDEV_WANT_READ },
    { "want-write", VTD_TESTDEV_WANT_WRITE },
    { "last", VTD_TESTDEV_LAST },
};

static bool take_number(Visitor *v, size_t row,
                        struct vtd_testdev_command *words, Error **errp)
{
    uint64_t *word = (uint64_t *)((uint8_t *)words + numbers[row].place);
    uint64_t field = numbers[row].field ?: UINT64_MAX;
    uint64_t value;
    bool there;

    visit_optional(v, numbers[row].name, &there);
    if (!there) {
        return true;
    }
    if (!visit_type_uint64(v, numbers[row].name, &value, errp)) {
        return false;
    }
    if (value > field >> ctz64(field)) {
        error_setg(errp, "%s=0x%" PRIx64 " is too much: use 0x%" PRIx64
                   " or less", numbers[row].name, value,
                   field >> ctz64(field));
        return false;
    }
    *word |= value << ctz64(field);
    words->control |= numbers[row].flag;
    return true;
}

static bool take_flag(Visitor *v, size_t row,
                      struct vtd_testdev_command *words, Error **errp)
{
    bool there, on;

    visit_optional(v, flags[row].name, &there);
    if (there && !visit_type_bool(v, flags[row].name, &on, errp)) {
        return false;
    }
    words->control |= there && on ? flags[row].flag : 0;
    return true;
}

static bool take_opcode(Visitor *v, struct vtd_testdev_command *words,
                        Error **errp)
{
    g_autofree char *name = NULL;
    unsigned opcode = 0;

    if (!visit_type_str(v, "opcode", &name, errp)) {
        return false;
    }
    while (vtdt_opcode_name(opcode) &&
           !g_str_equal(vtdt_opcode_name(opcode), name)) {
        opcode++;
    }
    if (!vtdt_opcode_name(opcode)) {
        error_setg(errp, "there is no opcode '%s': use nop, read, write, "
                   "store, fetch-add, copy, msi, translate, page-request or "
                   "stop-marker", name);
        return false;
    }
    words->control |= opcode;
    return true;
}

static VTDTDevice *take_device(Visitor *v, Error **errp)
{
    g_autofree char *id = NULL;
    Object *found;

    if (!visit_type_str(v, "device", &id, errp)) {
        return NULL;
    }
    found = object_resolve_path_type(id, TYPE_VTD_TESTDEV, NULL);
    if (!found) {
        error_setg(errp, "there is no vtd-testdev '%s': give the id of one "
                   "(-device vtd-testdev,id=...) or its QOM path", id);
        return NULL;
    }
    return VTD_TESTDEV(found);
}

static bool take_words(Visitor *v, struct vtd_testdev_command *words,
                       Error **errp)
{
    bool good = take_opcode(v, words, errp);

    for (size_t i = 0; good && i < ARRAY_SIZE(numbers); i++) {
        good = take_number(v, i, words, errp);
    }
    for (size_t i = 0; good && i < ARRAY_SIZE(flags); i++) {
        good = take_flag(v, i, words, errp);
    }
    return good && visit_check_struct(v, errp);
}

static VTDTDevice *take_arguments(QDict *args,
                                  struct vtd_testdev_command *words,
                                  Error **errp)
{
    Visitor *v = qobject_input_visitor_new(QOBJECT(args));
    VTDTDevice *device = NULL;

    if (visit_start_struct(v, NULL, NULL, 0, errp)) {
        device = take_device(v, errp);
        if (device && !take_words(v, words, errp)) {
            device = NULL;
        }
        visit_end_struct(v, NULL);
    }
    visit_free(v);
    return device;
}

static void put_uint(Visitor *v, const char *name, uint64_t value)
{
    visit_type_uint64(v, name, &value, &error_abort);
}

static void put_text(Visitor *v, const char *name, const char *value)
{
    char *text = (char *)value;

    visit_type_str(v, name, &text, &error_abort);
}

static void put_bool(Visitor *v, const char *name, bool value)
{
    visit_type_bool(v, name, &value, &error_abort);
}

static void put_command(Visitor *v, const char *name,
                        const VTDTCommand *command)
{
    uint64_t status = command->words.status;

    visit_start_struct(v, name, NULL, 0, &error_abort);
    put_text(v, "status", vtdt_status_name(vtdt_command_status(command)));
    put_uint(v, "reason", vtdm_get(status, VTD_TESTDEV_REASON));
    put_uint(v, "bytes", vtdm_get(status, VTD_TESTDEV_BYTES));
    put_uint(v, "result", command->words.result);
    visit_end_struct(v, NULL);
}

/* No DMA of the device's reaches its own registers. */
static void run_guarded(VTDTCommand *command)
{
    MemReentrancyGuard *guard = &DEVICE(command->device)->mem_reentrancy_guard;
    bool engaged = guard->engaged_in_io;

    guard->engaged_in_io = true;
    vtdt_command_run(command);
    guard->engaged_in_io = engaged;
}

static void run(QDict *args, QObject **ret, Error **errp)
{
    struct vtd_testdev_command words = { 0 };
    VTDTDevice *device = take_arguments(args, &words, errp);
    Visitor *v;

    if (!device) {
        return;
    }
    if (device->outside.running) {
        error_setg(errp, "the command before waits for a page response: read "
                   "it in the property state, or reset the device");
        return;
    }
    device->outside.words = words;
    run_guarded(&device->outside);
    v = qobject_output_visitor_new(ret);
    put_command(v, NULL, &device->outside);
    visit_complete(v, ret);
    visit_free(v);
}

void vtdt_monitor_init(void)
{
    static bool there;

    if (!there) {
        qmp_register_command(&qmp_commands, COMMAND, run, 0, 0);
        there = true;
    }
}

static void put_counters(Visitor *v, const VTDTDevice *device)
{
    static const char *const names[VTDT_COUNTERS] = {
        "done", "failed", "hits", "misses", "translations", "invalidations",
        "dropped", "completions", "page-requests", "responses", "unexpected",
        "interrupts",
    };

    for (unsigned i = 0; i < VTDT_COUNTERS; i++) {
        put_uint(v, names[i], device->counters[i]);
    }
}

static void put_entry(Visitor *v, const VTDTTlbEntry *entry)
{
    bool pasid = entry->tag.pasid != VTDM_NO_PASID;
    int64_t shown = pasid ? entry->tag.pasid : -1;

    visit_start_struct(v, NULL, NULL, 0, &error_abort);
    put_uint(v, "address", entry->tag.address);
    put_uint(v, "mask", entry->mask);
    put_uint(v, "output", entry->output);
    visit_type_int64(v, "pasid", &shown, &error_abort);
    put_bool(v, "privileged", entry->tag.privileged);
    put_bool(v, "read", entry->perm & VTDM_PERM_R);
    put_bool(v, "write", entry->perm & VTDM_PERM_W);
    visit_end_struct(v, NULL);
}

static void get_state(Object *obj, Visitor *v, const char *name, void *opaque,
                      Error **errp)
{
    VTDTDevice *device = VTD_TESTDEV(obj);

    visit_start_struct(v, name, NULL, 0, &error_abort);
    put_command(v, "outside", &device->outside);
    put_command(v, "slot", &device->slot);
    put_uint(v, "ring-head", device->ring.head);
    put_uint(v, "ring-tail", device->ring.tail);
    put_text(v, "ring-status", vtdt_status_name(device->ring.status &
                                                VTD_TESTDEV_STATUS));
    put_uint(v, "held", device->invalidations.held.count);
    put_uint(v, "outstanding", device->pages.outstanding);
    put_counters(v, device);
    visit_start_list(v, "tlb", NULL, 0, &error_abort);
    for (unsigned i = 0; i < VTDT_TLB_CAPACITY; i++) {
        if (device->tlb.entries[i].valid) {
            put_entry(v, &device->tlb.entries[i]);
        }
    }
    visit_end_list(v, NULL);
    visit_end_struct(v, NULL);
}

static const char *const modes[] = { "answer", "hold", "spoil", "lose" };

static char *get_invalidate(Object *obj, Error **errp)
{
    VTDTDevice *device = VTD_TESTDEV(obj);
    const char *mode = modes[device->invalidations.mode];

    return device->invalidations.count
        ? g_strdup_printf("%s,%" PRIu64, mode, device->invalidations.count)
        : g_strdup(mode);
}

/* What a user sets before would be gone with the first reset. */
static bool is_there(Object *obj, const char *name, Error **errp)
{
    if (!DEVICE(obj)->realized) {
        error_setg(errp, "%s cannot be set before the machine runs, a reset "
                   "clears it: leave it out, and set it with qom-set", name);
    }
    return DEVICE(obj)->realized;
}

/* MODE or MODE,COUNT */
static void set_invalidate(Object *obj, const char *value, Error **errp)
{
    VTDTDevice *device = VTD_TESTDEV(obj);
    g_auto(GStrv) words = g_strsplit(value, ",", 2);
    uint64_t count = 0;

    if (!is_there(obj, "invalidate", errp)) {
        return;
    }
    for (unsigned i = 0; words[0] && i < ARRAY_SIZE(modes); i++) {
        if (g_str_equal(words[0], modes[i]) &&
            (!words[1] || qemu_strtou64(words[1], NULL, 0, &count) == 0)) {
            device->invalidations.mode = i;
            device->invalidations.count = count;
            return;
        }
    }
    error_setg(errp, "invalidate=%s: use answer, hold, spoil or lose, and for "
               "the next N requests only, ',N' behind it", value);
}

static bool get_release(Object *obj, Error **errp)
{
    return !VTD_TESTDEV(obj)->invalidations.held.count;
}

static void set_release(Object *obj, bool value, Error **errp)
{
    if (is_there(obj, "release", errp) && value) {
        vtdt_invalidations_release(VTD_TESTDEV(obj));
    }
}

static bool get_ignore(Object *obj, Error **errp)
{
    return VTD_TESTDEV(obj)->pages.mode & VTD_TESTDEV_PAGE_IGNORE;
}

static void set_ignore(Object *obj, bool value, Error **errp)
{
    if (is_there(obj, "ignore-responses", errp)) {
        VTD_TESTDEV(obj)->pages.mode = value ? VTD_TESTDEV_PAGE_IGNORE : 0;
    }
}

void vtdt_monitor_class_init(ObjectClass *oc)
{
    static const struct {
        const char *name;
        const char *text;
    } texts[] = {
        { "state", "the last command, counters, the device TLB" },
        { "invalidate", "what becomes of invalidation requests: answer, hold, "
          "spoil or lose, and of how many: MODE,COUNT" },
        { "release", "true: completes invalidation requests that are held" },
        { "ignore-responses", "page responses are lost" },
    };

    object_class_property_add(oc, "state", "struct", get_state, NULL, NULL,
                              NULL);
    object_class_property_add_str(oc, "invalidate", get_invalidate,
                                  set_invalidate);
    object_class_property_add_bool(oc, "release", get_release, set_release);
    object_class_property_add_bool(oc, "ignore-responses", get_ignore,
                                   set_ignore);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        object_class_property_set_description(oc, texts[i].name,
                                              texts[i].text);
    }
}
