/*
 * What a system does with its units, in the order in which one would write it:
 * translation with invalidation by registers, the invalidation queue, interrupt
 * remapping. Each step is proved by what the edu device can and cannot do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "bare.h"

enum {
    SIZE = 256,                         /* bytes of each DMA */
    REASON_ROOT_ABSENT = 0x01,
    REASON_CONTEXT_ABSENT = 0x02,
    REASON_NO_WRITE = 0x05,
    REASON_SOURCE = 0x26,
};

/* Addresses as the device puts them on the bus. */
#define IOVA_FROM       0x100000000ULL
#define IOVA_TO         0x7fc0001000ULL

static void fill(uint8_t *page, uint8_t seed)
{
    for (unsigned i = 0; i < SIZE; i++) {
        page[i] = seed + i;
    }
}

/* The device has written behind the compiler's back. */
static bool same(const volatile uint8_t *a, const volatile uint8_t *b)
{
    unsigned i = 0;

    while (i < SIZE && a[i] == b[i]) {
        i++;
    }
    return i == SIZE;
}

/* The device fetches at one address and stores at the other. */
static void copy(const Edu *edu)
{
    edu_load(edu, IOVA_FROM, SIZE);
    edu_store(edu, IOVA_TO, SIZE);
}

static bool is(const Fault *fault, const Edu *edu, uint8_t reason,
               uint64_t address)
{
    return fault->found && fault->source_id == edu->source_id &&
           fault->reason == reason && fault->address == address;
}

static void start_units(void)
{
    acpi_find_units();
    check(unit_count > 0, "units in the DMAR table: %u", unit_count);
    for (unsigned i = 0; i < unit_count; i++) {
        Unit *unit = &units[i];
        uint32_t version = read32(unit, VTDM_REG_VER);

        unit->cap = read64(unit, VTDM_REG_CAP);
        unit->ecap = read64(unit, VTDM_REG_ECAP);
        unit_start(unit);
        check(read32(unit, VTDM_REG_GSTS) & VTDM_GSTS_TES,
              "unit %u at 0x%x, version %u.%u: translation is on", i,
              (uint64_t)unit->base, version >> 4, version & 15);
    }
}

static void check_unattached(const Edu *edu, Unit *unit)
{
    Fault fault;

    edu_store(edu, IOVA_TO, SIZE);
    fault = unit_take_fault(unit);
    check(is(&fault, edu, REASON_ROOT_ABSENT, IOVA_TO) ||
          is(&fault, edu, REASON_CONTEXT_ABSENT, IOVA_TO),
          "%b without a domain: its DMA faults, reason 0x%x", edu->source_id,
          (uint64_t)fault.reason);
}

/* Maps, unmaps, forgets to invalidate, invalidates. */
static void check_translation(const Edu *edu, Domain *domain, const char *how)
{
    uint8_t *from = new_page(), *to = new_page();
    Fault fault;

    fill(from, 1);
    domain_map(domain, IOVA_FROM, from, VTDM_SS_R);
    domain_map(domain, IOVA_TO, to, VTDM_SS_R | VTDM_SS_W);
    copy(edu);
    fault = unit_take_fault(domain->unit);
    check(same(from, to) && !fault.found,
          "%b, %s: it reads and writes what is mapped", edu->source_id, how);

    domain_unmap_without_invalidation(domain, IOVA_TO);
    fill(from, 2);
    copy(edu);
    fault = unit_take_fault(domain->unit);
    check(same(from, to) && !fault.found,
          "%b, %s: unmapped, not invalidated: it still writes there",
          edu->source_id, how);

    unit_invalidate_page(domain->unit, domain->id, IOVA_TO);
    fill(from, 3);
    copy(edu);
    fault = unit_take_fault(domain->unit);
    check(!same(from, to) && is(&fault, edu, REASON_NO_WRITE, IOVA_TO),
          "%b, %s: invalidated: its write faults, reason 0x%x at 0x%x",
          edu->source_id, how, (uint64_t)fault.reason, fault.address);

    domain_unmap_without_invalidation(domain, IOVA_FROM);
    unit_invalidate_page(domain->unit, domain->id, IOVA_FROM);
}

/* Sends one interrupt: did exactly this many arrive at each vector? */
static bool arrives(const Edu *edu, unsigned at_a, unsigned at_b)
{
    unsigned a = taken_a, b = taken_b;

    edu_raise(edu);
    return taken_a - a == at_a && taken_b - b == at_b;
}

static void check_interrupts(const Edu *edu, Unit *unit, unsigned index)
{
    Fault fault;
    bool arrived;

    remapping_set(unit, index, VECTOR_A, edu->source_id);
    remapping_invalidate(unit, index);
    edu_set_msi(edu, remapping_message(index), 0);
    check(arrives(edu, 1, 0), "%b: its interrupt takes vector 0x%x",
          edu->source_id, (uint64_t)VECTOR_A);

    remapping_set(unit, index, VECTOR_B, edu->source_id);
    check(arrives(edu, 1, 0), "%b: entry changed, not invalidated: still 0x%x",
          edu->source_id, (uint64_t)VECTOR_A);
    remapping_invalidate(unit, index);
    check(arrives(edu, 0, 1), "%b: invalidated: vector 0x%x", edu->source_id,
          (uint64_t)VECTOR_B);

    remapping_set(unit, index, VECTOR_B, edu->source_id ^ 8);
    remapping_invalidate(unit, index);
    arrived = !arrives(edu, 0, 0);
    fault = unit_take_fault(unit);
    check(!arrived && is(&fault, edu, REASON_SOURCE, (uint64_t)index << 48),
          "%b: the entry of another device: blocked, reason 0x%x",
          edu->source_id, (uint64_t)fault.reason);
}

static void check_device(const Edu *edu, unsigned number)
{
    Unit *unit = acpi_unit_of(edu->source_id);
    Domain domain;

    check(unit, "%b is under unit %u", edu->source_id,
          (unsigned)(unit - units));
    check_unattached(edu, unit);
    domain = domain_new(unit, 1 + number);
    domain_attach(&domain, edu->source_id);
    if (!unit->queue) {
        check_translation(edu, &domain, "by registers");
        queue_start(unit);
        remapping_start(unit);
    }
    check_translation(edu, &domain, "by queue");
    check_interrupts(edu, unit, number);
}

int main(void)
{
    Edu edu;

    interrupts_start();
    start_units();
    for (unsigned number = 0; unit_count && edu_find(&edu, number); number++) {
        check_device(&edu, number);
    }
    end();
    acpi_power_off();
    return 0;
}
