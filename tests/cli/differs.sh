# What J depends on is named when it differs, and nothing is changed.
begin ok/ended
kill -TERM $pid
wait $pid
differs() # differs TEXT OPTION...
{
    text=$1
    shift
    list_files >"$said/before.txt"
    "$tjac" run slow.json -q --out ok/ended --resume "$@" >/dev/null 2>"$said/differs.txt"
    code=$?
    list_files | diff "$said/before.txt" - && [ $code = 2 ] && grep -qF "/ok/ended/j.h5' is of another plan, which differs in: $text; give another --out, or --force to begin anew" "$said/differs.txt"
    check "--resume with $*" $?
}
differs precision --set jacobian.precision=float64
differs 'tolerance of same_cell' --set jacobian.same_cell.tolerance=0.1
differs "cells.seed, cells (planted) of model 'fewshot'" --set cells.seed=9
differs "cells (planted) of model 'fewshot'" --set cells.n_sets=6
differs "checkpoint of model 'fewshot'" --set "models[0].dir=$root/examples/planted/zeroshot"
differs "pairs and blocks of model 'fewshot'" --set 'panels[0].regulators=["PW0_R1"]'
differs "KDs and their order of model 'fewshot'" --set 'kds=["BG1"]'
differs "attention of model 'fewshot', rotary of model 'fewshot'" --set attention=causal
differs estimands --set 'jacobian.estimands=["set_mean"]'
differs "estimands, lines of the engine of model 'fewshot', standard deviations (planted) of model 'fewshot'" --set 'jacobian.estimands=["shift"]'
differs "engine, lines of the engine of model 'fewshot'" --set engine=reverse
differs 'names of models' --set models[0].name=renamed

# What J does not depend on may differ: another end of the folder's name, threads, label, stats.
mv ok/ended ok/moved
"$tjac" run slow.json -q --out ok/moved --resume --threads 2 --label 'moved, and "named"' --set stats.alpha=0.1 \
    --set jacobian.memory_gb=8 2>moved.txt && [ "$(sed -n 2p ok/moved/j.csv | cut -c 1-26)" = '"moved, and ""named""",few' ]
check "--resume with other threads, memory, label and statistics" $?
