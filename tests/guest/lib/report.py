# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of one run, on one screen."""
import textwrap

from .state import capabilities


def table(columns, rows):
    """Aligned text: words to the left, numbers to the right."""
    rows = [[str(cell) for cell in row] for row in [columns, *rows]]
    widths = [max(map(len, column)) for column in zip(*rows)]
    right = [all(cell == '-' or cell.isdigit() for cell in column[1:])
             for column in zip(*rows)]
    return ['  ' + '  '.join(cell.rjust(width) if number else cell.ljust(width)
                             for cell, width, number
                             in zip(row, widths, right)).rstrip()
            for row in rows]


def fitted(file, changes):
    """The table in use, and what of it this VM could not honour."""
    lines = [f'The table {file}']
    for change in changes or ['fits this VM as it is']:
        lines += textwrap.wrap(change, 79, initial_indent='  ',
                               subsequent_indent='      ')
    return lines


def units(state):
    """Each unit: where it is and what it can do."""
    lines = ['Remapping units']
    for number, unit in enumerate(state.units):
        limits, features = capabilities(unit)
        version = f'{unit["version"] >> 4}.{unit["version"] & 15}'
        lines += [f'  {number}  at {unit["base"]:#x}, version {version}, '
                  f'CAP {unit["cap"]:#x}, ECAP {unit["ecap"]:#x}',
                  f'     {limits}',
                  f'     {" ".join(features)}']
    return lines


def devices(state):
    """Each device: its unit, its domain, what it did."""
    def known(number):
        return '-' if number < 0 else number
    rows = [[device['device'], device['name'], known(device['unit']),
             known(device['domain']), device['reads'], device['writes'],
             device['interrupts'], device['faults']]
            for device in state.devices]
    return ['Devices', *table(['device', 'name', 'unit', 'domain', 'DMA reads',
                               'DMA writes', 'interrupts', 'faults'], rows)]


def fault(record, name, log_lines):
    """One caught DMA, decoded, with what the guest's kernel said of it."""
    pasid = 'no PASID' if record['pasid'] < 0 else f'PASID {record["pasid"]}'
    lines = [
        'The caught DMA',
        f'  who      {record["source-id"]} ({name}), unit {record["unit"]}',
        f'  what     {record["access"]} at {record["address"]:#x}, {pasid}',
        f'  reason   {record["reason"]:#04x} ({record["condition"]}): '
        f'{record["text"]}',
        f'  entry    {record["entry"]:#018x} at {record["entry-address"]:#x}']
    for line in log_lines:
        lines += textwrap.wrap(line, 79, initial_indent='  guest    ',
                               subsequent_indent='           ')
    return lines


def held(checks):
    """Each check, with why it failed."""
    lines = ['Checks']
    for name, holds, why in checks.done:
        lines.append(f'  {"ok    " if holds else "FAILED"}  {name}')
        if not holds:
            lines += textwrap.wrap(str(why), 79, initial_indent=' ' * 10,
                                   subsequent_indent=' ' * 10)
    return lines
