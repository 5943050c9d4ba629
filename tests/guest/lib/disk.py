# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk image of which the host writes the first half and the guest the
second; each side's bytes are compared with what the other side saw."""
import hashlib
import os

MIB = 1 << 20


class Disk:
    """An image of 2 * `mib` MiB whose first half is new random bytes."""

    def __init__(self, name, folder, mib=8):
        self.name = name
        self.mib = mib
        self.path = folder / f'{name}.img'
        data = os.urandom(mib * MIB)
        self.written = hashlib.sha256(data).hexdigest()
        self.path.write_bytes(data)
        os.truncate(self.path, 2 * mib * MIB)

    def drive(self):
        """QEMU's options for it, the backend only."""
        return ['-drive', f'if=none,id={self.name},format=raw,'
                          f'file={str(self.path).replace(",", ",,")}']

    def script(self, device):
        """The guest's part: see `disk` in guest.sh."""
        return f'disk {self.name} {device} {self.mib}\n'

    def check(self, checks, results):
        """Compare, after the guest has ended."""
        with self.path.open('rb') as image:
            image.seek(self.mib * MIB)
            own = hashlib.sha256(image.read(self.mib * MIB)).hexdigest()
        checks.same(f'{self.name}: guest reads the host\'s {self.mib} MiB',
                    results.get(f'{self.name}-read'), self.written)
        checks.same(f'{self.name}: host finds the guest\'s {self.mib} MiB',
                    results.get(f'{self.name}-write'), own)
