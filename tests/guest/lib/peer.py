# SPDX-License-Identifier: GPL-2.0-or-later
"""The host's end of the guest's network: on the loopback device, one port
gives random bytes to who connects, one port takes what is sent."""
import hashlib
import os
import socketserver
import threading

MIB = 1 << 20


class Peer:
    """Serves until its `with` statement ends."""

    def __init__(self, mib=4):
        self.mib = mib
        self.data = os.urandom(mib * MIB)
        self.received = []
        peer = self

        class Give(socketserver.BaseRequestHandler):
            """Sends the bytes and closes."""
            def handle(self):
                self.request.sendall(peer.data)

        class Take(socketserver.BaseRequestHandler):
            """Hashes what comes until the guest closes."""
            def handle(self):
                digest = hashlib.sha256()
                while data := self.request.recv(1 << 16):
                    digest.update(data)
                peer.received.append(digest.hexdigest())

        self.servers = [socketserver.ThreadingTCPServer(('127.0.0.1', 0), way)
                        for way in (Give, Take)]

    def __enter__(self):
        for server in self.servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def script(self, name, device):
        """The guest's part: see `network` in guest.sh."""
        give, take = (server.server_address[1] for server in self.servers)
        return f'network {name} {device} {give} {take} {self.mib}\n'

    def check(self, name, checks, results):
        """Compare, after the guest has ended."""
        checks.same(f'{name}: guest fetches the host\'s {self.mib} MiB',
                    results.get(f'{name}-get'),
                    hashlib.sha256(self.data).hexdigest())
        sent = results.get(f'{name}-put')
        checks.that(f'{name}: host gets the guest\'s {self.mib} MiB',
                    sent is not None and sent.split()[0] in self.received,
                    f'{sent} is not among {self.received}')
