#!/bin/sh
# run.sh TJAC: every row of rows.txt: expected exit code, command line, a text that must stand in
# what it prints. @ in a command stands for a fresh folder, % for the folder of the repository.
set -u
tjac=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && sh "$here/prepare.sh" "$root") || exit 1

passed=0 failed=0
while IFS='|' read -r code command text; do
    case "$code" in ''|\#*) continue ;; esac
    line=$(printf '%s' "$command" | sed "s#@#$work#g; s#%#$root#g")
    (cd "$work" && eval "$tjac $line") >"$work/stdout.txt" 2>"$work/stderr.txt" </dev/null
    got=$?
    cat "$work/stdout.txt" "$work/stderr.txt" >"$work/both.txt"
    if [ "$got" = "$code" ] && grep -qF -- "$text" "$work/both.txt"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: tjac %s\n  exit %s, expected %s; expected text: %s\n' "$line" "$got" "$code" "$text"
        sed 's/^/  > /' "$work/both.txt" | head -5
    fi
    # a failure leaves nothing: the rows that succeed come last and write elsewhere
    if [ "$code" != 0 ] && [ -e "$work/ok/base" ] && [ "${command%% *}" = run ]; then
        echo "FAILED: tjac $line left something in ok/base"
        failed=$((failed + 1))
        rm -rf "$work/ok/base"
    fi
done <"$here/rows.txt"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
