# SPDX-License-Identifier: GPL-2.0-or-later
"""NVMe controllers in a VM that runs no guest, driven through QEMU's qtest
protocol: one read is as many DMAs as it has pages."""
import base64
import struct

PAGE = 4096
CONFIG_ADDRESS, CONFIG_DATA = 0xcf8, 0xcfc
COMMAND, BAR, BUSES, WINDOW = 0x04, 0x10, 0x18, 0x20
MEMORY_AND_MASTER = 6
CC, CSTS, AQA, ASQ, ACQ, DOORBELLS = 0x14, 0x1c, 0x24, 0x28, 0x30, 0x1000
ENABLE = 1 | 6 << 16 | 4 << 20          # entries of 64 and 16 bytes
CREATE_SQ, CREATE_CQ, READ = 1, 5, 2
DEPTH = 64


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
        self.command('b64write', hex(address), hex(len(data)),
                     base64.b64encode(data).decode())

    def read(self, address, size):
        """Memory."""
        [data] = self.command('read', hex(address), hex(size))
        return bytes.fromhex(data[2:])

    def configure(self, place, offset, value):
        """32 bits of a function's configuration space."""
        self.command('outl', CONFIG_ADDRESS, hex(1 << 31 | place << 8 | offset))
        self.command('outl', CONFIG_DATA, hex(value))


class Controller:
    """One with a queue for reads of `pages` pages; `area`: its memory."""

    def __init__(self, qtest, place, bar, area):
        self.qtest, self.bar, self.area = qtest, bar, area
        self.tails = [0, 0]
        qtest.configure(place, BAR, bar)
        qtest.configure(place, BAR + 4, 0)
        qtest.configure(place, COMMAND, MEMORY_AND_MASTER)
        self.register('l', AQA, DEPTH - 1 << 16 | DEPTH - 1)
        self.register('q', ASQ, self.queue(0))
        self.register('q', ACQ, self.queue(1))
        self.register('l', CC, ENABLE)
        while not int(qtest.command('readl', hex(bar + CSTS))[0], 16) & 1:
            pass
        size = DEPTH - 1 << 16 | 1
        self.submit(0, CREATE_CQ, self.queue(3), 0, size, 1)
        self.wait(0)
        self.submit(0, CREATE_SQ, self.queue(2), 0, size, 1 << 16 | 1)
        self.wait(0)

    def register(self, letter, offset, value):
        """Write a register."""
        self.qtest.command(f'write{letter}', hex(self.bar + offset), hex(value))

    def queue(self, number):
        """Submission and completion queue of the admin's, then the reads'."""
        return self.area + PAGE * number

    def submit(self, queue, opcode, first, second, *words):
        """One command; it runs before this returns, or soon after."""
        at = self.tails[queue] % DEPTH
        entry = struct.pack('<2I4x12x2Q4I8x', opcode, 1 if queue else 0,
                            first, second, *words, *[0] * (4 - len(words)))
        self.qtest.write(self.queue(2 * queue) + 64 * at, entry)
        self.tails[queue] += 1
        self.register('l', DOORBELLS + 8 * queue, self.tails[queue] % DEPTH)

    def wait(self, queue):
        """Until the last command of a queue has been completed, well."""
        last = self.tails[queue] - 1
        at = self.queue(2 * queue + 1) + 16 * (last % DEPTH) + 14
        phase = 1 - last // DEPTH % 2
        while True:
            status = int.from_bytes(self.qtest.read(at, 2), 'little')
            if status & 1 == phase:
                break
        assert status >> 1 == 0, hex(status)
        self.register('l', DOORBELLS + 8 * queue + 4,
                      self.tails[queue] % DEPTH)

    def read(self, data, pages, rest):
        """Read the first pages of the disk to `data`; `rest`: their list."""
        self.submit(1, READ, data, rest, 0, 0, pages * PAGE // 512 - 1)


def page_list(data, pages):
    """The PRP list of a read to contiguous pages: all but the first one."""
    return struct.pack(f'<{pages - 1}Q', *(data + PAGE * page
                                           for page in range(1, pages)))
