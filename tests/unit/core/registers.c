/*
 * The register space: what every place reads, takes and refuses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/registers.h"
#include "hw/i386/vtdm/config-register.h"
#include "machine.h"

/* After power-on, and after all ones were written to one register. */
typedef struct Place {
    uint32_t offset;
    uint32_t reset;
    uint32_t ones;
} Place;

/* Host address width 39: bits 38:32 of the upper halves. */
#define HAW_HIGH 0x0000007f

static const Place full[] = {
    { 0x000, 0x00000010, 0x00000010 },      /* VER */
    { 0x018, 0, 0 },                        /* GCMD */
    { 0x020, 0, 0xfffffc00 }, { 0x024, 0, HAW_HIGH },       /* RTADDR */
    { 0x028, 0, 0xffffffff }, { 0x02c, 0, 0x78000003 },     /* CCMD */
    { 0x038, 0x80000000, 0x80000000 },      /* FECTL */
    { 0x03c, 0, 0x0000ffff },               /* FEDATA */
    { 0x040, 0, 0xfffffffc },               /* FEADDR */
    { 0x044, 0, 0xffffffff },               /* FEUADDR */
    { 0x064, 0, 0x80000001 },               /* PMEN */
    { 0x068, 0, 0xffe00000 },               /* PLMBASE */
    { 0x06c, 0, 0xffe00000 },               /* PLMLIMIT */
    { 0x070, 0, 0xffe00000 }, { 0x074, 0, HAW_HIGH },       /* PHMBASE */
    { 0x078, 0, 0xffe00000 }, { 0x07c, 0, HAW_HIGH },       /* PHMLIMIT */
    { 0x088, 0, 0x0007fff0 },               /* IQT */
    { 0x090, 0, 0xfffff807 }, { 0x094, 0, HAW_HIGH },       /* IQA */
    { 0x0a0, 0x80000000, 0x80000000 },      /* IECTL */
    { 0x0a4, 0, 0x0000ffff },               /* IEDATA */
    { 0x0a8, 0, 0xfffffffc },               /* IEADDR */
    { 0x0ac, 0, 0xffffffff },               /* IEUADDR */
    { 0x0b8, 0, 0xfffff80f }, { 0x0bc, 0, HAW_HIGH },       /* IRTA */
    { 0x0c0, 0, 0x0007ffe0 },               /* PQH */
    { 0x0c8, 0, 0x0007ffe0 },               /* PQT */
    { 0x0d0, 0, 0xfffff007 }, { 0x0d4, 0, HAW_HIGH },       /* PQA */
    { 0x0e0, 0x80000000, 0x80000000 },      /* PECTL */
    { 0x0e4, 0, 0x0000ffff },               /* PEDATA */
    { 0x0e8, 0, 0xfffffffc },               /* PEADDR */
    { 0x0ec, 0, 0xffffffff },               /* PEUADDR */
    { 0x500, 0, 0xfffff07f }, { 0x504, 0, 0xffffffff },     /* IVA */
    { 0x50c, 0, 0x3603ffff },               /* IOTLB, upper half */
};

/* Without queue, interrupt remapping, EIM and protected ranges. */
static const Place bare[] = {
    { 0x000, 0x00000010, 0x00000010 },
    { 0x018, 0, 0 },
    { 0x020, 0, 0xfffffc00 }, { 0x024, 0, HAW_HIGH },
    { 0x028, 0, 0xffffffff }, { 0x02c, 0, 0x78000003 },
    { 0x038, 0x80000000, 0x80000000 },
    { 0x03c, 0, 0x0000ffff },
    { 0x040, 0, 0xfffffffc },
    { 0x500, 0, 0xfffff07f }, { 0x504, 0, 0xffffffff },
    { 0x50c, 0, 0x3603ffff },
};

/* Those that come with ECAP.MTS. */
static const Place memory_types[] = {
    { 0x100, 0x00000508, 0x00000508 },      /* MTRRCAP */
    { 0x108, 0, 0x00000cff },               /* MTRRDEF */
    { 0x120, 0, 0xffffffff }, { 0x124, 0, 0xffffffff },     /* FIX64K */
    { 0x170, 0, 0xffffffff }, { 0x174, 0, 0xffffffff },     /* the last */
    { 0x180, 0, 0xfffff0ff }, { 0x184, 0, HAW_HIGH },       /* PHYSBASE0 */
    { 0x188, 0, 0xfffff800 }, { 0x18c, 0, HAW_HIGH },       /* PHYSMASK0 */
    { 0x1f0, 0, 0xfffff0ff }, { 0x1f8, 0, 0xfffff800 },     /* the last */
    { 0x10c, 0, 0 }, { 0x110, 0, 0 }, { 0x118, 0, 0 },
    { 0x178, 0, 0 }, { 0x200, 0, 0 }, { 0x208, 0, 0 },
};

static Machine *new_full(void)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.plmr = config.phmr = config.dt = config.eim = true;
    config.smts = config.ssts = config.prs = true;
    return machine_new(&config);
}

static Machine *new_bare(void)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.qi = config.ir = false;
    return machine_new(&config);
}

static const Place *find(const Place *places, size_t count, uint32_t offset)
{
    for (size_t i = 0; i < count; i++) {
        if (places[i].offset == offset) {
            return &places[i];
        }
    }
    return NULL;
}

/* Every place of the space: value after power-on, after ones, zeros */
static void check_places(Machine *machine, const Place *places, size_t count)
{
    size_t size = vtdm_config_register_size(&machine->config);

    for (uint32_t offset = 0; offset < size; offset += 4) {
        const Place *place = find(places, count, offset);
        Place none = { 0 };

        if (offset >= VTDM_REG_CAP && offset < VTDM_REG_GCMD) {
            continue;                       /* CAP, ECAP: see config.c */
        }
        place = place ? place : &none;
        vtdm_unit_reset(machine->unit, true);
        g_assert_cmphex(machine_read32(machine, offset), ==, place->reset);
        machine_write32(machine, offset, UINT32_MAX);
        g_assert_cmphex(machine_read32(machine, offset), ==, place->ones);
        if (offset != 0x02c && offset != 0x50c) {
            machine_write32(machine, offset, 0);
            g_assert_cmphex(machine_read32(machine, offset), ==,
                            place->reset & ~0x80000000);
        }
    }
}

/* Spec: "Register Descriptions" */
static void test_full(void)
{
    Machine *machine = new_full();

    check_places(machine, full, G_N_ELEMENTS(full));
    machine_free(machine);
}

/* Spec: "Register Descriptions": reserved without their capability */
static void test_bare(void)
{
    Machine *machine = new_bare();

    check_places(machine, bare, G_N_ELEMENTS(bare));
    machine_free(machine);
}

/* Spec: "Memory Type Range Registers" */
static void test_memory_types(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.smts = config.mts = true;
    machine = machine_new(&config);
    for (size_t i = 0; i < G_N_ELEMENTS(memory_types); i++) {
        const Place *place = &memory_types[i];

        g_assert_cmphex(machine_read32(machine, place->offset), ==,
                        place->reset);
        machine_write32(machine, place->offset, UINT32_MAX);
        g_assert_cmphex(machine_read32(machine, place->offset), ==,
                        place->ones);
    }
    machine_free(machine);
}

/* Whether anything of the register at @offset can be written. */
static bool exists(Machine *machine, uint32_t offset)
{
    machine_write32(machine, offset, UINT32_MAX);
    return machine_read32(machine, offset) != 0;
}

/* Spec: "Register Descriptions": which capability each one needs */
static void test_alone(void)
{
    static const struct {
        size_t at;
        uint32_t gone[7], stay[5];
    } cases[] = {
        { offsetof(VTDMConfig, ir),
          { VTDM_REG_IRTA, VTDM_REG_FEUADDR, VTDM_REG_IEUADDR,
            VTDM_REG_PEUADDR },
          { VTDM_REG_IQA, VTDM_REG_IQT, VTDM_REG_IECTL, VTDM_REG_IEDATA,
            VTDM_REG_IEADDR } },
        { offsetof(VTDMConfig, eim),
          { VTDM_REG_FEUADDR, VTDM_REG_IEUADDR, VTDM_REG_PEUADDR },
          { VTDM_REG_IRTA, VTDM_REG_IEADDR, VTDM_REG_FEADDR,
            VTDM_REG_PEADDR } },
        { offsetof(VTDMConfig, prs),
          { VTDM_REG_PQH, VTDM_REG_PQT, VTDM_REG_PQA, VTDM_REG_PECTL,
            VTDM_REG_PEDATA, VTDM_REG_PEADDR, VTDM_REG_PEUADDR },
          { VTDM_REG_IQA, VTDM_REG_IECTL } },
        { offsetof(VTDMConfig, plmr),
          { VTDM_REG_PLMBASE, VTDM_REG_PLMLIMIT },
          { VTDM_REG_PHMBASE, VTDM_REG_PHMLIMIT, VTDM_REG_PMEN } },
        { offsetof(VTDMConfig, phmr),
          { VTDM_REG_PHMBASE, VTDM_REG_PHMLIMIT },
          { VTDM_REG_PLMBASE, VTDM_REG_PLMLIMIT, VTDM_REG_PMEN } },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VTDMConfig config;
        Machine *machine;

        vtdm_config_init(&config);
        config.plmr = config.phmr = config.eim = true;
        config.dt = config.smts = config.ssts = config.prs = true;
        *(bool *)((char *)&config + cases[i].at) = false;
        config.eim &= config.ir;
        machine = machine_new(&config);
        for (unsigned n = 0; n < 7 && cases[i].gone[n]; n++) {
            g_assert_false(exists(machine, cases[i].gone[n]));
        }
        for (unsigned n = 0; n < 5 && cases[i].stay[n]; n++) {
            g_assert_true(exists(machine, cases[i].stay[n]));
        }
        machine_free(machine);
    }
}

/* Spec: "Capability Register", "Extended Capability Register" */
static void test_capabilities(void)
{
    Machine *machines[] = { new_full(), new_bare() };

    for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
        g_assert_cmphex(machine_read64(machines[i], VTDM_REG_CAP), ==,
                        vtdm_config_cap(&machines[i]->config));
        g_assert_cmphex(machine_read64(machines[i], VTDM_REG_ECAP), ==,
                        vtdm_config_ecap(&machines[i]->config));
        machine_free(machines[i]);
    }
}

/* Spec: "Interrupt Remapping Table Address Register": EIME needs EIM */
static void test_eime_reserved(void)
{
    Machine *machine = machine_new(NULL);

    machine_write64(machine, VTDM_REG_IRTA, UINT64_MAX);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IRTA), ==,
                    0x7ffffff00fULL);
    machine_free(machine);
}

static GByteArray *snapshot(Machine *machine)
{
    GByteArray *bytes = g_byte_array_new();
    size_t size = vtdm_config_register_size(&machine->config);

    for (uint32_t offset = 0; offset < size; offset += 4) {
        uint32_t value = vtdm_unit_peek(machine->unit, offset, 4);

        g_byte_array_append(bytes, (uint8_t *)&value, 4);
    }
    return bytes;
}

static bool is_allowed(uint32_t offset, unsigned size)
{
    return (size == 4 || size == 8) && offset % size == 0;
}

/*
 * Spec: "Software Access to Registers": sizes and alignments outside of the
 * contract read 0 and write nothing
 */
static void test_odd_access(void)
{
    static const unsigned sizes[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16 };
    Machine *machine = new_full();
    GByteArray *before = snapshot(machine), *after;

    machine->host.quiet = true;
    for (uint32_t offset = 0; offset < 0x1010; offset++) {
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
            if (is_allowed(offset, sizes[i]) && offset < 0x1000) {
                continue;
            }
            g_assert_cmphex(vtdm_unit_read(machine->unit, offset, sizes[i]),
                            ==, 0);
            vtdm_unit_write(machine->unit, offset, sizes[i], UINT64_MAX);
        }
    }
    after = snapshot(machine);
    g_assert_cmpmem(before->data, before->len, after->data, after->len);
    g_byte_array_unref(before);
    g_byte_array_unref(after);
    machine_free(machine);
}

/* The end of the space, and offsets whose sum with the size wraps. */
static void test_beyond(void)
{
    Machine *machine = new_full();
    static const uint32_t offsets[] = {
        0x1000, 0x2000, 0x80000000, 0xfffff000, 0xfffffff8, 0xfffffffc,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(offsets); i++) {
        for (unsigned size = 4; size <= 8; size += 4) {
            vtdm_unit_write(machine->unit, offsets[i], size, UINT64_MAX);
            g_assert_cmphex(vtdm_unit_read(machine->unit, offsets[i], size),
                            ==, 0);
            g_assert_cmphex(vtdm_unit_peek(machine->unit, offsets[i], size),
                            ==, 0);
        }
    }
    machine_free(machine);
}

/* Spec: "Software Access to Registers": 8 bytes are two times 4 */
static void test_quadword(void)
{
    static const uint64_t values[] = {
        UINT64_MAX, 0x0123456789abcdef, 0xfedcba9876543210,
    };
    Machine *one = new_full(), *two = new_full();

    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        for (uint32_t offset = 0; offset < 0x1000; offset += 8) {
            vtdm_unit_reset(one->unit, true);
            vtdm_unit_reset(two->unit, true);
            machine_write64(one, offset, values[i]);
            machine_write32(two, offset, values[i]);
            machine_write32(two, offset + 4, values[i] >> 32);
            g_assert_cmphex(machine_read64(one, offset), ==,
                            machine_read32(two, offset) |
                            (uint64_t)machine_read32(two, offset + 4) << 32);
        }
    }
    machine_free(one);
    machine_free(two);
}

/* Spec: "Software Access to Registers": a half leaves the other half */
static void test_halves(void)
{
    Machine *machine = new_full();

    machine_write64(machine, VTDM_REG_RTADDR, 0x1234567000);
    machine_write32(machine, VTDM_REG_RTADDR, 0x89abc000);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_RTADDR), ==,
                    0x1289abc000);
    machine_write32(machine, VTDM_REG_RTADDR + 4, 0x55);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_RTADDR), ==,
                    0x5589abc000);
    machine_free(machine);
}

/* Side effects are those of the register that is written, and no others. */
static void test_others(void)
{
    Machine *machine = new_full();
    uint32_t state;

    machine_enable_dma(machine);
    machine_enable_queue(machine);
    machine_enable_interrupts(machine, 7, false);
    state = machine_read32(machine, VTDM_REG_GSTS);
    machine_write32(machine, VTDM_REG_VER, 0);
    machine_write64(machine, VTDM_REG_CAP, 0);
    machine_write64(machine, VTDM_REG_ECAP, 0);
    machine_write32(machine, VTDM_REG_GSTS, 0);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_GSTS), ==, state);
    machine_free(machine);
}

/* Each access is told of once; a peek is not. */
static void test_events(void)
{
    Machine *machine = new_full();
    const VTDMEvent *event;

    machine_write32(machine, VTDM_REG_FEDATA, 0x1234);
    event = fake_host_event(&machine->host, VTDM_EVENT_REGISTER_WRITE);
    g_assert_cmphex(event->reg.offset, ==, VTDM_REG_FEDATA);
    g_assert_cmphex(event->reg.value, ==, 0x1234);
    g_assert_cmpuint(event->reg.size, ==, 4);
    g_assert_true(event->reg.write);
    machine_read32(machine, VTDM_REG_FEDATA);
    event = fake_host_event(&machine->host, VTDM_EVENT_REGISTER_READ);
    g_assert_cmphex(event->reg.value, ==, 0x1234);
    g_assert_false(event->reg.write);
    vtdm_unit_read(machine->unit, VTDM_REG_FEDATA, 2);
    vtdm_unit_write(machine->unit, VTDM_REG_FEDATA + 1, 4, 0);
    g_assert_cmpuint(fake_host_count(&machine->host,
                                     VTDM_EVENT_REGISTER_REFUSED), ==, 2);
    g_assert_cmphex(vtdm_unit_peek(machine->unit, VTDM_REG_FEDATA, 4), ==,
                    0x1234);
    g_assert_cmpuint(machine->host.events->len, ==, 4);
    machine_free(machine);
}

typedef struct Listing {
    uint64_t last;
    GString *names;
} Listing;

static void see_register(void *opaque, const VTDMRegister *reg,
                         uint64_t value)
{
    Listing *listing = opaque;

    g_assert_cmphex(reg->offset, >=, listing->last);
    listing->last = reg->offset + reg->size;
    if (reg->offset == VTDM_REG_FEDATA) {
        g_assert_cmphex(value, ==, 0x1234);
    }
    g_string_append_printf(listing->names, "%s ", reg->name);
}

/* Every register once, in order, by its name in the specification. */
static void test_list(void)
{
    Machine *machine = machine_new(NULL);
    g_autoptr(GString) names = g_string_new(NULL);
    Listing listing = { 0, names };

    machine_write32(machine, VTDM_REG_FEDATA, 0x1234);
    vtdm_registers_for_each(machine->unit, see_register, &listing);
    g_assert_true(g_str_has_prefix(names->str,
        "VER CAP ECAP GCMD GSTS RTADDR CCMD FSTS FECTL FEDATA FEADDR IQH "
        "IQT IQA ICS IECTL IEDATA IEADDR IQERCD IRTA IVA IOTLB "
        "FRCD[63:0] FRCD[127:64] FRCD[63:0] "));
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/registers/full", test_full);
    g_test_add_func("/vtdm/registers/bare", test_bare);
    g_test_add_func("/vtdm/registers/memory-types", test_memory_types);
    g_test_add_func("/vtdm/registers/alone", test_alone);
    g_test_add_func("/vtdm/registers/capabilities", test_capabilities);
    g_test_add_func("/vtdm/registers/eime-reserved", test_eime_reserved);
    g_test_add_func("/vtdm/registers/odd-access", test_odd_access);
    g_test_add_func("/vtdm/registers/beyond", test_beyond);
    g_test_add_func("/vtdm/registers/quadword", test_quadword);
    g_test_add_func("/vtdm/registers/halves", test_halves);
    g_test_add_func("/vtdm/registers/others", test_others);
    g_test_add_func("/vtdm/registers/events", test_events);
    g_test_add_func("/vtdm/registers/list", test_list);
    return g_test_run();
}
