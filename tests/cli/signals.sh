# Ends of a run from outside.

# Until tjac itself waits for signals, when it has blocked SIGINT (2) or SIGTERM (15) in its threads.
listens() # listens PID
{
    waited=0
    until mask=$(sed -n 's/^SigBlk:[[:space:]]*0*\([0-9a-f]\)/\1/p' "/proc/$1/status" 2>/dev/null) &&
        [ $((0x${mask:-0} & 0x4002)) != 0 ] || [ $waited = 600 ]; do
        sleep 0.05
        waited=$((waited + 1))
    done
}

# One run, ended by one signal after the other, soon, with what is done in its folder.
ended() # ended SIGNAL CODE: goes on in ok/stopped until it is ended
{
    begin ok/stopped --resume
    before=$(sed -n 's/.*"kds_done":\([0-9]*\).*/\1/p' ok/stopped.txt | head -n 1)
    at=$(date +%s%N)
    kill -"$1" $pid
    wait $pid
    code=$?
    took=$((($(date +%s%N) - at) / 1000000))
    there=$(sed -n "s#^tjac: interrupted by SIG$1; \([0-9]*\) of 26 KDs are in '$(pwd -P)/ok/stopped/j.h5': the same command with --resume goes on there\$#\1#p" ok/stopped.txt)
    [ $code = "$2" ] && [ $took -lt 5000 ] && [ "$(ls -A ok/stopped)" = j.h5 ]
    check "SIG$1 is exit $2 within seconds ($took ms)" $?
    [ -n "$there" ] && [ "$there" -gt "$before" ] && [ "$before" -ge "$known" ] && ! grep -v '^{' ok/stopped.txt | grep -v 'has no blocks' | grep -qv interrupted
    check "SIG$1: one sentence that says what is there" $?
    known=$there
}
known=0
ended INT 130
ended TERM 143
ended HUP 129
ended USR1 138
"$tjac" run slow.json -q --out ok/stopped --resume --threads 2 2>stopped.txt &&
    "$tjac" run slow.json -q --out ok/whole --threads 2 2>whole.txt && same_tables ok/whole ok/stopped && cmp ok/whole/j.h5 ok/stopped/j.h5
check "what was ended four times and went on has the same bytes" $?
[ "$(sed -n 's/.*"by_earlier_runs":[[:space:]]*\([0-9]*\).*/\1/p' ok/stopped/run.json)" = "$known" ]
check "what was said to be there was there" $?

# Before the first pass, while a config or a table is awaited.
mkfifo awaited
for command in 'run awaited' 'run edges.json --set panels[0].pairs=awaited'; do
    env --default-signal=INT "$tjac" $command --out ok/early 2>early.txt &
    pid=$!
    listens $pid
    kill -INT $pid
    wait $pid
    [ $? = 130 ] && [ "$(cat early.txt)" = 'tjac: interrupted by SIGINT before the first pass; nothing was computed' ] && ! [ -e ok/early ]
    check "$command: SIGINT before the first pass" $?
done
rm awaited

# What nohup ignores stays ignored.
(
    trap '' HUP
    exec "$tjac" run slow.json -q --out ok/nohup --threads 2 2>nohup.txt
) &
pid=$!
listens $pid
waited=0
until [ -e ok/nohup/j.h5 ] || [ $waited = 600 ]; do
    sleep 0.05
    waited=$((waited + 1))
done
kill -HUP $pid
sleep 0.3
kill -TERM $pid
wait $pid
[ $? = 143 ] && grep -q '^tjac: interrupted by SIGTERM; ' nohup.txt
check "SIGHUP that is ignored" $?

# A full disk is not silence; neither is a reader that went away, whatever a command prints.
for command in 'run base.json -q --out -' 'help run'; do
    "$tjac" $command >/dev/full 2>full.txt
    [ $? = 1 ] && [ "$(cat full.txt)" = \
        'tjac: cannot write to standard output: No space left on device' ]
    check "$command: a full disk behind standard output is exit 1" $?
    mkfifo pipe
    : <pipe & # opens it and is gone
    {
        wait $!
        "$tjac" $command 2>pipe.txt
        echo $? >code.txt
    } >pipe
    [ "$(cat code.txt)" = 1 ] && [ "$(cat pipe.txt)" = \
        'tjac: cannot write to standard output: Broken pipe' ]
    check "$command: a closed pipe behind standard output is exit 1" $?
    rm pipe
done

# A limit on the size of files is an error of writing too, and leaves nothing behind.
(
    ulimit -f 1
    "$tjac" run base.json -q --out ok/limited 2>limited.txt
)
[ $? = 1 ] && grep -q "^tjac: cannot write '.*/ok/limited/.*': File too large\$" limited.txt &&
    ! [ -e ok/limited ]
check "a file that may not grow is exit 1 and no file" $?
