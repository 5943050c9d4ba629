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

unpack_python() {
    unpack_packages "$1" meson python3-pycotap python3-qemu-qmp
}

# Debian 12's meson is too old for QEMU: Debian 13's is used from the cache,
# and the other Python modules that QEMU's configure asks for.
use_meson() {
    export PYTHONDONTWRITEBYTECODE=1
    if ! command -v apt-get >/dev/null; then
        python3 -c 'import mesonbuild.coredata as c, sys
sys.exit([int(n) for n in c.version.split(".")[:2]] < [1, 5])' || die \
            "QEMU needs meson 1.5 or later" "pip install 'meson>=1.5'"
        return
    fi
    [ -e "$CACHE/python-modules" ] || use_apt
    entry python-modules unpack_python
    export PYTHONPATH=$CACHE/python-modules/usr/lib/python3/dist-packages
}

link_device() {
    step "linking the device into QEMU $VERSION"
    mkdir -p "$OVERLAY"
    "$ROOT/scripts/build/overlay" "$SOURCE" "$OVERLAY" || exit 1
}

# The objects of another clone may be newer than this clone's sources.
drop_other_clone() {
    [ "$(cat "$ENTRY/clone" 2>/dev/null)" != "$ROOT" ] || return 0
    if [ -e "$ENTRY/configured" ]; then
        (cd "$TREE" && find . -type f \( -path '*intel-iommu-sim*' -o \
            -path '*intel_iommu_sim*' \) -delete)
        touch "$OVERLAY/hw/i386/meson.build"
    fi
    echo "$ROOT" >"$ENTRY/clone"
}

configure_in_tree() { cd "$TREE" && "$OVERLAY/configure" "${OPTIONS[@]}"; }

configure() {
    step "configuring it (half a minute)"
    [ ! -e "$ENTRY/configured" ] || return 0
    rm -rf "$TREE"
    mkdir "$TREE"
    logged qemu-configure "see the log: a package may be missing" \
        configure_in_tree
    touch "$ENTRY/configured"
}

ninja_in_tree() { NINJA_STATUS='[%f/%t] ' ninja -C "$TREE" -j "$JOBS" "$@"; }
