#!/bin/sh
# check_gpu.sh TJAC COMPARE CASE_DIR...: check.sh on CUDA for every case. Where LibTorch sees no CUDA
# device, one line says so and nothing has failed.
set -u
tjac=$1 compare=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)

said=$("$tjac" run "$1/config.json" -q --device cuda --dry-run 2>&1)
code=$?
case "$code $said" in
0\ *) ;;
1\ *"sees 0 CUDA device(s)"*)
    echo "test-gpu: skipped: LibTorch sees no CUDA device"
    exit 0
    ;;
*)
    printf '%s\n' "$said" >&2
    exit "$code"
    ;;
esac

failed=0
for case in "$@"; do
    echo "${case##*/} on cuda"
    sh "$here/check.sh" "$tjac" "$compare" "$case" cuda || failed=$((failed + 1))
done
echo "test-gpu: $# cases, $failed failed"
[ "$failed" = 0 ]
