# The seed of a shuffled model in run.json, and other numbers than the model's own.
grep -q '"shuffle":[[:space:]]*3' ok/shuffled/run.json
check "the seed of a shuffled model in run.json" $?
$tjac run base.json -q --out ok/trained
grep -q '"shuffle":[[:space:]]*null' ok/trained/run.json && ! cmp -s ok/trained/j.csv ok/shuffled/j.csv
check "a shuffled model has other numbers" $?
