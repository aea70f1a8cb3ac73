# A run that goes on where it was ended.
"$tjac" run slow.json -q --out ok/whole --threads 2 2>whole.txt
check "a run that is not ended" $?

# Finished: nothing is done and nothing changes.
list_files >"$said/before.txt"
"$tjac" run base.json --out ok/r --resume 2>"$said/finished.txt" &&
    grep -q '^tjac: .*/ok/r is finished already; tjac stats computes its statistics again, --force all of it$' "$said/finished.txt"
check "--resume of a finished run" $?
list_files | diff "$said/before.txt" -
check "--resume of a finished run changes no file" $?

# Killed once something is surely on the disk, marks are synced every 5 s.
begin ok/killed
sleep 6.5
kill -KILL $pid
wait $pid 2>killed.txt
[ -e ok/killed/j.h5 ] && ! [ -e ok/killed/run.json ] && [ "$(ls -A ok/killed)" = ".tjac.lock
j.h5" ]
check "a killed run leaves its results file alone" $?
"$tjac" run slow.json --out ok/killed >plain.txt 2>&1
[ $? = 2 ] && grep -q "/ok/killed' holds an unfinished run; give another --out, --resume to go on with it, or --force to write over it" plain.txt
check "an unfinished run is not written over" $?
"$tjac" run slow.json -q --out ok/killed --resume --threads 2 2>resumed.txt && same_tables ok/whole ok/killed &&
    cmp ok/whole/j.h5 ok/killed/j.h5
check "a killed run that goes on gives the same bytes" $?
by_earlier=$(sed -n 's/.*"by_earlier_runs":[[:space:]]*\([0-9]*\).*/\1/p' ok/killed/run.json)
[ "$by_earlier" -gt 0 ] && [ "$by_earlier" -lt 26 ]
check "what was on the disk was not computed again" $?
hashes_hold ok/killed && [ "$(cd ok/killed && ls -A)" = "$(cd ok/whole && ls -A)" ]
check "a killed run that goes on leaves nothing else" $?
