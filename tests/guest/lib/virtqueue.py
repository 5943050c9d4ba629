# SPDX-License-Identifier: GPL-2.0-or-later
"""A split virtqueue as its device sees it, over memory that is reached by
read(address, length) and write(address, bytes)."""
import struct
from typing import NamedTuple

NEXT, DEVICE_WRITES = 1, 2


class Buffer(NamedTuple):
    """One descriptor: a piece of the driver's memory."""
    address: int
    length: int
    flags: int
    next: int


class Virtqueue:
    """The rings; `base` is where the device goes on reading."""

    def __init__(self, memory, number):
        self.memory = memory
        self.number = number
        self.size = self.base = self.used = 0
        self.rings = None           # addresses: descriptors, used, available

    def _u16(self, address):
        return int.from_bytes(self.memory.read(address, 2), 'little')

    def take(self):
        """(head, buffers) of the driver's next chain, or None."""
        descriptors, _, available = self.rings
        if self.base == self._u16(available + 2):
            return None
        head = index = self._u16(available + 4 + self.base % self.size * 2)
        self.base = self.base + 1 & 0xffff
        chain = []
        while True:
            chain.append(Buffer(*struct.unpack(
                '<QIHH', self.memory.read(descriptors + index * 16, 16))))
            if not chain[-1].flags & NEXT or len(chain) > self.size:
                return head, chain
            index = chain[-1].next

    def give_back(self, head, written):
        """The device is done with a chain."""
        used = self.rings[1]
        self.memory.write(used + 4 + self.used % self.size * 8,
                          struct.pack('<II', head, written))
        self.used = self.used + 1 & 0xffff
        self.memory.write(used + 2, struct.pack('<H', self.used))
