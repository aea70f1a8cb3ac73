# --seed sets the three seeds, but for the one that --set sets, and run.json says so.
[ "$(sed -n 's/.*"seed":[[:space:]]*\([0-9]*\).*/\1/p' ok/seeds/run.json | tr '\n' ' ')" = "7 3 7 " ]
check "--seed sets what --set does not" $?
# run.json tells the folder that was used.
grep -q "\"out\":[[:space:]]*\"$(pwd -P)/ok/seeds\"" ok/seeds/run.json
check "the folder of --out in run.json" $?

# From standard input, a pipe and a named one; relative paths are from the working folder then.
mkdir elsewhere
quiet() # quiet OPTION...: what it says goes to stderr.txt
{
    "$tjac" "$@" 2>"$said/stderr.txt"
}
sed 's#"out": "ok/base"#"out": "../ok/sub"#' own.json | sed 's#"own#"../own#g' >elsewhere/sub.json
(cd elsewhere && quiet run - -q <sub.json) && quiet run elsewhere/sub.json -q --out ok/same &&
    same_tables ok/sub ok/same
check "a config on standard input" $?
quiet run - -q --out ok/input <own.json && grep -q "\"h5ad\":[[:space:]]*\"$(pwd -P)/own.h5ad\"" ok/input/run.json
check "paths of standard input are from the working folder, in run.json too" $?
mkfifo awaiting
cat own.json >awaiting & quiet run awaiting -q --out ok/fifo && same_tables ok/input ok/fifo && [ -p awaiting ]
check "a config from a named pipe, which stays one" $?
wait
cat own.json | quiet run /dev/stdin -q --out - >stdin.csv && cmp stdin.csv ok/input/j.csv
check "a config from /dev/stdin" $?
cat own.json | quiet check - >"$said/both.txt" && grep -q 'agree with finite differences' "$said/both.txt"
check "tjac check of standard input" $?
sed 's#"h5ad": *"own.h5ad"#"h5ad": "nowhere.h5ad"#' own.json | quiet run -
[ $? = 2 ] && grep -q "'standard input': 'cells.h5ad': cannot read" "$said/stderr.txt"
check "what is wrong on standard input is said of it" $?

# The run.json of an earlier run: the same numbers, from anywhere, into another folder.
(cd elsewhere && quiet run ../ok/input/run.json -q --out ../ok/again) && same_tables ok/input ok/again
check "run.json as a config" $?
quiet run ok/input/run.json -q
[ $? = 2 ] && grep -q 'run.json.*which is the config; give another --out' "$said/stderr.txt"
check "nothing is written over the run.json that is the config" $?
quiet stats ok/again ok/input/run.json -q --out ok/stats && cmp ok/stats/panel_stats.csv ok/again/panel_stats.csv
check "run.json as the config of tjac stats" $?
quiet run own.json -q --out ok/full1 --set jacobian.full=full.h5 && quiet run ok/full1/run.json -q --out ok/full2 &&
    [ -s ok/full2/full.h5 ] && cmp ok/full1/full.h5 ok/full2/full.h5
check "jacobian.full of an earlier run stands in the folder of the new one" $?

# What the command line sets: of the type of its key, relative to the working folder.
resolved() # resolved SETTING KEY: the value of the key in run.json, on one line
{
    rm -rf ok/set
    quiet run own.json -q --out ok/set --set "$1" || return 1
    tr -d '\n\t' <ok/set/run.json | sed "s/.*\"$2\":\(\[[^]]*\]\|[^],}[]*\).*/\1/"
}
[ "$(resolved 'panels[0].unrelated_kds=[BG1, "BG2"]' unrelated_kds)" = '["BG1", "BG2"]' ]
check "--set of a list without quotes" $?
[ "$(resolved 'jacobian.estimands=pert' estimands)" = '["pert"]' ]
check "--set of a list of one" $?
[ "$(resolved stats.alpha=0.1 alpha)" = 0.1 ] && [ "$(resolved 'cells.batch=null' batch)" = null ]
check "--set of a number, and of null" $?
[ "$(resolved 'models[0].name=1' name)" != '' ] && cut -d, -f2 ok/set/j.csv | grep -qx 1 &&
    [ "$(resolved 'panels[0].name=true' name)" != '' ] && cut -d, -f5 ok/set/j.csv | grep -qx true
check "--set of a text that looks like a number or a flag" $?
(cd elsewhere && quiet run ../own.json -q --set 'models[0].dir=../own' --set cells.h5ad=../own.h5ad --set out=here --set null.seed=5) &&
    [ -e elsewhere/here/run.json ]
check "paths of --set are from the working folder" $?
(cd elsewhere && quiet run ../own.json -q --out there) && [ -e elsewhere/there/run.json ]
check "the path of --out too" $?

# As many threads as this process may use; -v says what is read and why.
if command -v taskset >/dev/null && one=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/') && taskset -c "$one" true; then
    taskset -c "$one" "$tjac" run own.json --dry-run 2>"$said/stderr.txt" | grep -q ' 1 thread(s) (\(CPU affinity of the process\|CPUs of the machine\))'
    check "threads of the affinity" $?
fi
SLURM_CPUS_PER_TASK=1 "$tjac" run own.json --dry-run 2>"$said/stderr.txt" | grep -q ' 1 thread(s) '
check "threads of Slurm" $?
quiet run own.json -q --threads 2 --out ok/threads && grep -q '"threads_from":[[:space:]]*"threads of the config' ok/threads/run.json
check "threads of the command line, and why, in run.json" $?
quiet run own.json -v --out - >verbose.csv && cmp verbose.csv ok/input/j.csv &&
    sum=$(sha256sum own/checkpoints/final.ckpt | cut -d' ' -f1) && grep -q "^read .*/own/checkpoints/final.ckpt sha256 $sum" "$said/stderr.txt" &&
    grep -q '^fewshot: engine reverse: ' "$said/stderr.txt" && grep -q '^plan sha256 ' "$said/stderr.txt" && grep -q '^seconds: open ' "$said/stderr.txt"
check "-v says files, hashes, plan, engine and times" $?

# Found by hash, not by scanning: 200,000 names take a second.
awk 'BEGIN { for (i = 0; i < 200000; i++) printf "%s\"G%d\"", i ? "," : "", i }' >"$said/many.txt"
for key in regulators targets kds unrelated_kds unrelated_targets; do
    {
        sed 's#"panels": .*#"panels": [ {"name": "P"#; /"kds"/d' base.json | sed '/"null"/d'
        for list in regulators targets kds unrelated_kds unrelated_targets; do
            printf ', "%s": [' $list
            if [ $list = $key ]; then cat "$said/many.txt"; else printf '"%s"' $list; fi
            printf ']'
        done
        printf '}],\n'
        sed -n '/"null"/p' base.json
    } >many.json
    timeout 60 "$tjac" run many.json --dry-run >"$said/both.txt" 2>&1
    [ $? = 3 ] && grep -q "is not an input gene of model 'fewshot'" "$said/both.txt"
    check "200,000 names in $key" $?
done
