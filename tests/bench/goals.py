# SPDX-License-Identifier: GPL-2.0-or-later
"""What a row of `make bench` is to reach, and whether it does."""
from dataclasses import dataclass

NONE, NULL, QEMUS, OURS = ('none', 'null', 'intel-iommu', 'intel-iommu-sim')


@dataclass(frozen=True)
class Goal:
    """A limit of what one of the measures below finds; `row`: the one that this
    row is held against; `least`: more is better."""
    measure: str
    limit: float
    row: str = ''
    least: bool = False


def quotient(one, other):
    """None where one is missing."""
    return one / other if one is not None and other else None


def own_ratio(fact, _):
    """Time above the null IOMMU's, ours to QEMU's."""
    return fact.get('own-ratio')


def time_ratio(fact, _):
    """Time, ours to QEMU's."""
    return fact.get('ratio')


def to_none(fact, _):
    """Time, ours to that without an IOMMU."""
    return quotient(fact['ns'].get(OURS), fact['ns'].get(NONE))


def to_row(fact, other):
    """Our time, to that of the other row."""
    return quotient(fact['ns'].get(OURS), other['ns'].get(OURS))


def rate_ratio(fact, other):
    """Our DMAs in a second, to those of the other row. Where this row's threads
    are more than the machine's CPUs: if each had one, by the time of CPUs."""
    key = 'cpu-rate' if fact['crowded'] else 'rate'
    return quotient(fact[key].get(OURS), other[key].get(OURS))


def nanoseconds(fact, _):
    """Our time."""
    return fact['ns'].get(OURS)


def size(fact, _):
    """Our memory."""
    return fact.get('bytes')


MEASURES = {
    'own': (own_ratio, 'own cost'),
    'time': (time_ratio, 'time'),
    'none': (to_none, 'of no IOMMU'),
    'row': (to_row, 'of {}'),
    'rate': (rate_ratio, 'rate of {}'),
    'ns': (nanoseconds, 'ns'),
    'bytes': (size, 'bytes'),
}


def judge(row, by_name):
    """Each goal of a row: what it is, what was found (None: not measured), and
    whether that reaches it."""
    fact = by_name[row.name]
    for goal in row.goals:
        measure, words = MEASURES[goal.measure]
        found = None if goal.row and goal.row not in by_name else \
            measure(fact, by_name.get(goal.row))
        reached = None if found is None else \
            found >= goal.limit if goal.least else found <= goal.limit
        yield {'what': words.format(goal.row), 'limit': goal.limit,
               'least': goal.least, 'found': found, 'reached': reached}


def words_of(judged):
    """One goal, for people."""
    found = judged['found']
    digits = 0 if judged['limit'] >= 10 else 2
    sign = '>=' if judged['least'] else '<='
    verdict = {None: '', True: ', yes', False: ', NO'}[judged['reached']]
    return f'{judged["what"]} {"-" if found is None else f"{found:,.{digits}f}"}' \
        f' {sign} {judged["limit"]:,.{digits}f}{verdict}'
