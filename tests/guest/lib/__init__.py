# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots Debian kernels in VMs with the device and checks what they did."""
