#!/bin/sh
# rooms.sh SRC: whether the includes in SRC and SRC/../shim keep to the rooms and doors that the
# tables of SRC/README.md list. One line an offence, on stdout. Before that it tries itself on a
# bent house, and says so if an offence there goes unseen.
set -eu

# offences SRC: prints them; fails when there are any.
offences()
{
    (
        cd "$1"
        find . ../shim -name '*.[ch]' -o -name '*.[ch]pp' | sort | xargs awk "$judge" README.md
    )
}

# shellcheck disable=SC2016 # awk's own $
judge='
function offence(text) { print name ":" FNR ": " text; n_offences++ }

# A pattern of the second table ("base/h5*.c") as a regular expression.
function pattern(glob) { gsub(/\./, "[.]", glob); gsub(/\*/, ".*", glob); return "^" glob "$" }

# out[1..n]: what stands between backticks.
function ticked(text, out,    part, n, i) {
    n = split(text, part, "`")
    for (i = 2; i <= n; i += 2)
        out[i / 2] = part[i]
    return int(n / 2)
}

function row_of_doors(    column, header, home, n, m, i, j) {
    split($0, column, "|")
    n = ticked(column[2], header)
    m = ticked(column[3], home)
    for (i = 1; i <= n; i++) {
        door[++n_doors] = pattern(header[i])
        for (j = 1; j <= m; j++) {
            where[n_doors] = where[n_doors] (j > 1 ? " and " : "") home[j]
            homes[n_doors] = homes[n_doors] (j > 1 ? "|" : "") pattern(home[j])
        }
    }
}

FILENAME == "README.md" {
    if (/^## /)
        section = $2
    else if (section == "Rooms" && /^\| `/ && ticked($0, cell))
        order[cell[1]] = ++n_rooms
    else if (section == "Doors" && /^\| `/)
        row_of_doors()
    next
}

FNR == 1 {
    name = FILENAME
    sub(/^[.]+\//, "", name)
    room = name
    sub(/\/.*/, "", room)
    if (split(name, part, "/") != 2 || !(room in order))
        offence("the file stands in no room of README.md")
}

/^[ \t]*#[ \t]*include/ {
    path = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", path)
    quoted = path ~ /^"[^"]+"/
    if (!quoted && path !~ /^<[^>]+>/) {
        offence("neither \"room/file.h\" nor <header>: " path)
        next
    }
    path = substr(path, 2)
    sub(/[">].*/, "", path)
    known = quoted || path !~ /\// || path ~ /^sys\//
    for (i = 1; i <= n_doors; i++)
        if (path ~ door[i]) {
            known = 1
            if (name !~ homes[i])
                offence(path " is included in " where[i] " alone")
        }
    if (!known)
        offence("<" path "> has no door in README.md")
    if (!quoted)
        next
    if (split(path, part, "/") != 2 || path ~ /^[.]/)
        offence("\"" path "\" is not \"room/file.h\"")
    else if (!(part[1] in order))
        offence("\"" path "\": there is no room " part[1])
    else if (room in order && order[part[1]] > order[room])
        offence("\"" path "\": " room " comes before " part[1])
    else if (part[2] ~ /_parts[.]h$/ && part[1] != room)
        offence("\"" path "\" is private to " part[1])
}

END {
    if (n_rooms < 2 || n_doors < 2) {
        print "README.md: the tables of rooms and doors are not there"
        n_offences++
    }
    exit n_offences > 0
}'

# ---- the test of the test ----

bent=$(mktemp -d)
trap 'rm -rf "$bent"' EXIT
mkdir "$bent/src" "$bent/shim"
cp "$1/README.md" "$bent/src"

# bend FILE LINE EXPECTED: adds a line to a file; EXPECTED, unless empty, is what is to be said.
bend()
{
    mkdir -p "$bent/src/$(dirname "$1")"
    printf '%s\n' "$2" >>"$bent/src/$1"
    [ -z "$3" ] || printf '%s:%d: %s\n' "${1#../}" "$(wc -l <"$bent/src/$1")" "$3" >>"$bent/expected"
}

bend base/err.c '#include "base/err.h"' ''
bend base/err.c '#include <sys/stat.h>' ''
bend base/err.c '  # include "config/config.h" // up' '"config/config.h": base comes before config'
bend base/err.c '#include "err.h"' '"err.h" is not "room/file.h"'
bend base/err.c '#include "../base/err.h"' '"../base/err.h" is not "room/file.h"'
bend base/err.c '#include "attic/box.h"' '"attic/box.h": there is no room attic'
bend base/err.c '#include BOX' 'neither "room/file.h" nor <header>: BOX'
bend base/err.c '#include <boost/any.hpp>' '<boost/any.hpp> has no door in README.md'
bend base/err.c '#include <hdf5.h>' 'hdf5.h is included in base/h5*.c alone'
bend base/h5_write.c '#include <H5FDdevelop.h>' ''
bend base/json.c '#include <cjson/cJSON.h>' ''
bend base/json.c '#include <gsl/gsl_cdf.h>' 'gsl/gsl_cdf.h is included in base/numeric.c alone'
bend base/json.c '#include <yaml.h>' 'yaml.h is included in base/yaml.c alone'
bend base/yaml.c '#include <cjson/cJSON.h>' 'cjson/cJSON.h is included in base/json.c alone'
bend base/yaml.c '#include <openssl/evp.h>' 'openssl/evp.h is included in base/sha256.c alone'
bend base/yaml.c '#include <zip.h>' 'zip.h is included in torchfile/zipfile.c alone'
bend engine/engine.h '#include "results/results.h"' '"results/results.h": engine comes before results'
bend engine/engine.h '#include "shim/torch_capi.h"' 'shim/torch_capi.h is included in st/* and shim/* alone'
bend engine/engine.h '#include "stats/table_parts.h"' '"stats/table_parts.h": engine comes before stats'
bend st/st.c '#include "shim/torch_capi.h"' ''
bend st/st.c '#include <ATen/ATen.h>' 'ATen/ATen.h is included in shim/torch_capi.cpp alone'
bend st/st.c '#include "engine/line_parts.h"' '"engine/line_parts.h" is private to engine'
bend st/st.c '#include "st/form_parts.h"' ''
bend attic/box.h '#include <stdio.h>' 'the file stands in no room of README.md'
bend main.c '/* main.c */' 'the file stands in no room of README.md'
bend ../shim/torch_capi.cpp '#include <ATen/ATen.h>' ''
bend ../shim/torch_capi.cpp '#include "shim/torch_capi.h"' ''
bend ../shim/torch_capi.cpp '#include "base/err.h"' '"base/err.h": shim comes before base'

if offences "$bent/src" >"$bent/said"; then
    echo "rooms.sh does not fail on a bent house"
    exit 1
fi
sort "$bent/expected" >"$bent/wanted"
if ! sort "$bent/said" | diff "$bent/wanted" -; then
    echo "rooms.sh: above, <: an offence that it does not see in a bent house, >: one that is none"
    exit 1
fi

# ---- the house ----

offences "$1"
