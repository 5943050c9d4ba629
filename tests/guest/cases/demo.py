# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo as a test, under its own units and under those of a table."""
import demo
from lib import dmar
from lib.paths import Skipped

TABLE = 'ASUSTek-Computer-ASUS-EXPERTBOOK-B9400CEA-B9400CEA-359D0A3DC7E2'


def case(folder):
    """All of its checks hold."""
    demo.run(folder).checks.raise_failed()


def under_table(folder):
    """They hold under four units, two of which have a bridge only."""
    file = dmar.TABLES / f'{TABLE}.dmar'
    if not file.exists():
        raise Skipped(f'no tables of real machines in {dmar.TABLES}')
    demo.run(folder, demo.Loaded(file)).checks.raise_failed()


CASES = {'demo': case}
LONG = {'demo/table': under_table}
