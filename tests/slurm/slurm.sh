#!/usr/bin/env bash
# slurm.sh [TJAC]: examples/slurm/submit.sh under a real Slurm of one node, which is started for this
# test alone and ended with it, in about two minutes. Debian's slurm-wlm and munge must be
# installed; no systemd, no running Slurm and no root are needed. TJAC: default build/tjac.
#
# An array of four: a task runs into its time limit and comes back, one is requeued by hand, the merge
# waits for both and equals the run that was not cut, byte for byte. A run that fails ends its merge.
set -euo pipefail
root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
tjac=$(realpath -- "${1:-$root/build/tjac}")
PATH=$PATH:/usr/sbin:/sbin # slurmctld, slurmd, munged
fail()
{
    echo "slurm.sh: $1" >&2
    exit 1
}
for program in sbatch srun slurmctld slurmd munged; do
    command -v "$program" >/dev/null || fail "$program is not there: apt-get install slurm-wlm munge"
done
[ -x "$tjac" ] || fail "'$tjac' is not there: build it first"

failed=0
# check WHAT COMMAND...
check()
{
    local what=$1
    shift
    if "$@"; then
        echo "ok       $what"
    else
        echo "FAILED   $what"
        failed=$((failed + 1))
    fi
}

# ---- a Slurm of its own ----

# Not below TMPDIR: a socket's path must be short.
work=$(mktemp -d /tmp/tjac-slurm.XXXXXX)
chmod 755 "$work"
daemons=()
stop_all()
{
    local i
    # Again and again: a task that is just being requeued cannot be cancelled yet.
    for ((i = 0; i < 60 && ${#daemons[@]} == 3; i++)); do
        [ -n "$(squeue --noheader 2>/dev/null)" ] || break
        scancel --user="$(id -un)" 2>/dev/null || true
        sleep 0.5
    done
    for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do
        kill "${daemons[i]}" 2>/dev/null || true
        wait "${daemons[i]}" 2>/dev/null || true
    done
    if [ "${KEEP:-}" ]; then echo "kept: $work"; else rm -rf -- "$work"; fi
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

export SLURM_CONF=$work/slurm.conf
start_slurm()
{
    local host user port
    host=$(hostname -s)
    user=$(id -un)
    port=$((20000 + $$ % 10000 * 2))
    mkdir "$work/state" "$work/spool"
    (umask 077 && head -c 1024 /dev/urandom >"$work/munge.key")
    # Four CPUs whatever the machine has, so that the four tasks run side by side. A requeued task
    # waits until its old credential has expired: 5 seconds here, two minutes by default.
    cat >"$SLURM_CONF" <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket,cred_expire=5
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MpiDefault=none
MailProg=/bin/true
KillWait=10
NodeName=$host NodeAddr=127.0.0.1 CPUs=4
PartitionName=test Nodes=$host Default=YES MaxTime=INFINITE
END
    munged --foreground --socket="$work/munge.socket" --key-file="$work/munge.key" \
        --pid-file="$work/munged.pid" --seed-file="$work/munged.seed" --log-file="$work/munged.log" 2>/dev/null &
    daemons+=($!)
    for ((i = 0; i < 50; i++)); do
        [ ! -S "$work/munge.socket" ] || break
        sleep 0.1
    done
    slurmctld -D 2>"$work/slurmctld.log" &
    daemons+=($!)
    slurmd -D 2>"$work/slurmd.log" &
    daemons+=($!)
    for ((i = 0; i < 60; i++)); do
        [ "$(sinfo --noheader --format=%t 2>/dev/null)" != idle ] || return 0
        sleep 0.5
    done
    tail -n 5 "$work"/*.log >&2
    fail "Slurm does not start, its logs are above"
}

# job_ids OUTPUT_OF_SUBMIT: sets array and merge
job_ids()
{
    read -r array merge < <(sed -n 's/^array job \([0-9]*\) .* merge job \([0-9]*\) .*/\1 \2/p' "$1")
}

# ended SECONDS: waits until the queue is empty, and tells what is in it whenever that changes
ended()
{
    local begin=$SECONDS before='' now
    while [ $((SECONDS - begin)) -lt "$1" ]; do
        now=$(squeue --noheader --sort=i --format='%i %T (%r)' | tr '\n' ' ')
        [ "$now" = "$before" ] || printf '%4d s    %s\n' $((SECONDS - begin)) "${now:-no jobs}"
        [ -n "$now" ] || return 0
        before=$now
        sleep 1
    done
    return 1
}

# has JOB WORD...: what scontrol says of the job has all these words
has()
{
    local job=$1 text word
    shift
    text=$(scontrol show job "$job")
    for word in "$@"; do grep -q -w -e "$word" <<<"$text" || return 1; done
}

# ---- the run ----

planted=$root/examples/planted
mkdir "$work/a folder"
cd "$work/a folder"
cat >"the config.json" <<END
{ "models": [ {"name": "fewshot", "dir": "$planted/fewshot"}, {"name": "zeroshot", "dir": "$planted/zeroshot"} ],
  "cells": {"h5ad": "$planted/cells.h5ad", "n_sets": 7},
  "panels": [ {"name": "PW0", "regulators": ["PW0_R1", "PW0_R2", "PW0_R3"], "targets": ["PW0_T1", "PW0_T2", "PW0_T3", "PW0_T4"],
               "kds": ["PW0_R1", "PW0_K1", "PW0_K2", "PW0_K3", "PW0_K4"],
               "unrelated_kds": ["BG1", "BG2", "BG3", "BG4", "BG5", "UN1", "UN2", "UN3", "UN4", "UN5"]} ],
  "kds": "all", "jacobian": {"estimands": ["set_mean", "mean_cell"]}, "engine": "sequential",
  "device": "cpu" }
END
echo "the run that is not cut"
"$tjac" run "the config.json" --out whole --quiet

# Slurm counts minutes: tasks 2 and 3 run at a twentieth of the speed, but for the first seconds, when they
# start for the first time, so that they are not done when their minute is over. At full speed a shard is
# some ten seconds of one core.
cat >slow_tjac <<END
#!/usr/bin/env bash
[[ " \$* " =~ \ [23]/4\  ]] && [ "\${SLURM_RESTART_COUNT:-0}" = 0 ] || exec '$tjac' "\$@"
'$tjac' "\$@" &
pid=\$!
slow=yes
trap 'slow=no' USR1 TERM
sleep 3
while [ \$slow = yes ] && kill -STOP \$pid 2>/dev/null; do
    sleep 1.9
    kill -CONT \$pid
    [ \$slow = no ] || sleep 0.1
done
while :; do
    wait \$pid
    status=\$?
    kill -0 \$pid 2>/dev/null || exit \$status
done
END
chmod +x slow_tjac

echo "what submit.sh refuses"
# refuses WORD SUBMIT_ARGUMENTS...: exit 2 with this word in the message
refuses()
{
    local word=$1 status=0
    shift
    "$root/examples/slurm/submit.sh" "$@" 2>refused || status=$?
    [ $status = 2 ] && grep -q -e "$word" refused
}
start_slurm
export TJAC=$tjac
check "no number of shards" refuses "--help" "the config.json"
check "a number that is none" refuses "'0'" "the config.json" 0
check "a config that is not there" refuses "'none.json' is not there" none.json 2
check "an option before the config" refuses "'--time=1'" --time=1 "the config.json" 2
check "an array of the user's own" refuses "N sets the array" "the config.json" 2 --array=1-3
check "a signal for the batch shell" refuses "USR1@SECONDS" "the config.json" 2 --signal=B:USR1@60
TJAC=./none check "a tjac that is not there" refuses "'./none'" "the config.json" 2
check "nothing is queued" [ -z "$(squeue --noheader)" ]

echo "an array of four"
TJAC=./slow_tjac "$root/examples/slurm/submit.sh" --out tables "the config.json" 4 --time=1 \
    --signal=USR1@1 >submitted
cat submitted
job_ids submitted

# By hand, once task 2 has something to lose, and before Slurm's own signal, which comes half a minute
# after the start at the earliest.
for ((i = 0; i < 240; i++)); do
    ! grep -q -s '[1-9][0-9]* of [0-9]* KDs' tables.shards/2-of-4.log || break
    sleep 0.1
done
scontrol requeue "${array}_2" || fail "task 2 cannot be requeued by hand"
check "the queue is empty again" ended 240
tail -n 100 tables.shards/*.log

came_back()
{
    has "${array}_$1" JobState=COMPLETED Restarts=1
}
check "task 1 ran once" has "${array}_1" JobState=COMPLETED Restarts=0
check "task 4 ran once" has "${array}_4" JobState=COMPLETED Restarts=0
check "task 2 was requeued by hand and came back" came_back 2
check "with what it had done" grep -q 'by an earlier run' tables.shards/2-of-4.log
check "task 3 was requeued and came back" came_back 3
check "with what it had done" grep -q 'by an earlier run' tables.shards/3-of-4.log
check "because it stopped with 138 before its time limit" grep -q 'exit code 138' tables.shards/3-of-4.log
check "the merge waited for all of them" has "$merge" JobState=COMPLETED
same_tables()
{
    local file files=0
    for file in whole/*.csv; do
        cmp "$file" "tables/${file#whole/}" || return 1
        files=$((files + 1))
    done
    echo "         $files tables"
    [ $files -gt 2 ]
}
check "the merged tables equal the uncut run's, byte for byte" same_tables
check "a folder that holds a run is refused" refuses "holds a run already" --out tables "the config.json" 4

echo "a config with a mistake"
sed 's/PW0_T1/NO_SUCH_GENE/' "the config.json" >wrong.json
"$root/examples/slurm/submit.sh" wrong.json 2 --time=1 >submitted
job_ids submitted
check "the queue is empty again" ended 60
tail -n 3 wrong.shards/*.log
check "a failed task is a failed job, with tjac's exit code" has "${array}_1" JobState=FAILED ExitCode=3:0
check "its merge does not wait for ever" has "$merge" JobState=CANCELLED
check "and writes nothing" [ ! -e wrong ]

[ $failed = 0 ] || exit 1
echo "all passed"
