/*
 * SR-IOV: virtual functions send under source-ids of their own, to the unit
 * of their physical function. Two igb functions are behind a root port.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "standard-headers/linux/pci_regs.h"
#include "requester.h"

#define UNITS                   3
#define INDEX                   5           /* of the interrupt */

/* Where the root port's bus is, and what it lets through. */
#define BUS                     3
#define PORT_SID                0x0030      /* 00:06.0 */
#define WINDOW_BASE             0xe000
#define WINDOW_LIMIT            0xefff

/* The configuration space of PCI Express, where the test puts it. */
#define MCH_PCIEXBAR            0x60
#define ECAM                    0xb0000000

/* igb: its virtual functions, and its registers. */
#define IGB_SRIOV               0x160
#define IGB_VF_OFFSET           0x80
#define IGB_VF_STRIDE           2
#define IGB_VF_MSIX_BAR         3
#define IGB_VF_MSIX_SIZE        0x4000
#define IGB_VF_MSIX             0x70
#define IGB_TCTL                0x400
#define IGB_GPIE                0x1514
#define IGB_EIMS                0x1524
#define IGB_QUEUE(n)            (0xe000 + 0x40 * (n))
#define IGB_QUEUE_BASE          0x00
#define IGB_QUEUE_BASE_HIGH     0x04
#define IGB_QUEUE_LENGTH        0x08
#define IGB_QUEUE_TAIL          0x18
#define IGB_QUEUE_CONTROL       0x28
#define IGB_VF_EICS(n)          (0x10020 + 0x100 * (n))
#define IGB_TCTL_EN             VTDM_BIT(1)
#define IGB_GPIE_MSIX           VTDM_BIT(4)
#define IGB_QUEUE_ENABLE        VTDM_BIT(25)
#define IGB_DESCRIPTOR_SIZE     16

/* Next to what the physical functions' registers may take. */
#define VF_BAR                  0xe8000000

typedef struct Igb {
    QPCIDevice *dev;
    QPCIBar bar;
    uint16_t source_id;
    uint64_t vf_bar;
} Igb;

static uint64_t config(uint16_t source_id, unsigned offset)
{
    return ECAM + ((uint64_t)source_id << 12) + offset;
}

static void set_port(VM *vm)
{
    g_autofree QPCIDevice *host = qpci_device_find(vm->pci, 0);
    g_autofree QPCIDevice *port = qpci_device_find(vm->pci, PORT_SID);

    qpci_config_writel(host, MCH_PCIEXBAR + 4, 0);
    qpci_config_writel(host, MCH_PCIEXBAR, ECAM | 1);
    qpci_config_writeb(port, PCI_SECONDARY_BUS, BUS);
    qpci_config_writeb(port, PCI_SUBORDINATE_BUS, BUS);
    qpci_config_writew(port, PCI_MEMORY_BASE, WINDOW_BASE);
    qpci_config_writew(port, PCI_MEMORY_LIMIT, WINDOW_LIMIT);
    qpci_device_enable(port);
}

static uint16_t vf_source_id(const Igb *igb, unsigned vf)
{
    return igb->source_id + IGB_VF_OFFSET + vf * IGB_VF_STRIDE;
}

/* Two virtual functions, which may send. */
static Igb igb_at(VM *vm, uint16_t source_id)
{
    Igb igb = {
        .dev = qpci_device_find(vm->pci, source_id),
        .source_id = source_id,
        .vf_bar = VF_BAR + (source_id & 7) * 8 * IGB_VF_MSIX_SIZE,
    };

    g_assert_nonnull(igb.dev);
    qpci_device_enable(igb.dev);
    igb.bar = qpci_iomap(igb.dev, 0, NULL);
    qtest_writew(vm->qts, config(source_id, IGB_SRIOV + PCI_SRIOV_NUM_VF), 2);
    qtest_writel(vm->qts, config(source_id, IGB_SRIOV + PCI_SRIOV_BAR +
                                 4 * IGB_VF_MSIX_BAR), igb.vf_bar);
    qtest_writew(vm->qts, config(source_id, IGB_SRIOV + PCI_SRIOV_CTRL),
                 PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE);
    for (unsigned vf = 0; vf < 2; vf++) {
        qtest_writew(vm->qts, config(vf_source_id(&igb, vf), PCI_COMMAND),
                     PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
    }
    return igb;
}

static void igb_write(const Igb *igb, unsigned offset, uint32_t value)
{
    qpci_io_writel(igb->dev, igb->bar, offset, value);
}

/* The virtual function reads a descriptor, of its first queue. */
static void vf_load(const Igb *igb, unsigned vf, uint64_t address)
{
    unsigned queue = IGB_QUEUE(vf);

    igb_write(igb, IGB_TCTL, IGB_TCTL_EN);
    igb_write(igb, queue + IGB_QUEUE_BASE, address);
    igb_write(igb, queue + IGB_QUEUE_BASE_HIGH, address >> 32);
    igb_write(igb, queue + IGB_QUEUE_LENGTH, 8 * IGB_DESCRIPTOR_SIZE);
    igb_write(igb, queue + IGB_QUEUE_CONTROL, IGB_QUEUE_ENABLE);
    igb_write(igb, queue + IGB_QUEUE_TAIL, 1);
}

/* Its first MSI-X. */
static void vf_raise(VM *vm, const Igb *igb, unsigned vf)
{
    uint64_t entry = igb->vf_bar + vf * IGB_VF_MSIX_SIZE;

    qtest_writel(vm->qts, entry + PCI_MSIX_ENTRY_LOWER_ADDR,
                 vtdm_make_msi_address(INDEX, false));
    qtest_writel(vm->qts, entry + PCI_MSIX_ENTRY_UPPER_ADDR, 0);
    qtest_writel(vm->qts, entry + PCI_MSIX_ENTRY_DATA, 0);
    qtest_writel(vm->qts, entry + PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
    qtest_writew(vm->qts, config(vf_source_id(igb, vf),
                                 IGB_VF_MSIX + PCI_MSIX_FLAGS),
                 PCI_MSIX_FLAGS_ENABLE);
    igb_write(igb, IGB_GPIE, IGB_GPIE_MSIX);
    igb_write(igb, IGB_EIMS, UINT32_MAX);
    igb_write(igb, IGB_VF_EICS(vf), 1);
}

/*
 * The first unit has the first physical function, the second one the other;
 * that another one lists a virtual function does not move it.
 */
static VM *new_vm(Unit *units)
{
    VM *vm = vm_new(",units='0xfed90000 endpoint=00:06.0/00.0;"
                    "0xfed91000 endpoint=00:06.0/00.1 endpoint=00:06.0/10.0;"
                    "0xfed92000 include-all ioapic'",
                    "-device pcie-root-port,id=rp,addr=6,chassis=1 "
                    "-device igb,bus=rp,addr=0.0,multifunction=on "
                    "-device igb,bus=rp,addr=0.1");

    set_port(vm);
    vm_start_units(vm, units, UNITS);
    return vm;
}

/* Spec: "Implications for SR-IOV" */
static void test_unit(void)
{
    Unit units[UNITS];
    VM *vm = new_vm(units);

    for (unsigned pf = 0; pf < 2; pf++) {
        Igb igb = igb_at(vm, (BUS << 8) + pf);

        for (unsigned vf = 0; vf < 2; vf++) {
            uint16_t source_id = vf_source_id(&igb, vf);
            g_auto(Requester) shown = { };

            vf_load(&igb, vf, VM_IOVA);
            units_expect_record(units, UNITS, pf, FR_ROOT_ABSENT,
                                source_id);
            vf_raise(vm, &igb, vf);
            units_expect_record(units, UNITS, pf, FR_IR_ABSENT, source_id);
            shown = requester_at(vm, source_id);
            g_assert_cmpstr(shown.name, ==, "igbvf");
            g_assert_cmpint(shown.unit, ==, pf);
            g_assert_cmpuint(shown.faults, ==, 2);
        }
        g_free(igb.dev);
    }
    vm_free(vm);
}

/* A virtual function has a context entry of its own. */
static void test_translated(void)
{
    Unit units[UNITS];
    VM *vm = new_vm(units);
    Igb igb = igb_at(vm, BUS << 8);
    g_auto(Requester) shown = { };

    vm->ssptptr = unit_attach(&units[0], vf_source_id(&igb, 1), VM_DID, 4);
    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    vf_load(&igb, 1, VM_IOVA);
    for (unsigned i = 0; i < UNITS; i++) {
        unit_expect_no_fault(&units[i]);
    }
    shown = requester_at(vm, vf_source_id(&igb, 1));
    g_assert_cmpuint(shown.reads, >, 0);
    g_assert_cmpint(shown.domain, ==, VM_DID);
    vf_load(&igb, 0, VM_IOVA);
    units_expect_record(units, UNITS, 0, FR_CONTEXT_ABSENT,
                        vf_source_id(&igb, 0));
    g_free(igb.dev);
    vm_free(vm);
}

/* Virtual functions right after the physical one. */
static void test_nvme(void)
{
    VM *vm = vm_new(",units='0xfed90000 endpoint=00:06.0/00.0;"
                    "0xfed91000 include-all ioapic'",
                    "-device pcie-root-port,id=rp,addr=6,chassis=1 "
                    "-device nvme-subsys,id=subsystem "
                    "-device nvme,id=pf,serial=1,subsys=subsystem,bus=rp,"
                    "sriov_max_vfs=2,sriov_vq_flexible=4,"
                    "sriov_vi_flexible=2");

    set_port(vm);
    for (unsigned function = 0; function <= 2; function++) {
        g_auto(Requester) shown = requester_at(vm, BUS << 8 | function);

        g_assert_cmpstr(shown.name, ==, function ? "nvme" : "pf");
        g_assert_cmpint(shown.unit, ==, 0);
    }
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/sriov/unit", test_unit);
        qtest_add_func("/vtdm/sriov/translated", test_translated);
        qtest_add_func("/vtdm/sriov/nvme", test_nvme);
    }
    return g_test_run();
}
