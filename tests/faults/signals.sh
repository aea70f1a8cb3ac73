# SIGINT, SIGTERM, SIGHUP and SIGUSR1, before the first pass, while computing and between the
# tables.
set -m # SIGINT is ignored in the background of a shell without jobs

run --out reference $all_kds
[ $got = 0 ]
check "a run that nothing befalls" $?

send() # send SIGNAL: to the run that was started; sets got
{
    kill -s "$1" $pid
    wait $pid 2>/dev/null
    got=$?
    rm -f paused
}

for signal in INT:130 TERM:143 HUP:129 USR1:138; do
    name=${signal%:*} code=${signal#*:}
    rm -rf out

    start fsync:1 --out out $all_kds
    send $name
    says $code "interrupted by SIG$name before the first pass; nothing was computed" &&
        whole out reference && [ ! -e out/.tjac.lock ]
    check "SIG$name before the first pass" $?

    start "" --out out --resume $all_kds
    sleep 0.3
    send $name
    says $code "interrupted by SIG$name; [0-9]* of 52 KDs are in '.*/out/j.h5': the same command with --resume" &&
        no_leftovers out && [ ! -e out/j.csv ]
    check "SIG$name while computing" $?
    n=$(sed -n 's/.*; \([0-9]*\) of 52 KDs.*/\1/p' said.txt)

    start rename:3 --out out --resume $all_kds
    send $name
    says $code "interrupted by SIG$name; 52 of 52 KDs are in '.*/out/j.h5'" && whole out reference
    check "SIG$name between the tables" $?

    resumes out reference $all_kds
    check "SIG$name: --resume" $?
    [ -n "$n" ]
    check "SIG$name: KDs are counted" $?
done

# What was ignored stays so: nohup.
(
    trap '' HUP
    exec "$tjac" run base.json -q --out nohup $all_kds >printed.txt 2>said.txt
) &
pid=$!
wait_for nohup/j.h5
kill -s HUP $pid
wait $pid
got=$?
[ $got = 0 ] && same nohup reference
check "SIGHUP under nohup ends nothing" $?
