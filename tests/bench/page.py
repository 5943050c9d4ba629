#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""page.py PAGE JSON...: puts what `make bench` and `make bench-guest` left into
docs/performance.md, each between its two marks; a file that does not exist
leaves its part as it is."""
import json
import re
import sys
from pathlib import Path

import guests
from goals import words_of

IOMMUS = ('none', 'null', 'intel-iommu', 'intel-iommu-sim')


def cell(value, digits=0):
    """A number, or nothing."""
    return '' if value is None else f'{value:,.{digits}f}'


def line(*cells):
    """One of a table."""
    return ' | '.join(['', *cells, '']).strip()


def machine(facts):
    """Where it was measured, in words."""
    found = facts['machine']
    return (f'{found["cpu"]}, {found["cpus"]} CPUs, Linux {found["kernel"]}, '
            f'{found["qemu"]}; commit {found["commit"][:12]}')


def of_row(row):
    """A line of the table of times."""
    ns = [row['ns'].get(iommu) for iommu in IOMMUS]
    goals = '; '.join(words_of(goal) for goal in row.get('goals', ()))
    return line(row['text'], *map(cell, ns[:-1]),
                cell(row.get('bytes', ns[-1])), cell(row.get('ratio'), 2),
                cell(row.get('own-ratio'), 2), goals)


def bench(facts):
    """Times, and the model's instructions."""
    time = 'CPU' if facts['cpu'] else 'elapsed'
    yield f'{machine(facts)}; load {facts["machine"]["load"]:.1f} at the ' \
        f'end; median of {facts["rounds"]} rounds, {time} time.'
    yield ''
    yield '| ns for one operation | no IOMMU | null IOMMU | `intel-iommu` | ' \
        '`intel-iommu-sim` | ratio | of own cost | found, goal, reached |'
    yield '|---|--:|--:|--:|--:|--:|--:|---|'
    yield from map(of_row, facts['rows'])
    yield ''
    yield '| operation of the model alone | instructions |'
    yield '|---|--:|'
    for row in facts['instructions']:
        yield line(row['text'], cell(row['value']))


def of_mode(mode):
    """A line of the table of modes."""
    rows = mode['rows']
    near = [guests.count(rows, 1, reached) for reached in (True, None, False)]
    return line(mode['mode'], cell(mode['rounds']), cell(mode['load'], 1),
                *(cell(guests.mean(rows, name), 2) for name in guests.PAIRS),
                cell(mode['noise'], 2),
                *(cell(guests.count(rows, 0, reached))
                  for reached in (True, None, False)),
                ' / '.join(map(cell, near)) if any(near) else '')


def guest(facts):
    """What guests got: all modes, then each."""
    yield f'{machine(facts)}; QEMU\'s TCG.'
    yield ''
    yield line('mode', 'rounds', 'load', "ours to QEMU's", 'ours to ours',
               'ours to none', "QEMU's to none", 'noise of the middle row',
               'above QEMU\'s', 'within noise', 'below',
               'near none: yes / noise / no')
    yield '|---|' + '--:|' * 11
    yield from map(of_mode, facts['modes'])
    for mode in facts['modes']:
        yield ''
        yield line(mode['mode'], 'unit', 'no IOMMU', '`intel-iommu`',
                   '`intel-iommu-sim`', "ours to QEMU's", 'by CPU time',
                   'ours to ours', 'noise', 'found, goal, reached')
        yield '|---|---|' + '--:|' * 7 + '---|'
        yield from (line(*guests.cells(row, '')) for row in mode['rows'])


PARTS = {'bench': bench, 'guest': guest}


def main():
    page, *files = map(Path, sys.argv[1:])
    text = page.read_text(encoding='utf-8')
    for file in filter(Path.exists, files):
        facts = json.loads(file.read_text(encoding='utf-8'))
        part = facts['part']
        marks = re.compile(rf'(<!-- {part} -->\n).*(<!-- end of {part} -->)',
                           re.DOTALL)
        body = '\n'.join(['', *PARTS[part](facts), '', ''])
        text, count = marks.subn(lambda found, body=body:
                                 found[1] + body + found[2], text)
        assert count == 1, f'{page} has no marks of {part}'
    page.write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()
