# What was there goes with --force, what is not tjac's stays.
cp foreign/j.csv mine.csv && printf 'notes\n' >foreign/notes.txt &&
    "$tjac" run base.json -q --out foreign --force 2>forced.txt && same_tables foreign foreign && hashes_hold foreign &&
    ! cmp -s mine.csv foreign/j.csv && [ "$(cat foreign/notes.txt)" = notes ]
check "--force writes over a j.csv that is no run's" $?
"$tjac" run base.json -q --out text_run --force 2>forced.txt && cmp text_run/j.h5 foreign/j.h5
check "--force writes over a j.h5 that is none" $?
awk -F'": *' '/"(cells|null|stats)": /{ next } /"seed":/ { n += $0 ~ /:[[:space:]]*9,?$/ } END { exit n != 3 }' \
    ok/new/folder/here/run.json
check "--seed is in run.json three times" $?
for table in j kd_scores panel_stats; do
    awk 'NR > 1 && substr($0, 1, 19) != "\"seed 9, \"\"twice\"\"\"," { exit 1 } END { exit NR < 2 }' ok/labelled/$table.csv
    check "the label in $table.csv" $?
done
grep -q '"run":[[:space:]]*"seed 9, \\"twice\\""' ok/labelled/run.json
check "the label in run.json" $?
hash=$(sed -n 's/.*"plan_hash":[[:space:]]*"\(........\).*/\1/p' foreign/run.json)
awk -F, -v hash="$hash" 'NR > 1 && $1 != hash { exit 1 }' foreign/j.csv
check "without a label 8 digits of the plan's hash" $?

# What a killed run leaves is removed by the next; what only looks like it is not.
cp -r foreign used && rm used/run.json
for name in .j.csv.aB3xY9 .j.h5.000000 .run.json.zzzzzz .tjac.AAAAAA .j.csv.short .mine.csv.aB3xY9; do
    printf 'left\n' >used/$name.tmp
done
mkdir used/.j.csv.folder.tmp
printf 'process 999999999\nhost %s\nstart 2020-01-01T00:00:00Z\nnumbers 1\n' "$(uname -n)" >used/.tjac.lock
"$tjac" run base.json -q --out used --resume 2>used.txt && [ "$(ls -A used)" = ".j.csv.folder.tmp
.j.csv.short.tmp
.mine.csv.aB3xY9.tmp
$(ls -A foreign)" ] && same_tables foreign used
check "leftovers and a stale lock of a killed run" $?

# One run at a time.
begin ok/held
for options in '' --resume --force; do
    "$tjac" run slow.json --out ok/held $options >second.txt 2>&1
    [ $? = 2 ] && grep -q "^tjac: '.*/ok/held' is in use by process $pid on host '$(uname -n)' since 20..-..-..T..:..:..Z; wait for it or give another --out\$" second.txt
    check "a second run in the folder ${options:-without an option}" $?
done
for command in 'stats foreign --out ok/held' 'table foreign --out ok/held' 'merge ok/held foreign --force'; do
    "$tjac" $command >second.txt 2>&1
    [ $? = 2 ] && grep -q "'ok/held' is in use by process $pid on" second.txt
    check "$command while a run is in ok/held" $?
done
kill -TERM $pid
wait $pid
[ $? = 143 ] && [ "$(ls -A ok/held)" = j.h5 ]
check "the first run had the folder for itself" $?

# A folder that cannot be looked through keeps what is in it. (root can look through all.)
if [ "$(id -u)" != 0 ]; then
    chmod 300 foreign
    "$tjac" run base.json --out foreign --force >closed.txt 2>&1
    code=$?
    chmod 700 foreign
    [ $code = 1 ] && [ -e foreign/j.h5 ]
    check "a folder that cannot be read" $?
fi
