#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""units.py [ROUNDS]: what a DMA costs in a machine with one unit and with
sixteen. Sixteen NVMe controllers behind root ports, and functions beside them
that make it sixty devices and more, read at the same time; no guest runs, and
each page is a DMA of its own. All translations are cached, so that what is
compared is the way to them: to the unit, to its lock, to a table of 8192
entries or to one of 512. The three VMs take turns, and the best round counts.
The numbers are worth comparing, not more."""
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'guest'))
from lib.paths import QEMU                                  # noqa: E402
from lib.report import table                                # noqa: E402
from nvme import (BUSES, COMMAND, MEMORY_AND_MASTER, PAGE,  # noqa: E402
                  WINDOW, Controller, QTest, page_list)

CONTROLLERS = 16
SLOT = 0x10                     # of the first eight root ports
PAGES = 512                     # of a read, the most that a disk takes
READS = 8                       # of each controller in a round
ENTRIES = CONTROLLERS * 2 * PAGES   # of an IOTLB: more than all pages
UNIT_BASE = 0xfed90000
RTADDR, GCMD, SRTP, TE = 0x20, 0x18, 1 << 30, 1 << 31

# Memory, mapped where it is: tables, queues, the list of pages, data.
ROOT, CONTEXTS, TABLES = 0x1000000, 0x1010000, 0x1100000
QUEUES, LIST, DATA = 0x2000000, 0x2100000, 0x4000000
BARS = 0xe0000000


def ports():
    """Where each root port is, as `-device` has it."""
    return [f'{SLOT + number // 8:02x}.{number % 8}'
            for number in range(CONTROLLERS)]


def units(count):
    """The property for one unit, or for one for each port."""
    bases = [f'{UNIT_BASE + 0x1000 * number:#x}' for number in range(count)]
    scopes = [f'bridge=00:{port}' for port in ports()] if count > 1 else ['']
    scopes[-1] = 'include-all'
    return '; '.join(f'{base} {scope}' for base, scope in zip(bases, scopes)) \
        + ' ioapic hpet'


def devices(count):
    """QEMU's options: the units, if any, and the same devices always."""
    words = [f'intel-iommu-sim,id=iommu0,iotlb-entries={ENTRIES},'
             f'units={units(count)}'] * bool(count)
    for number, port in enumerate(ports()):
        words += [f'pcie-root-port,id=port{number},slot={number},'
                  f'multifunction=on,addr={port}',
                  f'nvme,serial={number},mdts=9,drive=disk{number},'
                  f'bus=port{number},addr=0.0,multifunction=on',
                  f'edu,bus=port{number},addr=0.1',
                  f'edu,bus=port{number},addr=0.2']
    return [word for device in words for word in ('-device', device)]


def disks():
    """Backends that do nothing, so that DMA is all there is."""
    return [word for number in range(CONTROLLERS) for word in (
        '-blockdev', f'driver=null-co,node-name=disk{number},size=1073741824')]


class VM:
    """One that is driven from here; a `with` statement ends it."""

    def __init__(self, count):
        self.connection, its = socket.socketpair()
        with its:
            self.process = subprocess.Popen(
                ['setpriv', '--pdeathsig', 'KILL', str(QEMU), '-M', 'q35',
                 '-m', '256M', '-accel', 'qtest', '-nodefaults',
                 '-display', 'none', *disks(), *devices(count),
                 '-chardev', f'socket,id=qtest,fd={its.fileno()}',
                 '-qtest', 'chardev:qtest', '-qtest-log', 'none'],
                pass_fds=[its.fileno()], stdin=subprocess.DEVNULL)
        self.qtest = QTest(self.connection)
        self.number_buses()
        self.map_memory()
        for number in range(count):
            self.switch_on(UNIT_BASE + 0x1000 * number)
        self.controllers = [
            Controller(self.qtest, number + 1 << 8, BARS + 0x10000 * number,
                       QUEUES + 0x10000 * number)
            for number in range(CONTROLLERS)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.connection.close()

    def number_buses(self):
        """The ports' buses are 1 to 16; each lets everything through."""
        for number in range(CONTROLLERS):
            place = SLOT + number // 8 << 3 | number % 8
            bus = number + 1
            self.qtest.configure(place, BUSES, bus << 16 | bus << 8)
            self.qtest.configure(place, WINDOW, 0xeff0e000)
            self.qtest.configure(place, COMMAND, MEMORY_AND_MASTER)

    def map_memory(self):
        """A context entry for each controller, one page table for all, pages
        of 4 KiB; and the list of pages."""
        write = self.qtest.write
        for number in range(CONTROLLERS):
            context = CONTEXTS + PAGE * number
            write(ROOT + 16 * (number + 1), struct.pack('<2Q', context | 1, 0))
            write(context, struct.pack('<2Q', TABLES | 1, number + 1 << 8 | 2))
        write(TABLES, struct.pack('<Q', TABLES + PAGE | 3))
        write(TABLES + PAGE, struct.pack('<Q', TABLES + 2 * PAGE | 3))
        for place in range(0, 1 << 28, PAGE << 9):
            index = place >> 21
            leaves = TABLES + PAGE * (3 + index)
            write(TABLES + 2 * PAGE + 8 * index, struct.pack('<Q', leaves | 3))
            write(leaves, struct.pack('<512Q', *(
                place + PAGE * page | 3 for page in range(512))))
        write(LIST, page_list(DATA, PAGES))

    def switch_on(self, base):
        """Translation of one unit."""
        self.qtest.command('writeq', hex(base + RTADDR), hex(ROOT))
        self.qtest.command('writel', hex(base + GCMD), hex(SRTP))
        self.qtest.command('writel', hex(base + GCMD), hex(TE))

    def measure(self):
        """ns that one page takes when all controllers read."""
        start = time.perf_counter()
        for controller in self.controllers:
            for _ in range(READS):
                controller.read(DATA, PAGES, LIST)
        for controller in self.controllers:
            controller.wait(1)
        return (time.perf_counter() - start) * 1e9 / \
            (CONTROLLERS * READS * PAGES)


def main():
    rounds = int((sys.argv[1:] or ['30'])[0])
    with VM(0) as none, VM(1) as one, VM(16) as many:
        vms = {'no IOMMU': none, '1 unit': one, '16 units': many}
        best = {name: float('inf') for name in vms}
        for _ in range(rounds):
            for name, vm in vms.items():
                best[name] = min(best[name], vm.measure())
    rows = [(name, round(ns), f'{ns / best["1 unit"]:.2f}')
            for name, ns in best.items()]
    print(f'\n{CONTROLLERS} NVMe controllers read {READS} x {PAGES} pages each '
          f'(best of {rounds})')
    print('\n'.join(table(['machine', 'ns a page', 'of 1 unit'], rows)))


if __name__ == '__main__':
    main()
