# SPDX-License-Identifier: GPL-2.0-or-later
"""VMs without a guest, in which engines do DMA (tests/bench/engine): one for
each IOMMU that is compared."""
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'guest'))
from lib.paths import BUILD, QEMU, Failure                      # noqa: E402
from lib.qmp import QMP                                         # noqa: E402
from lib.yardstick import scalable                              # noqa: E402
from goals import NONE, NULL, OURS, QEMUS                       # noqa: E402
import tables                                                   # noqa: E402
from qtest import QTest                                         # noqa: E402

IOMMUS = (NONE, NULL, QEMUS, OURS)
MODULE = BUILD / 'qtest/vtdm-engine.so'
PATIENCE = 600                  # seconds for one job

# Registers of a unit; bits of GCMD.
GCMD, RTADDR, IQT, IQA, IRTA = 0x18, 0x20, 0x88, 0x90, 0xb8
TE, SRTP, QIE, IRE, SIRTP = 1 << 31, 1 << 30, 1 << 26, 1 << 25, 1 << 24
UNIT = 0xfed90000

# Configuration space; root ports for the machine with many devices.
COMMAND, BUSES, WINDOW, MEMORY_AND_MASTER = 0x04, 0x18, 0x20, 6
SLOT, PORTS, FUNCTIONS = 0x10, 16, 4


def port(number):
    """Where a root port is: device and function."""
    return SLOT + number // 8, number % 8


def source_ids(many):
    """Of the engines: two on the first bus, or four behind each root port."""
    if not many:
        return [4 << 3, 5 << 3]
    return [number + 1 << 8 | function for number in range(PORTS)
            for function in range(FUNCTIONS)]


def engines(many, first):
    """QEMU's options for them; `first` is said of the first one."""
    options = []
    for number, source_id in enumerate(source_ids(many)):
        behind, function = divmod(number, FUNCTIONS)
        place = f'bus=port{behind},addr=0.{function},multifunction=on' \
            if many else f'addr={source_id >> 3}'
        if many and not function:
            options.append(f'pcie-root-port,id=port{behind},slot={behind},'
                           'multifunction=on,addr=' + '{:x}.{}'.format(
                               *port(behind)))
        options.append(f'bench-engine,id=e{number},{place}'
                       f'{"" if number else first}')
    return options


def units(many):
    """The property of ours: a unit for each root port."""
    if not many:
        return ''
    scopes = [f'{UNIT + 0x1000 * number:#x} bridge=00:' + '{:02x}.{}'.format(
        *port(number)) for number in range(PORTS - 1)]
    return ',units=' + '; '.join([*scopes, f'{UNIT + 0x1000 * (PORTS - 1):#x} '
                                  'include-all ioapic hpet'])


def options_of(iommu, group):
    """QEMU's `-device`s; None: this IOMMU cannot do it."""
    caching = ',caching-mode=on' if group.listens else ''
    first = ',listens=on' if group.listens else ''
    if iommu == NONE:
        return engines(group.many, '')
    if iommu == NULL:
        return engines(group.many, ',null-iommu=on')
    if iommu == QEMUS:
        if group.mode in ('nested', 'pasid'):
            return None
        words = '' if group.mode in tables.TT else \
            scalable(group.mode == 'first')
    else:
        words = ',id=iommu0' + units(group.many) + \
            ('' if group.mode in tables.TT else ',scalable-mode=on') + \
            (',pasid=on' if group.mode == 'pasid' else '')
    return [f'{iommu},aw-bits=48,intremap=on{caching}{words}',
            *engines(group.many, first)]


class Machine:
    """One VM; a `with` statement ends it."""

    def __init__(self, iommu, group, image):
        self.iommu, self.group = iommu, group
        self.set = {}               # properties of the first engine
        self.translates = iommu in (QEMUS, OURS)
        ours = [socket.socketpair() for _ in range(2)]
        words = [word for option in options_of(iommu, group)
                 for word in ('-device', option)]
        theirs = [pair[1].fileno() for pair in ours]
        self.process = subprocess.Popen(
            ['setpriv', '--pdeathsig', 'KILL', 'env', f'LD_PRELOAD={MODULE}',
             str(QEMU), '-M', 'q35', '-m', f'{tables.RAM >> 20}M',
             '-accel', 'qtest', '-nodefaults', '-display', 'none', *words,
             '-chardev', f'socket,id=qtest,fd={theirs[0]}',
             '-qtest', 'chardev:qtest', '-qtest-log', 'none',
             '-chardev', f'socket,id=qmp,fd={theirs[1]}',
             '-mon', 'chardev=qmp,mode=control'],
            pass_fds=theirs, stdin=subprocess.DEVNULL)
        self.sockets = [pair[0] for pair in ours]
        for _, its in ours:
            its.close()
        self.qmp = QMP(self.sockets[1])
        try:
            self.qmp.negotiate(PATIENCE)
        except EOFError as error:
            self.__exit__()
            raise Failure(f'QEMU did not start with {words}') from error
        self.qtest = QTest(self.sockets[0])
        self.prepare(image)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for end in self.sockets:
            end.close()

    def prepare(self, image):
        """Memory, buses, units: all that a guest does once."""
        if self.group.many:
            self.number_buses()
        for source_id in source_ids(self.group.many):
            self.qtest.configure(source_id, COMMAND, MEMORY_AND_MASTER)
        for address, data in image.items():
            self.qtest.write(address, data)
        if self.translates:
            several = self.group.many and self.iommu == OURS
            for number in range(PORTS if several else 1):
                self.switch_on(UNIT + 0x1000 * number)

    def number_buses(self):
        """The ports' buses are 1 to 16; each lets everything through."""
        for number in range(PORTS):
            device, function = port(number)
            place, bus = device << 3 | function, number + 1
            self.qtest.configure(place, BUSES, bus << 16 | bus << 8)
            self.qtest.configure(place, COMMAND, MEMORY_AND_MASTER)

    def switch_on(self, base):
        """A unit: its root table, its queue, its interrupt entries."""
        scalable = self.group.mode not in tables.TT
        write = self.qtest.write64
        write(base + RTADDR, tables.ROOT | (1 << 10 if scalable else 0))
        self.qtest.write32(base + GCMD, SRTP)
        write(base + IQT, 0)
        write(base + IQA, tables.QUEUE | (1 << 11 if scalable else 0))
        self.qtest.write32(base + GCMD, QIE)
        on = QIE
        if self.group.remaps:
            write(base + IRTA, tables.INTERRUPTS | 7)
            self.qtest.write32(base + GCMD, on | SIRTP)
            on |= IRE
            self.qtest.write32(base + GCMD, on)
        self.qtest.write32(base + GCMD, on | TE)

    def put(self, **properties):
        """Properties of the first engine."""
        for name, value in properties.items():
            if self.set.get(name) != value:
                self.qmp.command('qom-set', path='/machine/peripheral/e0',
                                 property=name.replace('_', '-'), value=value)
                self.set[name] = value

    def get(self, name):
        """One of them."""
        return self.qmp.get('/machine/peripheral/e0', name)

    def queue(self, kind, others=0):
        """What the job invalidates after each DMA; the first ones are perhaps
        of another domain. Nobody writes a status where nobody reads a queue."""
        width = 16 if self.group.mode in tables.TT else 32
        tail = self.qtest.read32(UNIT + IQT)
        self.qtest.write(tables.QUEUE, tables.queue(
            kind, width, tail, others))
        return {'tail_register': UNIT + IQT, 'step': 2 * width,
                'queue_size': tables.QUEUE_SIZE,
                'status': tables.STATUS if self.translates else 0}

    def wait(self, done, what):
        """Until it is."""
        end = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > end:
                raise Failure(f'{self.iommu} hangs in {what}')
            time.sleep(0.004)

    def switch(self, what, value):
        """Of the first engine."""
        self.qmp.command('qom-set', path='/machine/peripheral/e0',
                         property=what, value=value)

    def run(self, **job):
        """A job; its time in ns, and that of CPUs."""
        self.put(**job)
        self.switch('run', True)
        self.wait(lambda: not self.get('busy'), job)
        if failed := self.get('failed'):
            raise Failure(f'{self.iommu} refused {failed} DMAs of {job}')
        return [self.get(name) for name in ('elapsed', 'cpu')]

    def replay(self, pages):
        """Somebody comes who mirrors: ns until he was told of `pages`."""
        self.put(pages=pages)
        self.switch('listening', False)
        time.sleep(0.02)            # whoever keeps copies forgets them
        self.switch('listening', True)
        self.wait(lambda: self.get('told') >= pages, 'a replay')
        return self.get('elapsed')
