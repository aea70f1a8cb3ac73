# Standard output: a reader that goes away, and a full disk behind it.
lines=$("$tjac" run base.json -q --out - 2>said.txt | wc -l)
[ "$lines" -gt 60 ]
check "a run to standard output" $?

"$tjac" run base.json -q --out - >/dev/full 2>said.txt
got=$?
says 1 'cannot write to standard output: No space left on device'
check "/dev/full" $?

gone() # gone COMMAND: into a pipe whose reader takes one line; sets got
{
    { "$@" 2>said.txt; echo $? >code.txt; } | head -1 >/dev/null
    got=$(cat code.txt)
}
gone "$tjac" run base.json -q --out - $all_kds
says 1 'cannot write to standard output: Broken pipe'
check "a broken pipe while computing" $?

# The same of a table.
run --out out
[ $got = 0 ]
check "a run into a folder" $?
cp -r out reference
"$tjac" table out --out - >/dev/full 2>said.txt
got=$?
says 1 'cannot write to standard output: No space left on device'
check "tjac table: /dev/full" $?
mkfifo pipe
: <pipe & # opens it and is gone
{
    wait $!
    "$tjac" table out --out - 2>said.txt
    got=$?
} >pipe
says 1 'cannot write to standard output: Broken pipe'
check "tjac table: a broken pipe" $?
same out reference
check "the folder is as it was" $?

# What is said has nowhere to go: the run goes on.
rm -rf out
"$tjac" run base.json --out out --progress log 2>/dev/full
[ $? = 0 ] && same out reference
check "standard error on a full disk" $?
