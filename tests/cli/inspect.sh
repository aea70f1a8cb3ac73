# Ranks are those by which genes of blocks are drawn: means over the control cells, as null_pairs.csv
# has them.
"$tjac" run base.json -q --out ok/ranks --set null.blocks=2 2>/dev/null
gene=$(sed -n 2p ok/ranks/null_pairs.csv | cut -d, -f 5)
mean=$(sed -n 2p ok/ranks/null_pairs.csv | cut -d, -f 7)
"$tjac" inspect "$root/examples/planted/fewshot" "$root/examples/planted/cells.h5ad" --genes "$gene" >rank.txt &&
    grep -qF "$(printf '%.4g' "$mean") over 240 control cells" rank.txt
check "the mean of $gene is that of null_pairs.csv" $?
