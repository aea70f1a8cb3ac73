# Every help text byte by byte (golden/help*.txt), and wrong command lines with the sentence that each
# gets (golden/wrong.txt: code|command|last line on standard error; @ and % as in run.sh). What is meant
# to be different is written anew by
#
#     TJAC_GOLDEN=write tests/cli/run.sh build/tjac golden
golden=$here/golden
commands=$("$tjac" help | sed -n 's/^  \([a-z]*\)  .*/\1/p')

same_text() # same_text NAME: what is in golden.txt against the file of this name
{
    [ "${TJAC_GOLDEN:-}" != write ] || cp "$said/golden.txt" "$golden/$1"
    diff "$golden/$1" "$said/golden.txt" >"$said/changed.txt"
    check "$1 is as it was" $?
    sed 's/^/  > /' "$said/changed.txt" | head -10
}

"$tjac" --help >"$said/golden.txt"
same_text help.txt
for command in $commands; do
    "$tjac" help "$command" >"$said/golden.txt"
    same_text "help-$command.txt"
    ! grep -q '.\{80\}' "$said/golden.txt"
    check "tjac help $command fits into 79 columns" $?
    "$tjac" "$command" --help | cmp -s - "$said/golden.txt"
    check "tjac $command --help is tjac help $command" $?
done

list_files >"$said/before.txt"
# Only the words between the first and the last bar: commands have none.
while IFS= read -r row; do
    case "$row" in
    '#'*) printf '%s\n' "$row" ;;
    *)
        command=${row#*|} && command=${command%%|*}
        eval "$tjac $(printf '%s' "$command" | sed "s#@#$work#g; s#%#$root#g")" >"$said/stdout.txt" 2>"$said/stderr.txt" </dev/null
        printf '%s|%s|%s\n' "$?" "$command" "$(tail -n 1 "$said/stderr.txt" | sed "s#$work#@#g; s#$root#%#g")"
        ;;
    esac
done <"$golden/wrong.txt" >"$said/golden.txt"
same_text wrong.txt
list_files | diff "$said/before.txt" - >"$said/changed.txt"
check "they leave all files as they were" $?
[ "$(grep -c '^[1-9]' "$said/golden.txt")" -ge 60 ]
check "60 wrong command lines" $?

# What is installed beside the program is made from the same tables: it has every option.
"$tjac" help --man >tjac.1 && "$tjac" help --bash >tjac.bash && "$tjac" help --zsh >_tjac
check "the manual page and the completions" $?
lacking=0
for command in $commands; do
    for option in $("$tjac" help "$command" | sed -n 's/^  \(-., \)*\(--[a-z-]*\).*/\2/p'); do
        sed 's/\\-/-/g' tjac.1 | grep -q -- "^.fB$option\|, .fB$option" || lacking="$command $option in the page"
        sed -n "s/^    $command) options=//p" tjac.bash | grep -q -- "${option}[ \"]" || lacking="$command $option in bash"
        sed -n "/^    $command)/,/;;/p" _tjac | grep -q -- "${option}[[}]" || lacking="$command $option in zsh"
    done
done
[ "$lacking" = 0 ] || echo "  > $lacking"
[ "$lacking" = 0 ]
check "the page and the completions have every option" $?
if command -v groff >/dev/null; then
    [ -z "$(groff -man -Tutf8 -ww -z tjac.1 2>&1)" ]
    check "the manual page without a warning of groff's" $?
fi
if command -v bash >/dev/null; then
    completed=$(bash -c '. ./tjac.bash && COMP_WORDS=(tjac run c.json --engine f) COMP_CWORD=4 && _tjac && echo "${COMPREPLY[*]}" &&
        COMP_WORDS=(tjac me) COMP_CWORD=1 && _tjac && echo "${COMPREPLY[*]}" &&
        COMP_WORDS=(tjac table --m) COMP_CWORD=2 && _tjac && echo "${COMPREPLY[*]}"')
    [ "$(printf "%s" "$completed" | tr "\n" " ")" = "forward merge --matched" ]
    check "bash completes words, commands and options" $?
fi
if command -v zsh >/dev/null; then
    zsh -n _tjac
    check "zsh reads its completion" $?
fi
for engine in auto reverse forward sequential; do
    "$tjac" run base.json --dry-run --engine $engine >"$said/words.txt" 2>&1
    check "--engine $engine, which is completed" $?
done
for form in auto line log json none; do
    "$tjac" run base.json --dry-run --progress $form >"$said/words.txt" 2>&1
    check "--progress $form, which is completed" $?
done
