#!/usr/bin/env bash
# Runs a config as an array of shards under Slurm and merges them: see --help. Slurm runs this file
# too: it submits itself, once as the array and once as the merge.
set -euo pipefail

usage()
{
    cat <<'END'
usage: submit.sh [--out DIR] CONFIG.json N [sbatch options] [-- tjac options]

Submits two jobs: an array of N tasks, each of which runs one shard of the config, and a merge that
starts when all have ended well and puts the tables into DIR.

A task that is about to reach its time limit is told to stop, keeps what it has done and goes back
into the queue by itself. After a failure or scancel the same command goes on where the tasks stopped.

  --out DIR        folder for the tables, made by the merge (default: CONFIG without .json, in the
                   current folder); shards and logs go to DIR.shards
  N                number of shards; N%M lets at most M of them run at the same time
  sbatch options   for both jobs, as they are: --partition, --account, --time, --cpus-per-task,
                   --gres, ...; a task stops 60 seconds before its time limit, or with
                   --signal=USR1@300 300 seconds
  tjac options     for each shard: --seed, --set, --label, ...
  TJAC=PATH        environment: the tjac to run (default: the one of PATH, else this repository's
                   build/tjac)

  submit.sh my.json 8 --partition=gpu --gres=gpu:1 --time=4:00:00
  submit.sh --out runs/s3 my.json '20%4' --cpus-per-task=8 --time=60 -- --seed 3 --label s3
END
}

fail()
{
    echo "submit.sh: $1" >&2
    exit "${2:-2}"
}

# A task that is put back this often makes no progress: its time limit is too short for one KD.
max_restarts=100

# ---- what Slurm runs ----

# run_shard TJAC CONFIG SHARDS N [tjac options]: a task of the array
run_shard()
{
    local tjac=$1 config=$2 shards=$3 n=$4 i=$SLURM_ARRAY_TASK_ID status=0
    local task=${SLURM_ARRAY_JOB_ID}_$i
    shift 4
    # Slurm's warning before the time limit goes to the job's steps, and only srun makes a step: a tjac
    # that the batch shell started would never see it. --signal=B:USR1 is no way around: it goes to
    # the shell alone, which waits for its child before it handles anything. Steps do not inherit
    # --cpus-per-task in every version of Slurm, so it is said.
    srun --ntasks=1 --cpus-per-task="$SLURM_CPUS_ON_NODE" \
        "$tjac" run "$config" --out "$shards/$i-of-$n" --shard "$i/$n" --resume \
        --threads "$SLURM_CPUS_ON_NODE" "$@" || status=$?

    # 138 is 128 + SIGUSR1, both as tjac's own exit code and where the signal came before tjac was
    # ready for it.
    [ "$status" = 138 ] || exit "$status"
    [ "${SLURM_RESTART_COUNT:-0}" -lt "$max_restarts" ] ||
        fail "task $task was put back $max_restarts times: give it a longer --time, or more shards" 1
    echo "submit.sh: task $task is out of time and goes back into the queue"
    # The task is pending from here on, so the merge waits for it; this shell is ended by Slurm.
    scontrol requeue "$task" ||
        fail "task $task cannot be put back into the queue: submit the same again to go on" 138
}

# run_merge TJAC OUT SHARDS N
run_merge()
{
    local tjac=$1 out=$2 shards=$3 n=$4 i parts=()
    for ((i = 1; i <= n; i++)); do
        parts+=("$shards/$i-of-$n")
    done
    # Where a node failed under the merge, what it left there is its own.
    [ "${SLURM_RESTART_COUNT:-0}" = 0 ] || parts+=(--force)
    srun --ntasks=1 "$tjac" merge "$out" "${parts[@]}"
    echo "submit.sh: '$out' is complete, '$shards' is no longer needed"
}

# ---- what the user runs ----

find_tjac()
{
    local here
    here=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
    if [ -n "${TJAC:-}" ]; then
        command -v -- "$TJAC" || fail "TJAC is '$TJAC', which cannot be run"
    else
        command -v tjac || command -v -- "$here/../../build/tjac" ||
            fail "tjac is neither in PATH nor built here: give it as TJAC=PATH, or run 'make'"
    fi
}

# absolute PATH: of something in a folder that is there
absolute()
{
    local folder
    folder=$(cd -- "$(dirname -- "$1")" && pwd)
    echo "${folder%/}/$(basename -- "$1")"
}

# queue [sbatch options] SCRIPT ARGUMENTS: submits, prints the job's id
queue()
{
    local id
    id=$(sbatch --parsable "$@") || return
    id=${id%%;*}
    [[ $id =~ ^[0-9]+$ ]] && echo "$id"
}

submit()
{
    local out='' config n at_once='' tjac shards logs self array merge
    local sbatch_options=()
    while [ $# -gt 0 ]; do
        case $1 in
        -h | --help) usage && exit ;;
        --out)
            [ -n "${2:-}" ] || fail "--out needs a folder"
            out=$2
            shift 2
            ;;
        -*) fail "there is no option '$1' before the config: sbatch options come after N, see --help" ;;
        *) break ;;
        esac
    done
    [ $# -ge 2 ] || fail "a config and a number of shards are needed: see --help"
    config=$1 n=$2
    shift 2
    [ -f "$config" ] || fail "config '$config' is not there"
    [[ $n =~ ^[1-9][0-9]{0,5}(%[1-9][0-9]*)?$ ]] || fail "'$n' is no number of shards: 8, or 8%4 for four at a time"
    case $n in *%*) at_once=%${n#*%} n=${n%%\%*} ;; esac
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        case $1 in
        -a* | --array*) fail "'$1' is not for sbatch here: N sets the array" ;;
        --signal=*B:*) fail "'$1' reaches the batch shell alone: write --signal=USR1@SECONDS" ;;
        --out | --out=*) fail "'$1' comes before the config" ;;
        esac
        sbatch_options+=("$1")
        shift
    done
    [ $# = 0 ] || shift
    command -v sbatch >/dev/null || fail "sbatch is not there: run this where jobs are submitted from"

    tjac=$(find_tjac)
    tjac=$(absolute "$tjac")
    config=$(absolute "$config")
    [ -n "$out" ] || out=$(basename -- "$config" .json)
    mkdir -p -- "$out.shards" || fail "cannot make the folder '$out.shards'" 1
    shards=$(absolute "$out.shards")
    out=${shards%.shards}
    if [ -e "$out/run.json" ] || [ -e "$out/j.h5" ]; then
        fail "'$out' holds a run already: remove it, or give another folder by --out"
    fi
    logs=${shards//%/%%} # sbatch replaces %a and the like
    self=$(absolute "${BASH_SOURCE[0]}")

    # What stands before the user's options are defaults, what stands behind them must be so. A requeued
    # task adds to its log. afterok waits for a task that went back into the queue; a failed one ends
    # the merge too, which would otherwise wait for ever.
    array=$(queue --job-name=tjac --signal=USR1@60 --output="$logs/%a-of-$n.log" "${sbatch_options[@]}" \
        --array="1-$n$at_once" --nodes=1 --ntasks=1 --requeue --open-mode=append \
        "$self" run_shard "$tjac" "$config" "$shards" "$n" "$@") || fail "sbatch did not take the array" 1
    merge=$(queue --job-name=tjac-merge "${sbatch_options[@]}" --nodes=1 --ntasks=1 --open-mode=append \
        --output="$logs/merge.log" --dependency="afterok:$array" --kill-on-invalid-dep=yes \
        "$self" run_merge "$tjac" "$out" "$shards" "$n") || {
        scancel "$array"
        fail "sbatch did not take the merge, array job $array is cancelled" 1
    }
    cat <<END
array job $array ($n shards) and merge job $merge are submitted
  tables   $out
  logs     $shards/*.log
  state    squeue --job=$array,$merge
  stop     scancel $array $merge
  go on    the same command again
END
}

case ${SLURM_JOB_ID:+${1:-}} in
run_shard | run_merge) "$@" ;;
*) submit "$@" ;;
esac
