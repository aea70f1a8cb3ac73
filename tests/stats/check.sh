#!/bin/sh
# check.sh TJAC COMPARE CASE N: tjac stats on the case's j.h5 with its config N, against what scipy
# and numpy made of it (make_case.py).
set -u
tjac=$1 compare=$2 case=$3 n=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$case/j.h5" "$work"
"$tjac" stats "$work" "$case/config_$n.json" -q || exit 1
status=0
for table in kd_scores panel_stats concordance; do
    "$compare" "$case/${table}_$n.csv" "$work/$table.csv" || status=1
done
exit $status
