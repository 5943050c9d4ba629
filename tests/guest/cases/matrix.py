# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels, their parameters, the device's options and where devices are: each
value in one boot at least, with all kinds of I/O devices in each boot."""
from functools import partial

from lib.boot import Boot, run

BOOTS = {
    '6.12/defaults': Boot(),
    '6.1/defaults': Boot('6.1'),
}

CASES = {name: partial(run, boot) for name, boot in BOOTS.items()}
