#!/bin/sh
# libtorch.sh [EARLIER]: prints the folder of LibTorch, which holds include/ and lib/; exit 1 where
# there is none. CMake and tools/deps.sh both ask here. The first of:
#   the environment's LIBTORCH, right or wrong: whoever uses it says what is wrong with it
#   EARLIER, which an earlier configuration has found, while it is there
#   the torch of the active Python, found without importing it, which takes seconds
#   .deps/libtorch, where tools/deps.sh puts it
set -u
cd "$(dirname "$0")/.." || exit 1

is_there() { [ -f "$1/include/ATen/ATen.h" ]; }

python_torch() {
    python3 -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' 2>/dev/null
}

if [ -n "${LIBTORCH:-}" ]; then
    echo "$LIBTORCH"
elif is_there "${1:-}"; then
    echo "$1"
elif torch=$(python_torch) && is_there "$torch"; then
    echo "$torch"
elif is_there .deps/libtorch; then
    echo "$PWD/.deps/libtorch"
else
    exit 1
fi
