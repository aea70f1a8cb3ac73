# What can be below alpha is not warned of, nor a run without statistics; a run writes its warnings.
"$tjac" run base.json --dry-run --set kds=all --set null.blocks=4 >enough.txt 2>&1 &&
    ! grep -qE 'underpowered|no_answer|compressed' enough.txt
check "2 against 23 KDs and 5 x 5 blocks are enough" $?
"$tjac" run base.json --dry-run --set 'panels[0].unrelated_kds=["BG1","BG2","BG3","BG4","BG5"]' >enough.txt 2>&1 &&
    ! grep -q underpowered enough.txt
check "2 against 5 KDs are enough one-sided" $?
"$tjac" run base.json --dry-run --set 'panels[0].kds=["PW0_K1"]' --set 'panels[0].unrelated_kds=["BG1","BG2","BG3","BG4"]' >fifth.txt 2>&1 &&
    ! grep -q compressed fifth.txt
check "a fifth of the KDs is not more than a fifth" $?
"$tjac" run base.json --dry-run --set 'jacobian.estimands=["pert"]' >pert.txt 2>&1 && ! grep -q warning pert.txt
check "no warning of statistics that pert does not have" $?
"$tjac" run base.json -q --out - >alone.csv 2>alone.txt && ! [ -s alone.txt ]
check "no warning of statistics that are not made" $?
grep -q "has no KDs to compare its 2 KD(s) with" ok/told/run.json
check "the warning in run.json" $?
