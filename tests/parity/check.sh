#!/bin/sh
# check.sh TJAC COMPARE CASE_DIR: J of the case against its float64 reference, with every engine in
# float32 and with the batched ones in float64; then that threads change no byte of it.
# The tolerances are relative to the largest |J| of the estimand. float32 sums keep about 1e-7 of
# their largest term, which can be some tens of J; knockout and shift are differences of
# predictions some tens of times larger. The reference module itself run in float32 is off by up
# to 1e-6 in the derivatives (2e-6 at the mean cell) and 5e-6 in the differences.
set -eu
tjac=$1 compare=$2 dir=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run OUT [OPTION]...
run()
{
    out=$1
    shift
    "$tjac" run "$dir/config.json" -q --device cpu "$@" --out - >"$work/$out"
}

float32=1e-5
# LoRA is folded into float32 weights: that moves pert by 2.4e-7, cross_cell by 1.3e-7, others less.
case "$dir" in *lora*) float64=5e-7 ;; *) float64=1e-9 ;; esac

for engine in reverse forward sequential; do
    run j.csv --engine $engine
    "$compare" "$dir/expected.csv" "$work/j.csv" $float32
done
for engine in reverse forward; do
    run j.csv --engine $engine --set jacobian.precision=float64
    "$compare" "$dir/expected.csv" "$work/j.csv" $float64
done

run one.csv --threads 1
run two.csv --threads 2
cmp "$work/one.csv" "$work/two.csv"
