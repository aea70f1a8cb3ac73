# The full Jacobian stands under its own name and nothing beside it.
[ "$(ls -A ok/full/new)" = full.h5 ] && [ "$(ls -A ok/full)" = "blocks.csv
concordance.csv
j.csv
j.h5
kd_scores.csv
new
null_pairs.csv
panel_matrix.csv
panel_stats.csv
run.json" ] && [ "$(head -c 4 ok/full/new/full.h5 | tail -c 3)" = HDF ]
check "the full Jacobian and no temporary file" $?
grep -q "\"full\":[[:space:]]*\"$(pwd -P)/ok/full/new/full.h5\"" ok/full/run.json
check "the absolute path of the full Jacobian in run.json" $?
if command -v h5dump >/dev/null; then
    h5dump -H -d J ok/full/new/full.h5 | grep -q 'SIMPLE { ( 1, 3, 64, 64 )'
    check "the full Jacobian of 3 KDs, 64 targets and 64 regulators" $?
fi

# Ended while the full Jacobian is computed, killed, and gone on with: the same bytes.
full='--threads 1 --set kds=all --set cells.n_sets=4 --set jacobian.full=full.h5'
full() # full [OPTION]...: the run of ok/ended in the background, which has begun the full Jacobian
{
    rm -f ended.txt
    "$tjac" run base.json $full --out ok/ended --progress json "$@" 2>ended.txt &
    pid=$!
    waited=0
    until grep -q 'full Jacobian' ended.txt || [ $waited = 300 ] || ! kill -0 $pid 2>/dev/null; do
        sleep 0.1
        waited=$((waited + 1))
    done
    sleep 0.5
}
"$tjac" run base.json -q $full --out ok/whole 2>whole.txt
full
kill -TERM $pid
wait $pid
[ $? = 143 ] && grep -q "interrupted by SIGTERM; 26 of 26 KDs are in '.*/ok/ended/j.h5': the same command with --resume goes on there" ended.txt
check "ended in the full Jacobian" $?
full --resume
kill -KILL $pid
wait $pid 2>killed.txt
"$tjac" run base.json $full --out ok/ended >plain.txt 2>&1
[ $? = 2 ] && grep -q 'holds an unfinished run' plain.txt
check "an unfinished full Jacobian is not written over" $?
cp ok/ended/full.h5 ok/other.h5 && "$tjac" run base.json -q $full --seed 3 --out ok/seed3 --set jacobian.full="$work/ok/other.h5" --resume >other.txt 2>&1
[ $? = 2 ] && grep -q "ok/other.h5" other.txt && cmp ok/ended/full.h5 ok/other.h5 && ! [ -e ok/seed3 ]
check "a full Jacobian of another plan is not gone on with" $?
"$tjac" run base.json -q $full --out ok/ended --resume 2>resumed.txt && cmp ok/whole/full.h5 ok/ended/full.h5 &&
    cmp ok/whole/j.h5 ok/ended/j.h5 && same_tables ok/whole ok/ended
check "a full Jacobian that goes on has the same bytes" $?
list_files >"$said/before.txt"
"$tjac" run base.json -q $full --out ok/ended --resume >/dev/null 2>&1 && list_files | diff "$said/before.txt" -
check "--resume of a finished full Jacobian changes nothing" $?
rm ok/ended/full.h5 && "$tjac" run base.json -q $full --out ok/ended --resume 2>resumed.txt && cmp ok/whole/full.h5 ok/ended/full.h5
check "a full Jacobian that is gone is computed again" $?
