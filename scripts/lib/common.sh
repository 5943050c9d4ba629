# SPDX-License-Identifier: GPL-2.0-or-later
# What every script here shares: where things are, how a step is announced,
# how a tool's output is kept, how a failure is told, how a cache entry is made.
# Sourced by bash, after `set -euo pipefail`.

. "$(dirname "${BASH_SOURCE[0]}")/help.sh"
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
BUILD=$ROOT/build
LOGS=$BUILD/log
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/intel-iommu-sim
JOB=$(realpath "$0")
JOB=${JOB#"$ROOT/scripts/"}
JOBS=$(nproc)

# project_version: that of this project, as its meson.build says it.
project_version() {
    sed -n "/^project(/s/.* version: '\([^']*\)'.*/\1/p" "$ROOT/meson.build"
}

# die WHAT FIX: the one error of a run, which ends with STATUS.
STATUS=1
die() {
    printf 'error: %s: %s\n' "$JOB" "$1" >&2
    printf '  fix: %s\n' "$2" >&2
    exit "$STATUS"
}

case $ROOT$CACHE in
*[[:space:]:]*) die "QEMU does not build in a path with a space or a colon" \
    "move $ROOT, or set XDG_CACHE_HOME" ;;
esac

mkdir -p "$LOGS" "$CACHE"

# step TEXT: announces a step; the script has set STEPS to how many there are.
STEP=0
STEPS=1
step() {
    STEP=$((STEP + 1))
    printf '%s [%d/%d] %s (%d s)\n' "$JOB" "$STEP" "$STEPS" "$1" "$SECONDS" >&2
}

# log_tail LOG: the end of a log, cut to the width of a screen or two.
log_tail() {
    printf '  log: %s\n' "$1" >&2
    tail -n 20 "$1" | cut -c 1-200 | sed 's/^/    /' >&2
}

# logged NAME FIX COMMAND...: runs a tool, its output in build/log/NAME.log.
logged() {
    local name=$1 log=$LOGS/$1.log fix=$2
    shift 2
    if ! "$@" >"$log" 2>&1 </dev/null; then
        log_tail "$log"
        die "the step '$name' failed" "$fix"
    fi
}

# need_space DIR MIB: refuses before the work what would fill the disk in it.
need_space() {
    local free
    free=$(df --output=avail -BM "$1" | tail -n 1 | tr -dc 0-9)
    [ "$free" -ge "$2" ] || die \
        "$1 has $free MiB free and $2 MiB are needed" \
        "free some space, or set XDG_CACHE_HOME to a larger disk"
}

# locked FILE COMMAND...: runs a command while no other run holds FILE.
locked() {
    local lock=$1 fd
    shift
    exec {fd}>"$lock"
    if ! flock -n "$fd"; then
        echo "$JOB: waiting for another run that holds $lock" >&2
        flock "$fd"
    fi
    "$@"
    exec {fd}>&-
}

# entry NAME FUNCTION ARGS...: makes $CACHE/NAME with `FUNCTION TMP ARGS`,
# whole or not at all: TMP gets its name only when it has all that is wanted.
# One that has lost something since, or that was kept without it, is made anew.
entry() {
    whole "$1" || locked "$CACHE/$1.lock" make_entry "$@"
}

make_entry() {
    local name=$1 tmp=$CACHE/$1.tmp function=$2
    shift 2
    ! whole "$name" || return 0
    [ ! -e "$CACHE/$name" ] ||
        echo "$JOB: $CACHE/$name is damaged, making it anew" >&2
    rm -rf "$tmp"
    mkdir "$tmp"
    trap "rm -rf '$tmp'" EXIT
    "$function" "$tmp" "$@"
    lacking "$tmp"
    [ -z "$LACKING" ] || die "what was got for $name lacks $LACKING" \
        "if Debian has moved them, adapt WANTED in scripts/$JOB"
    listing "$tmp" >"$CACHE/$name.files"
    rm -rf "${CACHE:?}/$name"
    mv "$tmp" "$CACHE/$name"
    trap - EXIT
}

# WANTED: patterns below an entry; for each there must be a file with content.
# lacking DIR: sets LACKING to those for which there is none.
WANTED=()
lacking() {
    local pattern file
    LACKING=
    for pattern in "${WANTED[@]}"; do
        file=$(cd "$1" && compgen -G "$pattern" | head -n 1) || :
        [ -n "$file" ] && [ -s "$1/$file" ] || LACKING+="${LACKING:+ }$pattern"
    done
}

# listing DIR: its files with their sizes, but for what Python adds to it.
listing() {
    find "$1" -type f ! -path '*/__pycache__/*' -printf '%s %P\n' | LC_ALL=C sort
}

# usable DIR: what else must hold of an entry; a script may have its own.
usable() { :; }

# whole NAME: the entry is there, with all that is wanted and that it once had.
whole() {
    local dir=$CACHE/$1
    [ -d "$dir" ] || return
    lacking "$dir"
    [ -z "$LACKING" ] || return
    [ ! -e "$dir.files" ] || listing "$dir" | cmp -s - "$dir.files" || return
    usable "$dir"
}

# newest PATTERN: the newest version among whole cache entries, or nothing.
newest() {
    local name
    find "$CACHE/" -maxdepth 1 -type d -name "$1" ! -name '*.tmp' -printf '%f\n' |
        sort -rV | while read -r name; do
            ! whole "$name" || { echo "$name"; break; }
        done
}
