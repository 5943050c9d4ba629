# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's qtest protocol: memory, registers and configuration space of a VM that
runs no guest."""
import base64

CONFIG_ADDRESS, CONFIG_DATA = 0xcf8, 0xcfc
CHUNK = 1 << 20                 # bytes of one command


class QTest:
    """The other end of QEMU's `-qtest`."""

    def __init__(self, connection):
        self.file = connection.makefile('rw')

    def command(self, *words):
        """One command, and the words of its answer."""
        print(*words, file=self.file, flush=True)
        while (answer := self.file.readline().split())[0] == 'IRQ':
            pass
        assert answer[0] == 'OK', (words, answer)
        return answer[1:]

    def write(self, address, data):
        """Memory."""
        for start in range(0, len(data), CHUNK):
            piece = data[start:start + CHUNK]
            self.command('b64write', hex(address + start), hex(len(piece)),
                         base64.b64encode(piece).decode())

    def write32(self, address, value):
        """A register."""
        self.command('writel', hex(address), hex(value))

    def write64(self, address, value):
        """A register."""
        self.command('writeq', hex(address), hex(value))

    def read32(self, address):
        """A register."""
        return int(self.command('readl', hex(address))[0], 16)

    def configure(self, place, offset, value):
        """32 bits of a function's configuration space."""
        self.command('outl', CONFIG_ADDRESS, hex(1 << 31 | place << 8 | offset))
        self.command('outl', CONFIG_DATA, hex(value))
