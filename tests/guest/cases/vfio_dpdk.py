# SPDX-License-Identifier: GPL-2.0-or-later
"""DPDK in the guest, Debian's own: testpmd drives two network cards through
VFIO and forwards what one receives to the other. The host sends random frames
to the first and compares what comes out of the second."""
import os
import random
import socket
import tempfile
import time
from pathlib import Path

from lib import linux
from lib.boot import check_traffic
from lib.checks import Checks
from lib.package import Package
from lib.paths import Failure, from_script
from lib.state import State
from lib.vm import PATIENCE, VM

CARDS = ['0000:00:03.0', '0000:00:04.0']
DRIVERS = 'usr/lib/x86_64-linux-gnu/dpdk/pmds-*/librte_{}.so.*'
PLUGINS = ['mempool_ring', 'net_e1000']
FRAMES, IN_FLIGHT = 2000, 16
HEADER = b'\xff' * 6 + b'\x02\0\0\0\0\1' + b'\x88\xb5'     # a local experiment

# Its options: two threads on one CPU, and what each part is for after `--`.
SCRIPT = f'''
platform
for card in {' '.join(CARDS)}; do bind $card vfio-pci; done
mkdir -p /var/run
chmod 755 /
echo 64 >/proc/sys/vm/nr_hugepages
sleep 10000 | dpdk-testpmd --lcores '0@0,1@0' --in-memory --iova-mode=va \\
    $(for card in {' '.join(CARDS)}; do echo "-a $card"; done) {{plugins}} \\
    -- --total-num-mbufs=2048 --forward-mode=io >&2
'''


class Wire:
    """The host's end of a network card."""

    def __init__(self, folder, name):
        self.here, self.there = f'{folder}/{name}.host', f'{folder}/{name}.vm'
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.here)
        self.socket.settimeout(0.5)
        self.name = name

    def options(self, address):
        """QEMU's."""
        return ['-netdev', f'dgram,id={self.name},local.type=unix,'
                           f'local.path={self.there},remote.type=unix,'
                           f'remote.path={self.here}',
                '-device', f'e1000e,id=card-{self.name},netdev={self.name},'
                           f'addr={address}']


def random_frames():
    """Frames that each begin with their number."""
    return [HEADER + number.to_bytes(4, 'big') +
            os.urandom(random.randrange(46, 1497)) for number in range(FRAMES)]


def exchange(frames, sender, receiver, seconds=PATIENCE):
    """Send all, again what is lost; {number: what came out}."""
    came, end = {}, time.monotonic() + seconds
    while len(came) < len(frames) and time.monotonic() < end:
        missing = [number for number in range(len(frames))
                   if number not in came][:IN_FLIGHT]
        try:
            for number in missing:
                sender.socket.sendto(frames[number], sender.there)
            while not came.keys() >= set(missing):
                frame = receiver.socket.recv(1 << 16)
                if frame[:len(HEADER)] == HEADER:
                    number = frame[len(HEADER):][:4]
                    came[int.from_bytes(number, 'big')] = frame
        except TimeoutError:
            pass
    return came


def wires(folder):
    """Both, and QEMU's options for them."""
    ends = [Wire(folder, name) for name in ('first', 'second')]
    return *ends, [option for end, address in zip(ends, (3, 4))
                   for option in end.options(address)]


def case(folder):
    """Frames go through."""
    checks = Checks()
    root = Path(from_script('get/dpdk'))
    plugins = [next(root.glob(DRIVERS.format(name))) for name in PLUGINS]
    package = Package(folder, root / 'usr/bin/dpdk-testpmd', root, plugins)
    script = SCRIPT.format(plugins=' '.join(f'-d /lib/{plugin.name}'
                                            for plugin in plugins))
    with tempfile.TemporaryDirectory() as sockets:
        first, second, cards = wires(sockets)
        options = ['-device', 'intel-iommu-sim,id=iommu0', *cards,
                   *package.disk(), '-cpu', 'Nehalem', '-smp', '1']
        with VM(folder, package.script() + script, options) as vm:
            frames = random_frames()
            came = exchange(frames, first, second)
            state = State(vm.qmp)
            if len(came) < FRAMES:
                raise Failure(f'{len(came)} of {FRAMES} frames came: '
                              f'{vm.tail(vm.console)}')
    wrong = [number for number, frame in came.items()
             if frame != frames[number]]
    checks.that('each frame came as it was sent', not wrong, wrong)
    check_traffic(checks, state, ['card-first', 'card-second'])
    checks.that('nothing faulted', not state.faults, state.faults)
    linux.check(checks, vm, state, linux.Expected(), [])
    checks.raise_failed()


CASES = {}
LONG = {'vfio/dpdk': case}
