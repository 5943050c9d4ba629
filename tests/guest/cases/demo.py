# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo as a test."""
import demo


def case(folder):
    """All of its checks hold."""
    demo.run(folder).checks.raise_failed()


CASES = {'demo': case}
