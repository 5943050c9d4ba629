# SPDX-License-Identifier: GPL-2.0-or-later
"""A QMP client over a socket that is already connected."""
import json
import time

from .paths import Failure


class QMP:
    """Commands and events of one QEMU."""

    def __init__(self, socket):
        self.socket = socket
        self.pending = b''
        self.events = []

    def negotiate(self, seconds):
        """Take the greeting and leave the negotiation mode."""
        self._receive(time.monotonic() + seconds)
        self.command('qmp_capabilities')

    def _receive(self, deadline):
        while b'\n' not in self.pending:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            data = self.socket.recv(1 << 16)
            if not data:
                raise EOFError('QEMU closed its monitor')
            self.pending += data
        line, _, self.pending = self.pending.partition(b'\n')
        return json.loads(line)

    def command(self, name, seconds=600, **arguments):
        """One command; its answer, or a Failure with QEMU's words."""
        message = {'execute': name, 'arguments': arguments}
        self.socket.sendall(json.dumps(message).encode())
        deadline = time.monotonic() + seconds
        while True:
            answer = self._receive(deadline)
            if 'event' in answer:
                self.events.append(answer)
            elif 'error' in answer:
                raise Failure(f'QMP {name} {arguments}: '
                              f'{answer["error"]["desc"]}')
            else:
                return answer['return']

    def wait_event(self, name, seconds):
        """The next event of that name, or TimeoutError."""
        deadline = time.monotonic() + seconds
        while True:
            for event in self.events:
                if event['event'] == name:
                    self.events.remove(event)
                    return event
            self.events.append(self._receive(deadline))

    def get(self, path, name):
        """A QOM property."""
        return self.command('qom-get', path=path, property=name)
