#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""page.py PAGE JSON...: puts what `make bench` and `make bench-guest` left into
docs/performance.md, each between its two marks; a file that does not exist
leaves its part as it is."""
import json
import re
import sys
from pathlib import Path

from goals import words_of

IOMMUS = ('none', 'null', 'intel-iommu', 'intel-iommu-sim')


def cell(value, digits=0):
    """A number, or nothing."""
    return '' if value is None else f'{value:,.{digits}f}'


def line(*cells):
    """One of a table."""
    return ' | '.join(['', *cells, '']).strip()


def source(facts, what):
    """Machine and method, in a sentence."""
    machine = facts['machine']
    return (f'{machine["cpu"]}, {machine["cpus"]} CPUs, Linux '
            f'{machine["kernel"]}, {machine["qemu"]}; load '
            f'{machine["load"]:.1f} at the end; commit '
            f'{machine["commit"][:12]}; median of {facts["rounds"]} rounds'
            f'{what}.')


def of_row(row):
    """A line of the table of times."""
    ns = [row['ns'].get(iommu) for iommu in IOMMUS]
    goals = '; '.join(words_of(goal) for goal in row.get('goals', ()))
    return line(row['text'], *map(cell, ns[:-1]),
                cell(row.get('bytes', ns[-1])), cell(row.get('ratio'), 2),
                cell(row.get('own-ratio'), 2), goals)


def bench(facts):
    """Times, and the model's instructions."""
    yield source(facts, ', CPU time' if facts['cpu'] else ', elapsed time')
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


def share(row, iommu):
    """A number, and its share of that without an IOMMU."""
    number, whole = row['found'].get(iommu), row['found'].get('none')
    if number is None:
        return ''
    return cell(number) + (f' ({number / whole:.2f})' if whole else '')


def guest(facts):
    """What guests got."""
    yield source(facts, ' in VMs that take turns, TCG; in brackets, the share '
                 'of no IOMMU')
    for mode in dict.fromkeys(row['mode'] for row in facts['rows']):
        yield ''
        yield line(mode, 'unit', 'no IOMMU', '`intel-iommu`',
                   '`intel-iommu-sim`', 'ours to QEMU\'s')
        yield '|---|---|--:|--:|--:|--:|'
        for row in facts['rows']:
            if row['mode'] == mode:
                yield line(row['name'], row['unit'], *(
                    share(row, iommu) for iommu in
                    ('none', 'intel-iommu', 'intel-iommu-sim')),
                           cell(row.get('ratio'), 2))


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
