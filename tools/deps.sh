#!/bin/sh
# Installs what tjac builds with, where it is missing: Debian packages with apt as root and, where
# tools/libtorch.sh finds no LibTorch, the torch package in .deps/venv. Without apt and root it
# prints what to install and stops. Silent where nothing is missing.
#
#   TJAC_TORCH=2.14.1   this torch for .deps/venv, also in place of the one that is there
#
# pip's own settings hold: PIP_INDEX_URL=https://download.pytorch.org/whl/cpu takes the build for the
# CPU alone, where PyPI's for Linux is the one for CUDA.
set -eu
cd -P "$(dirname "$0")/.."

apt_packages="cmake ninja-build g++ pkg-config python3-venv libhdf5-dev libgsl-dev libcjson-dev libyaml-dev libzip-dev zlib1g-dev libssl-dev nlohmann-json3-dev"
conda_packages="cmake ninja cxx-compiler pkg-config hdf5 gsl cjson yaml libzip zlib openssl nlohmann_json"

say() { echo "tools/deps.sh: $*"; }

# ---- what is missing ----

# What an earlier configuration was given, or has found.
configured=$(sed -n 's/^\(TJAC_\)\{0,1\}LIBTORCH:[A-Z]*=\(..*\)/\2/p' build/CMakeCache.txt 2>/dev/null | head -n 1)
torch=$(tools/libtorch.sh "$configured" || true)
have=$(sed -n "s/^__version__ = '\([^+']*\).*/\1/p" .deps/libtorch/version.py 2>/dev/null || true)
wanted=${TJAC_TORCH:-$have}
case $torch in
"" | "$PWD"/.deps/*)
    # shellcheck disable=SC2254 # 2.14.* is a pattern
    case $have in "") need_torch=yes ;; $wanted) need_torch=no ;; *) need_torch=yes ;; esac ;;
*)
    need_torch=no
    [ -z "${TJAC_TORCH:-}" ] || say "TJAC_TORCH has no effect, LibTorch is there: $torch" ;;
esac

missing=""
need() { missing="$missing $1"; }
have_module() { pkg-config --exists "$1" 2>/dev/null; }
compiles() { ${CXX:-c++} ${CPPFLAGS:-} -std=c++20 -x c++ -fsyntax-only - 2>/dev/null; }
command -v cmake >/dev/null 2>&1 || need cmake
command -v ninja >/dev/null 2>&1 || need ninja-build
command -v pkg-config >/dev/null 2>&1 || need pkg-config
echo 'int main() { return 0; }' | compiles || need g++
have_module hdf5 || need libhdf5-dev
have_module gsl || need libgsl-dev
have_module libcjson || need libcjson-dev
have_module yaml-0.1 || need libyaml-dev
have_module libzip || need libzip-dev
have_module zlib || need zlib1g-dev
have_module 'libcrypto >= 3' || need libssl-dev
printf '#if !__has_include(<nlohmann/json.hpp>)\n#error\n#endif\n' | compiles || need nlohmann-json3-dev
[ $need_torch = no ] || python3 -c 'import ensurepip' 2>/dev/null || need python3-venv

# ---- the packages ----

if [ -n "$missing" ]; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        say "installing with apt, some 100 MB in a minute or two:$missing"
        apt-get update -qq
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        say "missing:$missing" >&2
        echo "Debian or Ubuntu:  sudo apt-get install $apt_packages" >&2
        echo "conda:             conda install -c conda-forge $conda_packages" >&2
        exit 1
    fi
fi

# ---- LibTorch ----

# .deps/libtorch is linked last: without it a venv may be half made and is made anew.
if [ $need_torch = yes ]; then
    wanted=${TJAC_TORCH:-2.13.0}
    say "installing torch $wanted (LibTorch) into .deps/venv: 0.2 GB for the CPU, 3 GB for CUDA, some minutes"
    rm -f .deps/libtorch
    python3 -m venv --clear .deps/venv
    [ -t 1 ] && quiet="" || quiet=--quiet
    # shellcheck disable=SC2086
    .deps/venv/bin/pip install $quiet --disable-pip-version-check "torch==$wanted"
    set -- .deps/venv/lib*/python3*/site-packages/torch
    ln -sfn "${1#.deps/}" .deps/libtorch
fi
