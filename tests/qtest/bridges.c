/*
 * Requesters behind bridges of every kind, each with the source-id and the
 * unit that the specification gives it, whatever the numbers of the buses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "standard-headers/linux/pci_regs.h"
#include "requester.h"

#define MAX_BRIDGES             7
#define MAX_CASES               5           /* the last one ends the list */
#define NUMBERINGS              3
#define UNITS                   3

#define INDEX                   5           /* of the interrupt */

/* All that may be behind a bridge; it lets through what nobody else has. */
#define WINDOW_BASE             0xe000
#define WINDOW_LIMIT            0xefff

#define DEVFN(slot, function)   ((slot) << 3 | (function))

/* Where something is: on bus 0, or behind one of the topology's bridges. */
enum { BUS_0 = -1 };

typedef struct Place {
    int behind;
    uint8_t devfn;
} Place;

/*
 * A bridge, those above it first. Its secondary and subordinate bus; those
 * of a root bus are its own.
 */
typedef struct Bridge {
    Place at;
    uint8_t secondary[NUMBERINGS];
    uint8_t subordinate[NUMBERINGS];
    bool is_root;
} Bridge;

/* An edu device, the requester that the platform sees, and its unit. */
typedef struct Case {
    Place edu;
    Place seen;
    unsigned unit;
    const char *name;
} Case;

typedef struct Topology {
    const char *path;
    bool pcie;                  /* of a q35 only */
    bool pci;                   /* of a pc only */
    const char *units;
    const char *devices;
    Bridge bridges[MAX_BRIDGES];
    Case cases[MAX_CASES];
} Topology;

#define ONE_BEHIND(bridge)      { (bridge), DEVFN(0, 0) }

static const Topology topologies[] = {
    {
        .path = "/vtdm/bridges/switch",
        .pcie = true,
        .units = "0xfed90000 endpoint=00:06.0/00.0/00.0/00.0;"
                 "0xfed91000 bridge=00:06.0/00.0/01.0;"
                 "0xfed92000 include-all ioapic",
        .devices = "-device pcie-root-port,id=rp,addr=6,chassis=1 "
                   "-device x3130-upstream,id=up,bus=rp "
                   "-device xio3130-downstream,id=d0,bus=up,addr=0,chassis=2 "
                   "-device xio3130-downstream,id=d1,bus=up,addr=1,chassis=3 "
                   "-device xio3130-downstream,id=d2,bus=up,addr=2,chassis=4 "
                   "-device " EDU_DEVICE ",id=a,bus=d0 "
                   "-device " EDU_DEVICE ",id=b,bus=d1 "
                   "-device " EDU_DEVICE ",id=c,bus=d2",
        .bridges = {
            { { BUS_0, DEVFN(6, 0) }, { 1, 0x40, 1 }, { 5, 0x48, 5 } },
            { ONE_BEHIND(0), { 2, 0x43, 2 }, { 5, 0x48, 5 } },
            { ONE_BEHIND(1), { 3, 0x48, 3 }, { 3, 0x48, 3 } },
            { { 1, DEVFN(1, 0) }, { 4, 0x47, 4 }, { 4, 0x47, 4 } },
            { { 1, DEVFN(2, 0) }, { 5, 0x46, 5 }, { 5, 0x46, 5 } },
        },
        .cases = {
            { ONE_BEHIND(2), ONE_BEHIND(2), 0, "a" },
            { ONE_BEHIND(3), ONE_BEHIND(3), 1, "b" },
            { ONE_BEHIND(4), ONE_BEHIND(4), 2, "c" },
        },
    }, {
        .path = "/vtdm/bridges/pcie-to-pci",
        .pcie = true,
        .units = "0xfed90000 bridge=00:06.0/00.0;"
                 "0xfed91000 endpoint=00:06.0/00.0/01.0;"
                 "0xfed92000 include-all ioapic",
        .devices = "-device pcie-root-port,id=rp,addr=6,chassis=1 "
                   "-device pcie-pci-bridge,id=bridge,bus=rp "
                   "-device " EDU_DEVICE ",bus=bridge,addr=1 "
                   "-device " EDU_DEVICE ",bus=bridge,addr=2 "
                   "-device pci-bridge,id=deeper,bus=bridge,addr=3,"
                       "chassis_nr=2 "
                   "-device " EDU_DEVICE ",bus=deeper,addr=1",
        .bridges = {
            { { BUS_0, DEVFN(6, 0) }, { 1, 0x40, 1 }, { 3, 0x48, 3 } },
            { ONE_BEHIND(0), { 2, 0x43, 2 }, { 3, 0x48, 3 } },
            { { 1, DEVFN(3, 0) }, { 3, 0x48, 3 }, { 3, 0x48, 3 } },
        },
        .cases = {
            { { 1, DEVFN(1, 0) }, ONE_BEHIND(1), 0,
              "behind bridge" },
            { { 1, DEVFN(2, 0) }, ONE_BEHIND(1), 0,
              "behind bridge" },
            { { 2, DEVFN(1, 0) }, ONE_BEHIND(1), 0,
              "behind bridge" },
        },
    }, {
        .path = "/vtdm/bridges/conventional",
        .units = "0xfed90000 endpoint=00:07.0;"
                 "0xfed91000 bridge=00:08.0;"
                 "0xfed92000 include-all ioapic",
        .devices = "-device i82801b11-bridge,id=dmi,addr=7 "
                   "-device pci-bridge,id=below,bus=dmi,addr=1,chassis_nr=1 "
                   "-device " EDU_DEVICE ",bus=below,addr=1 "
                   "-device pci-bridge,id=plain,addr=8,chassis_nr=2 "
                   "-device " EDU_DEVICE ",bus=plain,addr=2",
        .bridges = {
            { { BUS_0, DEVFN(7, 0) }, { 1, 0x40, 1 }, { 2, 0x43, 2 } },
            { { 0, DEVFN(1, 0) }, { 2, 0x43, 2 }, { 2, 0x43, 2 } },
            { { BUS_0, DEVFN(8, 0) }, { 3, 0x20, 3 }, { 3, 0x20, 3 } },
        },
        .cases = {
            { { 1, DEVFN(1, 0) }, { BUS_0, DEVFN(7, 0) }, 0, "dmi" },
            { { 2, DEVFN(2, 0) }, { BUS_0, DEVFN(8, 0) }, 1, "plain" },
        },
    }, {
        .path = "/vtdm/bridges/multifunction",
        .pcie = true,
        .units = "0xfed90000 endpoint=00:06.0/00.3;"
                 "0xfed91000 bridge=00:06.1 endpoint=00:07.2;"
                 "0xfed92000 include-all ioapic",
        .devices = "-device pcie-root-port,id=rp0,addr=6.0,chassis=1,"
                       "multifunction=on "
                   "-device pcie-root-port,id=rp1,addr=6.1,chassis=2 "
                   "-device " EDU_DEVICE ",id=a,bus=rp0,addr=0.0,"
                       "multifunction=on "
                   "-device " EDU_DEVICE ",id=b,bus=rp0,addr=0.3 "
                   "-device " EDU_DEVICE ",id=c,bus=rp1 "
                   "-device " EDU_DEVICE ",addr=7.0,multifunction=on "
                   "-device " EDU_DEVICE ",id=d,addr=7.2",
        .bridges = {
            { { BUS_0, DEVFN(6, 0) }, { 1, 0x40, 1 }, { 1, 0x40, 1 } },
            { { BUS_0, DEVFN(6, 1) }, { 2, 0x30, 2 }, { 2, 0x30, 2 } },
        },
        .cases = {
            { ONE_BEHIND(0), ONE_BEHIND(0), 2, "a" },
            { { 0, DEVFN(0, 3) }, { 0, DEVFN(0, 3) }, 0, "b" },
            { ONE_BEHIND(1), ONE_BEHIND(1), 1, "c" },
            { { BUS_0, DEVFN(7, 2) }, { BUS_0, DEVFN(7, 2) }, 1, "d" },
        },
    }, {
        .path = "/vtdm/bridges/pxb-pcie",
        .pcie = true,
        .units = "0xfed90000 bridge=80:00.0;"
                 "0xfed91000 endpoint=c0:01.0/00.0;"
                 "0xfed92000 include-all ioapic",
        .devices = "-device pxb-pcie,id=pxb,addr=9,bus_nr=0x80 "
                   "-device pcie-root-port,id=rp0,bus=pxb,addr=0,chassis=1 "
                   "-device pcie-root-port,id=rp1,bus=pxb,addr=1,chassis=2 "
                   "-device " EDU_DEVICE ",id=a,bus=rp0 "
                   "-device " EDU_DEVICE ",id=b,bus=rp1 "
                   "-device pxb-pcie,id=other,bus=pcie.0,addr=0xa,bus_nr=0xc0 "
                   "-device pcie-root-port,id=rp2,bus=other,addr=1,chassis=3 "
                   "-device " EDU_DEVICE ",id=c,bus=rp2",
        .bridges = {
            { .is_root = true, .secondary = { 0x80, 0x80, 0x80 } },
            { ONE_BEHIND(0), { 0x81, 0x88, 0x81 }, { 0x81, 0x88, 0x81 } },
            { { 0, DEVFN(1, 0) }, { 0x82, 0x81, 0x82 }, { 0x82, 0x81, 0x82 } },
            { .is_root = true, .secondary = { 0xc0, 0xc0, 0xc0 } },
            { { 3, DEVFN(1, 0) }, { 0xc2, 0xc1, 0xc2 }, { 0xc2, 0xc1, 0xc2 } },
        },
        .cases = {
            { ONE_BEHIND(1), ONE_BEHIND(1), 0, "a" },
            { ONE_BEHIND(2), ONE_BEHIND(2), 2, "b" },
            { ONE_BEHIND(4), ONE_BEHIND(4), 1, "c" },
        },
    }, {
        /* Behind its bridge on its own root bus. */
        .path = "/vtdm/bridges/pxb",
        .pci = true,
        .units = "0xfed90000 endpoint=80:00.0;"
                 "0xfed91000 endpoint=00:09.0;"
                 "0xfed92000 include-all ioapic",
        .devices = "-device pxb,id=pxb,addr=9,bus_nr=0x80 "
                   "-device " EDU_DEVICE ",bus=pxb,addr=1 "
                   "-device " EDU_DEVICE ",bus=pxb,addr=2",
        .bridges = {
            { .is_root = true, .secondary = { 0x80, 0x80, 0x80 } },
            { ONE_BEHIND(0), { 0x81, 0x88, 0x81 }, { 0x81, 0x88, 0x81 } },
        },
        .cases = {
            { { 1, DEVFN(1, 0) }, ONE_BEHIND(0), 0, "pxb" },
            { { 1, DEVFN(2, 0) }, ONE_BEHIND(0), 0, "pxb" },
        },
    },
};

/*
 * A scope that starts on bus 1, two bridges above the device. The device's
 * own bus keeps its number; a case for each numbering.
 */
static const Topology start_bus = {
    .units = "0xfed90000 endpoint=01:00.0/00.0/00.0;"
             "0xfed91000 endpoint=00:05.0;"
             "0xfed92000 include-all ioapic",
    .devices = "-device pcie-root-port,id=rp,addr=6,chassis=1 "
               "-device x3130-upstream,id=up,bus=rp "
               "-device xio3130-downstream,id=down,bus=up,chassis=2 "
               "-device " EDU_DEVICE ",id=a,bus=down",
    .bridges = {
        { { BUS_0, DEVFN(6, 0) }, { 1, 3, 1 }, { 8, 8, 8 } },
        { ONE_BEHIND(0), { 2, 4, 2 }, { 8, 8, 8 } },
        { ONE_BEHIND(1), { 8, 8, 8 }, { 8, 8, 8 } },
    },
    .cases = {
        { ONE_BEHIND(2), ONE_BEHIND(2), 0, "a" },
        { ONE_BEHIND(2), ONE_BEHIND(2), 2, "a" },
        { ONE_BEHIND(2), ONE_BEHIND(2), 0, "a" },
    },
};

/*
 * A scope that starts on the last of eight buses, all of which get other
 * numbers: such that 47 bits of a polynomial in 257 do not tell them apart.
 */
static const Topology deep = {
    .units = "0xfed90000 endpoint=ea:00.0;"
             "0xfed91000 endpoint=00:05.0;"
             "0xfed92000 include-all ioapic",
    .devices = "-device pcie-root-port,id=rp,addr=6,chassis=1 "
               "-device x3130-upstream,id=up1,bus=rp "
               "-device xio3130-downstream,id=d1,bus=up1,chassis=2 "
               "-device x3130-upstream,id=up2,bus=d1 "
               "-device xio3130-downstream,id=d2,bus=up2,chassis=3 "
               "-device x3130-upstream,id=up3,bus=d2 "
               "-device xio3130-downstream,id=d3,bus=up3,chassis=4 "
               "-device " EDU_DEVICE ",id=a,bus=d3",
    .bridges = {
        { { BUS_0, DEVFN(6, 0) }, { 0x6d, 0x49, 0x6d }, { 0xea, 0xc7, 0xea } },
        { ONE_BEHIND(0), { 0x77, 0x4e, 0x77 }, { 0xea, 0xc7, 0xea } },
        { ONE_BEHIND(1), { 0x8d, 0x74, 0x8d }, { 0xea, 0xc7, 0xea } },
        { ONE_BEHIND(2), { 0xc5, 0x90, 0xc5 }, { 0xea, 0xc7, 0xea } },
        { ONE_BEHIND(3), { 0xcb, 0xb4, 0xcb }, { 0xea, 0xc7, 0xea } },
        { ONE_BEHIND(4), { 0xe3, 0xb8, 0xe3 }, { 0xea, 0xc7, 0xea } },
        { ONE_BEHIND(5), { 0xea, 0xc7, 0xea }, { 0xea, 0xc7, 0xea } },
    },
    .cases = {
        { ONE_BEHIND(6), ONE_BEHIND(6), 0, "a" },
        { ONE_BEHIND(6), ONE_BEHIND(6), 2, "a" },
        { ONE_BEHIND(6), ONE_BEHIND(6), 0, "a" },
    },
};

static uint16_t source_id(const Topology *topology, Place place,
                          unsigned numbering)
{
    uint8_t bus = place.behind == BUS_0
        ? 0 : topology->bridges[place.behind].secondary[numbering];

    return bus << 8 | place.devfn;
}

static void number_buses(VM *vm, const Topology *topology,
                         unsigned numbering)
{
    for (unsigned i = 0; i < MAX_BRIDGES; i++) {
        const Bridge *bridge = &topology->bridges[i];
        g_autofree QPCIDevice *dev = NULL;

        if (bridge->is_root || !bridge->secondary[0]) {
            continue;
        }
        dev = qpci_device_find(vm->pci, source_id(topology, bridge->at,
                                                  numbering));
        g_assert_nonnull(dev);
        qpci_config_writeb(dev, PCI_SECONDARY_BUS,
                           bridge->secondary[numbering]);
        qpci_config_writeb(dev, PCI_SUBORDINATE_BUS,
                           bridge->subordinate[numbering]);
        qpci_config_writew(dev, PCI_MEMORY_BASE, WINDOW_BASE);
        qpci_config_writew(dev, PCI_MEMORY_LIMIT, WINDOW_LIMIT);
        qpci_device_enable(dev);
    }
}

/* Its DMA and its interrupt carry the source-id, both to its unit. */
static void expect_case(VM *vm, const Unit *units, const Topology *topology,
                        unsigned numbering, const Case *expected)
{
    uint16_t seen = source_id(topology, expected->seen, numbering);
    Edu edu = edu_at(vm->pci, source_id(topology, expected->edu, numbering));
    g_auto(Requester) before = requester_at(vm, seen);
    g_auto(Requester) after = { };

    edu_load(&edu, VM_IOVA, 4);
    units_expect_record(units, UNITS, expected->unit, FR_ROOT_ABSENT, seen);
    edu_set_msi(&edu, vtdm_make_msi_address(INDEX, false), 0);
    edu_raise(&edu);
    units_expect_record(units, UNITS, expected->unit, FR_IR_ABSENT, seen);
    after = requester_at(vm, seen);
    g_assert_cmpstr(after.name, ==, expected->name);
    g_assert_cmpint(after.unit, ==, expected->unit);
    g_assert_cmpuint(after.reads, ==, before.reads + 1);
    g_assert_cmpuint(after.faults, ==, before.faults + 2);
    edu_free(&edu);
}

static VM *new_vm(const Topology *topology, Unit *units)
{
    g_autofree char *options = g_strdup_printf(",units='%s'",
                                               topology->units);
    VM *vm = vm_new(options, topology->devices);

    vm_start_units(vm, units, UNITS);
    return vm;
}

static void test_topology(const void *data)
{
    const Topology *topology = data;
    Unit units[UNITS];
    VM *vm = new_vm(topology, units);

    for (unsigned numbering = 0; numbering < NUMBERINGS; numbering++) {
        number_buses(vm, topology, numbering);
        for (const Case *c = topology->cases; c->name; c++) {
            expect_case(vm, units, topology, numbering, c);
        }
    }
    vm_free(vm);
}

/* Its unit follows the numbers of the buses. */
static void test_renumbered(const void *data)
{
    const Topology *topology = data;
    Unit units[UNITS];
    VM *vm = new_vm(topology, units);

    for (unsigned numbering = 0; numbering < NUMBERINGS; numbering++) {
        number_buses(vm, topology, numbering);
        expect_case(vm, units, topology, numbering,
                    &topology->cases[numbering]);
    }
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(topologies); i++) {
        const Topology *topology = &topologies[i];

        if (vm_has_pcie() ? !topology->pci : !topology->pcie) {
            qtest_add_data_func(topology->path, topology, test_topology);
        }
    }
    if (vm_has_pcie()) {
        qtest_add_data_func("/vtdm/bridges/start-bus", &start_bus,
                            test_renumbered);
        qtest_add_data_func("/vtdm/bridges/deep", &deep, test_renumbered);
    }
    return g_test_run();
}
