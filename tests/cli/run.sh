#!/bin/sh
# run.sh TJAC SUBJECT: every row of SUBJECT.txt, then the checks of SUBJECT.sh, whichever there are,
# in a folder of its own that prepare.sh fills.
#
# A row is code|command|text: the expected exit code, the command line, a text that must stand in
# what it prints. @ in a command stands for that folder, % for the folder of the repository. Rows
# of one command that follow each other share its run. A command that fails, or only plans, must
# leave all files as they were.
set -u
tjac=$(realpath "$1") subject=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT
work=$said/work
mkdir "$work"
cd "$work" && sh "$here/prepare.sh" "$root" || exit 1

passed=0 failed=0
check() # check WHAT STATUS
{
    if [ "$2" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1"
    fi
}

show_report() # show_report FILE: what a sanitizer said there
{
    grep -E -A 15 'Sanitizer:|runtime error:' "$1" | sed 's/^/  > /'
}

list_files()
{
    find . -type d | sort
    find . -type f -exec cksum {} + | sort
}

run_command() # run_command CODE COMMAND: sets line and got
{
    line=$(printf '%s' "$2" | sed "s#@#$work#g; s#%#$root#g")
    writes=yes
    case "$1 $2" in 0\ *--dry-run*) writes=no ;; 0\ *) ;; *) writes=no ;; esac
    [ $writes = yes ] || list_files >"$said/before.txt"
    eval "$tjac $line" >"$said/stdout.txt" 2>"$said/stderr.txt" </dev/null
    got=$?
    cat "$said/stdout.txt" "$said/stderr.txt" >"$said/both.txt"
    if [ $writes = no ] && ! list_files | diff "$said/before.txt" - >"$said/changed.txt"; then
        check "tjac $line changed files" 1
        sed 's/^/  > /' "$said/changed.txt" | head -5
    fi
}

hashes_hold() # hashes_hold DIR: every table that run.json names has the hash that it says
{
    sed -n '/"tables":/,/}/s/.*"\(.*\.csv\)":[[:space:]]*"\([0-9a-f]*\)".*/\2  \1/p' "$1/run.json" >"$said/sums.txt"
    [ "$(wc -l <"$said/sums.txt")" = 7 ] && (cd "$1" && sha256sum --quiet -c "$said/sums.txt")
}

begin() # begin DIR [OPTION]...: a run of slow.json by one thread, which has begun: sets pid; DIR.txt is what it says
{
    dir=$1
    shift
    mkdir -p "${dir%/*}" && rm -f "$dir.txt"
    # a shell ignores SIGINT for what runs beside it
    env --default-signal=INT "$tjac" run slow.json --out "$dir" --threads 1 --progress json "$@" 2>"$dir.txt" &
    pid=$!
    waited=0
    until grep -q '"kd":"' "$dir.txt" 2>/dev/null || [ $waited = 300 ] || ! kill -0 $pid 2>/dev/null; do
        sleep 0.1
        waited=$((waited + 1))
    done
}

same_tables() # same_tables DIR DIR: every CSV, of which there are seven
{
    [ "$(cd "$1" && echo *.csv)" = "blocks.csv concordance.csv j.csv kd_scores.csv null_pairs.csv panel_matrix.csv panel_stats.csv" ] || return 1
    for table in "$1"/*.csv; do
        cmp "$table" "$2/${table##*/}" || return 1
    done
}

last=none
while IFS='|' read -r code command text; do
    case "$code" in ''|\#*) continue ;; esac
    [ "$code $command" = "$last" ] || run_command "$code" "$command"
    last="$code $command"
    if [ "$got" = "$code" ] && grep -qF -- "$text" "$said/both.txt"; then
        passed=$((passed + 1))
    else
        printf 'FAILED: tjac %s\n  exit %s, expected %s; expected text: %s\n' "$line" "$got" "$code" "$text"
        sed 's/^/  > /' "$said/both.txt" | head -5
        show_report "$said/both.txt"
        failed=$((failed + 1))
    fi
done <<END
$(cat "$here/$subject.txt" 2>/dev/null)
END

# shellcheck source=/dev/null
[ ! -e "$here/$subject.sh" ] || . "$here/$subject.sh"
[ "$failed" = 0 ] || for file in "$work"/*.txt; do
    show_report "$file"
done
echo "$subject: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
