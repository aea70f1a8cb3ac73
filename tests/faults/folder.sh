# The folder of a run: read-only, removed while it runs, and two runs in it.
run --out reference
[ $got = 0 ]
check "a run that nothing befalls" $?

# ---- read-only ----

mkdir sealed
chmod a-w sealed
as_user= # root may write anywhere
if [ "$(id -u)" = 0 ]; then
    command -v setpriv >/dev/null && as_user='setpriv --reuid=65534 --regid=65534 --clear-groups'
    chmod 755 .
fi
if [ "$(id -u)" != 0 ] || { [ -n "$as_user" ] && $as_user test -r "$tjac"; }; then
    for out in sealed sealed/below; do
        $as_user "$tjac" run base.json -q --out $out >printed.txt 2>said.txt
        got=$?
        says 1 "'.*/$out': Permission denied" && [ -z "$(ls -A sealed)" ]
        check "a read-only folder: $out" $?
    done
else
    echo "folder: nobody here may not write: skipped"
fi
chmod u+w sealed

# ---- removed while running ----

for call in rename:1 pwrite:40 fdatasync:2; do # made; rows; marks
    rm -rf out
    clock=50
    start $call --out out
    rm -rf out
    go_on
    says 1 "'.*/out/j.h5'" && [ ! -e out ]
    check "removed at $call" $?
    resumes out reference
    check "removed at $call: --resume begins anew" $?
done
clock=1
# Moved away, or removed when all is computed: what is said is where the run was to be, and is not.
for n in 2 7; do
    rm -rf out moved
    start rename:$n --out out
    mv out moved
    go_on
    says 1 "'.*/out" && [ ! -e out ] && whole moved reference && [ ! -e moved/run.json ]
    check "moved away at the table $((n - 1))" $?
    resumes moved reference
    check "moved away at the table $((n - 1)): --resume there" $?
done
rm -rf out
start fdatasync:2 --out out # the last sync of marks
mv out gone
go_on
says 1 "'.*/out/j.h5'" && [ ! -e out ]
check "moved away before the tables" $?
resumes gone reference
check "moved away before the tables: --resume there" $?
# Another folder stands there now.
rm -rf out gone
start fdatasync:2 --out out
mv out gone
mkdir out
go_on
says 1 "'.*/out/j.h5'" && [ -z "$(ls -A out)" ]
check "another folder in its place" $?
rm -rf out

# Told within about 5 seconds.
start "" --out out $all_kds --set cells.n_sets=14 --set cells.set_size=16
began=$(date +%s)
rm -rf out
go_on
says 1 "'.*/out/j.h5' was removed or replaced" && [ ! -e out ] && [ $(($(date +%s) - began)) -le 10 ]
check "removed while computing: told soon" $?

# ---- two runs ----

for option in "" --resume --force; do
    rm -rf out
    start "" --out out $all_kds
    first=$pid
    mv said.txt first.txt
    run --out out $option
    says 2 "'.*/out' is in use by process $first on host '.*' since .*; wait for it or give another"
    check "a second run $option is refused" $?
    mv first.txt said.txt
    pid=$first
    go_on
    [ $got = 0 ] && ! grep -v "has no blocks" said.txt && hashes_fit out && no_leftovers out
    check "the first run is not disturbed ($option)" $?
done
# Two that begin at once: one of them runs.
rm -rf out
for i in 1 2; do
    "$tjac" run base.json -q --out out --force 2>both$i.txt &
    pids[i]=$!
done
codes=
for i in 1 2; do
    wait ${pids[i]}
    codes="$codes $?"
done
{ [ "$codes" = ' 0 2' ] || [ "$codes" = ' 2 0' ]; } && same out reference &&
    cat both1.txt both2.txt | grep -q 'is in use by '
check "two that begin at once: $codes" $?
