/*
 * A listener to one requester's mirror.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "mirror-listener.h"

static void hear(void *opaque, const VTDMPage *page, bool exists)
{
    Listener *listener = opaque;

    g_assert_cmphex(page->input & page->mask, ==, 0);
    g_assert_cmphex(page->output & page->mask, ==, 0);
    for (guint i = 0; i < listener->pages->len; i++) {
        VTDMPage *old = &g_array_index(listener->pages, VTDMPage, i);
        bool overlap = !((old->input ^ page->input) &
                         ~(old->mask | page->mask));

        if (!exists && old->input == page->input) {
            g_assert_cmphex(old->mask, ==, page->mask);
            g_array_remove_index_fast(listener->pages, i);
            listener->withdrawn++;
            return;
        }
        g_assert_false(overlap);
    }
    g_assert_true(exists);
    g_array_append_vals(listener->pages, page, 1);
    listener->told++;
}

void listener_outdate(void *opaque, const VTDMInvalidation *what)
{
    Listener *listener = opaque;

    vtdm_unit_outdate_mirror(listener->machine->unit, listener->mirror,
                             listener->source_id, what);
}

static bool update(void *opaque, unsigned *steps)
{
    Listener *listener = opaque;

    return vtdm_mirror_update(listener->mirror, steps);
}

void listener_begin(Listener *listener, Machine *machine)
{
    *listener = (Listener) {
        .machine = machine,
        .source_id = MACHINE_SID,
        .pages = g_array_new(false, false, sizeof(VTDMPage)),
    };
    listener->mirror = vtdm_mirror_new(hear, listener);
    g_assert_true(vtdm_mirror_is_identity(listener->mirror));
    machine->host.changed = listener_outdate;
    machine->host.update = update;
    machine->host.changed_opaque = listener;
}

static Machine *new_machine(void)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.cm = true;
    return machine_new(&config);
}

void listener_start(Listener *listener)
{
    Machine *machine = new_machine();

    listener_begin(listener, machine);
    machine_attach(machine, MACHINE_SID, MACHINE_DID, VTDM_TT_SECOND_STAGE);
    machine_map(machine, MACHINE_IOVA, MACHINE_PAGE, 1,
                VTDM_SS_R | VTDM_SS_W);
    machine_enable_queue(machine);
    machine_enable_dma(machine);
}

void listener_end(Listener *listener)
{
    listener->machine->host.changed = NULL;
    vtdm_mirror_free(listener->mirror);
    g_array_free(listener->pages, true);
    machine_free(listener->machine);
}

const VTDMPage *listener_find(Listener *listener, uint64_t address)
{
    for (guint i = 0; i < listener->pages->len; i++) {
        VTDMPage *page = &g_array_index(listener->pages, VTDMPage, i);

        if (!((page->input ^ address) & ~page->mask)) {
            return page;
        }
    }
    return NULL;
}

void listener_expect(Listener *listener, uint64_t input, uint64_t mask,
                     uint64_t output)
{
    const VTDMPage *page = listener_find(listener, input);

    g_assert_nonnull(page);
    g_assert_cmphex(page->input, ==, input);
    g_assert_cmphex(page->mask, ==, mask);
    g_assert_cmphex(page->output, ==, output);
}

void listener_expect_counts(Listener *listener, unsigned told,
                            unsigned withdrawn)
{
    g_assert_cmpuint(listener->told, ==, told);
    g_assert_cmpuint(listener->withdrawn, ==, withdrawn);
    listener->told = listener->withdrawn = 0;
}
