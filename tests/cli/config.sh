# --seed sets the three seeds, but for the one that --set sets, and run.json says so.
[ "$(sed -n 's/.*"seed":[[:space:]]*\([0-9]*\).*/\1/p' ok/seeds/run.json | tr '\n' ' ')" = "7 3 7 " ]
check "--seed sets what --set does not" $?
# run.json tells the folder that was used.
grep -q "\"out\":[[:space:]]*\"$(pwd -P)/ok/seeds\"" ok/seeds/run.json
check "the folder of --out in run.json" $?
