#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""driver_coverage.py PLUGIN [CASE]...: boots the kernel of our own in its
cases, or in some of them, and in the same ones under QEMU's intel-iommu, where
it does not matter what they find; prints which functions of Linux's VT-d driver
have run, file by file, and which have not. PLUGIN is tests/guest/plugin, built.
"""
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from cases import own, own_errors, own_perf, own_units
from lib import report
from lib.paths import GUEST, QEMU, Failure, kernel, workspace

DEVICES = 'intel-iommu-sim', 'intel-iommu'
CASES = own.LONG | own_units.LONG | own_errors.LONG | own_perf.LONG

# A guest under intel-iommu may hang: it has so many times as long as ours took,
# on a machine that may be busier by now. What it has executed is counted.
PATIENCE = 3
AT_LEAST = 60       # seconds
# Of a function that the compiler has cut or cloned, each piece stands for it.
PIECE = re.compile(r'\.(part|isra|constprop)\.\d+|\.cold')


def boot(plugin, functions, device, name, limit=None):
    """One case with a device, for so many seconds: the addresses that were
    executed, and whether all that it checks held."""
    result = workspace(f'coverage-{device}-{name}') / 'executed'
    result.write_text('')
    variables = {'VM_QEMU': GUEST / 'plugin/qemu', 'COVERAGE_QEMU': QEMU,
                 'COVERAGE_DEVICE': device,
                 'COVERAGE_PLUGIN': f'{plugin},of={functions},to={result}'}
    with (result.parent / 'log').open('w') as log:
        try:
            held = not subprocess.run(
                [GUEST / 'run', name], stdout=log, check=False,
                timeout=limit, env=os.environ | {
                    key: str(value) for key, value in variables.items()}
            ).returncode
        except subprocess.TimeoutExpired:
            held = False
    return set(result.read_text().split()), held


def compare(plugin, functions, name):
    """One case with ours, then with the other: what `boot` says of each."""
    start = time.monotonic()
    ours = boot(plugin, functions, DEVICES[0], name)
    limit = max(AT_LEAST, PATIENCE * (time.monotonic() - start))
    return ours, boot(plugin, functions, DEVICES[1], name, limit)


class Functions:
    """Those of the driver: {file: {name: its addresses}}."""

    def __init__(self, path):
        self.files = defaultdict(lambda: defaultdict(set))
        for line in path.read_text().splitlines():
            file, address, name = line.split()
            self.files[file][PIECE.sub('', name)].add(address)

    def executed(self, file, addresses):
        """The names of those of a file that were."""
        return {name for name, places in self.files[file].items()
                if places & addresses}


def percent(part, whole):
    """As a number without a fraction."""
    return 100 * part // whole if whole else 0


def table(functions, seen):
    """A row for each file and one for all: how many, how many have run."""
    rows, sums = [], [0] * (1 + len(DEVICES))
    for file, names in sorted(functions.files.items()):
        counts = [len(names), *(len(functions.executed(file, seen[device]))
                                for device in DEVICES)]
        sums = [total + count for total, count in zip(sums, counts)]
        rows.append([file, *counts])
    rows.append(['all', *sums])
    return report.table(
        ['file', 'functions', *(word for device in DEVICES
                                for word in (device, '%'))],
        [[file, count, *(cell for part in parts
                         for cell in (part, percent(part, count)))]
         for file, count, *parts in rows])


def missing(functions, seen):
    """What ours has not executed, file by file."""
    lines = []
    for file, names in sorted(functions.files.items()):
        left = sorted(set(names) - functions.executed(file, seen[DEVICES[0]]))
        if left:
            lines.append(f'  {file}: {" ".join(left)}')
    return ['Not executed under intel-iommu-sim', *lines]


def main():
    plugin, chosen = Path(sys.argv[1]).resolve(), sys.argv[2:] or list(CASES)
    try:
        path = kernel('own') / 'functions'
    except Failure as failure:
        sys.exit(f'error: driver_coverage: {failure}')
    seen = {device: set() for device in DEVICES}
    failed = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(partial(compare, plugin, path), chosen)
        for name, results in zip(chosen, found):
            for device, (addresses, held) in zip(DEVICES, results):
                seen[device] |= addresses
                print(f'  {device:15} {name}: {len(addresses)}'
                      f'{"" if held else ", its checks do not hold"}',
                      flush=True)
                if device == DEVICES[0] and not held:
                    failed.append(name)
    functions = Functions(path)
    print('\nFunctions that ran\n' + '\n'.join(table(functions, seen)) +
          '\n\n' + '\n'.join(missing(functions, seen)))
    sys.exit(f'error: driver_coverage: these failed: {" ".join(failed)}\n'
             '  fix: see build/guest/coverage-intel-iommu-sim-*/log'
             if failed else 0)


if __name__ == '__main__':
    main()
