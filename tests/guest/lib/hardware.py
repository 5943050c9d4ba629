# SPDX-License-Identifier: GPL-2.0-or-later
"""The PCI devices of a VM: how QEMU makes each one and where, what I/O the
guest does with it, and whether both sides saw the same bytes."""
from typing import NamedTuple

from .disk import Disk
from .peer import Peer

# Packed rings: QEMU 10.0 writes an entry of a split ring that crosses a page
# by one translation, the part on the next page to a wrong address.
VIRTIO = 'iommu_platform=on,disable-legacy=on,packed=on'

# QEMU's device for a disk, then what is plugged into it.
DISKS = {
    'nvme': ('nvme,serial={id},drive={id}', ''),
    'virtio-blk': (f'virtio-blk-pci,drive={{id}},{VIRTIO}', ''),
    'ahci': ('ahci', 'ide-hd,drive={id},bus={id}.0'),
    'usb': ('qemu-xhci', 'usb-storage,drive={id},bus={id}.0'),
}
NICS = {
    'virtio-net': f'virtio-net-pci,netdev=net-{{id}},{VIRTIO}',
    'e1000e': 'e1000e,netdev=net-{id}',
}
EVERY = [*DISKS, *NICS]
EDU = 'edu,dma_mask=0xffffffffffffffff'


class Place(NamedTuple):
    """Where a device is: for QEMU, for the guest (a path of bridges, as in a
    device scope), and the id of the bridge that sends for it, if one does."""
    option: str
    path: str
    sender: str = ''


class Hardware:
    """Devices from slot 3 on, or each behind a root port in that slot, or at
    the place that `places` gives for its name.

    options  QEMU's
    script   the I/O of the guest
    blocks   {name of a disk: what it is called in the guest's shell}
    """

    def __init__(self, folder, ports=False, places=None):
        self.folder = folder
        self.ports = ports
        self.places = places or {}
        self.options = []
        self.script = ''
        self.names = []
        self.blocks = {}
        self.disks = []
        self.nics = []
        self.peer = Peer(mib=2)

    def plug(self, name, device):
        """Add a device; the words that are its address in the guest's shell."""
        if found := self.places.get(name):
            self.options += ['-device', f'{device},id={name},{found.option}']
            return f'"$(function_on {found.path})"'
        slot = f'{3 + len(self.names):02x}'
        place = f'addr={slot}'
        if self.ports:
            self.options += ['-device', f'pcie-root-port,id=port{slot},'
                                        f'slot={len(self.names)},addr={slot}']
            place = f'bus=port{slot}'
        self.options += ['-device', f'{device},id={name},{place}']
        self.names.append(name)
        return f'"$(function_at 0000:00:{slot}.0)"'

    def add_disk(self, kind, more='', name=None):
        """A disk of a kind, with more properties."""
        name = name or kind
        controller, plugged = DISKS[kind]
        disk = Disk(name, self.folder, mib=4)
        self.options += disk.drive()
        place = self.plug(name, controller.format(id=name) + more)
        if plugged:
            self.options += ['-device', plugged.format(id=name)]
        self.blocks[name] = f'"$(block_of {place})"'
        self.script += disk.script(self.blocks[name])
        self.disks.append(disk)

    def add_nic(self, kind, more=''):
        """A network card of a kind, with more properties."""
        self.options += ['-netdev', f'user,id=net-{kind}']
        place = self.plug(kind, NICS[kind].format(id=kind) + more)
        self.script += self.peer.script(kind, place)
        self.nics.append(kind)

    def add(self, kinds):
        """Some of EVERY."""
        for kind in kinds:
            add = self.add_disk if kind in DISKS else self.add_nic
            add(kind)

    def sender(self, name):
        """The name of the requester that a device's DMA comes from."""
        found = self.places.get(name)
        return found and found.sender or name

    def check(self, checks, results):
        """Compare the bytes, after the guest has ended."""
        for disk in self.disks:
            disk.check(checks, results)
        for kind in self.nics:
            self.peer.check(kind, checks, results)
