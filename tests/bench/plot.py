#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""plot.py JSON SVG: the table of `make bench` as a picture: for each row a bar
of each IOMMU, whose length is the logarithm of its time."""
import json
import math
import sys
from html import escape
from pathlib import Path

COLOURS = {'none': '#c8c8c8', 'null': '#9aa7b4', 'intel-iommu': '#d98b4a',
           'intel-iommu-sim': '#2f7fbf'}
LEFT, WIDTH, RIGHT = 380, 560, 110      # of the words, the bars, the numbers
BAR, GAP, HEAD = 9, 8, 40               # heights


def text(x, y, words, anchor='start'):
    """A line of it."""
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">' \
        f'{escape(words)}</text>'


def bar(x, y, width, colour):
    """A bar, or a square of the legend."""
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{max(width, 1):.0f}" ' \
        f'height="{BAR - 1}" fill="{colour}"/>'


def scale(rows):
    """From ns to a length: whole decades."""
    values = [ns for row in rows for ns in row['ns'].values()]
    low = math.floor(math.log10(max(min(values), 1)))
    high = math.ceil(math.log10(max(values)))
    return low, high, lambda ns: WIDTH * (math.log10(max(ns, 1)) - low) / \
        max(high - low, 1)


def axis(low, high, length, height):
    """A line for each decade, with its time."""
    for decade in range(low, high + 1):
        x = LEFT + length(10 ** decade)
        yield f'<path d="M{x:.0f} {HEAD - 6}V{height}" stroke="#e4e4e4"/>'
        yield text(x, HEAD - 10, f'{10 ** decade:,} ns', 'middle')


def picture(rows):
    """All of it."""
    low, high, length = scale(rows)
    y, body = HEAD, []
    for row in rows:
        body.append(text(LEFT - 10, y + BAR * len(row['ns']) / 2 + 4,
                         row['text'], 'end'))
        for iommu, ns in row['ns'].items():
            body += [bar(LEFT, y, length(ns), COLOURS[iommu]),
                     text(LEFT + length(ns) + 4, y + BAR - 1, f'{ns:,.0f}')]
            y += BAR
        y += GAP
    for number, (iommu, colour) in enumerate(COLOURS.items()):
        body += [bar(10 + 90 * number, 6, BAR, colour),
                 text(22 + 90 * number, 14, iommu)]
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + RIGHT}"'
        f' height="{y}" font-family="sans-serif" font-size="10">',
        '<rect width="100%" height="100%" fill="white"/>',
        *axis(low, high, length, y), *body, '</svg>\n'])


def main():
    source, target = sys.argv[1:]
    facts = json.loads(Path(source).read_text(encoding='utf-8'))
    timed = [row for row in facts['rows'] if row['ns']]
    Path(target).write_text(picture(timed), encoding='utf-8')


if __name__ == '__main__':
    main()
