#!/bin/sh
# check.sh TJAC COMPARE CASE N: tjac stats on the case's j.h5 with its config N, against what scipy
# and numpy made of it (make_case.py).
set -u
tjac=$1 compare=$2 case=$3 n=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/run"
j=$case/j_$n.h5 # of a model that is shuffled
[ -f "$j" ] || j=$case/j.h5
cp "$j" "$work/run/j.h5"
"$tjac" stats "$work/run" "$case/config_$n.json" -q || exit 1
status=0
for table in kd_scores blocks panel_stats panel_matrix concordance; do
    case $table in
    blocks) gzip -dc "$case/$table.csv.gz" ;; # the same for every config
    kd_scores) gzip -dc "$case/${table}_$n.csv.gz" ;;
    *) cat "$case/${table}_$n.csv" ;;
    esac > "$work/$table.csv" && "$compare" "$work/$table.csv" "$work/run/$table.csv" || status=1
done
exit $status
