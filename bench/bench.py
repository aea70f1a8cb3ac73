#!/usr/bin/env python3
"""Time tjac against Python on the same model and cells, and write docs/performance.md.

    bench/run.sh [--quick] [--rounds N] [--only WORKLOAD]... [--out FILE]

Needs build/tjac, a model from make_real_size.py in build/bench, and a Python with torch, arc-state
and h5py (run.sh sees to it). In every round, for every workload and number of threads, one after the
other: the machine's sgemm rate, the per-triple script, vmap over vjp, tjac, and the first three
again. Ratios are taken within a round; what is written is their median over the rounds. The Python
programs are timed on a sample.
"""
import argparse
import contextlib
import csv
import io
import json
import logging
import os
import shutil
import statistics
import subprocess
import sys
import time

import h5py
import torch

import document

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "stats"))
import oracle  # noqa: E402
import results_file  # noqa: E402
WORK = os.path.join(ROOT, "build", "bench")
TJAC = os.path.join(ROOT, "build", "tjac")
MODEL, CELLS = os.path.join(WORK, "model"), os.path.join(WORK, "cells.h5ad")
THREADS = (1, 2)
CHUNK = 8          # cotangents a pass, in vmap over vjp


# ---- workloads ----

def genes(first, n):
    return [f"GENE{i}" for i in range(first, first + n)]


def workload(name, label, R, T, kds, rounds=None, **more):
    """R regulators x T targets x kds listed KDs. rounds: at most so many (None: all)."""
    panel = {"name": "panel", "regulators": genes(10, R), "targets": genes(300, T),
             "kds": [f"KD{k}" for k in range(1, kds + 1)]}
    return {"name": name, "label": label, "panels": [panel], "rounds": rounds, "set": [],
            "estimand": "set_mean", **more}


def default_run(kds):
    """The pairs of a 4 x 5 panel with its 10 rows and columns of drawn genes: 44 regulators x 55 targets.

    They are written as one panel, so that every build computes the same ones.
    """
    return workload("default", f"default run x {kds} KD{'s' * (kds > 1)}", 44, 55, kds)


def make_workloads(quick):
    """quick: one KD each, one target of same_cell."""
    def grid(name, R, T, n, kind="", **more):
        n = 1 if quick else n
        return workload(name, f"{kind}{R} x {T} x {n} KD{'s' * (n > 1)}", R, T, n, **more)

    T = 1 if quick else 5
    same = {"estimand": "same_cell", "rounds": 1, "set": ['jacobian.estimands=["same_cell"]']}
    probed = {**same, "probed": True, "set": same["set"] + ["jacobian.same_cell.tolerance=0.01"]}
    return [
        grid("4x5x8", 4, 5, 8),
        grid("50x50x2", 50, 50, 2),
        grid("4x255x2", 4, 255, 2),
        default_run(1 if quick else 2),
        grid("4x5x1", 4, 5, 1),
        workload("full", "whole Jacobian x 1 KD", 4, 5, 1, rounds=1, estimand="full"),
        grid("same_cell", 4, T, 2, "same_cell, ", **same),
        grid("same_cell_probed", 4, T, 2, "same_cell to 1 %, ", **probed),
    ]


def make_growth(quick, n_cells):
    """[(quantity, [(value, workload)])]: one quantity grows, the rest is 4 x 5 x 1 KD, S 64."""
    def some(values):
        return values[:2] if quick else values

    sizes = [s for s in some([8, 32, 128, 512]) if s <= n_cells]     # cells.h5ad of an older build/bench may have 256
    return [
        ("KDs", [(n, workload(f"kds{n}", "", 4, 5, n)) for n in some([1, 4, 16, 64])]),
        ("targets", [(n, workload(f"targets{n}", "", 4, n, 1)) for n in some([1, 4, 16, 64, 256])]),
        ("cells in the set", [(n, workload(f"cells{n}", "", 4, 5, 1, set=[f"cells.set_size={n}"])) for n in sizes]),
    ]


# ---- tjac ----

def out_dir(w, threads):
    return os.path.join(WORK, "out", f"{w['name']}-{threads}")


def run_tjac(w, threads):
    """What run.json says, and the seconds of the whole process; None where this build has no jacobian.full."""
    config = os.path.join(WORK, f"{w['name']}.json")
    with open(config, "w") as f:
        json.dump({"models": [{"name": "real_size", "dir": MODEL}], "cells": {"h5ad": CELLS},
                   "panels": w["panels"], "null": {"blocks": 0}}, f)
    out = out_dir(w, threads)
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    # a shell between: a child started from here inherits this big process as its peak memory
    command = ["sh", "-c", '"$@"; exit $?', "sh", TJAC, "run", config, "-q", "--device", "cpu",
               "--threads", str(threads), "--out", out]
    for item in w["set"] + [f"jacobian.full={os.path.join(out, 'full.h5')}"] * (w["estimand"] == "full"):
        command += ["--set", item]
    started = time.perf_counter()
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    whole = time.perf_counter() - started
    if done.returncode == 2 and w["estimand"] == "full":
        print(done.stderr.strip(), file=sys.stderr)
        return None
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    with open(os.path.join(out, "run.json")) as f:
        run = json.load(f)
    return {"whole": whole, "engine": run["seconds"]["engine"], "memory": run["peak_memory_mib"],
            "engine_name": run["engine"]["name"], "counts": run["models"][0]["counts"],
            "cells": run["models"][0]["cells"][0]["obs_names"][0], "tjac": run["tjac"], "libraries": run["libraries"]}


def read_j(w, threads):
    with open(os.path.join(out_dir(w, threads), "j.csv"), newline="") as f:
        return {(row["kd"], row["regulator"], row["target"]): float(row["J"]) for row in csv.DictReader(f)}


def same_bytes(w):
    texts = []
    for threads in THREADS:
        with open(os.path.join(out_dir(w, threads), "j.csv"), "rb") as f:
            texts.append(f.read())
    return len(set(texts)) == 1


# ---- the Python programs ----

def load_model():
    """The real arc-state module with the checkpoint's weights, as `state tx infer` loads it."""
    from state.tx.models.state_transition import StateTransitionPerturbationModel

    logging.getLogger("state").setLevel(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()):
        model = StateTransitionPerturbationModel.load_from_checkpoint(
            os.path.join(MODEL, "checkpoints", "final.ckpt"), map_location="cpu", weights_only=False)
    return model.float().eval()


def read_inputs(names):
    """The cells that tjac drew, with their batches and the KDs' vectors."""
    with h5py.File(CELLS) as f:
        row = {name: i for i, name in enumerate(f["obs/_index"].asstr()[:])}
        rows = [row[name] for name in names]
        batch_of = f["obs/gem_group/categories"].asstr()[:][f["obs/gem_group/codes"][:]]
        x = torch.tensor(f["obsm/X_hvg"][:][rows])
    maps = [torch.load(os.path.join(MODEL, name), weights_only=False)
            for name in ("pert_onehot_map.pt", "batch_onehot_map.torch")]
    kds, batches = ({str(k): v for k, v in m.items()} for m in maps)
    return {"x": x, "kds": kds, "batch": torch.tensor([int(batches[batch_of[r]].argmax()) for r in rows])}


def predict(model, inputs, x, kd):
    pert = inputs["kds"][kd].float().repeat(len(x), 1)
    return model({"pert_emb": pert, "ctrl_cell_emb": x, "batch": inputs["batch"]}, padded=False)


def time_script(model, inputs, triples):
    """For each triple: (seconds forward, seconds backward with weight gradients, J)."""
    done = []
    for kd, i, j in triples:
        started = time.perf_counter()
        model.zero_grad()
        x = inputs["x"].clone().requires_grad_()
        loss = predict(model, inputs, x, kd)[:, j].mean()
        middle = time.perf_counter()
        loss.backward()
        value = float(x.grad[:, i].mean())
        done.append((middle - started, time.perf_counter() - middle, value))
    return done


def time_vmap(model, inputs, kd, width):
    """Seconds of a forward pass with frozen weights, and of one pullback of `width` cotangents."""
    targets = list(range(300, 300 + width))
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        started = time.perf_counter()
        _, pull = torch.func.vjp(lambda x: predict(model, inputs, x, kd)[:, targets].mean(0), inputs["x"])
        middle = time.perf_counter()
        torch.vmap(pull)(torch.eye(width))
        return middle - started, time.perf_counter() - middle


def sgemm_rate():
    """FLOP/s of the best of five float32 products of 2048^3."""
    n, times = 2048, []
    a, b = torch.rand(n, n), torch.rand(n, n)
    for _ in range(5):
        started = time.perf_counter()
        torch.mm(a, b)
        times.append(time.perf_counter() - started)
    return 2 * n**3 / min(times)


# ---- what a workload costs ----

def dimensions(model):
    c = model.transformer_backbone.config
    return {"H": c.hidden_size, "L": c.num_hidden_layers, "A": c.num_attention_heads * c.head_dim,
            "M": c.intermediate_size, "G": model.input_dim}


def flops(d, S):
    """(forward, pullback) of one set, the layers' products alone: weights are frozen, so a pullback costs a
    weight's product once again, and the two products of activations in the attention twice."""
    linear = 2 * S * (4 * d["H"] * d["A"] + 3 * d["H"] * d["M"])
    attention = 2 * 2 * S * S * d["A"]
    return d["L"] * (linear + attention), d["L"] * (linear + 2 * attention)


def forms(w, counts, d, S):
    """Per KD: triples, and backward passes without any saving on regulators."""
    if w["estimand"] == "full":
        return d["G"] ** 2, d["G"]
    return counts["pairs"], counts["targets"] * (S if w["estimand"] == "same_cell" else 1)


def engine_passes(w, run):
    """Passes that tjac's engine made, of all KDs; None for the full Jacobian, whose are not counted."""
    return None if w["estimand"] == "full" else run["counts"]["passes"]


def measure(w, threads, models, inputs, n_sample):
    """One round of one workload: all contenders, one after the other."""
    plain, frozen = models
    d, S = dimensions(plain), len(inputs["x"])
    torch.set_num_threads(threads)
    sample = [(("KD1", "non-targeting")[k % 2], 10 + k % 4, 300 + k % 5) for k in range(n_sample)]
    width = CHUNK
    if w["estimand"] == "set_mean":
        width = min(CHUNK, len(w["panels"][0]["targets"] + w["panels"][0].get("unrelated_targets", [])))
    half = n_sample // 2

    def time_python(triples):
        return sgemm_rate(), time_script(plain, inputs, triples), time_vmap(frozen, inputs, "KD1", width)

    before = time_python(sample[:half])
    run = run_tjac(w, threads)
    if run is None:
        return None
    after = time_python(sample[half:])
    rate, script = max(before[0], after[0]), before[1] + after[1]
    forward, backward = (statistics.median(s[k] for s in script) for k in (0, 1))
    vmap_forward, vmap_pull = (statistics.mean(pair) for pair in zip(before[2], after[2]))
    triples, passes = forms(w, run["counts"], d, S)
    n_kds = run["counts"]["kds"]
    per_triple = backward * S if w["estimand"] == "same_cell" else backward
    m = {**run, "rate": rate, "triples": triples * n_kds, "script": triples * n_kds * (forward + per_triple),
         "vmap": n_kds * (vmap_forward + passes / width * vmap_pull)}
    m["script_ratio"], m["vmap_ratio"] = m["script"] / m["engine"], m["vmap"] / m["engine"]
    m["overhead"] = m["whole"] - m["engine"]
    made = engine_passes(w, run)
    if made:
        once, pullback = flops(d, S)
        m["fraction"] = (n_kds * once + made * pullback) / m["engine"] / rate
    if w["estimand"] == "set_mean":
        j = read_j(w, threads)
        error = max(abs(s[2] - j[kd, f"GENE{i}", f"GENE{t}"]) for s, (kd, i, t) in zip(script, sample))
        m["error"] = error / max(abs(s[2]) for s in script)
    return m


def run_rounds(workloads, models, inputs, rounds, sample):
    """{workload name: {threads: [a measurement a round]}}"""
    results = {w["name"]: {t: [] for t in THREADS} for w in workloads}
    for k in range(rounds):
        for w in workloads:
            if w["rounds"] is not None and k >= w["rounds"]:
                continue
            for threads in THREADS:
                m = measure(w, threads, models, inputs, sample)
                if m:
                    results[w["name"]][threads].append(m)
                note = f"engine {m['engine']:.2f} s, script x {m['script_ratio']:.1f}" if m else "not in this build"
                print(f"round {k + 1}: {w['label']}, {threads} thread{'s' * (threads > 1)}: {note}", file=sys.stderr)
    return results


def run_growth(quick, n_cells):
    """[(quantity, [(value, measurement)])], one thread, one run each."""
    measured = []
    for quantity, cases in make_growth(quick, n_cells):
        runs = []
        for value, w in cases:
            runs.append((value, run_tjac(w, 1)))
            print(f"growth: {quantity} {value}: engine {runs[-1][1]['engine']:.2f} s", file=sys.stderr)
        measured.append((quantity, runs))
    return measured


def write_earlier_run(folder, kds, blocks):
    """A made-up j.h5 and run.json: a 4 x 5 panel of 4 KDs against all the others, with so many rows and columns."""
    def gene(role, block, i):
        return f"{role}{i}_{block}" if block else f"{role}{i}"

    side = range(blocks + 1)
    pairs = [(r, t, gene("R", r, i), gene("T", t, j)) for r in side for t in side for i in range(4) for j in range(5)]
    own = {(k, b, gene(role, b, i)): gene(role, 0, i) for k, (role, n) in enumerate((("R", 4), ("T", 5)))
           for b in side if b for i in range(n)}
    names = [f"KD{i}" for i in range(kds - 1)] + ["control"]
    J = torch.randn(kds, len(pairs), generator=torch.Generator().manual_seed(1)).double().numpy()
    shutil.rmtree(folder, ignore_errors=True)
    panel = oracle.Panel(names[:4], [], pairs, own)
    results_file.write_results(os.path.join(folder, "j.h5"),
                               oracle.Case(["m"], {"p": panel}, names, "control", {("m", "p"): J}))
    config = {"models": [{"name": "m", "dir": "none"}], "cells": {"h5ad": "none"}, "stats":
              {"permutations": 9999, "bootstrap": 2000},
              "panels": [{"name": "p", "regulators": [gene("R", 0, i) for i in range(4)],
                          "targets": [gene("T", 0, j) for j in range(5)], "kds": names[:4]}]}
    with open(os.path.join(folder, "run.json"), "w") as f:
        json.dump({"tjac": "bench", "plan_hash": results_file.HASH, "config": config}, f)


def time_statistics(rounds):
    """Seconds of `tjac stats` on 2,024 KDs x 2,420 pairs, whole process: j.h5 read, five CSVs written."""
    folder = os.path.join(WORK, "out", "statistics")
    write_earlier_run(folder, 2024, 10)
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        subprocess.run([TJAC, "stats", folder, "-q"], check=True)
        times.append(time.perf_counter() - started)
    print(f"statistics: {statistics.median(times):.2f} s", file=sys.stderr)
    return times


def main():
    parser = argparse.ArgumentParser(description="Time tjac against Python and write docs/performance.md.")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default 3")
    parser.add_argument("--quick", action="store_true", help="one round, one KD a workload, little growth, no full")
    parser.add_argument("--only", action="append", metavar="WORKLOAD", help="4x5x8, 50x50x2, ..., growth, statistics (repeatable)")
    parser.add_argument("--out", default=os.path.join(ROOT, "docs", "performance.md"), metavar="FILE")
    args = parser.parse_args()
    workloads = make_workloads(args.quick)
    known = [w["name"] for w in workloads] + ["growth", "statistics"]
    for name in args.only or []:
        if name not in known:
            parser.error(f"unknown workload '{name}' (known: {', '.join(known)})")
    if args.rounds < 1:
        parser.error("--rounds must be at least 1")
    args.rounds, sample = (1, 2) if args.quick else (args.rounds, 6)
    load = os.getloadavg()[0]
    first = run_tjac(workload("cells", "", 4, 5, 1), 1)          # which cells tjac draws; warms the file cache
    inputs, models = read_inputs(first["cells"]), (load_model(), load_model().requires_grad_(False))
    time_script(models[0], inputs, [("KD1", 10, 300)])           # warm
    time_vmap(models[1], inputs, "KD1", CHUNK)
    chosen = args.only or [name for name in known if not (args.quick and name == "full")]
    workloads = [w for w in workloads if w["name"] in chosen]
    results = run_rounds(workloads, models, inputs, args.rounds, sample)
    with h5py.File(CELLS) as f:
        n_cells = len(f["obs/_index"])
    growth = run_growth(args.quick, n_cells) if "growth" in chosen else []
    seconds = time_statistics(args.rounds) if "statistics" in chosen else []
    set_size = len(inputs["x"])
    forward, pullback = flops(dimensions(models[0]), set_size)
    document.write_document(args.out, workloads, results, {
        "description": document.describe(first, load), "quick": args.quick, "growth": growth, "statistics": seconds,
        "sample": sample,
        "set_size": set_size, "forward": forward / 1e9, "pullback": pullback / 1e9,
        "identical": {w["name"]: same_bytes(w) for w in workloads if results[w["name"]][THREADS[0]]}})
    print(f"wrote {args.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
