# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the core and its tests without QEMU. Sourced after common.sh.

# meson_build NAME OPTION...: a build of the repository's meson in build/NAME,
# of $TARGETS or of everything. NAME is no folder of the repository: those are
# in build/, too, where a developer says `meson setup build`.
# One that an interrupted set-up left, or that has other options, is made anew.
meson_build() {
    local name=$1 dir=$BUILD/$1
    shift
    if [ "$(cat "$dir/options" 2>/dev/null)" != "${CC-} $*" ]; then
        rm -rf "$dir"
        logged "$name-setup" "see the log" meson setup "$dir" "$ROOT" "$@"
        echo "${CC-} $*" >"$dir/options"
    fi
    logged "$name-build" "correct the errors that the log shows" \
        ninja -C "$dir" -j "$JOBS" ${TARGETS-all meson-test-prereq}
}
