# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the numbers of a benchmark come from."""
import os
import subprocess

from lib.paths import QEMU, ROOT


def first_line(command):
    """Of what it prints."""
    return subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          check=False).stdout.partition('\n')[0]


def machine_facts():
    """The machine, its load, QEMU and this project."""
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        model = next((line.partition(': ')[2].strip() for line in file
                      if line.startswith('model name')), 'unknown')
    return {'cpu': model, 'cpus': os.cpu_count(), 'load': os.getloadavg()[0],
            'kernel': os.uname().release,
            'qemu': first_line([str(QEMU), '--version']),
            'commit': first_line(['git', '-C', str(ROOT), 'rev-parse',
                                  'HEAD'])}
