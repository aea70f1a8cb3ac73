# RLIMIT_FSIZE: a file that may not grow is an error of writing like a full disk.
run --out reference
[ $got = 0 ]
check "a run that nothing befalls" $?

limited() # limited KB OPTIONS...
{
    local blocks=$1
    shift
    (
        ulimit -f "$blocks" # of 1024 bytes
        exec "$tjac" run base.json -q "$@" >printed.txt 2>said.txt
    )
    got=$?
}

limited 1 --out out
says 1 'File too large' && [ ! -e out ]
check "too small for the results file: nothing stays" $?

# The results file may be as large as it is, the larger table not.
bytes=$(stat -c %s reference/j.h5) table=$(stat -c %s reference/j.csv)
[ "$table" -gt 2048 ]
check "the table is large enough for this test" $?
run --out out
rm -f out/*.csv out/run.json
limited 1 --out out --resume
says 1 "cannot write '.*/out/.*': File too large" && no_leftovers out && [ ! -e out/run.json ] &&
    whole out reference
check "too small for a table" $?
resumes out reference
check "--resume without the limit" $?
limited $((bytes / 1024 + 1000)) --out fits
[ $got = 0 ] && same fits reference
check "a limit that is not met" $?
