# Null pairs, scores and tests do not depend on the number of threads.
for threads in 1 2; do
    "$tjac" run base.json -q --out ok/threads_$threads --threads $threads --set null.blocks=30 \
        --set 'panels.0.unrelated_kds=["BG1","BG2"]'
done
same=0
for table in j null_pairs kd_scores panel_stats concordance; do
    cmp ok/threads_1/$table.csv ok/threads_2/$table.csv || same=1
done
check "the same tables with one thread" $same

head -1 ok/threads_2/null_pairs.csv | grep -qx 'run,panel,kind,regulator,target,drawn_regulator,drawn_target,expr_regulator,expr_drawn_regulator,expr_target,expr_drawn_target,window'
check "the header of null_pairs.csv" $?
awk -F, '$3 == "matched" { n++ } $3 == "unrelated_target" { u++ } END { exit n != 30 || u != 40 }' ok/threads_2/null_pairs.csv
check "30 matched pairs and 20 unrelated targets of 2 regulators" $?
awk -F, '$6 == "pathway" { p++ } $6 == "unrelated_target" { u++ } END { exit NR != 1 + p + u || !p || !u }' ok/threads_2/j.csv
check "no matched pairs in j.csv" $?
"$tjac" table ok/threads_2 --matched --out - | awk -F, '$6 == "matched" { print $11 "," $12 }' | sort -u >drawn_j.txt
awk -F, '$3 == "matched" { print $6 "," $7 }' ok/threads_2/null_pairs.csv | sort -u | diff - drawn_j.txt
check "the matched pairs of tjac table --matched are those of null_pairs.csv" $?

# Expression of outputs that are no inputs: mean predictions under the control KD. The map gives the
# control the vector of KD4 (torch.save with the two exchanged), whose predictions are known.
cp -r "$root/tests/parity/cases/emb_decoder" swapped && chmod -R u+w swapped &&
    cp "$here/swapped_kd_map.pt" swapped/model/pert_onehot_map.pt &&
    targets=$(awk -F, '$1 == "KD4" { printf "%s\"%s\"", n++ ? "," : "", $2 }' swapped/predicted.csv) &&
    "$tjac" run swapped/config.json -q --device cpu --out ok/swapped --set null.blocks=8 \
        --set "panels.0.targets=[$targets]" --set jacobian.precision=float64 2>swapped.txt &&
    awk -F, 'NR == FNR { if ($1 == "KD4") want[$2] = $3; next }
             $3 == "matched" { d = $10 - want[$5]; n++; if (d > 1e-9 || d < -1e-9) exit 1 }
             END { exit n != 8 }' swapped/predicted.csv ok/swapped/null_pairs.csv
check "expression of a decoder's genes is the mean prediction under the control" $?
