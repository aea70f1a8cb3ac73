# The same numbers under names from other places.
names_agree() # names_agree FILE WHERE: J of llama_batch with these cells is J with its own
{
    "$tjac" run "$root/tests/parity/cases/llama_batch/config.json" -q --device cpu --label x --out "ok/$1" \
        --set "cells.h5ad=$root/tests/unit/h5ad/$1.h5ad" 2>"$1.txt" && cmp "ok/own/j.csv" "ok/$1/j.csv" &&
        grep -qF "\"gene_names_from\":	\"$2\"" "ok/$1/run.json"
    check "J of genes named by $2" $?
}
"$tjac" run "$root/tests/parity/cases/llama_batch/config.json" -q --device cpu --label x --out ok/own 2>own.txt
check "J of the case's own cells" $?
names_agree named_frame "the columns of the DataFrame"
names_agree named_gene_name "var/gene_name where var/highly_variable"
names_agree named_uns "uns/hvg_names"
names_agree named_unique "uns/X_hvg_var_names"
names_agree named_nowhere "var_dims.pkl"

# Names and positions are the same genes; run.json tells the file and its hash.
cut -d, -f13 ok/positions/j.csv >positions.txt
cut -d, -f13 ok/in_file/j.csv | cmp - positions.txt
check "J by positions and by names" $?
tr -d '\n\t' <ok/in_file/run.json | grep -q "\"gene_names\":{[^}]*genes.txt[^}]*$(sha256sum <genes.txt | cut -d' ' -f1)"
check "hash of cells.gene_names in run.json" $?

# As many rows as there are genes to draw, 18 for 2: those that share a name are not among them.
"$tjac" table ok/doubled --out - --matched >drawn.txt && grep -q ',GENE7,' drawn.txt && ! grep -q ',GENE5,' drawn.txt
check "a name that is there twice is not drawn" $?
