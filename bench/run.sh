#!/bin/sh
# make bench: tjac against two Python programs on a real-size random model; writes docs/performance.md.
# BENCH_PYTHON names a Python that has torch, arc-state and h5py; without it .deps/bench is made.
# Arguments go to bench.py: --rounds N, --quick, --only WORKLOAD, --out FILE (make bench BENCH_ARGS=--quick).
set -eu
cd "$(dirname "$0")/.."
python=${BENCH_PYTHON:-.deps/bench/bin/python}
imports='import torch, h5py, state.tx.models.state_transition'
if [ -z "${BENCH_PYTHON:-}" ] && ! $python -c "$imports" 2>/dev/null; then
    echo "bench/run.sh: installing torch 2.13.0 and arc-state 0.11.1 into .deps/bench"
    python3 -m venv .deps/bench # Python 3.11 or 3.12, as arc-state 0.11.1 asks for
    $python -m pip install --quiet --disable-pip-version-check torch==2.13.0
    # transformers 5 refuses hidden 328 with 12 heads
    $python -m pip install --quiet --disable-pip-version-check torch==2.13.0 arc-state==0.11.1 \
        transformers==4.52.4 peft==0.21.2 h5py
fi
if [ ! -f build/bench/config.json ]; then
    $python bench/make_real_size.py build/bench --cells 512
fi
exec $python bench/bench.py "$@"
