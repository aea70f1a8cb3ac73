# Parts of every number give the bytes of the whole run, whatever their order and threads.
part() # part OUT OPTION...
{
    out=$1
    shift
    "$tjac" run two.json -q --out "$out" "$@" 2>>part.txt
}
part ok/whole --threads 2
check "a run of 2 models that is not cut" $?
for n in 1 2 5 7; do
    parts=
    for i in $(seq $n); do
        part ok/part_$n.$i --shard $i/$n --threads $((i % 2 + 1)) || echo "part $i/$n" >>part_failed.txt
        parts="ok/part_$n.$i $parts"
    done
    "$tjac" merge -q ok/merged_$n $parts 2>>part.txt && same_tables ok/whole ok/merged_$n &&
        cmp ok/whole/j.h5 ok/merged_$n/j.h5 && hashes_hold ok/merged_$n &&
        [ "$(ls -A ok/whole)" = "$(ls -A ok/merged_$n)" ]
    check "$n parts give the bytes of the whole" $?
done
! [ -e part_failed.txt ] && [ "$(ls -A ok/part_2.1)" = "j.h5
run.json" ]
check "a part is its results file and run.json" $?
for key in run plan_hash command config; do
    grep -q "^	\"$key\":" ok/merged_5/run.json || key_failed=$key
done
[ -z "${key_failed:-}" ] && grep -q '"shard":[[:space:]]*null' ok/merged_5/run.json &&
    [ "$(grep -c '"folder":[[:space:]]*"ok/part_5\.' ok/merged_5/run.json)" = 5 ] &&
    grep -q '"shard":[[:space:]]*"3/5"' ok/merged_5/run.json &&
    grep -q "\"out\":[[:space:]]*\"$(pwd -P)/ok/merged_5\"" ok/merged_5/run.json
check "run.json of the whole names its parts" $?

# What is merged is a run: its statistics and rows come again, and it may be gone on with.
cp -r ok/merged_5 ok/again && "$tjac" stats -q ok/again 2>again.txt && "$tjac" table -q ok/again &&
    same_tables ok/whole ok/again
check "tjac stats and tjac table of what was merged" $?
list_files >"$said/before.txt"
part ok/merged_5 --resume && list_files | grep -v ' ./part.txt$' >"$said/after.txt"
grep -v ' ./part.txt$' "$said/before.txt" | diff - "$said/after.txt"
check "--resume of what was merged changes nothing" $?
