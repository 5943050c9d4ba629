/*
 * A unit that a device asks for pages, for tests of requests and of responses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef PAGES_H
#define PAGES_H

#include "machine.h"

#define PAGES_QUEUE     0x180000    /* beside what machine.h has there */
#define PAGES_ENTRIES   128         /* of the smallest queue */
#define PAGES_ADDRESS   0x7f1234567000ULL
#define PAGES_RESPONSE  0xffff      /* of a request that the unit leaves */

/* Turns everything on: MACHINE_SID may ask, with PASIDs and without. */
static inline Machine *pages_machine(void)
{
    Machine *machine = machine_new_scalable(NULL);

    machine_write64(machine, VTDM_REG_PQA, PAGES_QUEUE);
    return machine;
}

static const VTDMPageRequest pages_standard = {
    .address = PAGES_ADDRESS,
    .pasid = MACHINE_PASID,
    .source_id = MACHINE_SID,
    .group = 0x155,
    .read = true,
    .last = true,
};

/* The code of the unit's own answer, or PAGES_RESPONSE. */
static inline unsigned pages_ask(Machine *machine,
                                 const VTDMPageRequest *request)
{
    VTDMPageResponse response;

    if (!vtdm_unit_page_request(machine->unit, request, &response)) {
        return PAGES_RESPONSE;
    }
    g_assert_cmphex(response.source_id, ==, request->source_id);
    g_assert_cmphex(response.pasid, ==, request->pasid);
    g_assert_cmphex(response.group, ==, request->group);
    return response.code;
}

static inline uint64_t pages_tail(Machine *machine)
{
    return machine_read64(machine, VTDM_REG_PQT);
}

static inline uint64_t pages_word(Machine *machine, unsigned entry, unsigned n)
{
    return vtdm_tables_get(&machine->tables, PAGES_QUEUE + 32 * entry + 8 * n);
}

#endif
