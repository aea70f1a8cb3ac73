#!/bin/sh
# Installs what tjac builds with, where it is missing: Debian packages with apt as root, LibTorch as
# the torch package in .deps/venv. Without apt and root it prints what to install and stops.
set -eu
cd "$(dirname "$0")/.."

apt_packages="cmake ninja-build g++ pkg-config python3-venv libhdf5-dev libgsl-dev libcjson-dev libyaml-dev libzip-dev nlohmann-json3-dev"
conda_packages="cmake ninja cxx-compiler pkg-config hdf5 gsl cjson yaml libzip nlohmann_json"

have_module() { pkg-config --exists "$1" 2>/dev/null; }

missing=""
need() { missing="$missing $1"; }
command -v cmake >/dev/null 2>&1 || need cmake
command -v ninja >/dev/null 2>&1 || need ninja-build
command -v pkg-config >/dev/null 2>&1 || need pkg-config
echo 'int main() { return 0; }' | ${CXX:-c++} -std=c++20 -x c++ -fsyntax-only - 2>/dev/null || need g++
have_module hdf5 || need libhdf5-dev
have_module gsl || need libgsl-dev
have_module libcjson || need libcjson-dev
have_module yaml-0.1 || need libyaml-dev
have_module libzip || need libzip-dev
echo '#include <nlohmann/json.hpp>' | ${CXX:-c++} ${CPPFLAGS:-} -x c++ -E - >/dev/null 2>&1 || need nlohmann-json3-dev

if [ -n "$missing" ]; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        echo "tools/deps.sh: installing$missing"
        apt-get update -qq
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        echo "tools/deps.sh: missing:$missing" >&2
        echo "Debian or Ubuntu:  sudo apt-get install $apt_packages" >&2
        echo "conda:             conda install -c conda-forge $conda_packages" >&2
        exit 1
    fi
fi

has_torch() { "$1" -c 'import torch.utils; torch.utils.cmake_prefix_path' 2>/dev/null; }

# An earlier configuration, -DTorch_DIR or LIBTORCH, and the active Python come first.
configured=$(sed -n 's/^Torch_DIR:PATH=//p' build/CMakeCache.txt 2>/dev/null || true)
if [ -n "${LIBTORCH:-}" ] || [ -f "$configured/TorchConfig.cmake" ] || has_torch python3; then
    exit 0
fi
if ! has_torch .deps/venv/bin/python; then
    echo "tools/deps.sh: installing torch 2.13.0 (LibTorch) into .deps/venv"
    if ! python3 -m venv .deps/venv 2>/dev/null; then
        if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
            apt-get update -qq
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
            python3 -m venv .deps/venv
        else
            echo "tools/deps.sh: python3 has no venv: sudo apt-get install python3-venv, or give LIBTORCH=DIR" >&2
            exit 1
        fi
    fi
    .deps/venv/bin/pip install --quiet --disable-pip-version-check torch==2.13.0
fi
