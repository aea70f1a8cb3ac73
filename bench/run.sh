#!/bin/sh
# make bench: tjac run on a real-size random model (2000 genes, 2024 KDs, hidden 328, 8 layers).
# Batched pullbacks against the sequential reference, interleaved in one run, as medians and their
# ratio; loading time and peak memory beside them. Needs numpy and h5py to make the model.
set -eu
cd "$(dirname "$0")/.."
work=build/bench
rounds=${ROUNDS:-3}
if [ ! -f $work/config.json ]; then
    python=.deps/venv/bin/python
    [ -x $python ] || python=python3
    $python -c 'import torch, numpy, h5py' 2>/dev/null || $python -m pip install --quiet numpy h5py
    $python bench/make_real_size.py $work
fi
: >$work/times.txt
i=0
while [ $i -lt "$rounds" ]; do
    for engine in reverse sequential; do
        build/tjac run $work/config.json -q --engine $engine --out $work/$engine --set null.pairs=0
        sed -n 's/.*"\(load\|engine\|peak_memory_mib\)":[^0-9]*\([0-9][0-9.]*\).*/'$engine' \1 \2/p' \
            $work/$engine/run.json >>$work/times.txt
    done
    i=$((i + 1))
done
median() { grep "^$1 $2 " $work/times.txt | cut -d' ' -f3 | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
printf '4 regulators x 5 targets x 2 KDs (one the control), medians of %s interleaved rounds\n' "$rounds"
printf '  engine, batched     %8.2f s\n' "$(median reverse engine)"
printf '  engine, sequential  %8.2f s\n' "$(median sequential engine)"
awk -v a="$(median sequential engine)" -v b="$(median reverse engine)" 'BEGIN { printf "  ratio               %8.2f\n", a / b }'
printf '  loading             %8.2f s\n' "$(median reverse load)"
printf '  peak memory         %8.0f MiB (LibTorch alone: about 110; weights that are read: 131)\n' "$(median reverse peak_memory_mib)"
