# SPDX-License-Identifier: GPL-2.0-or-later
# A script that is asked --help says what it is, its first comment, and does
# nothing. Sourced before anything else; say_help.py does it for Python.

case ${1-} in
--help | -h)
    sed -n '3,${/^#/!q;s/^# \{0,1\}//p;}' "$0"
    exit 0
    ;;
esac
