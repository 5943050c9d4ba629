# SPDX-License-Identifier: GPL-2.0-or-later
"""Named checks: each one holds or says why it does not."""
from .paths import Failure


class Checks:
    """Collects them, so that one failure does not hide the next."""

    def __init__(self):
        self.done = []

    def that(self, name, holds, why=''):
        """One check; `why` tells what was found when it does not hold."""
        self.done.append((name, bool(holds), why))

    def same(self, name, found, wanted):
        """Compare a result of the guest's; sha256sum adds a file name."""
        first = found.split()[0] if found else found
        self.that(name, first == wanted, f'{first} is not {wanted}')

    def failed(self):
        """[(name, why)] of those that do not hold."""
        return [(name, why) for name, holds, why in self.done if not holds]

    def raise_failed(self):
        """End the test when anything failed, or nothing was checked."""
        if not self.done:
            raise Failure('nothing was checked')
        if self.failed():
            raise Failure('; '.join(f'{name}: {why}'
                                    for name, why in self.failed()))
