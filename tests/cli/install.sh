#!/bin/sh
# install.sh CMAKE BUILD_FOLDER: installs into a fresh folder and runs tjac there in an empty
# environment, where it must find LibTorch by itself.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" --install "$2" --prefix "$work" >"$work/installed.txt"
cmp "$work/share/tjac/tjac.schema.json" "$root/configs/tjac.schema.json"
head -1 "$work/share/man/man1/tjac.1" | grep -q '^\.TH TJAC 1'
grep -q '^complete .* tjac$' "$work/share/bash-completion/completions/tjac"
grep -q '^#compdef tjac$' "$work/share/zsh/site-functions/_tjac"
cd /
env -i "$work/bin/tjac" --version | grep LibTorch
env -i "$work/bin/tjac" run "$root/tests/parity/cases/llama_batch/config.json" -q --out - >"$work/j.csv"
[ "$(wc -l <"$work/j.csv")" -gt 1 ]
