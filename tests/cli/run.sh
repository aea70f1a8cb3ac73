#!/bin/sh
# run.sh TJAC: every row of rows.txt: expected exit code, command line, a text that must stand in
# what it prints. @ in a command stands for a fresh folder, % for the folder of the repository.
set -u
tjac=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && sh "$here/prepare.sh" "$root") || exit 1

passed=0 failed=0
while IFS='|' read -r code command text; do
    case "$code" in ''|\#*) continue ;; esac
    line=$(printf '%s' "$command" | sed "s#@#$work#g; s#%#$root#g")
    (cd "$work" && eval "$tjac $line") >"$work/stdout.txt" 2>"$work/stderr.txt" </dev/null
    got=$?
    cat "$work/stdout.txt" "$work/stderr.txt" >"$work/both.txt"
    if [ "$got" = "$code" ] && grep -qF -- "$text" "$work/both.txt"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: tjac %s\n  exit %s, expected %s; expected text: %s\n' "$line" "$got" "$code" "$text"
        sed 's/^/  > /' "$work/both.txt" | head -5
    fi
    # a failure leaves nothing: the rows that succeed come last and write elsewhere
    if [ "$code" != 0 ] && [ -e "$work/ok/base" ] && [ "${command%% *}" = run ]; then
        echo "FAILED: tjac $line left something in ok/base"
        failed=$((failed + 1))
        rm -rf "$work/ok/base"
    fi
done <"$here/rows.txt"
check() { # check WHAT STATUS
    if [ "$2" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $1"; fi
}

# Interrupted in a run of many seconds: exit 130, one message, nothing written.
cd "$work" || exit 1
"$tjac" run base.json -q --out ok/stopped --threads 1 --engine sequential --set cells.n_sets=7 \
    --set kds=all --set 'jacobian.estimands=["same_cell"]' \
    --set jacobian.full=ok/stopped.h5 2>stopped.txt &
pid=$!
sleep 1.5
kill -INT $pid
wait $pid
[ $? = 130 ] && grep -q 'interrupted' stopped.txt && ! ls ok | grep -q stopped
check "SIGINT: exit 130 and nothing written" $?

# A full disk is not silence.
"$tjac" run base.json -q --out - >/dev/full 2>full.txt
[ $? = 1 ] && grep -q 'cannot write' full.txt
check "a write error on standard output is exit 1" $?

# The same bytes from every engine's order of work: twice the same command, twice the same file.
"$tjac" run base.json -q --out ok/once && "$tjac" run base.json -q --out ok/twice &&
    cmp -s ok/once/j.csv ok/twice/j.csv
check "two runs give the same bytes" $?

# The full Jacobian stands under its own name and nothing beside it.
[ "$(ls ok/full/new)" = full.h5 ] && [ "$(ls ok/full)" = "concordance.csv
j.csv
kd_scores.csv
new
null_pairs.csv
panel_stats.csv
run.json" ] && [ "$(head -c 4 ok/full/new/full.h5 | tail -c 3)" = HDF ]
check "the full Jacobian and no temporary file" $?
if command -v h5dump >/dev/null; then
    h5dump -H -d J ok/full/new/full.h5 | grep -q 'SIMPLE { ( 1, 3, 64, 64 )'
    check "the full Jacobian of 3 KDs, 64 targets and 64 regulators" $?
fi

# Every row has the columns of the contract.
head -1 ok/once/j.csv | grep -qx 'model,cell_type,estimand,panel,pair,kd,kd_class,regulator,target,J,J_se,active,self'
check "the header of j.csv" $?
awk -F, 'NF != 13 { exit 1 } END { exit NR != 7 }' ok/once/j.csv
check "2 pairs x 3 KDs in j.csv" $?
awk -F, '$6 == "PW0_R1" && $8 == "PW0_R1" && $13 != 1 { exit 1 }' ok/once/j.csv
check "self is 1 where the KD is the regulator" $?

# The statistics again, from j.csv alone: the same bytes.
cp -r ok/null ok/again && rm ok/again/kd_scores.csv ok/again/panel_stats.csv ok/again/concordance.csv
"$tjac" stats ok/again -q && diff -r ok/null ok/again
check "tjac stats gives the bytes of tjac run" $?
# With another config: its score, its KD lists; what was unrelated is background now.
"$tjac" stats ok/again -q base.json && awk -F, 'NR == 2 { exit $6 != "background" }' ok/again/panel_stats.csv
check "tjac stats with another config" $?
head -1 ok/null/null_pairs.csv | grep -qx 'panel,kind,regulator,target,drawn_regulator,drawn_target,expr_regulator,expr_drawn_regulator,expr_target,expr_drawn_target,window'
check "the header of null_pairs.csv" $?
awk -F, '$2 == "null" { n++ } $2 == "unrelated_target" { u++ } END { exit n != 30 || u != 40 }' ok/null/null_pairs.csv
check "30 null pairs and 20 unrelated targets of 2 regulators" $?
awk -F, '$5 == "null" { print $8 "," $9 }' ok/null/j.csv | sort -u >drawn_j.txt
awk -F, '$2 == "null" { print $5 "," $6 }' ok/null/null_pairs.csv | sort -u | diff - drawn_j.txt
check "the null pairs of j.csv are those of null_pairs.csv" $?
awk -F, 'NR > 1 && $22 == "NA" { exit 1 }' ok/edges/kd_scores.csv
check "sign_concordance where the edges have signs" $?
[ "$(grep -c ,external, ok/edges/concordance.csv)" = 2 ]
check "a model against an external file, over all and over pathway KDs" $?

# Expression of outputs that are no inputs: mean predictions under the control KD. The map gives the
# control the vector of KD4 (torch.save with the two exchanged), whose predictions are known.
cp -r "$root/tests/parity/cases/emb_decoder" swapped && chmod -R u+w swapped &&
    cp "$here/swapped_kd_map.pt" swapped/model/pert_onehot_map.pt &&
    targets=$(awk -F, '$1 == "KD4" { printf "%s\"%s\"", n++ ? "," : "", $2 }' swapped/predicted.csv) &&
    "$tjac" run swapped/config.json -q --device cpu --out ok/swapped --set null.pairs=8 \
        --set "panels.0.targets=[$targets]" --set jacobian.precision=float64 2>swapped.txt &&
    awk -F, 'NR == FNR { if ($1 == "KD4") want[$2] = $3; next }
             $2 == "null" { d = $9 - want[$4]; n++; if (d > 1e-9 || d < -1e-9) exit 1 }
             END { exit n != 8 }' swapped/predicted.csv ok/swapped/null_pairs.csv
check "expression of a decoder's genes is the mean prediction under the control" $?

# Null pairs, scores and tests do not depend on the number of threads.
"$tjac" run base.json -q --out ok/threads --threads 1 --set null.pairs=30 \
    --set 'panels.0.unrelated_kds=["BG1","BG2"]'
for table in j null_pairs kd_scores panel_stats concordance; do
    cmp ok/null/$table.csv ok/threads/$table.csv || rm -f ok/threads/j.csv
done
[ -e ok/threads/j.csv ]
check "the same tables with one thread" $?

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
