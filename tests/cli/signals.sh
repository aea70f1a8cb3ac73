# Ends of a run from outside.

# Interrupted in a run of many seconds, once it computes: exit 130, one message, nothing written.
"$tjac" run base.json --out ok/stopped --threads 1 --engine sequential --set cells.n_sets=7 \
    --set kds=all --set 'jacobian.estimands=["same_cell"]' \
    --set jacobian.full=ok/stopped.h5 2>stopped.txt &
pid=$!
waited=0
until grep -q 'KDs x sets' stopped.txt || [ $waited = 600 ] || ! kill -0 $pid 2>/dev/null; do
    sleep 0.1
    waited=$((waited + 1))
done
kill -INT $pid
wait $pid
[ $? = 130 ] && grep -q 'interrupted' stopped.txt && ! ls ok | grep -q stopped
check "SIGINT: exit 130 and nothing written" $?

# A full disk is not silence.
"$tjac" run base.json -q --out - >/dev/full 2>full.txt
[ $? = 1 ] && grep -q 'cannot write' full.txt
check "a write error on standard output is exit 1" $?
