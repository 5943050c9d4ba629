# SPDX-License-Identifier: GPL-2.0-or-later
# Package lists of our own, beside the system's, from the mirror that apt is set
# up with: one for each suite of Debian, so that it is plain which version a step
# gets, and no step waits for a suite that it does not need. Of the system's
# set-up only the way to its mirrors counts: no pin, no hook, no other source.
# Nothing of it is changed.
# Sourced after common.sh.

APT_DIR=$CACHE/apt
APT_FIX="check the network and the mirror in /etc/apt ('apt-get update' must\
 succeed), then run the same command again"

# Everything comes from this suite but what single tests want, which are skipped
# where theirs cannot be had: a script that fails for it ends with that status.
MAIN_SUITE=trixie
UNAVAILABLE=77

# The mirror of the system's own Debian archive, as apt knows it.
debian_mirror() {
    apt-get indextargets --format '$(ORIGIN)/$(LABEL) $(SITE)' |
        awk '$1 == "Debian/Debian" && $2 !~ /^cdrom:/ { print $2; exit }'
}

# source_line LIST: the line of a suite, or with SUITE-src of its sources.
source_line() {
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg mirror type=deb
    [ -e "$keyring" ] || die "no $keyring, so packages cannot be verified" \
        "as root: apt-get install debian-archive-keyring"
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || die "apt knows no Debian mirror" \
        "as root: apt-get update (with a Debian mirror in /etc/apt)"
    [ "$1" = "${1%-src}" ] || type=deb-src
    echo "$type [signed-by=$keyring] $mirror ${1%-src} main"
}

# How the system's apt reaches its mirrors: proxies, certificates, old archives.
access() {
    apt-config dump | grep -E '^Acquire::(https?|Proxy-Auto-Detect|Retries|'\
'ForceIPv[46]|Check-Valid-Until|Check-Date)(::| )' || :
}

configuration() {
    cat <<END
Dir::Etc::Main "/dev/null";
Dir::Etc::Parts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::Etc::SourceList "$1";
Dir::Etc::SourceParts "/dev/null";
Dir::State "$APT_DIR";
Dir::State::Lists "$APT_DIR/lists";
Dir::State::Status "/dev/null";
Dir::Cache "$APT_DIR/cache";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Get::List-Cleanup "false";
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
Acquire::Languages { "none"; };
$(access)
END
}

# private COMMAND...: apt with the lists of the last use_apt, and with nothing
# else.
private() { APT_CONFIG=$APT_CHOSEN.conf "$@"; }

# choose_lists LIST...: has `private` take these.
choose_lists() {
    local list
    APT_CHOSEN=$APT_DIR/$(IFS=+; echo "$*")
    APT_STATUS=1
    for list in "$@"; do
        source_line "$list"
        [ "${list%-src}" = "$MAIN_SUITE" ] || APT_STATUS=$UNAVAILABLE
    done >"$APT_CHOSEN.list.$$"
    mv "$APT_CHOSEN.list.$$" "$APT_CHOSEN.list"
    (umask 077 && configuration "$APT_CHOSEN.list" >"$APT_CHOSEN.conf.$$")
    mv "$APT_CHOSEN.conf.$$" "$APT_CHOSEN.conf"
}

# is_fresh LIST: fetched from there less than half a day ago. The mirror drops
# the packages that an older list names.
is_fresh() {
    local done=$APT_DIR/$1.fetched index=binary-amd64_Packages
    [ "$1" = "${1%-src}" ] || index=source_Sources
    cmp -s "$APT_CHOSEN.list" "$done" && [ -n "$(find "$done" -mmin -720)" ] &&
        [ -n "$(find "$APT_DIR/lists" -name "*_dists_${1%-src}_main_$index*")" ]
}

fetch_list() {
    choose_lists "$1"
    ! is_fresh "$1" || return 0
    rm -f "$APT_DIR/$1.fetched"
    fetch "update-$1" apt-get update --error-on=any
    cp "$APT_CHOSEN.list" "$APT_DIR/$1.fetched"
}

# use_apt LIST...: these lists are up to date, and `private` takes them.
use_apt() {
    local list
    command -v apt-get >/dev/null || die "this system has no apt-get" \
        "see 'make help' for what works without it"
    mkdir -p "$APT_DIR"/{lists,cache}/partial "$APT_DIR/cache/archives/partial"
    for list in "$@"; do
        locked "$APT_DIR.lock" fetch_list "$list"
    done
    choose_lists "$@"
}

# fetch NAME COMMAND...: `logged private`, with the status of those lists.
fetch() {
    local name=$1
    shift
    STATUS=$APT_STATUS logged "$name" "$APT_FIX" private "$@"
}

# not_there WHAT: what those lists do not have.
not_there() { STATUS=$APT_STATUS die "$1" "$APT_FIX"; }

# unpack_packages DIR PACKAGE[=VERSION]...: files of packages, not installed.
unpack_packages() {
    local dir=$1 debs=$1/debs deb
    shift
    mkdir "$debs"
    (cd "$debs" && fetch "download-$(basename "$dir")" apt-get download "$@")
    for deb in "$debs"/*.deb; do
        dpkg-deb -x "$deb" "$dir" ||
            die "cannot unpack $(basename "$deb")" "free some disk space"
    done
    rm -r "$debs"
}

# unpack_with_needs DIR SUITE PACKAGE...: of packages of that suite, and of all
# that they need, as for a system that has nothing.
unpack_with_needs() {
    local dir=$1 suite=$2 name
    name=needs-$(basename "$dir")
    shift 2
    fetch "$name" apt-get install -s -t "$suite" "$@"
    # shellcheck disable=SC2046
    unpack_packages "$dir" $(sed -n 's/^Inst \([^ ]*\) [^(]*(\([^ ]*\) .*/\1=\2/p' \
        "$LOGS/$name.log")
}
