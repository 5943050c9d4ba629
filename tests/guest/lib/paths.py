# SPDX-License-Identifier: GPL-2.0-or-later
"""Where things are, and the exceptions of a failed and of a skipped check."""
import fcntl
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / 'build'
GUEST = ROOT / 'tests/guest'
UNAVAILABLE = 77        # from a script whose suite of Debian cannot be had
QEMU = Path(os.environ.get('VM_QEMU', BUILD / 'qemu-system-x86_64'))


class Failure(Exception):
    """What a test found wrong, in words for its reader."""


class Skipped(Exception):
    """Why a case cannot be run here."""


def workspace(name):
    """The folder of one case, ours alone until this process ends."""
    folder = BUILD / 'guest' / name.replace('/', '-')
    folder.mkdir(parents=True, exist_ok=True)
    fcntl.flock(os.open(folder / 'lock', os.O_RDWR | os.O_CREAT),
                fcntl.LOCK_EX)
    return folder


def from_script(name, *args):
    """What one of scripts/get/* or scripts/build/* prints: a path, mostly."""
    done = subprocess.run([ROOT / 'scripts' / name, *args], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    print(done.stderr, end='', file=sys.stderr)
    if done.returncode == UNAVAILABLE:
        raise Skipped(done.stderr.partition('error: ')[2].partition('\n')[0])
    if done.returncode:
        raise Failure(f'scripts/{name} {" ".join(args)} failed')
    return done.stdout.strip()


def kernel(series):
    """The folder of a Debian kernel, or of our own: vmlinuz and lib/modules."""
    if series == 'own':
        return Path(from_script('build/kernel', '--cached'))
    return Path(from_script('get/kernel', series))
