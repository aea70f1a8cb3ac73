# The full Jacobian stands under its own name and nothing beside it.
[ "$(ls -A ok/full/new)" = full.h5 ] && [ "$(ls -A ok/full)" = "concordance.csv
j.csv
j.h5
kd_scores.csv
new
null_pairs.csv
panel_stats.csv
run.json" ] && [ "$(head -c 4 ok/full/new/full.h5 | tail -c 3)" = HDF ]
check "the full Jacobian and no temporary file" $?
grep -q "\"full\":[[:space:]]*\"$(pwd -P)/ok/full/new/full.h5\"" ok/full/run.json
check "the absolute path of the full Jacobian in run.json" $?
if command -v h5dump >/dev/null; then
    h5dump -H -d J ok/full/new/full.h5 | grep -q 'SIMPLE { ( 1, 3, 64, 64 )'
    check "the full Jacobian of 3 KDs, 64 targets and 64 regulators" $?
fi
