# SPDX-License-Identifier: GPL-2.0-or-later
# A QEMU tree in the cache with our device linked into it: what the build of
# QEMU and the build of the module share. Sourced after common.sh and apt.sh.

# use_tree NAME SOURCE OPTION...: the cache's tree of that source, configured
# with those options: sets VERSION, ENTRY, OVERLAY, TREE.
use_tree() {
    local name=$1
    SOURCE=$2
    OPTIONS=("${@:3}")
    VERSION=$(cat "$SOURCE/VERSION")
    ENTRY=$CACHE/$name-$({
        echo "$SOURCE" "$VERSION" "${OPTIONS[@]}" "${CFLAGS-}"
        head -n 1 "$SOURCE/debian/changelog" 2>/dev/null || :
        cc --version
    } | sha256sum | cut -c 1-12)
    OVERLAY=$ENTRY/overlay
    TREE=$ENTRY/build
    use_meson
    mkdir -p "$ENTRY"
}

PYTHON=usr/lib/python3/dist-packages

unpack_python() {
    use_apt "$2"
    unpack_packages "$1" "${@:3}"
}

# use_python NAME SUITE FILE PACKAGE...: Python modules that QEMU's configure
# asks for, and a file that must be among them.
use_python() {
    local WANTED=("$PYTHON/$3")
    entry "$1" unpack_python "$2" "${@:4}"
    PYTHONPATH=${PYTHONPATH:+$PYTHONPATH:}$CACHE/$1/$PYTHON
    export PYTHONPATH
}

# From 10.2 on configure wants that one, too; releases bring it along.
lacks_qmp() {
    grep -q '^qemu.qmp' "$SOURCE/pythondeps.toml" &&
        ! printf '%s\n' "$VERSION" 10.1.99 | sort -VC &&
        ! compgen -G "$SOURCE/python/wheels/qemu*qmp*.whl" >/dev/null
}

# Debian 12's meson is too old for QEMU: Debian 13's is used from the cache.
use_meson() {
    export PYTHONDONTWRITEBYTECODE=1
    if ! command -v apt-get >/dev/null; then
        python3 -c 'import mesonbuild.coredata as c, sys
sys.exit([int(n) for n in c.version.split(".")[:2]] < [1, 5])' || die \
            "QEMU needs meson 1.5 or later" "pip install 'meson>=1.5'"
        return
    fi
    use_python python-modules trixie mesonbuild/coredata.py meson python3-pycotap
    ! lacks_qmp || use_python python-qmp trixie-backports qemu/qmp/__init__.py \
        python3-qemu-qmp
}

link_device() {
    step "linking the device into QEMU $VERSION"
    mkdir -p "$OVERLAY"
    "$ROOT/scripts/build/overlay" "$SOURCE" "$OVERLAY" || exit 1
}

# The objects of another clone may be newer than this clone's sources.
drop_other_clone() {
    [ "$(cat "$ENTRY/clone" 2>/dev/null)" != "$ROOT" ] || return 0
    if is_configured; then
        (cd "$TREE" && find . -type f \( -path '*intel-iommu-sim*' -o \
            -path '*intel_iommu_sim*' \) -delete)
        touch "$OVERLAY/hw/i386/meson.build"
    fi
    echo "$ROOT" >"$ENTRY/clone"
}

is_configured() { [ -e "$ENTRY/configured" ] && [ -e "$TREE/build.ninja" ]; }
configure_in_tree() { cd "$TREE" && "$OVERLAY/configure" "${OPTIONS[@]}"; }

configure() {
    step "configuring it (half a minute)"
    ! is_configured || return 0
    rm -rf "$TREE" "$ENTRY/configured"
    mkdir "$TREE"
    logged qemu-configure "see the log: a package may be missing" \
        configure_in_tree
    touch "$ENTRY/configured"
}

ninja_in_tree() { NINJA_STATUS='[%f/%t] ' ninja -C "$TREE" -j "$JOBS" "$@"; }
