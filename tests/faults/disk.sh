# A full disk: a small tmpfs where one can be mounted, and calls that fail as on one.
run --out reference
[ $got = 0 ]
check "a run that nothing befalls" $?

# ---- calls that fail ----

# At the start there is nothing yet, and nothing stays.
for fault in fsync:1 pwrite:1 posix_fallocate:1 fsync:3; do
    run_with $fault:ENOSPC --out out
    says 1 'No space left on device' && [ ! -e out ]
    check "$fault: full at the start" $?
done
# In the middle: rows, their sync, marks, their sync.
for fault in pwrite:40 fdatasync:1 fdatasync:2; do
    rm -rf out
    run_with $fault:ENOSPC --out out
    says 1 "cannot write '.*/out/j.h5': No space left on device" && [ -e out/j.h5 ] &&
        [ ! -e out/j.csv ] && no_leftovers out
    check "$fault: full in the middle" $?
    resumes out reference
    check "$fault: --resume" $?
done
# In the tables: the first one, the last one, run.json's name.
for n in 5 9 15; do
    rm -rf out
    run_with fsync:$n:ENOSPC --out out
    says 1 'No space left on device' && whole out reference && no_leftovers out &&
        [ ! -e out/run.json ]
    check "fsync:$n: full in the tables" $?
    resumes out reference
    check "fsync:$n: --resume" $?
done
# A device that fails.
rm -rf out
run_with fdatasync:1:EIO --out out
says 1 "cannot write '.*/out/j.h5': Input/output error" && whole out reference
check "a device that fails" $?
resumes out reference
check "a device that fails: --resume" $?
rm -rf out

# ---- a small disk ----

mkdir small
if ! mount -t tmpfs -o size=512k none small 2>/dev/null; then
    echo "disk: a small tmpfs cannot be mounted here: skipped"
    return
fi
mounted=$work/small
fill() # fill KB: leaves so much
{
    local free
    rm -f small/filling
    free=$(df --output=avail -k small | tail -1)
    head -c $(((free - $1) * 1024)) /dev/zero >small/filling
}

fill 0
run --out small/out
says 1 'No space left on device' && [ ! -e small/out ]
check "no room for a folder" $?
fill 24
run --out small/out
says 1 "'.*/small/out' has 2[0-9.]* kB free and this run writes about [0-9.]* kB" &&
    [ ! -e small/out ]
check "too little room at the start: told with numbers" $?

# Something else fills it while the run computes: the results file has its room.
rm -f small/filling
run --out small/out --force
size=$(du -k small/out/j.h5 | cut -f1)
[ $got = 0 ] && same small/out reference
check "room enough" $?
rm -rf small/out
start rename:1 --out small/out
fill 0
go_on
says 1 "cannot write '.*/small/out/.*': No space left on device" && no_leftovers small/out &&
    whole small/out reference && [ ! -e small/out/run.json ]
check "full in the tables" $?
run --out small/out --resume
says 1 'No space left on device' && [ "$(du -k small/out/j.h5 | cut -f1)" = "$size" ]
check "--resume while it is full says so" $?
rm -f small/filling
resumes small/out reference
check "--resume when there is room" $?
