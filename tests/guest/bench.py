#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py [--modes GLOB] [--rounds N] [--quick] [--json FILE]: what drivers in
a guest get behind QEMU's IOMMU, this one and none: Linux's own, its benchmark
of mappings, and one that polls. The three VMs of a mode take turns of seconds,
and the median of the rounds counts. The numbers are worth comparing, not more."""
import argparse
import fnmatch
import json
import statistics
import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'bench'))
import bench_drivers                                            # noqa: E402
import bench_mapping                                            # noqa: E402
import bench_polling                                            # noqa: E402
from goals import words_of                                      # noqa: E402
from host import machine_facts                                  # noqa: E402
from lib.paths import Failure                                   # noqa: E402
from lib.report import table                                    # noqa: E402
from lib.turns import rounds_of, take_turns                     # noqa: E402
from lib.yardstick import scalable                              # noqa: E402

SUITES = (bench_drivers, bench_mapping, bench_polling)
MODES = {mode: suite for suite in SUITES for mode in suite.MODES}
QUICK = ('legacy lazy', 'scalable strict, mapping', 'polling')
NEAR = 0.9                      # of no IOMMU, where the guest maps nothing


class Iommu:
    """What is between devices and memory."""

    def __init__(self, name, words=None):
        self.name, self.words = name, words
        self.there = words is not None

    def options(self, mode):
        """QEMU's `-device`, which comes first."""
        if not self.there:
            return []
        more = f',aw-bits=48{self.words()}' if 'scalable' in mode else ''
        return ['-device', self.name + more]


NONE, QEMUS, OURS = IOMMUS = (
    Iommu('none'), Iommu('intel-iommu', lambda: scalable(True)),
    Iommu('intel-iommu-sim', lambda: ',scalable-mode=on'))


def measure(mode, rounds, quick):
    """What each guest of a mode said."""
    with ExitStack() as stack:
        vms = {iommu.name: MODES[mode].start(stack, mode, iommu, rounds, quick)
               for iommu in IOMMUS}
        take_turns(vms.values(), rounds)
        return {name: vm.results() for name, vm in vms.items()}


def judged(what, limit, found):
    """A goal, as tests/bench/goals.py has them."""
    return {'what': what, 'limit': limit, 'least': True, 'found': found,
            'reached': None if found is None else found >= limit}


def quotient(found, one, other):
    """None where one of them was not measured."""
    return found[one] / found[other] if one in found and found.get(other) \
        else None


def facts(mode, kind, results):
    """A row: medians, and what it was to reach."""
    name, unit = MODES[mode].ROWS[kind]
    rounds = {iommu: values for iommu, said in results.items()
              if (values := rounds_of(said, kind))}
    if OURS.name not in rounds:
        raise Failure(f'{mode}: nothing was measured of {name}')
    found = {iommu: statistics.median(values)
             for iommu, values in rounds.items()}
    ratio = quotient(found, OURS.name, QEMUS.name)
    goals = [judged('ratio', 1, ratio)]
    if mode.endswith(' pt'):
        goals.append(judged('of none', NEAR,
                            quotient(found, OURS.name, NONE.name)))
    return {'mode': mode, 'name': name, 'unit': unit, 'found': found,
            'rounds': rounds, 'ratio': ratio, 'goals': goals}


def line(row):
    """One of a table: numbers, and what share of no IOMMU's they are."""
    cells = []
    for iommu in IOMMUS:
        share = quotient(row['found'], iommu.name, NONE.name)
        cells.append('-' if iommu.name not in row['found'] else
                     f'{row["found"][iommu.name]:,.0f}' +
                     (f' ({share:.2f})' if share else ''))
    return [row['name'], row['unit'], *cells,
            '; '.join(map(words_of, row['goals']))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--modes', default='*', metavar='GLOB')
    parser.add_argument('--rounds', type=int, default=3, metavar='N')
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--json', metavar='FILE')
    arguments = parser.parse_args()
    rounds = 1 if arguments.quick else arguments.rounds
    modes = fnmatch.filter(QUICK if arguments.quick else MODES,
                           arguments.modes)
    if not modes:
        sys.exit(f'error: bench: no mode is called {arguments.modes}\n  fix: '
                 f'take of {"; ".join(MODES)}')
    rows = []
    try:
        for mode in modes:
            results = measure(mode, rounds, arguments.quick)
            new = [facts(mode, kind, results) for kind in MODES[mode].ROWS]
            rows += new
            print(f'\n{mode} (median of {rounds}; in brackets: of no IOMMU; '
                  "ratio: ours to QEMU's)")
            print('\n'.join(table(
                ['work', 'unit', *(iommu.name for iommu in IOMMUS), 'goal'],
                map(line, new))), flush=True)
    except Failure as failure:
        sys.exit(f'error: bench: {failure}')
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(
            {'part': 'guest', 'machine': machine_facts(), 'rounds': rounds,
             'rows': rows}, indent=1) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
