#!/bin/sh
# prepare.sh ROOT: good and bad inputs for the rows, in the current folder, from the planted example.
set -eu
root=$1
planted=$root/examples/planted
cat >base.json <<EOF
{ "models": [ {"name": "fewshot", "dir": "$planted/fewshot"} ],
  "cells": {"h5ad": "$planted/cells.h5ad"},
  "panels": [ {"name": "PW0", "regulators": ["PW0_R1", "PW0_R2"], "targets": ["PW0_T1"],
               "kds": ["PW0_K1", "PW0_R1"]} ],
  "null": {"blocks": 0}, "device": "cpu", "out": "ok/base" }
EOF
# Two models, two panels, matched pairs, and estimands with probes among them.
cat >two.json <<EOF
{ "models": [ {"name": "fewshot", "dir": "$planted/fewshot"}, {"name": "zeroshot", "dir": "$planted/zeroshot"} ],
  "cells": {"h5ad": "$planted/cells.h5ad", "n_sets": 2},
  "panels": [ {"name": "PW0", "regulators": ["PW0_R1", "PW0_R2"], "targets": ["PW0_T1"],
               "kds": ["PW0_K1", "PW0_R1"], "unrelated_kds": ["BG1", "BG2", "BG3"], "unrelated_targets": ["BG7"]},
              {"name": "PW1", "regulators": ["PW1_R1"], "targets": ["PW1_T1"],
               "kds": ["PW1_K1", "PW1_R1"], "unrelated_kds": ["BG1", "BG2"], "unrelated_targets": ["BG7"]} ],
  "jacobian": {"estimands": ["set_mean", "same_cell", "pert", "shift"], "same_cell": {"tolerance": 0.1}},
  "null": {"blocks": 2}, "device": "cpu", "out": "ok/base" }
EOF
# Some ten seconds of one thread, in 26 KDs, to be ended on the way.
sed 's#"h5ad": [^}]*#&, "n_sets": 7#; s#"targets": \["PW0_T1"\]#"targets": ["PW0_T1", "PW0_T2"]#
     s#"null"#"kds": "all", "engine": "sequential", "jacobian": {"estimands": ["same_cell"]}, &#' \
    base.json >slow.json
printf '{ "models": [,] }\n' >syntax.json
sed 's#"ok/base"#"-"#' base.json >stdout.json
printf '[1, 2]\n' >list.json

# A model directory that the rows can damage.
cp -r "$planted/fewshot" bad_ckpt
head -c 5000 "$planted/fewshot/checkpoints/final.ckpt" >bad_ckpt/checkpoints/final.ckpt
cp -r "$planted/fewshot" no_map
rm no_map/pert_onehot_map.pt
cp -r "$planted/fewshot" no_ckpt
rm no_ckpt/checkpoints/*.ckpt
cp -r "$planted/fewshot" bad_pickle
# a pickle that would call os.system: c os\nsystem\n ( X\x04\0\0\0true t R .
printf 'cos\nsystem\n(X\004\000\000\000truetR.' >bad_pickle/var_dims.pkl
cp -r "$planted/fewshot" bad_yaml
printf 'data: [1, 2\n' >bad_yaml/config.yaml
mkdir empty_dir

printf 'this is no HDF5\n' >text.h5ad
head -c 3000 "$planted/cells.h5ad" >short.h5ad
printf 'cell003\nno_such_cell\n' >unknown_cells.txt
printf 'cell000\n' >knocked_down_cell.txt

# Copies that a run which writes over its inputs may spoil.
cp -r "$planted/fewshot" own
cp "$planted/cells.h5ad" own.h5ad
ln -s own.h5ad link.h5
sed "s#$planted/fewshot#own#; s#$planted/cells.h5ad#own.h5ad#" base.json >own.json
printf 'cell003\n' >own.txt
mkdir ok

# Panels from tables, blocks, statistics.
printf 'source,target,weight\nPW0_R1,PW0_T1,1\nPW0_R2,PW0_T1,-1\nPW0_R1,PW0_T1,1\n' >edges.csv
printf 'tf\tconfidence\ttarget\tmor\nPW0_R1\tA\tPW0_T1\t1\nPW0_R2\tC\tPW0_T2\t-1\n' >dorothea.tsv
printf 'gene,other\nA,B\n' >no_edges.csv
printf 'source,target\nPW0_R1\n' >short_edges.csv
printf '\357\273\277SMALL\tna\tPW0_R1\tPW0_T1\tPW0_T2\r\n\nOTHER\tna\tBG1\tBG2\n' >sets.gmt
printf 'SMALL\tna\tA\tB\nSMALL\tna\tC\n' >twice.gmt
printf 'SMALL na PW0_R1\n' >spaces.gmt
printf 'SMALL\tPW0_R2\tPW0_R1,1.0\t\tPW0_T1\tPW0_R1\t\n' >odd.gmt
gzip -c edges.csv >packed.csv
gzip -c sets.gmt >packed.gmt
gzip -c edges.csv | head -c 30 >cut.csv.gz
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' >lfs.csv
cp lfs.csv lfs.h5ad
printf '<!DOCTYPE html>\n<html></html>\n' >page.h5ad
gzip -c text.h5ad >packed.h5ad
: >empty.h5ad
cp -r "$planted/fewshot" lfs_yaml
cp lfs.csv lfs_yaml/config.yaml
printf 'kd,value\nPW0_K1,0.5\nPW0_R1,0.25\n' >external.csv
printf 'kd,value\nPW0_K1,high\n' >words.csv
# panel KEYS: base.json with a panel of these keys
panel()
{
    sed "s#\"regulators\": .*#$1,#" base.json
}
panel '"pairs": "edges.csv"' >edges.json
panel '"gmt": "sets.gmt", "set": "SMALL"' >gmt.json
sed 's#"panels": \[#&{"name": "PW1", "regulators": ["BG1"], "targets": ["BG2"], "kds": ["PW0_K1"]},#' \
    base.json >more.json
sed 's#"PW0_R1"\]}#"PW0_R1", "BG9"]}#' base.json >kd.json
sed 's#, "PW0_R2"##' base.json >fewer.json
sed 's#"null"#"stats": {"external": ["ok/null/kd_scores.csv"]}, "null"#' base.json >score.json

# Folders that hold no run of tjac's, or half of one.
mkdir no_run text_run foreign
printf 'this is no HDF5\n' >text_run/j.h5
printf 'a table of mine\n' >foreign/j.csv
mkdir in scored
cp base.json in/run.json
cp external.csv scored/kd_scores.csv

# Genes whose names are from elsewhere, or from nowhere.
for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23; do
    echo "GENE$i"
done >genes.txt
sed 's/^GENE3$/x/; s/^GENE7$/GENE3/; s/^x$/GENE7/' genes.txt >swapped.txt
sed 's/^/ENSG/' genes.txt >other_genes.txt
sed 's/^GENE6$/GENE5/' genes.txt >doubled.txt
sed 's/^GENE6$/GENE5-1/' genes.txt >unique.txt
sed '1s/.*/gene_name\n&/' genes.txt >headed.txt
cat >named.json <<EOF
{ "models": [ {"name": "m", "dir": "$root/tests/parity/cases/llama_batch/model"} ],
  "cells": {"h5ad": "$root/tests/unit/h5ad/named_nowhere.h5ad"},
  "panels": [ {"name": "P", "regulators": ["GENE12", "GENE0"], "targets": ["GENE20", "GENE4"], "kds": ["KD1"]} ],
  "null": {"blocks": 0}, "device": "cpu", "out": "ok/named" }
EOF
# The inputs of a model that names its outputs alone.
sed 's#llama_batch#hvg_all_decoder#' named.json >unnamed.json
# Model folders as people have them: links to the planted one's files and to a case's.
model() # model NAME FROM: all but the checkpoint
{
    mkdir -p "$1/checkpoints"
    for file in "$2"/*.*; do
        ln -s "$file" "$1/"
    done
}
checkpoint=$planted/fewshot/checkpoints/final.ckpt
for name in several steps beside above/mine sharded tensors renamed no_dims no_yaml int_kds; do
    model $name "$planted/fewshot"
done
for name in final step=9 step=10; do
    ln -s "$checkpoint" several/checkpoints/$name.ckpt
    ln -s "$checkpoint" steps/checkpoints/$name.ckpt
done
rm steps/checkpoints/final.ckpt
cp "$checkpoint" several/checkpoints/best.ckpt
rmdir beside/checkpoints
cp "$checkpoint" beside/
mkdir sharded/checkpoints/last.ckpt
printf '\002\000\000\000\000\000\000\000{}' >tensors/checkpoints/model.safetensors
cp tensors/checkpoints/model.safetensors renamed/checkpoints/final.ckpt
for name in above/mine no_dims no_yaml int_kds; do
    ln -s "$checkpoint" $name/checkpoints/final.ckpt
done
rm no_dims/var_dims.pkl no_yaml/config.yaml int_kds/pert_onehot_map.pt
printf "(dS'non-targeting'\nI0\ns." >int_kds/pert_onehot_map.pkl
# Batches of a case in pickles of protocol 0: a key of each kind, then a value of some kind.
case=$root/tests/parity/cases/llama_batch
sed "s#\"model\"#\"int_batch\"#; s#\"cells\.#\"$case/cells.#" "$case/config.json" >int_batches.json
batches() # batches NAME VALUE: the last batch is VALUE
{
    model "$1" "$case/model"
    ln -s "$case/model/checkpoints/final.ckpt" "$1/checkpoints/"
    rm "$1/batch_onehot_map.torch"
    printf "(dI1\nI00\nsS'2'\nI01\nsC\0013(F0\nI0\nF1\nI0\nls%b." "$2" >"$1/batch_onehot_map.pkl"
}
batches int_batch "S'4'\ncnumpy._core.multiarray\nscalar\n(cnumpy\ndtype\n(S'i2'\ntRS'\\\\x03\\\\x00'\ntRs"
batches far_batch "S'4'\nI4\ns"
batches text_batch "S'4'\nS'3'\ns"
batches flat_batch "S'4'\n(F0\nF1\nF1\nF0\nls"
batches short_batch "S'4'\n(F0\nF1\nls"
batches twice_key "S'1'\nI3\ns"
model float_key "$case/model"
ln -s "$case/model/checkpoints/final.ckpt" float_key/checkpoints/
rm float_key/batch_onehot_map.torch
printf "(dS'1'\nI0\nsF2\nI1\ns." >float_key/batch_onehot_map.pkl
asking() # asking REGULATORS: unnamed.json with these
{
    sed "s#\"regulators\": [^]]*]#\"regulators\": [$1]#" unnamed.json
}
asking '"X_hvg:12", "X_hvg:0"' >positions.json
asking '"GENE5"' >twin.json
asking '"GENE5", "GENE5-1"' >twins.json
# A model that does not know batch 1 of its cells: a map of batches 9, 2, 3 and 4.
cp -r "$root/tests/parity/cases/llama_batch" batches
cp "$root/tests/cli/other_batches.pt" batches/model/batch_onehot_map.torch
