# SPDX-License-Identifier: GPL-2.0-or-later
"""What the rounds of `make bench-guest` amount to: ratios, how far noise alone
takes one from 1, and what was reached.

A row's `rounds` are {VM: [[pieces a second of the guest's clock, pieces a second
of CPU time], ...]}, with None for what was not measured."""
from statistics import geometric_mean, median

from goals import NONE, OURS, QEMUS, words_of

AGAIN = OURS + ' again'         # a second VM, just as ours
CLOCK, CPU = range(2)
PAIRS = {'qemus': (OURS, QEMUS), 'again': (AGAIN, OURS), 'none': (OURS, NONE),
         'qemus-none': (QEMUS, NONE)}
NEAR = 0.9                      # of no IOMMU, where the guest maps nothing


def ratio(rounds, pair, which):
    """Median, least and most of one VM's rounds to the other's; None without."""
    found = [one[which] / other[which]
             for one, other in zip(*(rounds.get(vm, ()) for vm in pair))
             if one and other and one[which] and other[which]]
    return [median(found), min(found), max(found)] if found else None


def ratios(rounds, which):
    """Those that there are."""
    return {name: found for name, pair in PAIRS.items()
            if (found := ratio(rounds, pair, which))}


def row(name, unit, rounds):
    """What one kind of work came to."""
    rates = {vm: [each[CLOCK] for each in values if each]
             for vm, values in rounds.items()}
    return {'name': name, 'unit': unit, 'rounds': rounds,
            'found': {vm: median(values) for vm, values in rates.items()
                      if values},
            'ratios': ratios(rounds, CLOCK), 'cpu-ratios': ratios(rounds, CPU)}


def noise(row):
    """The factor that two VMs that are the same were apart by in its worst
    round; None where there is no second one."""
    if 'again' not in row['ratios']:
        return None
    _, least, most = row['ratios']['again']
    return max(most, 1 / least)


def judged(words, limit, found, factor):
    """A goal, as goals.py has them, and whether noise could have made it."""
    if not found:
        return {'what': words, 'limit': limit, 'least': True, 'found': None,
                'reached': None}
    away = found[0] / limit
    return {'what': words, 'limit': limit, 'least': True, 'found': found[0],
            'reached': away >= 1,
            'noise': bool(factor) and 1 / factor <= away <= factor}


def mode(name, rows, number):
    """A mode with its rows, of so many rounds, and what each was to reach. A
    row that had little noise by chance has that of the middle one."""
    noises = [noise(row) for row in rows]
    middle = median(filter(None, noises)) if any(noises) else None
    for row, factor in zip(rows, noises):
        found, factor = row['ratios'], factor and max(factor, middle)
        row['noise'] = factor
        row['goals'] = [judged('ratio', 1, found.get('qemus'), factor)]
        if name.endswith(' pt'):
            row['goals'].append(judged('of no IOMMU', NEAR, found.get('none'),
                                       factor))
    return {'mode': name, 'rounds': number, 'noise': middle, 'rows': rows}


def in_rounds(found, absent):
    """A ratio, and its least and most in the rounds."""
    return '{:.2f} ({:.2f}-{:.2f})'.format(*found) if found else absent


def with_share(row, vm, name, absent):
    """A number, and its share of that without an IOMMU."""
    share = row['ratios'].get(name)
    if vm not in row['found']:
        return absent
    return f'{row["found"][vm]:,.0f}' + (f' ({share[0]:.2f})' if share else '')


def cells(row, absent):
    """A row in words, for a table."""
    return [row['name'], row['unit'], with_share(row, NONE, '', absent),
            with_share(row, QEMUS, 'qemus-none', absent),
            with_share(row, OURS, 'none', absent),
            in_rounds(row['ratios'].get('qemus'), absent),
            in_rounds(row['cpu-ratios'].get('qemus'), absent),
            in_rounds(row['ratios'].get('again'), absent),
            f'{row["noise"]:.2f}' if row['noise'] else absent,
            '; '.join(map(words_of, row['goals']))]


def mean(rows, name):
    """The geometric one of a ratio; None where no row has it."""
    found = [row['ratios'][name][0] for row in rows if name in row['ratios']]
    return geometric_mean(found) if found else None


def count(rows, goal, reached):
    """How many rows are so, beyond noise; with None: within it."""
    judged_rows = [row['goals'][goal] for row in rows
                   if len(row['goals']) > goal]
    return sum(judged['found'] is not None and
               (None if judged['noise'] else judged['reached']) == reached
               for judged in judged_rows)
