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


def own_ratio(fact, _, whose):
    """Time above the null IOMMU's, ours to QEMU's."""
    return fact.get('own-ratio') if whose == OURS else None


def time_ratio(fact, _, whose):
    """Time, to that of QEMU's."""
    return quotient(fact['ns'].get(whose), fact['ns'].get(QEMUS))


def to_none(fact, _, whose):
    """Time, to that without an IOMMU."""
    return quotient(fact['ns'].get(whose), fact['ns'].get(NONE))


def to_row(fact, other, whose):
    """Time, to ours of the other row."""
    return quotient(fact['ns'].get(whose), other['ns'].get(OURS))


def rate_ratio(fact, other, whose):
    """DMAs in a second, to those of the other row. Where this row's threads
    are more than the machine's CPUs: if each had one, by the time of CPUs."""
    key = 'cpu-rate' if fact['crowded'] else 'rate'
    return quotient(fact[key].get(whose), other[key].get(whose))


def nanoseconds(fact, _, whose):
    """Time."""
    return fact['ns'].get(whose)


def size(fact, _, whose):
    """Our memory."""
    return fact.get('bytes') if whose == OURS else None


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
    """Each goal of a row: what it is, what was found (None: not measured),
    whether that reaches it, and the floor: what a model would reach that takes
    no time, by what stands in its place."""
    fact = by_name[row.name]
    floor = NULL if NULL in fact['ns'] else NONE
    for goal in row.goals:
        measure, words = MEASURES[goal.measure]
        found, least = (
            None if goal.row and goal.row not in by_name else
            measure(fact, by_name.get(goal.row), whose)
            for whose in (OURS, floor))
        reached = None if found is None else \
            found >= goal.limit if goal.least else found <= goal.limit
        yield {'what': words.format(goal.row), 'limit': goal.limit,
               'least': goal.least, 'found': found, 'reached': reached,
               'floor': least}


def words_of(judged):
    """One goal, for people; its floor where it is not reached."""
    digits = 0 if judged['limit'] >= 10 else 2
    sign = '>=' if judged['least'] else '<='
    found, floor = ('-' if value is None else f'{value:,.{digits}f}'
                    for value in (judged['found'], judged.get('floor')))
    verdict = {None: '', True: ', yes', False: ', NO'}[judged['reached']]
    if judged.get('noise'):
        verdict += ', within noise'
    if judged['reached'] is False and floor != '-':
        verdict += f' (floor {floor})'
    return f'{judged["what"]} {found} {sign} ' \
        f'{judged["limit"]:,.{digits}f}{verdict}'
