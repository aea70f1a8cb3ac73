# The statistics again, from j.h5 alone: the same bytes.
cp -r ok/null ok/again && rm ok/again/kd_scores.csv ok/again/blocks.csv ok/again/panel_stats.csv ok/again/panel_matrix.csv ok/again/concordance.csv
rm ok/again/j.csv
"$tjac" stats ok/again -q 2>again.txt && cp ok/null/j.csv ok/again && diff -r ok/null ok/again
check "tjac stats gives the bytes of tjac run" $?
# With another config: its score, its KD lists; what was unrelated is background now.
"$tjac" stats ok/again -q base.json && awk -F, 'NR == 2 { exit $6 != "background" }' ok/again/panel_stats.csv
check "tjac stats with another config" $?
hashes_hold ok/again
check "the hashes of the new tables in run.json" $?
grep -A 30 '"stats_config":.*{' ok/again/run.json | grep -q "\"h5ad\":[[:space:]]*\"$root/examples/planted/cells.h5ad\""
check "the other config in run.json" $?
"$tjac" stats ok/again -q && diff -r ok/null ok/again
check "tjac stats goes back to the config of the run" $?
cmp ok/away/panel_stats.csv ok/null/panel_stats.csv >cmp.txt; [ $? = 1 ] && ! [ -e ok/away/j.csv ] && diff -r ok/null ok/again
check "another --out leaves the folder of the run as it was" $?
# Statistics of a run whose run.json is gone have a config at least, and 8 digits of its plan.
rm ok/again/run.json
"$tjac" stats ok/again -q 2>none.txt
[ $? = 2 ] && grep -q "'ok/again' has no run.json: its run is not finished; go on with it by tjac run CONFIG.json --resume" none.txt
check "without run.json and config" $?
"$tjac" stats ok/again -q base.json && cmp ok/again/panel_stats.csv ok/away/panel_stats.csv && ! [ -e ok/again/run.json ]
check "without run.json with a config" $?
awk -F, 'NR > 1 && $23 == "NA" { exit 1 }' ok/edges/kd_scores.csv
check "sign_concordance where the edges have signs" $?
[ "$(grep -c ,external, ok/edges/concordance.csv)" = 2 ]
check "a model against an external file, over all and over pathway KDs" $?
