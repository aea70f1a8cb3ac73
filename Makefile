# A thin front for CMake: see CMakePresets.json.
.PHONY: build demo test test-gpu faults slurm asan tsan bench bench-stats clean

JOBS := $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)

build:
	tools/deps.sh
	cmake --preset release
	cmake --build --preset release

demo: build
	examples/planted/demo.sh

test: build
	ctest --preset release --parallel $(JOBS)

test-gpu: build
	tests/parity/check_gpu.sh build/tjac build/tests/parity_compare tests/parity/cases/*

# Under a Slurm of one node of its own: needs Debian's slurm-wlm and munge.
slurm: build
	tests/slurm/slurm.sh build/tjac

# N kills at random moments, each gone on with; `make test` has 10.
N := 200
faults: build
	tests/faults/run.sh build/tjac build/tests/libfaults.so kills $(N)

asan:
	tools/deps.sh
	cmake --preset asan
	cmake --build --preset asan
	ctest --preset asan --parallel $(JOBS)

# The sanitizer of gcc 12 knows fewer addresses than a kernel may choose from: they are not shuffled.
tsan:
	tools/deps.sh
	cmake --preset tsan
	cmake --build --preset tsan
	$$(setarch -R true 2>/dev/null && echo setarch -R) ctest --preset tsan --parallel $(JOBS)

bench: build
	bench/run.sh $(BENCH_ARGS)

# False positives and power of `tjac stats`, half an hour: docs/calibration.md.
bench-stats: build
	bench/calibration.sh $(BENCH_ARGS)

clean:
	rm -rf build build-asan build-tsan build-coverage
