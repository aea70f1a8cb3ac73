#!/bin/sh
# make bench-stats: false positives and power of tjac stats on simulated J; writes docs/calibration.md.
# BENCH_PYTHON names a Python that has h5py, numpy and scipy; without it .deps/calibration is made.
# Arguments go to calibration.py: --runs N, --only SCENARIO, --out FILE (make bench-stats BENCH_ARGS="--runs 60").
set -eu
cd "$(dirname "$0")/.."
python=${BENCH_PYTHON:-.deps/calibration/bin/python}
if [ -z "${BENCH_PYTHON:-}" ] && ! $python -c 'import h5py, numpy, scipy.stats' 2>/dev/null; then
    echo "bench/calibration.sh: installing h5py, numpy and scipy into .deps/calibration"
    python3 -m venv .deps/calibration
    $python -m pip install --quiet --disable-pip-version-check h5py numpy scipy
fi
# the processes are as many as the cores already
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
exec $python bench/calibration.py "$@"
