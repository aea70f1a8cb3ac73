#!/bin/bash
# run.sh TJAC FAULTS SUBJECT [N]: the checks of SUBJECT.sh, in a folder of its own. FAULTS is the
# library of faults.c. Every fault must end with the right code and one sentence, leave no half file
# under the name of a whole one, and --resume must give the bytes of a run that nothing befell.
set -u
# A small disk needs mounts of our own.
if [ "$3" = disk ] && [ -z "${TJAC_OWN_MOUNTS:-}" ] && unshare -Urm true 2>/dev/null; then
    TJAC_OWN_MOUNTS=1 exec unshare -Urm "$0" "$@"
fi
tjac=$(realpath "$1") faults=$(realpath "$2") subject=$3 times=${4:-10}
here=$(cd "$(dirname "$0")" && pwd)
planted=$(cd "$here/../../examples/planted" && pwd)
work=$(mktemp -d)
mounted=
cleanup()
{
    [ -z "$mounted" ] || umount "$mounted"
    chmod -R u+w "$work"
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work" || exit 1
cp -r "$planted/fewshot" "$planted/zeroshot" "$planted/cells.h5ad" .

# Two models, two estimands, one of them with probes, and a result every few milliseconds.
cat >base.json <<END
{ "models": [ {"name": "few", "dir": "fewshot"}, {"name": "zero", "dir": "zeroshot"} ],
  "cells": {"h5ad": "cells.h5ad", "n_sets": 2, "set_size": 4},
  "panels": [ {"name": "PW0", "regulators": ["PW0_R1"], "targets": ["PW0_T1", "PW0_T2"],
               "kds": ["PW0_R1", "PW0_K1", "PW0_K2", "PW0_K3"],
               "unrelated_kds": ["BG1", "BG2", "BG3", "BG4"]} ],
  "jacobian": {"estimands": ["set_mean", "same_cell"], "same_cell": {"tolerance": 0.2}},
  "null": {"blocks": 0}, "threads": 1, "engine": "sequential", "device": "cpu", "out": "out" }
END
all_kds='--set kds="all"' # three times as many
tables='j.csv null_pairs.csv kd_scores.csv panel_stats.csv concordance.csv'

passed=0 failed=0
check() # check WHAT STATUS
{
    if [ "$2" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1"
        [ ! -s said.txt ] || sed 's/^/  > /' said.txt | head -5
    fi
}

# ---- running ----

run() # run OPTIONS...: sets got; what it says is in said.txt
{
    "$tjac" run base.json -q "$@" >printed.txt 2>said.txt
    got=$?
}

run_with() # run_with FAULT OPTIONS...
{
    local fault=$1
    shift
    { # the shell says who was killed
        TJAC_FAULT=$fault LD_PRELOAD=$faults "$tjac" run base.json -q "$@" >printed.txt 2>said.txt
    } 2>/dev/null
    got=$?
}

# start FAULT OPTIONS...: in the background, until the fault says `pause`; sets pid. Without a
# fault: until the results file is there.
start()
{
    local fault=$1
    shift
    if [ -n "$fault" ]; then
        TJAC_FAULT=$fault:pause TJAC_FAULT_FILE=$work/paused TJAC_FAULT_CLOCK=${clock:-1} \
            LD_PRELOAD=$faults "$tjac" run base.json -q "$@" >printed.txt 2>said.txt &
        pid=$!
        wait_for paused
    else
        "$tjac" run base.json -q "$@" >printed.txt 2>said.txt &
        pid=$!
        wait_for out/j.h5
    fi
}

wait_for() # wait_for FILE: as long as the run lives; 30 seconds at most
{
    local waited=0
    until [ -e "$1" ] || [ $waited = 3000 ] || ! kill -0 $pid 2>/dev/null; do
        sleep 0.01
        waited=$((waited + 1))
    done
    [ -e "$1" ]
}

go_on() # the run that was started, from its pause to its end; sets got
{
    rm -f paused
    wait $pid 2>/dev/null
    got=$?
}

# ---- looking ----

says() # says CODE TEXT: how the last run has ended, and its one sentence
{
    [ "$got" = "$1" ] && grep -v '^tjac: warning: ' said.txt >sentence.txt
    [ "$got" = "$1" ] && [ "$(wc -l <sentence.txt)" = 1 ] && grep -q "^tjac: .*$2" sentence.txt
}

no_leftovers() # no_leftovers DIR
{
    [ -z "$(find "$1" -name '.*' ! -path "$1")" ]
}

hashes_fit() # hashes_fit DIR: those of its run.json and the tables beside it
{
    local name n=0
    for name in $tables; do
        grep -q "\"$name\":[[:space:]]*\"$(sha256sum <"$1/$name" | cut -d' ' -f1)\"" \
            "$1/run.json" && n=$((n + 1))
    done
    [ $n = 5 ]
}

whole() # whole DIR REFERENCE: each table is not there, or is that of the reference
{
    local name
    for name in $tables; do
        [ ! -e "$1/$name" ] || cmp -s "$1/$name" "$2/$name" || return 1
    done
    [ ! -e "$1/run.json" ] || hashes_fit "$1"
}

same() # same DIR REFERENCE: a finished run with the same numbers, and nothing else
{
    local name
    for name in j.h5 $tables; do
        cmp -s "$1/$name" "$2/$name" || return 1
    done
    hashes_fit "$1" && no_leftovers "$1"
}

resumes() # resumes DIR REFERENCE OPTIONS...
{
    local dir=$1 reference=$2
    shift 2
    run --out "$dir" --resume "$@"
    [ $got = 0 ] && same "$dir" "$reference"
}

# shellcheck source=/dev/null
. "$here/$subject.sh"
echo "$subject: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
