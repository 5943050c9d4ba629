#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""page.py JSON PAGE: puts the numbers of `make bench` into docs/performance.md,
between its two marks."""
import json
import re
import sys
from pathlib import Path

IOMMUS = ('none', 'null', 'intel-iommu', 'intel-iommu-sim')
MARKS = re.compile(r'(<!-- bench -->\n).*(<!-- end of bench -->)', re.DOTALL)


def cell(value, digits=0):
    """A number, or nothing."""
    return '' if value is None else f'{value:,.{digits}f}'


def line(row):
    """One of the table."""
    return ' | '.join(['', row['text'],
                       *(cell(row['ns'].get(iommu)) for iommu in IOMMUS),
                       cell(row.get('ratio'), 2), cell(row.get('own-ratio'), 2),
                       '']).strip()


def numbers(facts):
    """Machine and table."""
    machine = facts['machine']
    what = 'CPU time' if facts['cpu'] else 'elapsed time'
    yield (f'{machine["cpu"]}, {machine["cpus"]} CPUs, Linux '
           f'{machine["kernel"]}, {machine["qemu"]}; load {machine["load"]:.1f} '
           f'at the end; commit {machine["commit"][:12]}; median of '
           f'{facts["rounds"]} rounds, {what}.')
    yield ''
    yield '| ns for one operation | no IOMMU | null IOMMU | `intel-iommu` | ' \
        '`intel-iommu-sim` | ratio | of own cost |'
    yield '|---|--:|--:|--:|--:|--:|--:|'
    yield from map(line, facts['rows'])


def main():
    facts, page = map(Path, sys.argv[1:])
    told = json.loads(facts.read_text(encoding='utf-8'))
    body = '\n'.join(['', *numbers(told), '', ''])
    text, count = MARKS.subn(lambda found: found[1] + body + found[2],
                             page.read_text(encoding='utf-8'))
    assert count == 1, f'{page} has no marks'
    page.write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()
