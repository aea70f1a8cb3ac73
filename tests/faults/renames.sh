# Killed before each rename of a run, and before some syncs of files and folders.
run --out reference
[ $got = 0 ]
check "a run that nothing befalls" $?

# All KDs are there and no table: what is left to a run that goes on is what is tried here.
run_with rename:2:kill --out computed
[ $got = 137 ] && [ -e computed/j.h5 ] && [ ! -e computed/j.csv ]
check "killed before the first table gets its name" $?

# From nothing: the results file, its name, rows, marks.
for fault in fsync:3 rename:1 fsync:4 fdatasync:1 fdatasync:2; do
    rm -rf out
    run_with $fault:kill --out out
    [ $got = 137 ] && whole out reference
    check "$fault: killed" $?
    resumes out reference
    check "$fault: --resume" $?
done

# Each table, and run.json last; then some syncs of files and folders between them.
try() # try FAULT: sets got; a run that was not killed is finished
{
    rm -rf out
    cp -r computed out
    run_with "$1:kill" --out out --resume
    [ $got = 137 ] || return
    whole out reference
    check "$1: no half table" $?
    resumes out reference
    check "$1: --resume" $?
    got=137
}

for n in 1 2 3 4 5 6 7 8 9; do
    try rename:$n
    [ $got = 137 ] || break
done
[ $n = 9 ] && [ $got = 0 ] && same out reference
check "there are 7 tables and run.json" $?
for n in 3 8 9 14; do
    try fsync:$n
    [ $got = 137 ]
    check "fsync:$n: killed" $?
done
