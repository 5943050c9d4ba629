#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""dma.py [--rows GLOB] [--rounds N] [--quick] [--cpu] [--json FILE] [--model FILE]
[--instructions FILE]: what a DMA
of 64 bytes takes with no IOMMU, with one that answers each request with its
own address, with QEMU's intel-iommu and with intel-iommu-sim. Engines inside
QEMU issue them, no guest runs; the VMs take turns, and the median counts.
--cpu shows the CPU time of the threads that do the DMAs, which means more on a
busy machine: what they wait for, and what the main loop does, is not in it.
The other files are what the model's own benchmark said: lines of a name, words
and a number, which the table and --json take in."""
import argparse
import fnmatch
import json
import os
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'guest'))
from lib.paths import Failure                                   # noqa: E402
import tables                                                   # noqa: E402
from goals import NONE, NULL                                    # noqa: E402
from host import machine_facts                                  # noqa: E402
from machine import (IOMMUS, Machine, options_of,               # noqa: E402
                     source_ids)
from results import (from_model, print_times, summary,          # noqa: E402
                     with_goals)
from rows import ROWS, untranslated                             # noqa: E402

ROUND, QUICK = 100e6, 3e6       # ns that one measurement is to take
MOST = 20000000                 # operations
WARM, HELD = 32768, 1 << 17     # DMAs before, so that what can be cached is
SETTLED = 0.02                  # seconds
TRIES = 9                       # of what can be done once for each filling


class Measurement:
    """A row in one machine."""

    def __init__(self, row, machine, ns):
        self.row, self.machine = row, machine
        self.job = row.run()
        if row.invalidates:
            self.job |= machine.queue(row.invalidates) | row.job
        if not machine.translates or row.physical():
            self.job = untranslated(self.job)
        self.operations = 1 if row.once or row.replays else \
            self.calibrate(ns)

    def warm(self):
        """Fill the caches; all DMAs go to pages of their own in the end."""
        if self.job['length'] and not self.row.invalidates:
            pages = min(self.job['pages'], HELD)
            self.machine.run(**self.job, operations=max(
                WARM, 4 * pages if self.job['random'] else 0))

    def calibrate(self, ns):
        """How many operations take so long."""
        self.warm()
        trial = 100 if self.row.invalidates and not self.job['aside'] else 2000
        elapsed, _ = self.machine.run(**self.job, operations=trial)
        return max(20, min(MOST, int(trial * ns / max(elapsed, 1))))

    def fill(self):
        """Cache the others, and nothing else: no page of another row. What the
        main loop has to do for that is done before the time is taken."""
        empty = {**self.job, 'length': 0, 'toggle': 0, 'aside': 0, 'warm': 0}
        self.machine.run(**empty | self.machine.queue('global'), operations=1)
        time.sleep(SETTLED)
        self.machine.run(**self.row.fill())
        time.sleep(SETTLED)

    def once(self):
        """The time of one operation, and the CPUs', in ns."""
        if self.row.replays:
            pages = self.row.group.mapped
            return self.machine.replay(pages) / pages, 0
        if self.row.others and self.machine.translates:
            self.fill()
        if self.row.invalidates:
            self.machine.queue(self.row.invalidates, self.job['warm'])
        self.warm()
        elapsed, cpu = self.machine.run(**self.job,
                                        operations=self.operations)
        dmas = self.operations * self.job['threads']
        return elapsed / dmas, cpu / dmas

    def measure(self):
        """One round."""
        tries = TRIES if self.row.once else 1
        pairs = [self.once() for _ in range(tries)]
        return [statistics.median(column) for column in zip(*pairs)]


def crowded(row):
    """Whether the machine has fewer CPUs than the row has threads."""
    job = row.run()
    return job['threads'] + job['aside'] > os.cpu_count()


def can(row, iommu):
    """Whether an IOMMU has what the row is about."""
    if iommu == NONE:
        return not (row.invalidates or row.replays)
    if iommu == NULL:
        return not (row.replays or row.group.mode == 'pasid')
    return options_of(iommu, row.group) is not None


def take_turns(measurements, rounds):
    """The rounds of each row and IOMMU: pairs of ns. All rows have had one
    before the next begins, so that what the machine does else hits all."""
    results = {key: [] for key in measurements}
    for turn in range(rounds):
        order = list(measurements)
        for key in order if turn % 2 else reversed(order):
            results[key].append(measurements[key].measure())
    return results


def measure_group(group, rows, rounds, ns):
    """All rows that share machines, and the rounds of each IOMMU."""
    image = tables.image(group.mode, source_ids(group.many), group.mapped)
    with ExitStack() as stack:
        machines = {iommu: stack.enter_context(Machine(iommu, group, image))
                    for iommu in IOMMUS
                    if any(can(row, iommu) for row in rows)}
        measurements = {(row.name, iommu): Measurement(row, machine, ns)
                        for row in rows for iommu, machine in machines.items()
                        if can(row, iommu)}
        results = take_turns(measurements, rounds)
    for row in rows:
        yield row, {iommu: results[row.name, iommu] for iommu in IOMMUS
                    if (row.name, iommu) in results}


def measure_groups(wanted, rounds, ns):
    """All rows that a machine is needed for, group by group."""
    wanted = [row for row in wanted if not row.model]
    for group in dict.fromkeys(row.group for row in wanted):
        rows = [row for row in wanted if row.group == group]
        print('  ' + ' '.join(row.name for row in rows), file=sys.stderr,
              flush=True)
        yield from measure_group(group, rows, rounds, ns)


def told(file):
    """What the model's own benchmark said."""
    lines = Path(file).read_text(encoding='utf-8').splitlines() if file else []
    return [{'name': name, 'text': text, 'value': float(value)}
            for name, text, value in (line.split('\t') for line in lines)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--rows', default='*', metavar='GLOB')
    parser.add_argument('--rounds', type=int, default=5, metavar='N')
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--cpu', action='store_true')
    for name in ('json', 'model', 'instructions'):
        parser.add_argument(f'--{name}', metavar='FILE')
    arguments = parser.parse_args()
    rounds = 1 if arguments.quick else arguments.rounds
    wanted = [row for row in ROWS if fnmatch.fnmatch(row.name, arguments.rows)]
    if not wanted:
        sys.exit(f'error: bench: no row is called {arguments.rows}\n  fix: '
                 f'take of {", ".join(row.name for row in ROWS)}')
    model = told(arguments.model)
    try:
        measured = {row.name: summary(row, rounds_of, arguments.cpu,
                                      crowded(row))
                    for row, rounds_of in measure_groups(
                        wanted, rounds, QUICK if arguments.quick else ROUND)}
    except Failure as failure:
        sys.exit(f'error: bench: {failure}')
    measured |= {row.name: from_model(row, model)
                 for row in wanted if row.model}
    facts = with_goals(wanted, measured)
    print_times(facts, 'of CPUs ' if arguments.cpu else '')
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(
            {'part': 'bench', 'machine': machine_facts(), 'rounds': rounds,
             'cpu': arguments.cpu, 'rows': facts, 'model': model,
             'instructions': told(arguments.instructions)}, indent=1) + '\n',
            encoding='utf-8')


if __name__ == '__main__':
    main()
