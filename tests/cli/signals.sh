# Ends of a run from outside.

# Interrupted in a run of many seconds, once it computes: exit 130, one message, nothing written.
"$tjac" run base.json --out ok/stopped --threads 1 --engine sequential --set cells.n_sets=7 \
    --set kds=all --set 'jacobian.estimands=["same_cell"]' \
    --set jacobian.full="$work/ok/stopped.h5" 2>stopped.txt &
pid=$!
waited=0
until grep -q 'KDs x sets' stopped.txt || [ $waited = 600 ] || ! kill -0 $pid 2>/dev/null; do
    sleep 0.1
    waited=$((waited + 1))
done
kill -INT $pid
wait $pid
[ $? = 130 ] && grep -q 'interrupted' stopped.txt && ! ls -A ok | grep -q stopped
check "SIGINT: exit 130 and nothing written" $?

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
[ $? = 1 ] && grep -q "^tjac: cannot write 'ok/limited/.*': File too large\$" limited.txt &&
    [ -z "$(ls -A ok/limited)" ]
check "a file that may not grow is exit 1 and no file" $?
