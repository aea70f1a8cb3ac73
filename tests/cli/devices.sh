# jacobian.memory_gb bounds the passes, not just the start. What is held before the first pass is
# read from a refusal; one pass of this run takes 71 MB and a whole group of four lines 102 MB.
bounded() # bounded GB_ABOVE_HELD [OPTION]...: J to bounded.csv, errors to bounded.txt
{
    gb=$(awk "BEGIN { print $held + $1 }")
    shift
    case " $* " in *" --out "*) ;; *) set -- "$@" --out - ;; esac
    "$tjac" run base.json -q --threads 1 --engine forward --set jacobian.precision=float64 \
        --set cells.set_size=240 \
        --set 'panels[0].regulators=["PW0_R1","PW0_R2","BG1","BG2","BG3","BG4","BG5","BG6"]' \
        --set jacobian.memory_gb="$gb" "$@" >bounded.csv 2>bounded.txt
}

held=0
bounded 0.0001
held=$(sed -n 's/.* and \(.*\) GB are held before the first pass.*/\1/p' bounded.txt)
[ "$held" ]
check "what is held before the first pass is told" $?

bounded 0.04
[ $? = 1 ] && grep -q 'one KD of one set takes about 0.071. GB .*raise jacobian.memory_gb' bounded.txt
check "less than one pass takes is refused" $?

bounded 0.5 && ! grep -q 'smaller pieces' bounded.txt && mv bounded.csv enough.csv
check "no warning with memory enough" $?
bounded 0.087 && grep -q "model 'fewshot': memory was short and J was computed in smaller pieces" bounded.txt &&
    awk -F, 'NR == FNR { J[FNR] = $13; next }
             FNR > 1 { d = $13 / J[FNR] - 1; if (d * d > 1e-18) exit 1 }
             END { exit FNR != 25 }' enough.csv bounded.csv
check "with less than a whole group takes, smaller pieces, which are said, and the same J" $?

# knockout takes no derivatives and 25 MB; the full Jacobian is bounded by itself, and what was done
# before it stays.
bounded 0.05 --set 'jacobian.estimands=["knockout"]'
check "changes alone take less" $?
bounded 0.05 --set 'jacobian.estimands=["knockout"]' --out ok/full --set jacobian.full="$work/ok/full.h5"
[ $? = 1 ] && grep -q 'jacobian.memory_gb' bounded.txt && ! [ -e ok/full/run.json ]
check "the full Jacobian is bounded too" $?
bounded 0.5 --set 'jacobian.estimands=["knockout"]' --out ok/full --resume --set jacobian.full="$work/ok/full.h5" &&
    [ -e ok/full/run.json ]
check "with more memory it goes on" $?
