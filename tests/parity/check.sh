#!/bin/sh
# check.sh TJAC COMPARE CASE_DIR [DEVICE]: J of the case against its float64 reference, with the
# engines in float32 and float64; then the full Jacobian at the same pairs, against the reference
# and against j.csv. On the CPU, threads must change no byte; on another device, J must be the CPU's.
# The tolerances are relative to the largest |J| of the estimand. float32 sums keep about 1e-7 of
# their largest term, which can be some tens of J; knockout and shift are differences of
# predictions some tens of times larger. The reference module itself run in float32 is off by up
# to 1e-6 in the derivatives (2e-6 at the mean cell) and 5e-6 in the differences.
set -eu
tjac=$1 compare=$2 dir=$3 device=${4:-cpu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run OUT [OPTION]...: on the device, unless an option says otherwise
run()
{
    out=$1
    shift
    "$tjac" run "$dir/config.json" -q --device "$device" "$@" --out - >"$work/$out"
}

float32=1e-5
# LoRA is folded into float32 weights: that moves pert by 2.4e-7, cross_cell by 1.3e-7, others less.
case "$dir" in *lora*) float64=5e-7 ;; *) float64=1e-9 ;; esac
# The loop over single passes is the reference of the CPU.
engines="reverse forward"
[ "$device" != cpu ] || engines="$engines sequential"

for engine in $engines; do
    run "$engine.csv" --engine "$engine"
    "$compare" "$dir/expected.csv" "$work/$engine.csv" $float32
done
for engine in reverse forward; do
    run j.csv --engine $engine --set jacobian.precision=float64
    "$compare" "$dir/expected.csv" "$work/j.csv" $float64
done

two=$work/two
"$tjac" run "$dir/config.json" -q --device "$device" --threads 2 --set jacobian.full=full.h5 --out "$two"
"$compare" "$dir/expected.csv" "$two/full.h5" $float32
"$compare" "$two/j.csv" "$two/full.h5" $float32

if [ "$device" = cpu ]; then
    run one.csv --threads 1
    cmp "$work/one.csv" "$two/j.csv"
else
    run cpu.csv --device cpu
    for engine in $engines; do
        "$compare" "$work/cpu.csv" "$work/$engine.csv" $float32
    done
fi
