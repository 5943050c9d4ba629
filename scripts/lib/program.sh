# SPDX-License-Identifier: GPL-2.0-or-later
# A QEMU that somebody else built. Sourced after common.sh.

# version_of PROGRAM: the version of a QEMU, such as 10.0.2, or nothing.
version_of() {
    "$1" --version 2>/dev/null |
        sed -n 's/^QEMU emulator version \([0-9][0-9.]*\).*/\1/p'
}

# find_qemu: sets PROGRAM to the QEMU that is installed, or that QEMU names, and
# WANTED to its version.
find_qemu() {
    local name=${QEMU:-qemu-system-x86_64}
    PROGRAM=$(command -v "$name") || die "there is no $name" \
        "install QEMU 10.0 or later (Debian 12: apt-get install -t \
bookworm-backports qemu-system-x86), or QEMU=FILE"
    PROGRAM=$(realpath "$PROGRAM")
    WANTED=$(version_of "$PROGRAM") || :
    [ -n "$WANTED" ] || die "$PROGRAM is no QEMU that runs" \
        "QEMU=FILE with a qemu-system-x86_64"
    [ "${WANTED%%.*}" -ge 10 ] || die \
        "$PROGRAM is QEMU $WANTED, older than 10.0" \
        "install QEMU 10.0 or later, or QEMU=FILE"
}
