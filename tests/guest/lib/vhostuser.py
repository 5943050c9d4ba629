# SPDX-License-Identifier: GPL-2.0-or-later
"""A vhost-user network backend that understands IOTLB messages: it reaches the
guest only through translations that QEMU has given it and not taken back, and
returns every frame to its sender."""
import mmap
import os
import select
import socket
import struct
import threading
from typing import NamedTuple

from .virtqueue import DEVICE_WRITES, Virtqueue

# Spec: QEMU's docs/interop/vhost-user.rst
REPLY, NEED_REPLY, VERSION = 4, 8, 1
HEADER = struct.Struct('<III')
FEATURES = 1 << 30 | 1 << 32 | 1 << 33      # protocol, version 1, IOMMU
PROTOCOL_FEATURES = 1 << 3 | 1 << 5         # reply-ack, backend's requests
IOTLB = struct.Struct('<QQQBB6x')
MISS, UPDATE, INVALIDATE = 1, 2, 3
READ, WRITE = 1, 2
NO_FD = 0x100

RECEIVE, SEND = 0, 1                        # queues
NET_HEADER = struct.pack('<BBHHHHH', 0, 0, 0, 0, 0, 0, 1)
PAGE = 4096


class Region(NamedTuple):
    """A piece of the guest's memory at an address of QEMU's."""
    start: int
    size: int
    memory: mmap.mmap


class Translation(NamedTuple):
    """What QEMU answered: valid until an invalidation touches it."""
    iova: int
    size: int
    start: int
    perm: int

    def covers(self, iova, size=1):
        """Whether it touches the range."""
        return self.iova < iova + size and iova < self.iova + self.size


class Backend(threading.Thread):
    """Serves one QEMU; a `with` statement ends it.

    misses, invalidations   how often each was sent, and came
    error                   what went wrong in here
    """

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.path = folder / 'vhost.sock'
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen()
        self.qemu = self.requests = None
        self.regions, self.translations = [], []
        self.queues = [Virtqueue(self, number) for number in (RECEIVE, SEND)]
        self.kicks, self.calls = {}, {}
        self.misses = self.answers = self.invalidations = 0
        self.error = None

    def options(self, device):
        """QEMU's: shared memory and a network card with these properties."""
        return ['-object', 'memory-backend-memfd,id=ram,size=1G,share=on',
                '-machine', 'memory-backend=ram',
                '-chardev', f'socket,id=vhost,path={self.path}',
                '-netdev', 'vhost-user,id=echo,chardev=vhost',
                '-device', f'virtio-net-pci,netdev=echo,{device}']

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def run(self):
        """Until QEMU goes."""
        self.qemu, _ = self.listener.accept()
        try:
            while True:
                self._turn()
        except EOFError:
            pass
        except Exception as error:      # the test's to report
            self.error = error

    def _turn(self):
        ready, _, _ = select.select([self.qemu, *self.kicks.values()], [], [])
        for fd in ready:
            if fd is self.qemu:
                self._message()
            elif fd in self.kicks.values():
                os.read(fd, 8)
                self._echo()

    # Messages of QEMU's.

    def _message(self):
        head, fds, _, _ = socket.recv_fds(self.qemu, HEADER.size, 8)
        if not head:
            raise EOFError
        request, flags, size = HEADER.unpack(head)
        body = self.qemu.recv(size, socket.MSG_WAITALL) if size else b''
        handler = self.HANDLERS.get(request, Backend._ignore)
        answer = handler(self, body, fds)
        if answer is None and flags & NEED_REPLY:
            answer = struct.pack('<Q', 0)
        if answer is not None:
            self.qemu.sendall(HEADER.pack(request, VERSION | REPLY,
                                          len(answer)) + answer)

    def _ignore(self, _body, _fds):
        pass

    def _features(self, _body, _fds):
        return struct.pack('<Q', FEATURES)

    def _protocol_features(self, _body, _fds):
        return struct.pack('<Q', PROTOCOL_FEATURES)

    def _memory_table(self, body, fds):
        self.regions = []
        for number, fd in enumerate(fds):
            _, size, start, offset = struct.unpack_from('<4Q', body,
                                                        8 + number * 32)
            memory = mmap.mmap(fd, offset + size)
            os.close(fd)
            self.regions.append(Region(start - offset, offset + size, memory))

    def _queue_size(self, body, _fds):
        number, size = struct.unpack('<II', body)
        self.queues[number].size = size

    def _queue_address(self, body, _fds):
        number, _, *rings, _ = struct.unpack('<II4Q', body)
        self.queues[number].rings = rings

    def _queue_base(self, body, _fds):
        number, base = struct.unpack('<II', body)
        self.queues[number].base = self.queues[number].used = base

    def _stop_queue(self, body, _fds):
        number, _ = struct.unpack('<II', body)
        self.queues[number].rings = None
        self._replace(self.kicks, number, None)
        return struct.pack('<II', number, self.queues[number].base)

    def _kick(self, body, fds):
        self._event(self.kicks, body, fds)

    def _call(self, body, fds):
        self._event(self.calls, body, fds)

    def _event(self, events, body, fds):
        number, = struct.unpack('<Q', body)
        self._replace(events, number & 0xff,
                      None if number & NO_FD else fds[0])

    @staticmethod
    def _replace(events, number, fd):
        if number in events:
            os.close(events.pop(number))
        if fd is not None:
            events[number] = fd

    def _request_channel(self, _body, fds):
        self.requests = socket.socket(fileno=fds[0])

    def _iotlb(self, body, _fds):
        iova, size, start, perm, kind = IOTLB.unpack(body)
        if kind == UPDATE:
            self.answers += 1
            self.translations.append(Translation(iova, size, start, perm))
        elif kind == INVALIDATE:
            self.invalidations += 1
            self.translations = [known for known in self.translations
                                 if not known.covers(iova, size)]

    HANDLERS = {
        1: _features, 5: _memory_table, 8: _queue_size, 9: _queue_address,
        10: _queue_base, 11: _stop_queue, 12: _kick, 13: _call,
        15: _protocol_features, 21: _request_channel, 22: _iotlb,
    }

    # The guest's memory, by addresses of the device.

    def _translate(self, iova, perm):
        """(memory, offset) of a byte; asks QEMU and waits if need be."""
        while True:
            for known in self.translations:
                if known.covers(iova) and known.perm & perm:
                    return self._locate(known.start + iova - known.iova)
            self._ask(iova, perm)

    def _ask(self, iova, perm):
        """Once: by a second answer, the guest may have its buffer back."""
        self.misses += 1
        answers = self.answers
        self.requests.sendall(HEADER.pack(1, VERSION, IOTLB.size) +
                              IOTLB.pack(iova, 0, 0, perm, MISS))
        while self.answers == answers:
            self._message()

    def _locate(self, address):
        for region in self.regions:
            if region.start <= address < region.start + region.size:
                return region.memory, address - region.start
        raise LookupError(f'{address:#x} is not the guest\'s memory')

    def _pieces(self, iova, length, perm):
        while length:
            memory, offset = self._translate(iova, perm)
            size = min(length, PAGE - iova % PAGE)
            yield memory, offset, size
            iova, length = iova + size, length - size

    def read(self, iova, length):
        """Bytes that the device is given."""
        return b''.join(memory[offset:offset + size]
                        for memory, offset, size
                        in self._pieces(iova, length, READ))

    def write(self, iova, data):
        """Bytes that the device stores."""
        done = 0
        for memory, offset, size in self._pieces(iova, len(data), WRITE):
            memory[offset:offset + size] = data[done:done + size]
            done += size

    # What a network card does.

    def _echo(self):
        while all(queue.rings for queue in self.queues):
            sent = self.queues[SEND].take()
            if not sent:
                return
            frame = b''.join(self.read(buffer.address, buffer.length)
                             for buffer in sent[1])[len(NET_HEADER):]
            self.queues[SEND].give_back(sent[0], 0)
            self._deliver(frame[6:12] + frame[:6] + frame[12:])
            for fd in self.calls.values():
                os.write(fd, struct.pack('<Q', 1))

    def _deliver(self, frame):
        room = self.queues[RECEIVE].take()
        if not room:
            return                      # as a full card does
        left = NET_HEADER + frame
        for buffer in room[1]:
            if buffer.flags & DEVICE_WRITES:
                self.write(buffer.address, left[:buffer.length])
                left = left[buffer.length:]
        self.queues[RECEIVE].give_back(room[0],
                                       len(NET_HEADER + frame) - len(left))
