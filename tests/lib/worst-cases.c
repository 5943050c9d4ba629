/*
 * The costliest register writes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "worst-cases.h"

#define RW      (VTDM_SS_R | VTDM_SS_W)
#define DONE    1               /* what the last wait writes */

static unsigned width(const WorstCase *worst)
{
    return worst->wide ? 32 : 16;
}

static void put(WorstCase *worst, unsigned place, VTDMEntry128 descriptor)
{
    VTDMTables *tables = &worst->machine->tables;
    uint64_t at = MACHINE_QUEUE + place * width(worst);

    vtdm_tables_set128(tables, at, descriptor);
    if (worst->wide) {
        vtdm_tables_set128(tables, at + 16, (VTDMEntry128) { 0 });
    }
}

/* The same descriptor again and again, and a wait at the end. */
static void fill_queue(WorstCase *worst, VTDMEntry128 descriptor)
{
    Machine *machine = worst->machine;

    machine_write64(machine, VTDM_REG_IQT, 0);
    machine_write64(machine, VTDM_REG_IQA, MACHINE_QUEUE | 7 |
                    (worst->wide ? VTDM_IQA_DW : 0));
    machine_command(machine, VTDM_GCMD_QIE, 0);
    for (unsigned i = 0; i + 1 < worst->descriptors; i++) {
        put(worst, i, descriptor);
    }
    put(worst, worst->descriptors - 1,
        vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, DONE));
}

/* Fills @table with entries that lead to a new one. */
static uint64_t lead_on(Machine *machine, uint64_t table)
{
    uint64_t next = vtdm_tables_page(&machine->tables);

    vtdm_tables_fill(&machine->tables, table, next | RW);
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

static void cache_contexts(WorstCase *worst)
{
    Machine *machine;

    new_machine(worst, false);
    machine = worst->machine;
    machine_enable_dma(machine);
    for (unsigned i = 0; i < WORST_CONTEXTS; i++) {
        vtdm_tables_context(&machine->tables, MACHINE_ROOT, i,
                            vtdm_make_context(VTDM_TT_PASS_THROUGH, 4, 0,
                                              MACHINE_DID));
        machine_request(machine, (VTDMRequest) {
            .pasid = VTDM_NO_PASID, .source_id = i,
        });
    }
}

static void prepare_contexts(WorstCase *worst)
{
    cache_contexts(worst);
    fill_queue(worst, vtdm_make_context_invalidate(VTDM_G_GLOBAL, 0, 0, 0));
}

static void prepare_other_contexts(WorstCase *worst)
{
    cache_contexts(worst);
    fill_queue(worst, vtdm_make_context_invalidate(VTDM_G_DOMAIN,
                                                   MACHINE_DID + 1, 0, 0));
}

static void map_much(Machine *machine)
{
    machine->ssptptr = vtdm_tables_everywhere(&machine->tables, 1, RW,
                                              MACHINE_PAGE | RW);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        vtdm_make_context(VTDM_TT_SECOND_STAGE, 4,
                                          machine->ssptptr, MACHINE_DID));
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

/* All that is cached is in the range. */
static void prepare_cached_pages(WorstCase *worst)
{
    cache_translations(worst);
    fill_queue(worst, vtdm_make_iotlb_invalidate(VTDM_G_SELECTIVE,
                                                 MACHINE_DID, 0, 18, false));
}

/* ---- scalable mode ---- */

static void fill_directory(Machine *machine, VTDMEntry512 entry)
{
    uint64_t table = machine_set_pasid(machine, 0, entry);

    for (unsigned i = 0; i < 64; i++) {
        machine_set_pasid(machine, i, entry);
    }
    for (unsigned i = 0; i < WORST_TRANSLATIONS / 64; i++) {
        vtdm_tables_set(&machine->tables, machine->directory + 8 * i,
                        table | VTDM_PDE_P);
    }
}

/* All PASIDs have one and the same table. */
static Machine *new_scalable(WorstCase *worst)
{
    VTDMConfig config;
    Machine *machine;
    VTDMEntry512 entry;
    uint64_t first;

    machine_scalable_config(&config);
    config.iotlb_entries = WORST_TRANSLATIONS;
    machine = worst->machine = machine_new(&config);
    machine->host.quiet = true;
    machine_attach_scalable(machine, VTDM_SCTX_PASIDE);
    first = vtdm_tables_everywhere(&machine->tables, 1,
                                   VTDM_FS_P | VTDM_FS_US,
                                   MACHINE_PAGE | VTDM_FS_P | VTDM_FS_US);
    entry = vtdm_make_pasid_first_stage(4, first, MACHINE_DID);
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    fill_directory(machine, entry);
    machine_enable_scalable(machine);
    return machine;
}

static void read_as(Machine *machine, uint32_t pasid, uint64_t address)
{
    g_assert_cmpuint(machine_dma_with_pasid(machine, pasid, address,
                                            VTDM_READ).response,
                     ==, VTDM_OK);
}

/* All that is cached is of one PASID. */
static void cache_one_pasid(WorstCase *worst)
{
    Machine *machine = new_scalable(worst);

    for (uint64_t i = 0; i < WORST_TRANSLATIONS; i++) {
        read_as(machine, MACHINE_PASID, i * VTDM_PAGE_SIZE);
    }
}

/* Each PASID, but RID_PASID, has one page of what is cached. */
static void cache_all_pasids(WorstCase *worst)
{
    Machine *machine = new_scalable(worst);

    for (uint32_t pasid = 1; pasid < WORST_TRANSLATIONS; pasid++) {
        read_as(machine, pasid, 0);
    }
    read_as(machine, 1, VTDM_PAGE_SIZE);
}

static void prepare_pasid(WorstCase *worst)
{
    cache_one_pasid(worst);
    fill_queue(worst, vtdm_make_pasid_iotlb_invalidate(
                   VTDM_P_IOTLB_G_PASID, MACHINE_DID, MACHINE_PASID, 0));
}

static void prepare_pasid_pages(WorstCase *worst)
{
    cache_one_pasid(worst);
    fill_queue(worst, vtdm_make_pasid_iotlb_invalidate(
                   VTDM_P_IOTLB_G_PAGES, MACHINE_DID, MACHINE_PASID, 35));
}

/* One of second-stage pages drops what first-stage tables gave to anybody. */
static void prepare_pasids(WorstCase *worst)
{
    cache_all_pasids(worst);
    fill_queue(worst, vtdm_make_iotlb_invalidate(
                   VTDM_G_SELECTIVE, MACHINE_DID, 1ULL << 40, 18, false));
}

static void prepare_pasid_cache(WorstCase *worst)
{
    cache_all_pasids(worst);
    fill_queue(worst, vtdm_make_pasid_cache_invalidate(VTDM_PC_G_GLOBAL, 0,
                                                       0));
}

/* ---- mirrors ---- */

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
    vtdm_tables_fill(&machine->tables, leaves, MACHINE_PAGE | RW);
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
    { "contexts", prepare_contexts, WORST_DESCRIPTORS, WORST_CONTEXTS },
    { "other-contexts", prepare_other_contexts, WORST_DESCRIPTORS },
    { "domain", prepare_domains, WORST_DESCRIPTORS, WORST_TRANSLATIONS },
    { "other-domain", prepare_other_domains, WORST_DESCRIPTORS },
    { "pages", prepare_pages, WORST_DESCRIPTORS },
    { "cached-pages", prepare_cached_pages, WORST_DESCRIPTORS,
      WORST_TRANSLATIONS },
    { "pasid", prepare_pasid, WORST_WIDE, WORST_TRANSLATIONS, .wide = true },
    { "pasid-pages", prepare_pasid_pages, WORST_WIDE, WORST_TRANSLATIONS,
      .wide = true },
    { "pasids", prepare_pasids, WORST_WIDE, WORST_TRANSLATIONS,
      .wide = true },
    { "pasid-cache", prepare_pasid_cache, WORST_WIDE, WORST_PASIDS,
      .wide = true },
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
    machine_write64(worst->machine, VTDM_REG_IQT,
                    width(worst) * worst->descriptors);
}

bool worst_case_is_done(WorstCase *worst)
{
    return (vtdm_tables_get(&worst->machine->tables, MACHINE_STATUS) &
            UINT32_MAX) == DONE;
}
