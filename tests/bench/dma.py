#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""dma.py [--rows GLOB] [--rounds N] [--quick] [--cpu] [--json FILE]: what a DMA
of 64 bytes takes with no IOMMU, with one that answers each request with its
own address, with QEMU's intel-iommu and with intel-iommu-sim. Engines inside
QEMU issue them, no guest runs; the VMs take turns, and the median counts.
--cpu shows the CPU time of the threads that do the DMAs, which means more on a
busy machine: what they wait for, and what the main loop does, is not in it."""
import argparse
import fnmatch
import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'guest'))
from lib.paths import ROOT, QEMU, Failure                       # noqa: E402
from lib.report import table                                    # noqa: E402
import tables                                                   # noqa: E402
from machine import (IOMMUS, NONE, NULL, OURS, QEMUS, Machine,  # noqa: E402
                     options_of, source_ids)
from rows import ROWS, untranslated                             # noqa: E402

ROUND, QUICK = 100e6, 3e6       # ns that one measurement is to take
MOST = 20000000                 # operations
WARM = 32768                    # DMAs before, so that what can be cached is
TRIES = 3                       # of what can be done once for each filling


def machine_facts():
    """Where the numbers come from."""
    def first(command):
        return subprocess.run(command, text=True, stdout=subprocess.PIPE,
                              check=False).stdout.partition('\n')[0]
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        model = next((line.partition(': ')[2].strip() for line in file
                      if line.startswith('model name')), 'unknown')
    return {'cpu': model, 'cpus': os.cpu_count(), 'load': os.getloadavg()[0],
            'kernel': os.uname().release,
            'qemu': first([str(QEMU), '--version']),
            'commit': first(['git', '-C', str(ROOT), 'rev-parse', 'HEAD'])}


class Measurement:
    """A row in one machine."""

    def __init__(self, row, machine, ns):
        self.row, self.machine = row, machine
        self.job = row.run()
        if not machine.translates:
            self.job = untranslated(self.job)
        if row.invalidates:
            self.job |= machine.queue(row.invalidates)
        self.operations = 1 if row.once or row.replays else \
            self.calibrate(ns)

    def calibrate(self, ns):
        """How many operations take so long; the caches are warm then."""
        if self.job['length'] and not self.row.invalidates:
            self.machine.run(**self.job, operations=WARM)
        trial = 100 if self.row.invalidates else 2000
        [elapsed, *_] = self.machine.run(**self.job, operations=trial)
        return max(20, min(MOST, int(trial * ns / max(elapsed, 1))))

    def once(self):
        """The time of one operation, and the CPU's, in ns."""
        if self.row.replays:
            pages = self.row.group.mapped
            return self.machine.replay(pages) / pages, 0
        if self.row.others:
            self.machine.run(**self.row.fill())
        elapsed, cpu, done = self.machine.run(
            **self.job, operations=self.operations)
        if self.job['aside'] and not done:
            raise Failure(f'{self.machine.iommu} invalidated nothing')
        dmas = self.operations * self.job['threads']
        return elapsed / dmas, cpu / dmas

    def measure(self):
        """One round."""
        tries = TRIES if self.row.once else 1
        pairs = [self.once() for _ in range(tries)]
        return [statistics.median(column) for column in zip(*pairs)]


def can(row, iommu):
    """Whether an IOMMU has what the row is about."""
    if iommu in (NONE, NULL):
        return not (row.invalidates or row.replays or row.group.mode == 'pasid')
    return options_of(iommu, row.group) is not None


def measure_row(row, machines, rounds, ns):
    """The rounds of each IOMMU: pairs of ns."""
    measurements = {iommu: Measurement(row, machine, ns)
                    for iommu, machine in machines.items() if can(row, iommu)}
    results = {iommu: [] for iommu in measurements}
    for turn in range(rounds):
        order = list(measurements)
        for iommu in order if turn % 2 else reversed(order):
            results[iommu].append(measurements[iommu].measure())
    return results


def measure_group(group, rows, rounds, ns):
    """All rows that share machines."""
    image = tables.image(group.mode, source_ids(group.many), group.mapped)
    with ExitStack() as stack:
        machines = {iommu: stack.enter_context(Machine(iommu, group, image))
                    for iommu in IOMMUS
                    if any(can(row, iommu) for row in rows)}
        for row in rows:
            print(f'  {row.name}', file=sys.stderr, flush=True)
            yield row, measure_row(row, machines, rounds, ns)


def medians(results, which):
    """Of elapsed time (0), or of CPU time (1)."""
    return {iommu: statistics.median(pair[which] for pair in rounds)
            for iommu, rounds in results.items()}


def summary(row, results, cpu):
    """Medians, and what follows from them."""
    ns = medians(results, 0 if row.once or row.replays else int(cpu))
    facts = {'name': row.name, 'text': row.text, 'ns': ns,
             'cpu': medians(results, 1),
             'rounds': {iommu: [pair[0] for pair in rounds]
                        for iommu, rounds in results.items()}}
    if OURS in ns and QEMUS in ns:
        facts['ratio'] = ns[OURS] / ns[QEMUS]
        if NULL in ns:
            floor = ns[NULL]
            facts['own'] = {iommu: ns[iommu] - floor for iommu in (QEMUS, OURS)}
            if ns[QEMUS] > floor:
                facts['own-ratio'] = (ns[OURS] - floor) / (ns[QEMUS] - floor)
    return facts


def number(value, digits=0):
    """For people; nothing for nothing."""
    return '-' if value is None else f'{value:,.{digits}f}'


def print_times(facts, kind):
    """The table of all rows."""
    print(f'\nns {kind}for one operation (median); own: less what the null '
          'IOMMU takes')
    rows = [[fact['name'], fact['text'],
             *(number(fact['ns'].get(iommu), 0) for iommu in IOMMUS),
             number(fact.get('ratio'), 2),
             *(number(fact.get('own', {}).get(iommu), 0)
               for iommu in (QEMUS, OURS)), number(fact.get('own-ratio'), 2)]
            for fact in facts]
    print('\n'.join(table(['row', 'work', *IOMMUS, 'ratio', 'own, QEMU',
                           'own, ours', 'ratio of own'], rows)))


def comparisons(facts):
    """Each row that is held against another one: how much longer it takes."""
    by_name = {fact['name']: fact for fact in facts}
    for row in ROWS:
        one, other = by_name.get(row.name), by_name.get(row.against)
        if one and other and one is not other:
            yield [row.name, row.against, *(
                number(one['ns'][iommu] / other['ns'][iommu], 2)
                if iommu in one['ns'] and iommu in other['ns'] else '-'
                for iommu in IOMMUS)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--rows', default='*', metavar='GLOB')
    parser.add_argument('--rounds', type=int, default=5, metavar='N')
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--cpu', action='store_true')
    parser.add_argument('--json', metavar='FILE')
    arguments = parser.parse_args()
    rounds = 1 if arguments.quick else arguments.rounds
    wanted = [row for row in ROWS if fnmatch.fnmatch(row.name, arguments.rows)]
    if not wanted:
        sys.exit(f'error: bench: no row is called {arguments.rows}\n  fix: '
                 f'take of {", ".join(row.name for row in ROWS)}')
    facts = []
    try:
        for group in dict.fromkeys(row.group for row in wanted):
            rows = [row for row in wanted if row.group == group]
            facts += [summary(*result, arguments.cpu) for result in
                      measure_group(group, rows, rounds, QUICK
                                    if arguments.quick else ROUND)]
    except Failure as failure:
        sys.exit(f'error: bench: {failure}')
    names = [row.name for row in ROWS]
    facts.sort(key=lambda fact: names.index(fact['name']))
    print_times(facts, 'of CPUs ' if arguments.cpu else '')
    print('\nTime in proportion to another row')
    print('\n'.join(table(['row', 'of', *IOMMUS], comparisons(facts))))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(
            {'machine': machine_facts(), 'rounds': rounds,
             'cpu': arguments.cpu, 'rows': facts}, indent=1) + '\n',
            encoding='utf-8')


if __name__ == '__main__':
    main()
