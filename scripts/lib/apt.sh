# SPDX-License-Identifier: GPL-2.0-or-later
# A package list of our own, beside the system's: Debian 12 and 13 and their
# backports, which have later QEMUs, and the sources of unstable, which has those
# between, from the mirror that apt is set up with.
# Nothing of the system's set-up is changed.
# Sourced after common.sh.

APT_DIR=$CACHE/apt
APT_FIX="check the network and the mirror in /etc/apt ('apt-get update' must\
 succeed), then run the same command again"

# The mirror of the system's own Debian archive, as apt knows it.
debian_mirror() {
    apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(SITE)' |
        awk '$1 == "Debian/Debian" { print $2; exit }'
}

SUITES=(bookworm trixie)
QEMU_SUITES=(bookworm-backports trixie trixie-backports)
SOURCE_SUITES=("${QEMU_SUITES[@]}" sid)

list_sources() {
    local mirror suite keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -e "$keyring" ] || die "no $keyring, so packages cannot be verified" \
        "as root: apt-get install debian-archive-keyring"
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || die "apt knows no Debian mirror" \
        "as root: apt-get update (with a Debian mirror in /etc/apt)"
    for suite in "${SUITES[@]}" "${QEMU_SUITES[@]}"; do
        echo "deb [signed-by=$keyring] $mirror $suite main"
    done | sort -u
    for suite in "${SOURCE_SUITES[@]}"; do
        echo "deb-src [signed-by=$keyring] $mirror $suite main"
    done
}

# private COMMAND...: apt with that list, or the part of it in APT_PART.
private() {
    "$@" -o Dir::Etc::SourceList="${APT_PART:-$APT_DIR/sources.list}" \
        -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$APT_DIR/lists" \
        -o Dir::Cache="$APT_DIR/cache" -o APT::Sandbox::User="$(id -un)" \
        -o APT::Architecture=amd64
}

fetch_lists() {
    local sources=$APT_DIR/sources.list new=$APT_DIR/sources.list.new
    list_sources >"$new"
    if cmp -s "$new" "$sources" &&
            [ -n "$(find "$APT_DIR/fetched" -mmin -720 2>/dev/null)" ]; then
        return
    fi
    mkdir -p "$APT_DIR"/{lists,cache}/partial "$APT_DIR/cache/archives/partial"
    mv "$new" "$sources"
    rm -f "$APT_DIR/fetched"
    logged apt-update "$APT_FIX" private apt-get update --error-on=any
    touch "$APT_DIR/fetched"
}

# The private list, fetched again when it is older than half a day: the mirror
# drops the packages that an old one names.
use_apt() {
    command -v apt-get >/dev/null || die "this system has no apt-get" \
        "see 'make help' for what works without it"
    mkdir -p "$APT_DIR"
    locked "$APT_DIR.lock" fetch_lists
}

# unpack_packages DIR PACKAGE[=VERSION]...: files of packages, not installed.
unpack_packages() {
    local dir=$1 debs=$1/debs deb
    shift
    mkdir "$debs"
    (cd "$debs" && logged "download-$(basename "$dir")" "$APT_FIX" \
        private apt-get download "$@")
    for deb in "$debs"/*.deb; do
        dpkg-deb -x "$deb" "$dir" ||
            die "cannot unpack $(basename "$deb")" "free some disk space"
    done
    rm -r "$debs"
}
