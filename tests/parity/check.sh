#!/bin/sh
# check.sh TJAC COMPARE CASE_DIR: J of the case against its float64 reference, in float32 with both
# engines and in float64. The tolerances are relative to the largest |J| of the estimand: float32 sums keep about
# 1e-7 of their largest term, and the largest term can be some tens of J.
set -eu
tjac=$1 compare=$2 dir=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for engine in reverse sequential; do
    "$tjac" run "$dir/config.json" -q --device cpu --engine $engine --out - >"$work/j.csv"
    "$compare" "$dir/expected.csv" "$work/j.csv" 1e-5
done
"$tjac" run "$dir/config.json" -q --device cpu --set jacobian.precision=float64 --out - >"$work/j.csv"
# LoRA is folded into float32 weights, which rounds them by 6e-8: cross_cell is off by 1e-7.
case "$dir" in *lora*) exact=5e-7 ;; *) exact=1e-9 ;; esac
"$compare" "$dir/expected.csv" "$work/j.csv" $exact
