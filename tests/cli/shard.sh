# More parts than groups: empty ones are parts too.
parts=
for i in 1 2 3 4 5; do
    "$tjac" run base.json -q --out ok/few.$i --shard $i/5 2>few.txt || echo "part $i/5" >few_failed.txt
    parts="$parts ok/few.$i"
done
! [ -e few_failed.txt ] && [ "$(grep -h -A 1 '"kds":[[:space:]]*{' ok/few.?/run.json | grep -c '"all":[[:space:]]*0,')" = 2 ]
check "two of five parts of 3 KDs are empty" $?
"$tjac" merge -q ok/few $parts 2>few.txt && same_tables ok/filled ok/few && cmp ok/filled/j.h5 ok/few/j.h5
check "empty parts are merged" $?
"$tjac" merge -q ok/without ok/few.1 ok/few.2 ok/few.4 ok/few.5 2>few.txt
[ $? = 2 ] && grep -q 'parts that are not there: 3/5; give all parts of the run' few.txt && ! [ -e ok/without ]
check "a part that is missing" $?

# A part that was ended is no part yet.
begin ok/slow.1 --shard 1/2
kill -INT $pid
wait $pid
[ $? = 130 ] && ! [ -e ok/slow.1/run.json ]
check "a part ended by a signal" $?
"$tjac" merge ok/slow ok/slow.1 2>slow.txt
[ $? = 2 ] && grep -q "^tjac: the run in 'ok/slow.1' is not finished; go on with it by tjac run ... --resume\$" slow.txt
check "a part that is not finished" $?
"$tjac" run slow.json -q --out ok/slow.1 --shard 1/2 --resume --threads 2 2>slow.txt && [ -e ok/slow.1/run.json ] &&
    grep -A 1 '"kds":[[:space:]]*{' ok/slow.1/run.json | grep -q '"all":[[:space:]]*13,'
check "a part goes on with --resume" $?

awk -F, 'NR > 1 && $1 != "again" { exit 1 }' ok/new/j.csv && awk -F, 'NR > 1 && $1 != "ours" { exit 1 }' ok/named/j.csv
check "merge --label" $?
