# Blocks, scores and tests do not depend on the number of threads.
for threads in 1 2; do
    "$tjac" run base.json -q --out ok/threads_$threads --threads $threads --set null.blocks=10 \
        --set 'panels[0].unrelated_kds=["BG1","BG2"]' 2>threads.txt
done
same_tables ok/threads_1 ok/threads_2
check "the same tables with one thread" $?

# What was drawn: a row a gene, in the order of rows, then columns.
head -1 ok/blocks/null_pairs.csv | grep -qx 'run,panel,role,block,gene,drawn_gene,expr_gene,expr_drawn_gene,window'
check "the header of null_pairs.csv" $?
[ "$(cut -d, -f 2-5 ok/blocks/null_pairs.csv | tail -n +2)" = "PW0,regulator,1,PW0_R1
PW0,regulator,1,PW0_R2
PW0,regulator,2,PW0_R1
PW0,regulator,2,PW0_R2
PW0,regulator,3,PW0_R1
PW0,regulator,3,PW0_R2
PW0,regulator,4,PW0_R1
PW0,regulator,4,PW0_R2
PW0,target,1,PW0_T1
PW0,target,2,PW0_T1
PW0,target,3,PW0_T1
PW0,target,4,PW0_T1" ]
check "4 rows of 2 regulators and 4 columns of a target" $?

# The pairs of every block are the panel's with these genes, but for a gene with itself.
"$tjac" table ok/blocks --matched --out - >all.csv
awk -F, 'NR == FNR { drawn[$3, $4, $5] = $6; next }
         $9 != "PW0_K1" || $4 != "set_mean" { next }
         { key = $7 "," $8 "," $11 "," $12; if (key in seen) exit 1; seen[key] = 1; n++ }
         END { for (r = 0; r <= 4; r++) for (c = 0; c <= 4; c++) for (i = 1; i <= 2; i++) {
                   a = r ? drawn["regulator", r, "PW0_R" i] : "PW0_R" i; b = c ? drawn["target", c, "PW0_T1"] : "PW0_T1"
                   if (a != b && !((r "," c "," a "," b) in seen)) exit 1
                   wanted += a != b }
               exit n != wanted + 2 || !(("0,u,PW0_R1,BG7") in seen) || !(("0,u,PW0_R2,BG7") in seen) }' \
    ok/blocks/null_pairs.csv all.csv
check "the pairs of tjac table --matched are those of null_pairs.csv" $?
awk -F, 'NR > 1 { want = $8 == "u" ? "unrelated_target" : $7 == 0 && $8 == 0 ? "pathway" : $7 == 0 ? "row" : $8 == 0 ? "col" : "matched"
                  if ($6 != want) exit 1; n[want]++ }
         END { exit !n["matched"] || !n["row"] || !n["col"] || !n["pathway"] || !n["unrelated_target"] }' all.csv
check "kinds of pairs by row and column" $?
[ "$(awk -F, '$9 == "PW0_K1" && $4 == "set_mean" { if ($7 "." $8 != last) printf "%s ", $7 "." $8; last = $7 "." $8 }' all.csv)" = \
    "0.0 0.1 0.2 0.3 0.4 1.0 1.1 1.2 1.3 1.4 2.0 2.1 2.2 2.3 2.4 3.0 3.1 3.2 3.3 3.4 4.0 4.1 4.2 4.3 4.4 0.u " ]
check "blocks row by row, named targets at the end" $?
awk -F, 'NR > 1 && $6 != "pathway" && $6 != "unrelated_target" { exit 1 } $6 == "unrelated_target" { u++ } END { exit !u }' ok/blocks/j.csv
check "no drawn genes in j.csv" $?
awk -F, '$4 == "pert" { n++; if ($6 != "pathway" || $7 != "0" || $8 != "0" || $11 != $9 || $12 != "PW0_T1" || $16 != "true") exit 1 }
         END { exit n != 6 }' all.csv
check "pert: a row a KD and target, in no block" $?
for key in '"wanted":[[:space:]]*4' '"n_rows":[[:space:]]*4' '"n_cols":[[:space:]]*4' '"rows_short":[[:space:]]*0' \
    '"pairs_left_out":' '"self_pairs_left_out":[[:space:]]*0' '"standardised_mean_difference":'; do
    grep -q "$key" ok/blocks/run.json
    check "$key in run.json" $?
done

# Two panels that share pairs: each pair is computed once, and its J is the same wherever it stands.
sed 's#"panels": \[#&{"name": "COPY", "regulators": ["PW0_R1", "PW0_R2"], "targets": ["PW0_T1"], "kds": ["PW0_K1", "PW0_R1"]},#' \
    base.json >copy.json
passes() # passes CONFIG: what --dry-run says of pairs and passes
{
    "$tjac" run "$1" --dry-run --set null.blocks=5 2>/dev/null | sed -n 's/^fewshot: \(.* passes a KD and set\); \([0-9]* pairs\) in \([0-9]*\) places.*/\1, \2 \3/p'
}
one=$(passes base.json) two=$(passes copy.json)
[ -n "$one" ] && [ "${one% *}" = "${two% *}" ] && [ $((2 * ${one##* })) = "${two##* }" ]
check "a panel twice costs no pass and no pair more: $one; $two" $?
"$tjac" run copy.json -q --out ok/copy --set null.blocks=5 2>copy.txt && "$tjac" table ok/copy --matched --out - >copy.csv &&
    awk -F, 'NR > 1 { key = $7 "," $8 "," $9 "," $11 "," $12; if ($5 == "COPY") J[key] = $13; else { n++; if (J[key] != $13) exit 1 } }
             END { exit !n }' copy.csv
check "the same J in both panels" $?

# Expression of outputs that are no inputs: mean predictions under the control KD. The map gives the
# control the vector of KD4 (torch.save with the two exchanged), whose predictions are known.
cp -r "$root/tests/parity/cases/emb_decoder" swapped && chmod -R u+w swapped &&
    cp "$here/swapped_kd_map.pt" swapped/model/pert_onehot_map.pt &&
    targets=$(awk -F, '$1 == "KD4" { printf "%s\"%s\"", n++ ? "," : "", $2 }' swapped/predicted.csv) &&
    "$tjac" run swapped/config.json -q --device cpu --out ok/swapped --set null.blocks=2 \
        --set "panels[0].targets=[$targets]" --set jacobian.precision=float64 2>swapped.txt &&
    awk -F, 'NR == FNR { if ($1 == "KD4") want[$2] = $3; next }
             $3 == "target" { d = $7 - want[$5]; n++; if (d > 1e-9 || d < -1e-9) exit 1 }
             END { exit n != 2 * 4 }' swapped/predicted.csv ok/swapped/null_pairs.csv
check "expression of a decoder's genes is the mean prediction under the control" $?
