# The rows of j.csv, however many there are of everything.
streamed() # streamed CONFIG [OPTION]...
{
    rm -rf ok/kept
    "$tjac" run "$@" -q --out ok/kept --threads 2 2>kept.txt
    for threads in 1 2; do
        "$tjac" run "$@" -q --out - --threads $threads >rows.csv 2>rows.txt && cmp rows.csv ok/kept/j.csv
        check "--out - with $threads thread(s) gives j.csv: $*" $?
    done
}
streamed base.json
streamed two.json
streamed "$root/tests/parity/cases/llama_batch/config.json" --device cpu --set cells.obs_names=null --set 'cells.cell_type=["a","b"]'
streamed base.json --engine sequential --set kds=all --label 'a,"b"'
! [ -e "./-" ]
check "no folder of that name" $?

# Rows come as soon as they are complete, in order, and not at the end.
"$tjac" run slow.json --out - --threads 1 -q >early.csv 2>early.txt &
pid=$!
sleep 3
lines=$(wc -l <early.csv)
kill -TERM $pid
wait $pid
[ $? = 143 ] && [ "$lines" -gt 1 ] && [ "$lines" -lt 105 ] &&
    [ "$(cat early.txt)" = 'tjac: interrupted by SIGTERM; the rows on standard output end here' ]
check "rows come while others are computed" $?
awk -F, 'NF != 16 { exit 1 }' early.csv && [ "$(tail -c 1 early.csv | wc -l)" = 1 ]
check "the last row is whole" $?

# A reader that has seen enough.
{
    "$tjac" run two.json -q --out - --threads 2 2>head.txt
    echo $? >code.txt
} | head -n 1 >head.csv
[ "$(cat code.txt)" = 1 ] && [ "$(grep -v warning head.txt)" = 'tjac: cannot write to standard output: Broken pipe' ] &&
    [ "$(cat head.csv)" = "$(head -n 1 rows.csv)" ]
check "head -n 1" $?
