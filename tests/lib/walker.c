/*
 * Walks of a unit without the tables above them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/structure-cache.h"
#include "walker.h"

uint64_t walker_host_address(uint64_t guest)
{
    return guest - WALKER_GUEST + WALKER_GUEST_AT;
}

static void guest_read(void *opaque, uint64_t address, void *buf, size_t len)
{
    const VTDMTables *host = opaque;

    host->read(host->opaque, walker_host_address(address), buf, len);
}

static void guest_write(void *opaque, uint64_t address, const void *buf,
                        size_t len)
{
    const VTDMTables *host = opaque;

    host->write(host->opaque, walker_host_address(address), buf, len);
}

/* Those of the first stage are in guest memory if there is a second one. */
static VTDMTables *tables_of(Walker *walker, const VTDMTable *table)
{
    return table->second ? &walker->guest : &walker->machine->tables;
}

static void set_first(Walker *walker, unsigned levels,
                      const VTDMTable *second)
{
    VTDMTable *first = &walker->first;

    *first = (VTDMTable) {
        .format = &vtdm_first_stage,
        .conditions = &vtdm_first_stage_conditions,
        .reach = vtdm_mask_below(11 + 9 * levels),
        .canonical = true,
        .levels = levels,
        .second = second,
        .flags = true,
        .snooped = true,
        .domain_id = MACHINE_DID,
        .pasid = WALKER_PASID,
    };
    first->root = vtdm_tables_page(tables_of(walker, first));
}

static void set_second(Walker *walker, unsigned levels)
{
    walker->second = (VTDMTable) {
        .format = &vtdm_second_stage,
        .conditions = &vtdm_second_stage_conditions,
        .root = vtdm_tables_page(&walker->machine->tables),
        .reach = vtdm_mask_below(MIN(12 + 9 * levels, 48)),
        .levels = levels,
        .snooped = true,
        .domain_id = MACHINE_DID,
    };
}

void walker_set_levels(Walker *walker, unsigned first, unsigned second)
{
    set_first(walker, first, NULL);
    set_second(walker, second);
}

void walker_nest(Walker *walker, unsigned first, unsigned second)
{
    set_second(walker, second);
    walker->guest.next = WALKER_GUEST;
    for (unsigned i = 0; i < WALKER_GUEST_PAGES; i++) {
        uint64_t guest = WALKER_GUEST + i * VTDM_PAGE_SIZE;

        walker_map(walker, &walker->second, guest,
                   walker_host_address(guest), 1);
    }
    set_first(walker, first, &walker->second);
}

Walker *walker_new(const VTDMConfig *config)
{
    Walker *walker = g_new0(Walker, 1);
    VTDMConfig standard;

    machine_scalable_config(&standard);
    walker->machine = machine_new(config ? config : &standard);
    walker->guest = (VTDMTables) {
        .read = guest_read, .write = guest_write,
        .opaque = &walker->machine->tables, .next = WALKER_GUEST,
    };
    walker_set_levels(walker, 4, 4);
    return walker;
}

void walker_free(Walker *walker)
{
    machine_free(walker->machine);
    g_free(walker);
}

VTDMMapping walker_mapping(const VTDMTable *table, uint64_t address,
                           uint64_t output, unsigned level)
{
    bool first = table->format->stage == VTDM_FIRST_STAGE;

    return (VTDMMapping) {
        .table = table->root, .levels = table->levels, .input = address,
        .output = output, .level = level, .first_stage = first,
        .flags = first ? WALKER_FS_ALL : WALKER_SS_ALL,
    };
}

/* Host physical, whatever the tables hold. */
static uint64_t host_address(const VTDMTable *table, uint64_t address)
{
    return table->second ? walker_host_address(address) : address;
}

uint64_t walker_map(Walker *walker, const VTDMTable *table, uint64_t address,
                    uint64_t output, unsigned level)
{
    VTDMMapping mapping = walker_mapping(table, address, output, level);

    return host_address(table, vtdm_tables_map(tables_of(walker, table),
                                               &mapping));
}

uint64_t walker_entry(Walker *walker, const VTDMTable *table,
                      uint64_t address, unsigned level)
{
    VTDMMapping mapping = walker_mapping(table, address, 0, level);

    return host_address(table, vtdm_tables_entry(tables_of(walker, table),
                                                 &mapping, level));
}

/* As a user's write would be allowed. */
static bool may_write(const void *opaque, const VTDMTranslation *end)
{
    return end->condition == VTDM_NO_FAULT && (end->perm & VTDM_PERM_W);
}

VTDMTranslation walker_walk(Walker *walker, const VTDMTable *table,
                            uint64_t address)
{
    VTDMWalkAccess access = {
        .view = walker->view,
        .writes = walker->writes ? may_write : NULL,
        .recorder = walker->recorder.step ? &walker->recorder : NULL,
    };
    VTDMTranslation end;

    vtdm_walk(walker->machine->unit, table, address, &access, &end);
    return end;
}

static void expect_condition(const VTDMTranslation *end,
                             VTDMCondition condition)
{
    g_assert_cmpstr(vtdm_condition_info(end->condition)->name, ==,
                    vtdm_condition_info(condition)->name);
}

void walker_expect(Walker *walker, const VTDMTable *table, uint64_t address,
                   uint64_t output)
{
    VTDMTranslation end = walker_walk(walker, table, address);

    expect_condition(&end, VTDM_NO_FAULT);
    g_assert_cmphex(end.output + (address & end.mask), ==, output);
}

void walker_expect_fault(Walker *walker, const VTDMTable *table,
                         uint64_t address, VTDMCondition condition)
{
    VTDMTranslation end = walker_walk(walker, table, address);

    expect_condition(&end, condition);
}

void walker_flush(Walker *walker)
{
    vtdm_structures_invalidate(walker->machine->unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_GLOBAL,
    });
}
