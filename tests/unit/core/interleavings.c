/*
 * Every way in which a lookup without the lock can meet fills and
 * invalidations, on a machine that orders memory no more than C asks for.
 *
 * The real sources run here, with loads and stores that are told. One thread
 * stores at a time, as it holds the lock, so that a store makes all before it
 * seen, too: what a reader knows is one number, how many of the stores it has
 * seen. A load gives the last that it has seen of a word, or any later one. A
 * lookup is run again and again, until each load has given each of these.
 *
 * What it finds must have been true at some time between its begin, when the
 * reader had seen all that was complete, and its end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/spec/interrupts.h"
#include "core/hits.h"
#include "core/interrupt-hit.h"
#include "core/interrupt.h"
#include "core/unit.h"
#include "hw/i386/vtdm/hit.h"

#define SID             0x0310
#define INPUT           0x40000000ULL
#define OTHER           0x40202000ULL   /* same head, another bit of it... */
#define FACTOR          UINT64_C(0x9e3779b97f4a7c15)    /* ... by this hash */
#define DOMAIN          7
#define MOST_STORES     400
#define MOST_LOADS      200

/* ---- memory ---- */

typedef struct Store {
    const void *word;
    uint64_t old, value;
} Store;

/* How wrong the memory is made, to see that it is noticed. */
typedef enum Flaw {
    SOUND,
    UNORDERED,                  /* loads do not acquire, or stores release */
    NO_VERSIONS,                /* the version never changes */
} Flaw;

typedef struct Memory {
    Store stores[MOST_STORES];
    unsigned count;
    bool reading;
    Flaw flaw;
    unsigned seen;              /* stores, by the reader */
    unsigned choices[MOST_LOADS];       /* what each load gives, of... */
    unsigned options[MOST_LOADS];       /* ... so many */
    unsigned loads;
} Memory;

static Memory memory;
static const VTDMIotlb *iotlb;
static const VTDMIrtes *irtes;

static uint64_t get(const void *word, size_t size)
{
    uint64_t value = 0;

    memcpy(&value, word, size);
    return value;
}

void model_store(void *word, size_t size, uint64_t value)
{
    g_assert_cmpuint(memory.count, <, MOST_STORES);
    g_assert_false(memory.reading);
    memory.stores[memory.count++] = (Store) {
        .word = word, .old = get(word, size), .value = value,
    };
    memcpy(word, &value, size);
}

/* The stores to @word that a load may give; 0 is what was before them. */
static unsigned find_options(const void *word, unsigned options[])
{
    unsigned count = 1;

    options[0] = 0;
    for (unsigned i = 1; i <= memory.count; i++) {
        if (memory.stores[i - 1].word != word) {
            continue;
        }
        if (i <= memory.seen) {
            options[0] = i;
        } else {
            options[count++] = i;
        }
    }
    return count;
}

static uint64_t value_before(const void *word, size_t size)
{
    for (unsigned i = 0; i < memory.count; i++) {
        if (memory.stores[i].word == word) {
            return memory.stores[i].old;
        }
    }
    return get(word, size);
}

/* All entries are of one group. */
static bool is_version(const void *word)
{
    const VTDMIrteGroup *group = irtes->groups[0];
    size_t at = (const char *)word - (const char *)iotlb->slots;

    return (group && word == &group->version) ||
           (at < (iotlb->count + 1) * sizeof(VTDMIotlbSlot) &&
           at % sizeof(VTDMIotlbSlot) == offsetof(VTDMIotlbSlot, version));
}

uint64_t model_load(const void *word, size_t size)
{
    unsigned options[MOST_STORES], count, chosen;

    if (!memory.reading) {
        return get(word, size);
    }
    if (memory.flaw == NO_VERSIONS && is_version(word)) {
        return 0;
    }
    g_assert_cmpuint(memory.loads, <, MOST_LOADS);
    count = find_options(word, options);
    memory.options[memory.loads] = count;
    chosen = options[memory.choices[memory.loads++]];
    if (memory.flaw != UNORDERED) {
        memory.seen = MAX(memory.seen, chosen);
    }
    return chosen ? memory.stores[chosen - 1].value
                  : value_before(word, size);
}

/* The next way to run a lookup; whether there is one. */
static bool next_way(void)
{
    while (memory.loads) {
        unsigned last = --memory.loads;

        if (++memory.choices[last] < memory.options[last]) {
            return true;
        }
        memory.choices[last] = 0;
    }
    return false;
}

/* ---- what is done under the lock ---- */

static void insert(VTDMUnit *unit, uint64_t input, uint64_t output)
{
    vtdm_iotlb_insert(unit, &(VTDMIotlbEntry) {
        .tag = { .input = input, .source_id = SID, .pasid = VTDM_NO_PASID },
        .domain_id = DOMAIN,
        .translation = {
            .output = output, .mask = 0xfff, .perm = VTDM_PERM_R,
            .dirty = true,
        },
    });
}

static void invalidate(VTDMUnit *unit, VTDMScope scope, uint64_t address)
{
    vtdm_iotlb_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_IOTLB, .scope = scope, .domain_id = DOMAIN,
        .address = address, .mask = 0xfff,
    });
}

static void switch_to(VTDMUnit *unit, uint32_t gsts, bool protects)
{
    unit->latched.gsts = gsts;
    unit->latched.protects = protects;
    vtdm_hits_changed(unit);
}

/* What is true of INPUT, or of interrupt 0. */
typedef struct Truth {
    uint64_t output;            /* 0: nothing is cached */
    bool off;
    bool blocked;               /* its page is protected memory */
    bool eime;
} Truth;

typedef enum Act {
    FILL_ONE,                   /* INPUT is at 0x1000... */
    FILL_TWO,                   /* ... or at 0x2000 */
    FILL_OTHER,                 /* another page, at 0x3000 */
    DROP_PAGE,
    DROP_OTHER,
    FLUSH_DOMAIN,
    FLUSH_ALL,
    SWITCH,                     /* translation on or off */
    PROTECT,                    /* all memory, or none */
    ACTS
} Act;

/* While translation is off, nothing is filled; what is blocked, is. */
static void act(VTDMUnit *unit, unsigned what, Truth *truth)
{
    if (truth->off && what <= FILL_OTHER) {
        return;
    }
    switch (what) {
    case FILL_ONE:
    case FILL_TWO:
        truth->output = what == FILL_ONE ? 0x1000 : 0x2000;
        insert(unit, INPUT, truth->output);
        break;
    case FILL_OTHER:
        insert(unit, OTHER, 0x3000);
        break;
    case DROP_OTHER:
        invalidate(unit, VTDM_SCOPE_PAGES, OTHER);
        break;
    case DROP_PAGE:
        truth->output = 0;
        invalidate(unit, VTDM_SCOPE_PAGES, INPUT);
        break;
    case FLUSH_DOMAIN:
        truth->output = 0;
        invalidate(unit, VTDM_SCOPE_DOMAIN, 0);
        break;
    case FLUSH_ALL:
        truth->output = 0;
        invalidate(unit, VTDM_SCOPE_GLOBAL, 0);
        break;
    default:
        truth->off ^= what == SWITCH;
        truth->blocked ^= what == PROTECT;
        switch_to(unit, truth->off ? 0 : VTDM_GSTS_TES, truth->blocked);
    }
}

/* The output of an interrupt: its vector, and... */
#define EIME            0x100   /* ... how its entry was understood */

/* An entry whose destination says other things with EIME and without. */
static void insert_irte(VTDMUnit *unit, uint32_t index, uint8_t vector,
                        uint16_t sid)
{
    vtdm_irte_insert(unit, index, &(VTDMEntry128) {
        .lo = VTDM_IRTE_P | vtdm_field(VTDM_IRTE_V, vector) |
              vtdm_field(VTDM_IRTE_DST, 0x100),
        .hi = vtdm_field(VTDM_IRTE_HI_SVT, VTDM_SVT_SID) | sid,
    });
}

static void invalidate_irtes(VTDMUnit *unit, VTDMScope scope, uint16_t index)
{
    vtdm_irtes_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_INTERRUPT, .scope = scope, .index = index,
    });
}

typedef enum InterruptAct {
    FILL_IRTE_ONE,              /* of interrupt 0, for SID... */
    FILL_IRTE_TWO,              /* ... or not for it */
    FILL_OTHER_IRTE,            /* its neighbour */
    DROP_IRTE,
    DROP_OTHER_IRTE,
    FLUSH_IRTES,
    SWITCH_EIME,
    INTERRUPT_ACTS
} InterruptAct;

static void act_on_interrupts(VTDMUnit *unit, unsigned what, Truth *truth)
{
    uint64_t eime = truth->eime ? EIME : 0;

    switch (what) {
    case FILL_IRTE_ONE:
        truth->output = 0x41 | eime;
        insert_irte(unit, 0, 0x41, SID);
        break;
    case FILL_IRTE_TWO:
        truth->output = 0;
        insert_irte(unit, 0, 0x42, SID + 8);
        break;
    case FILL_OTHER_IRTE:
        insert_irte(unit, 1, 0x43, SID);
        break;
    case DROP_IRTE:
        truth->output = 0;
        invalidate_irtes(unit, VTDM_SCOPE_INDEX, 0);
        break;
    case DROP_OTHER_IRTE:
        invalidate_irtes(unit, VTDM_SCOPE_INDEX, 1);
        break;
    case FLUSH_IRTES:
        truth->output = 0;
        invalidate_irtes(unit, VTDM_SCOPE_GLOBAL, 0);
        break;
    default:
        truth->eime = !truth->eime;
        truth->output ^= truth->output ? EIME : 0;
        unit->latched.interrupts.eime = truth->eime;
        vtdm_hits_changed(unit);
    }
}

/* Nobody hears of it. */
void vtdm_interrupt_tell(VTDMUnit *unit, uint16_t source_id,
                         const VTDMInterrupt *interrupt)
{
}

/* ---- lookups ---- */

/* Of one sequence of acts. */
#define STEPS           4

/* One sequence of acts: how many stores and what was true after each. */
typedef struct Run {
    VTDMUnit *unit;
    unsigned steps;
    unsigned stores[STEPS + 1];
    Truth truth[STEPS + 1];
} Run;

static VTDMUnit *unit_new(uint32_t entries)
{
    VTDMUnit *unit = g_new0(VTDMUnit, 1);

    unit->config.iotlb_entries = entries;
    unit->config.mgaw = 48;
    unit->config.host_address_width = 48;
    unit->latched.root.ttm = VTDM_TTM_LEGACY;
    unit->latched.gsts = VTDM_GSTS_TES | VTDM_GSTS_IRES;
    unit->latched.interrupts.entries = 2;
    memory = (Memory) { .flaw = memory.flaw };
    vtdm_iotlb_init(unit);
    unit->iotlb.factor = FACTOR;
    vtdm_hits_changed(unit);
    iotlb = &unit->iotlb;
    irtes = &unit->irtes;
    return unit;
}

static void unit_free(VTDMUnit *unit)
{
    vtdm_iotlb_destroy(unit);
    vtdm_irtes_destroy(unit);
    g_free(unit);
}

/* An answer that was not true at any time from step @from on. */
static bool is_wrong(const Run *run, unsigned from, uint64_t output)
{
    for (unsigned i = from; i <= run->steps; i++) {
        const Truth *truth = &run->truth[i];

        if (!truth->off && !truth->blocked && truth->output == output) {
            return false;
        }
    }
    return true;
}

/* Gives the output, where there is one. */
typedef bool Lookup(VTDMUnit *unit, uint64_t *output);

static bool translation(VTDMUnit *unit, uint64_t *output)
{
    VTDMHit hit = { 0 };
    bool found = vtdm_unit_hit(unit, vtdm_who(SID, VTDM_NO_PASID), INPUT,
                               VTDM_PERM_R, &hit);

    *output = hit.output;
    return found;
}

static bool interrupt(VTDMUnit *unit, uint64_t *output)
{
    const VTDMInterruptRequest request = {
        .address = VTDM_INTERRUPT_BASE | VTDM_MSI_FORMAT, .size = 4,
        .source_id = SID,
    };
    VTDMInterrupt answer = { 0 };
    bool found = vtdm_interrupt_hit(unit, &request, &answer);

    *output = (answer.data & 0xff) | (answer.address >> 32 ? EIME : 0);
    return found;
}

/* What can be done, and who looks meanwhile. */
typedef struct Subject {
    unsigned acts;
    void (*act)(VTDMUnit *unit, unsigned what, Truth *truth);
    Lookup *lookup;
} Subject;

static const Subject dma = { ACTS, act, translation };
static const Subject interrupts = {
    INTERRUPT_ACTS, act_on_interrupts, interrupt,
};

/* One lookup in all ways; whether any of them is wrong. */
static bool look_up(const Run *run, unsigned from, Lookup *lookup)
{
    bool wrong = false;

    memset(memory.choices, 0, sizeof(memory.choices));
    memory.reading = true;
    do {
        uint64_t output = 0;

        memory.loads = 0;
        memory.seen = run->stores[from];
        wrong = lookup(run->unit, &output) && is_wrong(run, from, output);
    } while (!wrong && next_way());
    memory.reading = false;
    return wrong;
}

/* The acts are the digits of @number. */
static bool run_acts(const Subject *subject, unsigned number, unsigned steps,
                     uint32_t entries)
{
    Run run = { .unit = unit_new(entries), .steps = steps };
    bool wrong = false;

    run.stores[0] = memory.count;
    for (unsigned i = 0; i < steps; i++) {
        run.truth[i + 1] = run.truth[i];
        subject->act(run.unit, number % subject->acts, &run.truth[i + 1]);
        run.stores[i + 1] = memory.count;
        number /= subject->acts;
    }
    for (unsigned from = 0; from <= steps && !wrong; from++) {
        wrong = look_up(&run, from, subject->lookup);
    }
    unit_free(run.unit);
    return wrong;
}

static bool any_is_wrong(const Subject *subject, Flaw flaw, unsigned steps,
                         uint32_t entries)
{
    unsigned sequences = 1;
    bool wrong = false;

    memory.flaw = flaw;
    for (unsigned i = 0; i < steps; i++) {
        sequences *= subject->acts;
    }
    for (unsigned i = 0; i < sequences && !wrong; i++) {
        wrong = run_acts(subject, i, steps, entries);
        if (wrong && flaw == SOUND) {
            g_test_message("sequence %u", i);
        }
    }
    return wrong;
}

static uint32_t hash_of(uint64_t input)
{
    return vtdm_iotlb_hash(iotlb, vtdm_who(SID, VTDM_NO_PASID), input | 1);
}

/* What is in a list with INPUT is told from it, and is passed. */
static void test_pages(void)
{
    VTDMUnit *unit = unit_new(4);

    g_assert_true(vtdm_iotlb_head(&unit->iotlb, hash_of(INPUT)) ==
                  vtdm_iotlb_head(&unit->iotlb, hash_of(OTHER)));
    g_assert_cmphex(vtdm_head_filter(hash_of(INPUT)), !=,
                    vtdm_head_filter(hash_of(OTHER)));
    unit_free(unit);
}

/* With room for one, a slot is filled for others again and again. */
static void test_all(gconstpointer entries)
{
    g_assert_false(any_is_wrong(&dma, SOUND, STEPS,
                                GPOINTER_TO_UINT(entries)));
}

static void test_interrupts(void)
{
    g_assert_false(any_is_wrong(&interrupts, SOUND, STEPS, 1));
}

/* The checks are worth something: without order, or versions, they fail. */
static void test_flaw(gconstpointer flaw)
{
    g_assert_true(any_is_wrong(&dma, GPOINTER_TO_UINT(flaw), 2, 1));
    g_assert_true(any_is_wrong(&interrupts, GPOINTER_TO_UINT(flaw), 2, 1));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/interleavings/pages", test_pages);
    g_test_add_data_func("/vtdm/interleavings/one-slot", GUINT_TO_POINTER(1),
                         test_all);
    g_test_add_data_func("/vtdm/interleavings/slots", GUINT_TO_POINTER(4),
                         test_all);
    g_test_add_func("/vtdm/interleavings/interrupts", test_interrupts);
    g_test_add_data_func("/vtdm/interleavings/unordered",
                         GUINT_TO_POINTER(UNORDERED), test_flaw);
    g_test_add_data_func("/vtdm/interleavings/no-versions",
                         GUINT_TO_POINTER(NO_VERSIONS), test_flaw);
    return g_test_run();
}
