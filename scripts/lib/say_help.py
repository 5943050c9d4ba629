# SPDX-License-Identifier: GPL-2.0-or-later
"""A script that is asked --help says what it is, and does nothing."""
import sys


def say_help(text):
    """Ends the program with @text if that is all that is asked."""
    if sys.argv[1:2] in (['--help'], ['-h']):
        print(text.strip())
        sys.exit(0)
