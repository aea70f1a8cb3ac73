#!/usr/bin/env python3
"""How often `tjac stats` is wrong, and how often it finds what is there: on J that is simulated.

    bench/calibration.sh [--runs N] [--power-runs N] [--only SCENARIO]... [--out FILE]

Needs build/tjac and a Python with h5py, numpy and scipy (calibration.sh sees to it). A run is a panel
of 4 regulators x 5 targets with 7 rows and 7 columns of drawn genes, under 4 pathway KDs and 300
others. Its J is written to a j.h5, tjac stats reads it, and what counts is its panel_stats.csv. The
same J goes to a plain permutation of KDs and to a test of triples. Exit code 1: more false positives,
or less power, than docs/calibration.md says is allowed. With fewer runs than it asks for, or with
--only, nothing is written unless --out says where.
"""
import argparse
import collections
import concurrent.futures
import csv
import dataclasses
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zlib

import h5py
import numpy as np
import scipy.stats

import calibration_document as document

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "stats"))
from results_file import HASH, LAYOUT, kind_of, put, put_attr, put_names  # noqa: E402

TJAC = os.path.join(ROOT, "build", "tjac")
# Each has a family of q of its own, so that one process of tjac serves as many runs.
ESTIMANDS = ("set_mean", "same_cell", "cross_cell", "mean_cell", "knockout", "shift")
BLOCKS, REGULATORS, TARGETS = 7, 4, 5
SIDE = BLOCKS + 1
PATHWAY, REFERENCE = 4, 300
KDS = PATHWAY + REFERENCE
ALPHA, PERMUTATIONS = 0.05, 999
NULL_RUNS, POWER_RUNS = 2000, 300


# ---- what is simulated ----

@dataclasses.dataclass
class Scenario:
    """log2|J| of a pair under a KD: its own level, what its regulator, its target and itself answer to the KD.

    Of null scenarios, routing is 0. The rest makes them hard.
    """
    name: str
    says: str
    routing: float = 0        # of the pathway's pairs under its KDs, log2
    target_opens: float = 0   # of one target under the pathway's KDs, for every regulator, log2
    regulator_rises: float = 0  # of one regulator under the pathway's KDs, on every target, log2
    gene_times: float = 1     # effects of regulators and targets under the pathway's KDs
    pair_times: float = 1     # of single pairs
    fours: bool = False       # KDs resemble each other in fours, the pathway's being one of them
    tails: bool = False       # t with three degrees of freedom in place of normal
    modules: bool = False     # genes of a module share half of what they answer
    off: str = ""             # half is 0: of the "values", the "pairs", or of the KDs of each "target"
    extra: bool = False       # a third of the runs are enough
    floor: dict = dataclasses.field(default_factory=dict)  # criterion: power it is held to


TARGET_SD, REGULATOR_SD, PAIR_SD, LEVEL_SD = (0.26, 0.48), (0.07, 0.13), 0.5, 1.0
ALIKE = 0.9     # correlation of KDs in fours
MODULES = 10    # the panel's regulators are in one, its targets in one
TABLE = document.TABLE_POWER

SCENARIOS = [
    Scenario("gene-level", "nothing but gene-level effects"),
    Scenario("fours", "KDs correlated at .9 in fours, the pathway's a four", fours=True),
    Scenario("target-wide", "one target opens under the pathway's KDs, for every regulator: 8-fold", target_opens=3),
    Scenario("regulator-wide", "one regulator rises under the pathway's KDs, on every target: 2.8-fold", regulator_rises=1.5),
    Scenario("strong", "pathway KDs with 2.5 times the gene-level effects", gene_times=2.5),
    Scenario("strong-pairs", "pathway KDs with 2.5 times all effects, those of single pairs too", gene_times=2.5,
             pair_times=2.5, extra=True),
    Scenario("t3", "t3 tails in all effects", tails=True),
    Scenario("half-off", "half of the J at 0, each by itself", off="values"),
    Scenario("half-off-targets", "each target at 0 under half of the KDs, for every regulator", off="target", extra=True),
    Scenario("modules", "genes in modules share half of their answers, single pairs of modules too", modules=True),
    Scenario("routing-0.5", "routing 0.5", routing=0.5,
             floor={"specific": TABLE, "positive": 0.97}),
    Scenario("routing-1-targets", "routing 1, each target at 0 under half of the KDs", routing=1, off="target",
             floor={"specific": TABLE, "positive": 0.68}),
    Scenario("routing-1-pairs", "routing 1, half of the pairs at 0 under all KDs", routing=1, off="pairs",
             floor={"specific": TABLE, "positive": TABLE}),
    Scenario("routing-1-values", "routing 1, half of the J at 0, each by itself", routing=1, off="values",
             floor={"specific": 0.98, "positive": 0.96}),
]


def answers(rng, s, *shape):
    """KDs by shape, with standard deviation 1."""
    if s.tails:
        return rng.standard_t(3, (KDS, *shape)) / np.sqrt(3)
    own = rng.standard_normal((KDS, *shape))
    if not s.fours:
        return own
    four = np.repeat(rng.standard_normal((KDS // 4, *shape)), 4, axis=0)
    return np.sqrt(ALIKE) * four + np.sqrt(1 - ALIKE) * own


def share_modules(rng, s, regulator, target, pair):
    """Half of the variance is the module's; of pairs, that of the two modules."""
    i = np.concatenate([np.zeros(REGULATORS, int), rng.integers(0, MODULES, SIDE * REGULATORS - REGULATORS)])
    j = np.concatenate([np.zeros(TARGETS, int), rng.integers(0, MODULES, SIDE * TARGETS - TARGETS)])
    shared = (answers(rng, s, MODULES)[:, i], answers(rng, s, MODULES)[:, j],
              answers(rng, s, MODULES, MODULES)[:, i][:, :, j])
    return [np.sqrt(0.5) * (own + common) for own, common in zip((regulator, target, pair), shared)]


def simulate(rng, s):
    """J, KDs by row of blocks by regulator by column of blocks by target; the pathway's KDs and genes come first."""
    n, m = SIDE * REGULATORS, SIDE * TARGETS
    regulator, target, pair = answers(rng, s, n), answers(rng, s, m), answers(rng, s, n, m)
    if s.modules:
        regulator, target, pair = share_modules(rng, s, regulator, target, pair)
    regulator *= rng.uniform(*REGULATOR_SD, n)
    target *= rng.uniform(*TARGET_SD, m)
    pair *= PAIR_SD
    regulator[:PATHWAY] *= s.gene_times
    target[:PATHWAY] *= s.gene_times
    pair[:PATHWAY] *= s.pair_times
    regulator[:PATHWAY, 0] += s.regulator_rises
    target[:PATHWAY, 0] += s.target_opens
    pair[:PATHWAY, :REGULATORS, :TARGETS] += s.routing
    J = np.exp2(rng.normal(0, LEVEL_SD, (n, m)) + regulator[:, :, None] + target[:, None, :] + pair)
    J *= rng.choice((-1.0, 1.0), (n, m))
    if s.off:
        J *= rng.random({"values": (KDS, n, m), "pairs": (n, m), "target": (KDS, 1, m)}[s.off]) >= 0.5
    return J.reshape(KDS, SIDE, REGULATORS, SIDE, TARGETS)


# ---- what others would do with it ----

def permute(rng):
    """KDs that are called the pathway's instead."""
    return rng.random((PERMUTATIONS, KDS)).argpartition(PATHWAY, axis=1)[:, :PATHWAY]


def permutation_p(x, chosen):
    observed = x[:PATHWAY].sum()
    return (1 + np.sum(x[chosen].sum(axis=1) >= observed - 1e-12)) / (1 + len(chosen))


def log2_mean(x):
    """KDs without any: one below the least."""
    mean = x.reshape(KDS, -1).mean(axis=1)
    return np.log2(np.where(mean > 0, mean, mean[mean > 0].min() / 2)) if mean.any() else np.zeros(KDS)


def others_p(J, chosen):
    """A permutation of KDs on the pathway's log2 mean |J|; on that less the same of matched pairs that share no gene
    with it; Mann-Whitney over all triples of the pathway."""
    size = np.abs(J)
    pathway, triples = log2_mean(size[:, 0, :, 0]), size[:, 0, :, 0].reshape(KDS, -1)
    elsewhere = log2_mean(np.stack([size[:, b, :, b] for b in range(1, SIDE)], axis=1))
    triple = scipy.stats.mannwhitneyu(triples[:PATHWAY].ravel(), triples[PATHWAY:].ravel(), alternative="greater")
    return {"plain": permutation_p(pathway, chosen), "ratio": permutation_p(pathway - elsewhere, chosen),
            "triples": triple.pvalue}


# ---- tjac ----

KD_NAMES = [f"K{k}" for k in range(KDS)] + ["non-targeting"]


def gene(role, block, i):
    """`role` is R or T; block 0 is the panel's own."""
    return f"{role}{i}_{block}" if block else f"{role}{i}"


def put_draw(f):
    drawn = [(role, b, i) for role, n in (("R", REGULATORS), ("T", TARGETS)) for b in range(1, SIDE) for i in range(n)]
    put_names(f, "draw/panel", ["panel"] * len(drawn))
    put_names(f, "draw/role", ["regulator" if role == "R" else "target" for role, _, _ in drawn])
    put_names(f, "draw/gene", [gene(role, 0, i) for role, _, i in drawn])
    put_names(f, "draw/drawn_gene", [gene(*d) for d in drawn])
    put(f, "draw/block", [b for _, b, _ in drawn], "<i4")
    put(f, "draw/window", [25] * len(drawn), "<i4")
    for name in ("expr_gene", "expr_drawn_gene"):
        put(f, f"draw/{name}", np.ones(len(drawn)), "<f8")


def put_model(model):
    """A pair has a column of its own; they stand block by block."""
    pairs = [(r, t, i, j) for r in range(SIDE) for t in range(SIDE) for i in range(REGULATORS) for j in range(TARGETS)]
    put_attr(model, "control", KD_NAMES[-1])
    put_names(model, "regulator", [gene("R", b, i) for b in range(SIDE) for i in range(REGULATORS)])
    put_names(model, "target", [gene("T", b, j) for b in range(SIDE) for j in range(TARGETS)])
    put_names(model, "cell_types", ["cells"])
    put_names(model, "pair/panel", ["panel"] * len(pairs))
    put_names(model, "pair/pair", [kind_of(r, t) for r, t, _, _ in pairs])
    put_names(model, "pair/regulator", [gene("R", r, i) for r, _, i, _ in pairs])
    put_names(model, "pair/target", [gene("T", t, j) for _, t, _, j in pairs])
    for name, numbers in (("row", [p[0] for p in pairs]), ("col", [p[1] for p in pairs]), ("column", range(len(pairs)))):
        put(model, f"pair/{name}", numbers, "<i4")
    cells = model.create_group("cells/cells")
    put_names(cells, "kd", KD_NAMES)
    put_attr(put(cells, "at", range(len(KD_NAMES)), "<i4"), "of", str(len(KD_NAMES)))
    put(cells, "done", np.zeros(len(KD_NAMES)), "<u4")
    put(cells, "active", np.ones((len(KD_NAMES), SIDE * TARGETS)), "<f8")
    for e in ESTIMANDS:
        put(cells, f"{e}/J", np.ones((len(KD_NAMES), len(pairs))), "<f8")
        put(cells, f"{e}/J_se", np.zeros((len(KD_NAMES), len(pairs))), "<f8")


def write_results(path):
    """A j.h5 (src/results/layout.h) in which all J are 1 so far."""
    with h5py.File(path, "w", libver=("v108", "v108")) as f:
        for name, text in (("format", "tjac results"), ("layout", LAYOUT), ("hash", HASH), ("machine", "none"),
                           ("shard", "0/0")):
            put_attr(f, name, text)
        put_names(f, "identity", ["made by: calibration.py"])
        put_names(f, "panel", ["panel"])
        put_names(f, "estimand", ESTIMANDS)
        put_names(f, "models", ["simulated"])
        put_draw(f)
        put_model(f.create_group("model/simulated"))


def fill_results(path, Js):
    """Js: a J an estimand. The control, which is in no group, keeps its 1."""
    with h5py.File(path, "r+", libver=("v108", "v108")) as f:
        cells = f["model/simulated/cells/cells"]
        marks = [0] * len(KD_NAMES)
        for e, J in zip(ESTIMANDS, Js):
            rows = np.ones(cells[f"{e}/J"].shape)
            rows[:KDS] = J.transpose(0, 1, 3, 2, 4).reshape(KDS, -1)
            cells[f"{e}/J"][...] = rows
            error = cells[f"{e}/J_se"][0].tobytes()
            marks = [zlib.crc32(error, zlib.crc32(row, mark)) for row, mark in zip(rows, marks)]
        active = cells["active"][0].tobytes()
        cells["done"][...] = [zlib.crc32(active, mark) or 1 for mark in marks]


def write_config(path, seed):
    panel = {"name": "panel", "regulators": [gene("R", 0, i) for i in range(REGULATORS)],
             "targets": [gene("T", 0, j) for j in range(TARGETS)], "kds": KD_NAMES[:PATHWAY]}
    with open(path, "w") as f:
        json.dump({"models": [{"name": "simulated", "dir": "none"}], "cells": {"h5ad": "none"}, "panels": [panel],
                   "null": {"blocks": BLOCKS}, "jacobian": {"estimands": ESTIMANDS},
                   "stats": {"permutations": PERMUTATIONS, "bootstrap": 2, "alpha": ALPHA, "seed": seed}}, f)


def run_tjac(folder, seed):
    """The rows of panel_stats.csv, in the order of ESTIMANDS."""
    config, out = os.path.join(folder, "config.json"), os.path.join(folder, "out")
    write_config(config, seed)
    command = [TJAC, "stats", folder, config, "--out", out, "-q"]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    with open(os.path.join(out, "panel_stats.csv"), newline="") as f:
        rows = {row["estimand"]: row for row in csv.DictReader(f)}
    shutil.rmtree(out)
    return [rows[e] for e in ESTIMANDS]


# ---- runs ----

def number(text):
    return float("nan") if text == "NA" else float(text)


def judge(s, row, others):
    """Whether each method calls this run a find, and whether the limits hold the truth (None: no limits)."""
    low, high = number(row["effect_lo"]), number(row["effect_hi"])
    found = {"positive": row["verdict"] == "positive", "elevated": row["elevated"] == "true",
             "specific": row["specific"] == "true", "p_kds": number(row["p_kds"]) < ALPHA,
             "p_blocks": number(row["p_blocks"]) < ALPHA,
             "p_vif": number(row["p_vif"]) < ALPHA, **{name: bool(p < ALPHA) for name, p in others.items()}}
    return {"found": found, "covers": None if np.isnan(low + high) else low <= s.routing <= high,
            "effect": number(row["effect"]), "verdict": row["verdict"]}


_folder = None  # of this process


def start(folder):
    global _folder
    _folder = tempfile.mkdtemp(dir=folder)
    write_results(os.path.join(_folder, "j.h5"))


def run_batch(s, batch):
    """As many runs as there are estimands; what comes out hangs on the scenario's name and the batch alone."""
    rng = np.random.default_rng([zlib.crc32(s.name.encode()), batch])
    Js = [simulate(rng, s) for _ in ESTIMANDS]
    fill_results(os.path.join(_folder, "j.h5"), Js)
    rows = run_tjac(_folder, int(rng.integers(1, 2**31)))
    return [judge(s, row, others_p(J, permute(rng))) for row, J in zip(rows, Js)]


def summarise(s, runs, seconds):
    """Shares of the runs."""
    covers = [r["covers"] for r in runs if r["covers"] is not None]
    shares = {name: float(np.mean([r["found"][name] for r in runs])) for name in runs[0]["found"]}
    (verdict, n), = collections.Counter(r["verdict"] for r in runs).most_common(1)
    return {"scenario": s, "runs": len(runs), "seconds": seconds, "verdict": verdict, "verdict_share": n / len(runs),
            "coverage": float(np.mean(covers)) if covers else float("nan"),
            "effect": float(np.nanmean([r["effect"] for r in runs])), **shares}


def main():
    parser = argparse.ArgumentParser(description="False positives and power of tjac stats on simulated J.")
    parser.add_argument("--runs", type=int, default=NULL_RUNS, metavar="N",
                        help=f"of scenarios without routing (default {NULL_RUNS})")
    parser.add_argument("--power-runs", type=int, metavar="N",
                        help=f"of scenarios with routing (default {POWER_RUNS}, or --runs where that is less)")
    parser.add_argument("--only", action="append", metavar="SCENARIO", choices=[s.name for s in SCENARIOS],
                        help=f"repeatable: {', '.join(s.name for s in SCENARIOS)}")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)), metavar="N",
                        help="default: one a core")
    parser.add_argument("--out", metavar="FILE", help="default docs/calibration.md, of a whole calibration")
    o = parser.parse_args()
    power_runs = o.power_runs or min(POWER_RUNS, o.runs)
    whole = o.runs >= NULL_RUNS and power_runs >= POWER_RUNS and not o.only
    out = o.out or (os.path.join(ROOT, "docs", "calibration.md") if whole else None)
    results = []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ProcessPoolExecutor(
            o.processes, multiprocessing.get_context("spawn"), start, (folder,)) as pool:
        for s in SCENARIOS:
            if o.only and s.name not in o.only:
                continue
            started, wanted = time.perf_counter(), power_runs if s.routing else o.runs // 3 if s.extra else o.runs
            batches = range(-(-wanted // len(ESTIMANDS)))
            runs = [r for batch in pool.map(run_batch, [s] * len(batches), batches) for r in batch]
            results.append(summarise(s, runs, time.perf_counter() - started))
            print(document.progress(results[-1]), file=sys.stderr, flush=True)
    text, failures = document.make(results, TJAC, PERMUTATIONS, whole)
    if out:
        with open(out, "w") as f:
            f.write(text)
    else:
        print(text)
    if failures:
        sys.exit("calibration: " + "; ".join(failures))


if __name__ == "__main__":
    main()
