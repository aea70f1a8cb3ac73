# The statistics again, from j.csv alone: the same bytes.
cp -r ok/null ok/again && rm ok/again/kd_scores.csv ok/again/panel_stats.csv ok/again/concordance.csv
"$tjac" stats ok/again -q && diff -r ok/null ok/again
check "tjac stats gives the bytes of tjac run" $?
# With another config: its score, its KD lists; what was unrelated is background now.
"$tjac" stats ok/again -q base.json && awk -F, 'NR == 2 { exit $6 != "background" }' ok/again/panel_stats.csv
check "tjac stats with another config" $?
awk -F, 'NR > 1 && $22 == "NA" { exit 1 }' ok/edges/kd_scores.csv
check "sign_concordance where the edges have signs" $?
[ "$(grep -c ,external, ok/edges/concordance.csv)" = 2 ]
check "a model against an external file, over all and over pathway KDs" $?
