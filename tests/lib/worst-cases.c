/*
 * The costliest register writes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "worst-cases.h"

#define RW      (VTDM_SS_R | VTDM_SS_W)
#define ENTRIES 512             /* of a table */
#define DONE    1               /* what the last wait writes */

static void put(Machine *machine, unsigned place, VTDMEntry128 descriptor)
{
    vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + 16 * place,
                       descriptor);
}

/* The same descriptor again and again, and a wait at the end. */
static void fill_queue(WorstCase *worst, VTDMEntry128 descriptor)
{
    Machine *machine = worst->machine;

    machine_write64(machine, VTDM_REG_IQT, 0);
    machine_write64(machine, VTDM_REG_IQA, MACHINE_QUEUE | 7);
    machine_command(machine, VTDM_GCMD_QIE, 0);
    for (unsigned i = 0; i + 1 < worst->descriptors; i++) {
        put(machine, i, descriptor);
    }
    put(machine, worst->descriptors - 1,
        vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, DONE));
}

static void fill_table(Machine *machine, uint64_t table, uint64_t entry)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        vtdm_tables_set(&machine->tables, table + 8 * i, entry);
    }
}

/* Fills @table with entries that lead to a new one. */
static uint64_t lead_on(Machine *machine, uint64_t table)
{
    uint64_t next = vtdm_tables_page(&machine->tables);

    fill_table(machine, table, next | RW);
    return next;
}

static void new_machine(WorstCase *worst, bool caching)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.cm = caching;
    config.iotlb_entries = WORST_TRANSLATIONS;
    worst->machine = machine_new(&config);
    worst->machine->host.quiet = true;
}

static void prepare_interrupts(WorstCase *worst)
{
    Machine *machine;

    new_machine(worst, false);
    machine = worst->machine;
    machine_enable_interrupts(machine, 15, false);
    for (unsigned i = 0; i < WORST_IRTES; i++) {
        vtdm_tables_set128(&machine->tables, MACHINE_IRT + 16 * i,
                           vtdm_make_irte(0x40, 0, false));
        machine_interrupt(machine, 0, vtdm_make_msi_address(i, false), 0);
    }
    fill_queue(worst, vtdm_make_iec_invalidate(0, 15));
}

/* Few tables, as each leads to the next many times. */
static void map_much(Machine *machine)
{
    uint64_t table;

    machine_attach(machine, MACHINE_SID, MACHINE_DID, VTDM_TT_SECOND_STAGE);
    table = lead_on(machine, machine->ssptptr);
    table = lead_on(machine, table);
    table = lead_on(machine, table);
    fill_table(machine, table, MACHINE_PAGE | RW);
}

static void cache_translations(WorstCase *worst)
{
    new_machine(worst, false);
    map_much(worst->machine);
    machine_enable_dma(worst->machine);
    for (uint64_t i = 0; i < WORST_TRANSLATIONS; i++) {
        machine_expect(worst->machine, i * VTDM_PAGE_SIZE, MACHINE_PAGE);
    }
}

static void prepare_domains(WorstCase *worst)
{
    cache_translations(worst);
    fill_queue(worst, vtdm_make_iotlb_invalidate(VTDM_G_DOMAIN, MACHINE_DID,
                                                 0, 0, false));
}

static void prepare_other_domains(WorstCase *worst)
{
    cache_translations(worst);
    fill_queue(worst, vtdm_make_iotlb_invalidate(VTDM_G_DOMAIN,
                                                 MACHINE_DID + 1, 0, 0,
                                                 false));
}

/* Beside what is cached, and as wide as a mask gets. */
static void prepare_pages(WorstCase *worst)
{
    cache_translations(worst);
    fill_queue(worst, vtdm_make_iotlb_invalidate(VTDM_G_SELECTIVE,
                                                 MACHINE_DID, 1ULL << 40, 18,
                                                 false));
}

static void hear(void *opaque, const VTDMPage *page, bool exists)
{
    WorstCase *worst = opaque;

    worst->told++;
}

static void changed(void *opaque, const VTDMInvalidation *what)
{
    WorstCase *worst = opaque;

    vtdm_unit_outdate_mirror(worst->machine->unit, worst->mirror,
                             MACHINE_SID, what);
}

static bool update(void *opaque, unsigned *steps)
{
    WorstCase *worst = opaque;

    return vtdm_mirror_update(worst->mirror, steps);
}

/* 3 x 512 x 512 pages out of three tables below the first. */
static void prepare_mirror(WorstCase *worst)
{
    Machine *machine;
    uint64_t directory, leaves;

    new_machine(worst, true);
    machine = worst->machine;
    machine_attach(machine, MACHINE_SID, MACHINE_DID, VTDM_TT_SECOND_STAGE);
    directory = vtdm_tables_page(&machine->tables);
    vtdm_tables_set(&machine->tables, machine->ssptptr, directory | RW);
    leaves = vtdm_tables_page(&machine->tables);
    for (unsigned i = 0; i < 3; i++) {
        vtdm_tables_set(&machine->tables, directory + 8 * i, leaves | RW);
    }
    leaves = lead_on(machine, leaves);
    fill_table(machine, leaves, MACHINE_PAGE | RW);
    worst->mirror = vtdm_mirror_new(hear, worst);
    machine->host.changed = changed;
    machine->host.update = update;
    machine->host.changed_opaque = worst;
    machine_enable_dma(machine);
    fill_queue(worst, vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0, 0,
                                                 false));
}

const WorstCase worst_cases[] = {
    { "interrupts", prepare_interrupts, WORST_DESCRIPTORS, WORST_IRTES },
    { "domain", prepare_domains, WORST_DESCRIPTORS, WORST_TRANSLATIONS },
    { "other-domain", prepare_other_domains, WORST_DESCRIPTORS },
    { "pages", prepare_pages, WORST_DESCRIPTORS },
    { "mirror-once", prepare_mirror, 2, 0, WORST_PAGES },
    { "mirror-often", prepare_mirror, WORST_DESCRIPTORS, 0, WORST_PAGES },
};

const size_t worst_cases_count = G_N_ELEMENTS(worst_cases);

WorstCase *worst_case_new(const WorstCase *worst)
{
    WorstCase *copy = g_memdup2(worst, sizeof(*worst));

    copy->prepare(copy);
    copy->machine->in_slices = true;
    return copy;
}

void worst_case_free(WorstCase *worst)
{
    vtdm_mirror_free(worst->mirror);
    machine_free(worst->machine);
    g_free(worst);
}

void worst_case_start(WorstCase *worst)
{
    machine_write64(worst->machine, VTDM_REG_IQT, 16 * worst->descriptors);
}

bool worst_case_is_done(WorstCase *worst)
{
    return (vtdm_tables_get(&worst->machine->tables, MACHINE_STATUS) &
            UINT32_MAX) == DONE;
}
