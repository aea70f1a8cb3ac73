# The same bytes, wherever they go.
cp -r ok/two ok/again && rm ok/again/j.csv ok/again/null_pairs.csv
"$tjac" table ok/again -q 2>missing.txt && diff -r ok/two ok/again
check "tjac table gives the bytes of tjac run" $?
for file in j null_pairs; do
    grep -q "^tjac: warning: 'ok/again' is a mixture: its $file.csv is not there; tjac table and tjac stats write it again\$" missing.txt
    check "a warning that $file.csv was not there" $?
done
"$tjac" table ok/two --out - >rows.csv && cmp rows.csv ok/two/j.csv
check "tjac table --out -" $?

# With --matched: what the statistics are made of, in one order; without those rows what it was.
"$tjac" table ok/two --out - --matched >matched.csv && cmp matched.csv ok/rows/j.csv && cmp ok/two/null_pairs.csv ok/rows/null_pairs.csv &&
    awk -F, '$6 != "matched" && $6 != "row" && $6 != "col"' matched.csv | cmp - ok/two/j.csv
check "tjac table --matched adds rows alone" $?
awk -F, 'NR == FNR { drawn[$2, $3, $4, $6] = 1; next }
         $7 > 0 { n++; if (!(($5, "regulator", $7, $11) in drawn)) exit 1 }
         $8 > 0 { n++; if (!(($5, "target", $8, $12) in drawn)) exit 1 }
         END { exit !n }' ok/two/null_pairs.csv matched.csv
check "the rows of blocks are of the genes that were drawn" $?
"$tjac" table ok/again --matched -q && cmp ok/again/j.csv matched.csv && hashes_hold ok/again &&
    "$tjac" stats ok/again -q 2>after.txt && ! grep -q mixture after.txt && cmp ok/two/kd_scores.csv ok/again/kd_scores.csv
check "tjac table --matched in the folder of the run" $?
"$tjac" table ok/again -q && diff -r ok/two ok/again
check "tjac table goes back to what the run wrote" $?

# A table that was changed is told, by those who would leave it and by those who write it again.
cp -r ok/two ok/changed && echo 'a row of mine' >>ok/changed/j.csv
for command in 'stats ok/changed --out ok/elsewhere' 'table ok/changed --out ok/elsewhere' 'table ok/changed --out -' 'stats ok/changed'; do
    "$tjac" $command -q >/dev/null 2>changed.txt &&
        grep -q "^tjac: warning: 'ok/changed' is a mixture: its j.csv is not the one that run.json names; tjac table and tjac stats write it again\$" changed.txt
    check "tjac $command tells that j.csv was changed" $?
done
"$tjac" table ok/changed -q 2>changed.txt && diff -r ok/two ok/changed && "$tjac" table ok/changed -q 2>changed.txt && ! [ -s changed.txt ]
check "tjac table writes it again" $?
cp ok/rows/run.json ok/changed/run.json && sed -i 's/"plan_hash":[[:space:]]*"./&0/; s/\("plan_hash":.*\).",/\1",/' ok/changed/run.json
"$tjac" table ok/changed 2>changed.txt
[ $? = 4 ] && grep -q "'ok/changed' is a mixture: its run.json and its j.h5 are of different runs; run again" changed.txt
check "run.json of another run" $?

# A folder without run.json is of a run that is not finished.
rm ok/again/run.json
"$tjac" table ok/again 2>unfinished.txt
[ $? = 2 ] && grep -q "'ok/again' has no run.json: its run is not finished; go on with it by tjac run CONFIG.json --resume" unfinished.txt
check "a run that is not finished" $?
