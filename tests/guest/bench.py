#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py [--modes GLOB] [--rounds N] [--quick] [--json FILE]: what drivers in a
guest get behind QEMU's IOMMU, this one and none: Linux's own, its benchmark of
mappings, and one that polls. The VMs of a mode do each measurement side by side,
a moment of one after a moment of the next; a ratio is that of two VMs in the
same round, and the median of the rounds counts. A second VM behind this IOMMU
shows what is noise. FILE has what was measured after each mode, and keeps what
it had of others on the same machine and commit. The numbers are worth comparing,
not more."""
import argparse
import fnmatch
import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'bench'))
import bench_drivers                                            # noqa: E402
import bench_mapping                                            # noqa: E402
import bench_polling                                            # noqa: E402
import guests                                                   # noqa: E402
from goals import NONE, OURS, QEMUS                              # noqa: E402
from host import machine_facts                                  # noqa: E402
from lib.paths import Failure                                   # noqa: E402
from lib.report import table                                    # noqa: E402
from lib.turns import take_turns, turns                         # noqa: E402
from lib.yardstick import scalable                              # noqa: E402

SUITES = (bench_drivers, bench_mapping, bench_polling)
MODES = {mode: suite for suite in SUITES for mode in suite.MODES}
QUICK = ('legacy lazy', 'scalable strict, mapping', 'polling')


class Iommu:
    """What is between devices and memory."""

    def __init__(self, name, words=None, label=None):
        self.name, self.words, self.label = name, words, label or name
        self.there = words is not None

    def options(self, mode):
        """QEMU's `-device`, which comes first."""
        if not self.there:
            return []
        more = f',aw-bits=48{self.words()}' if 'scalable' in mode else ''
        return ['-device', self.name + more]


def ours(label):
    """This one."""
    return Iommu(OURS, lambda: ',scalable-mode=on', label)


IOMMUS = (Iommu(NONE), Iommu(QEMUS, lambda: scalable(True)), ours(OURS),
          ours(guests.AGAIN))


def measure(mode, number, quick):
    """The guests of a mode, when they have said all."""
    suite, names = MODES[mode], turns(MODES[mode].ROWS, number)
    with ExitStack() as stack:
        vms = {iommu.label: suite.start(stack, mode, iommu, names, quick)
               for iommu in IOMMUS}
        take_turns(vms.values(), names)
        return [guests.row(*suite.ROWS[kind],
                           {label: vm.rounds(kind, number)
                            for label, vm in vms.items()})
                for kind in suite.ROWS]


def unmeasured(mode, rows):
    """What is missing, in words."""
    alone = [(NONE, kind) for kind in getattr(MODES[mode], 'ALONE', ())]
    for kind, row in zip(MODES[mode].ROWS, rows):
        for label, rounds in row['rounds'].items():
            if None in rounds and (label, kind) not in alone:
                yield f'{mode}: {row["name"]}, {label}: not measured in each ' \
                    'round, see build/guest/' + \
                    f'bench-{mode}-{label}'.replace(' ', '-')


def print_mode(facts):
    """Its table."""
    print(f'\n{facts["mode"]} (median of {facts["rounds"]}; in brackets: of no '
          'IOMMU, or least and most in one round)')
    print('\n'.join(table(
        ['work', 'unit', NONE, QEMUS, OURS, "ours to QEMU's", 'by CPU time',
         'ours to ours', 'noise', 'goal'],
        [guests.cells(row, '-') for row in facts['rows']])), flush=True)


class Results:
    """All that was measured on this machine and commit, in a file."""

    def __init__(self, path):
        self.path = path and Path(path)
        self.machine = machine_facts()
        del self.machine['load']                # each mode has its own
        self.modes = {}
        if self.path and self.path.exists():
            old = json.loads(self.path.read_text(encoding='utf-8'))
            if old['machine'] == self.machine:
                self.modes = {mode['mode']: mode for mode in old['modes']}

    def add(self, facts):
        """In place of what there was of that mode."""
        self.modes[facts['mode']] = facts
        if self.path:
            partial = self.path.with_suffix('.partial')
            partial.write_text(json.dumps(
                {'part': 'guest', 'machine': self.machine, 'modes':
                 [self.modes[mode] for mode in MODES if mode in self.modes]},
                indent=1) + '\n', encoding='utf-8')
            partial.rename(self.path)


def measure_all(modes, number, quick, results):
    """What went wrong; a mode that does leaves the others as they are."""
    for mode in modes:
        try:
            rows = measure(mode, number, quick)
        except (Failure, OSError, EOFError) as failure:
            yield f'{mode}: {failure}'
            continue
        facts = guests.mode(mode, rows, number)
        results.add({**facts, 'load': os.getloadavg()[0]})
        print_mode(facts)
        yield from unmeasured(mode, rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--modes', default='*', metavar='GLOB')
    parser.add_argument('--rounds', type=int, default=3, metavar='N')
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--json', metavar='FILE')
    arguments = parser.parse_args()
    number = 1 if arguments.quick else arguments.rounds
    kept = None if arguments.quick else arguments.json
    modes = fnmatch.filter(QUICK if arguments.quick else MODES,
                           arguments.modes)
    if not modes:
        sys.exit(f'error: bench: no mode is called {arguments.modes}\n  fix: '
                 f'take of {"; ".join(MODES)}')
    wrong = []
    try:
        for problem in measure_all(modes, number, arguments.quick,
                                   Results(kept)):
            wrong.append(problem)
    except KeyboardInterrupt:
        wrong.append('interrupted; what was measured is kept')
    sys.exit('\n'.join(f'error: bench: {problem}' for problem in wrong) or 0)


if __name__ == '__main__':
    main()
