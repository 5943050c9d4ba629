# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's own intel-iommu, whose properties have other names from 11 on."""
import functools
import subprocess

from .paths import QEMU


@functools.cache
def _help():
    return subprocess.run([QEMU, '-device', 'intel-iommu,help'], text=True,
                          stdout=subprocess.PIPE, check=True).stdout


def _named(*names):
    return next(name for name in names if f' {name}=' in _help())


def scalable(first_stage):
    """More of `-device intel-iommu`: scalable mode with one of the stages."""
    mode = f',{_named("x-scalable-mode", "scalable-mode")}=on'
    return mode + (f',{_named("x-flts", "fsts")}=on' if first_stage else '')
