# A new user's way: init, check, run, the table of verdicts. The config stands in another folder.
mkdir first
"$tjac" init "$root/examples/planted/fewshot" "$root/examples/planted/cells.h5ad" >first/my.json 2>said.txt &&
    grep -qF "panel 'example' is a place to write yours" said.txt && grep -qF 'next: tjac check' said.txt
check "tjac init" $?
"$tjac" check first/my.json >checked.txt 2>/dev/null &&
    tail -1 checked.txt | grep -qE '^sound: .* on [a-z0-9: ,]+( \([0-9]+ threads\))?, [0-9]+ MB, [0-9]+ passes a KD and set, 16 KDs'
check "tjac check of it ends with: sound" $?
"$tjac" run first/my.json -q --set device=cpu 2>/dev/null && grep -q 'fewshot,planted,set_mean,example' first/out/panel_stats.csv
check "tjac run of it gives the panel's verdict" $?

# Every key of the config is there, and a default is the reader's: the resolved config is the same.
"$tjac" help config | grep -E '^[a-z_0-9.]+$' | sed 's/.*\.//' | sort -u >keys.txt
missing=$(while read -r key; do grep -q "\"$key\": " first/my.json || echo "$key"; done <keys.txt)
[ -z "$missing" ] && [ "$(wc -l <keys.txt)" -gt 40 ]
check "a key that tjac init does not write: $missing" $?
grep -qx '    "n_sets": 7,' first/my.json && grep -qx '    "set_size": 32,' first/my.json &&
    grep -qx '    "control": "non-targeting",' first/my.json && ! grep -q "$(printf '\t')" first/my.json
check "the model's columns, set size and as many sets as there are" $?

# Panels of the command line; KDs to compare with are all where a panel names none.
init() # init CASE [OPTION]...
{
    folder=$1
    shift
    "$tjac" init "$folder/model" "$folder/cells.h5ad" "$@" >first/case.json 2>said.txt &&
        "$tjac" run first/case.json --dry-run >planned.txt 2>&1
}
planted=$root/examples/planted
"$tjac" init "$planted/fewshot" "$planted/cells.h5ad" --panel up:PW0_R1,PW0_R2:PW0_T1:PW0_K1,PW0_K2 \
    --panel down:PW1_R1:PW1_T1:PW1_K1:BG1,BG2 >first/two.json 2>said.txt &&
    grep -qx '  "kds": "all",' first/two.json && grep -qx '      "kds": \["PW0_K1", "PW0_K2"\],' first/two.json &&
    grep -qx '      "unrelated_kds": \["BG1", "BG2"\],' first/two.json && "$tjac" run first/two.json --dry-run >planned.txt 2>&1
check "tjac init with two panels" $?

# A run can be planned whatever the model: an embedding, the matrix of all genes, batches, tokens.
for name in all_csr gpt2 llama_batch emb_decoder tokens_both; do
    init "$root/tests/parity/cases/$name"
    check "tjac init of $name" $?
done
init "$root/tests/parity/cases/emb_decoder" --panel a:X_state:3,X_state:4:GENE5:KD1:KD2 &&
    grep -qF '"regulators": ["X_state:3", "X_state:4"],' first/case.json
check "dimensions of an embedding in a panel" $?

# Cells of a batch that the model does not know are not taken; too few for two sets are left out.
init batches && grep -qx '    "batch": "3",' first/case.json && grep -qx '    "cell_type": null,' first/case.json
check "tjac init takes a batch that the model knows" $?
init "$root/tests/parity/cases/llama_batch" && grep -qx '    "cell_type": "b",' first/case.json &&
    grep -qF "cells.cell_type leaves out 'a': 15 control cells whose batches the model knows, too few for 2 set(s)" said.txt
check "tjac init leaves out a cell type of few cells" $?

# A checkpoint that is named is written.
cp -r "$planted/fewshot" two_checkpoints
cp two_checkpoints/checkpoints/final.ckpt "two_checkpoints/checkpoints/step=7.ckpt"
"$tjac" init two_checkpoints "$planted/cells.h5ad" --checkpoint step=7.ckpt 2>/dev/null | grep -qx '      "checkpoint": "step=7.ckpt",'
check "tjac init --checkpoint" $?

# The commands of the README's first steps, as they stand.
sed -n '/^build\/tjac init examples/,/^```$/{/^```$/d;p}' "$root/README.md" |
    sed "s#^build/tjac#\"$tjac\"#; s# examples/planted# $root/examples/planted#g" >steps.sh
[ "$(grep -c '^"' steps.sh)" = 3 ] && sh -e steps.sh >steps.txt 2>&1 && grep -q '^sound: ' steps.txt &&
    cut -d, -f 2-5 results/panel_stats.csv | grep -qx 'fewshot,planted,set_mean,PW0' && grep -q ',positive,' results/panel_stats.csv
check "the README's first steps" $?
