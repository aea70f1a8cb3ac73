#!/usr/bin/env python3
"""An earlier run's j.h5, made up, and its statistics as scipy and numpy compute them (oracle.py).

    pip install h5py numpy scipy && python make_case.py       # writes case/ beside this file

The case holds what is awkward: KDs that are regulators, targets and drawn genes, a KD under which
every J is 0, J that are not there, tied KDs, KDs that resemble each other, one KD or
one row alone, pairs that are 0 under every KD, a drawn row and a drawn column to be dropped, a panel without blocks, a pathway that is
switched off. Long files are packed. A second, tiny j.h5 is where the fuzz tests begin.
"""
import csv
import gzip
import io
import itertools
import json
import math
import os

import numpy as np
from oracle import COLUMNS, NAMED, Case, Panel, statistics
from results_file import HASH, write_results

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "case")
FUZZ = os.path.join(HERE, "..", "fuzz", "jfile")
CONTROL = "non-targeting"
MODELS = ["few,shot", "zero", "third"]
BACKGROUND = [f"B{i}" for i in range(1, 13)]  # in threes that resemble each other
KDS = ["A1", "K1", "K2", "T2", "K3", "K4", "U1", "U2", "U3", "U4", "aG31", "aH23", "sG31", "R1", "Z0", "N1", "N2",
       *BACKGROUND, CONTROL]
PANELS = {
    "alpha": {"regulators": ["A1", "A2"], "targets": ["T1", "T2", "T3"], "kds": ["A1", "K1", "K2", "T2", "K3"],
              "unrelated_kds": ["U1", "U2", "U3", "U4"], "unrelated_targets": ["V1", "V2"]},
    "edges": {"pairs": "edges.csv", "kds": ["K2", "K3", "K4", "B1"], "unrelated_kds": ["U3"]},
    "solo": {"regulators": ["R1"], "targets": ["S1", "S2"], "kds": ["R1", "K1", "K4", "U4"],
             "unrelated_kds": ["B1", "B2", "B4", "B7", "U1"]},
    "one": {"regulators": ["A2"], "targets": ["T1", "T2"], "kds": ["K4"], "unrelated_kds": []},
    "bare": {"regulators": ["X9"], "targets": ["Y9"], "kds": ["K1", "K2"], "unrelated_kds": []},
}
EDGES = [("A1", "T1", 1), ("A2", "T5", 1), ("A1", "T5", -1), ("X1", "T1", 0), ("X1", "T6", -1)]
DRAWN = {"alpha": (5, 5), "edges": (4, 5), "solo": (5, 5), "one": (1, 1), "bare": (0, 0)}  # rows, columns
SAME_GENE = {("alpha", 1, 2, 1): "aG21", ("alpha", 1, 5, 0): "V1"}  # drawn in another role; named by the user as well
LEFT_OUT = {("edges", 1, 0, 2), ("edges", 2, 3, 0), ("edges", 2, 3, 4), ("edges", 0, 5, 1), ("alpha", 3, 3, 5),
            ("alpha", 0, NAMED, 3)}  # panel, row, column, which pair
DEAD_BLOCKS = {("alpha", r, 4) for r in range(6)} | {("solo", 2, 3)}
OPTIONS = [
    {"score": "routing", "alternative": "greater", "permutations": 9999, "bootstrap": 200, "seed": 1},
    {"score": "difference", "alternative": "two-sided", "permutations": 99, "bootstrap": 50, "seed": 7,
     "min_effect": 0.01, "alpha": 0.1},
    {"score": "log2_abs_ratio", "alternative": "greater", "permutations": 200000, "bootstrap": 101, "seed": 3,
     "alpha": 0.08},
    {"score": "elevation", "alternative": "two-sided", "permutations": 999, "bootstrap": 60, "seed": 11, "alpha": 0.2},
    {"score": "ratio", "alternative": "greater", "permutations": 500, "bootstrap": 80, "seed": 5, "alpha": 0.06},
]
SHUFFLED = [[], [], [], ["third"], []]  # by option set


def make_panel(name):
    p = PANELS[name]
    order = [e[0] for e in EDGES]
    pathway = sorted([e[:2] for e in EDGES], key=lambda e: order.index(e[0])) if "pairs" in p \
        else list(itertools.product(p["regulators"], p["targets"]))
    genes = [list(dict.fromkeys(e[role] for e in pathway)) for role in (0, 1)]
    own, drawn = {}, {}
    for role, block in [(role, b) for role in (0, 1) for b in range(1, DRAWN[name][role] + 1)]:
        for i, gene in enumerate(genes[role]):
            new = SAME_GENE.get((name, role, block, i), f"{name[0]}{'GH'[role]}{block}{i + 1}")
            own[role, block, new], drawn[role, block, gene] = gene, new
    pairs = [(0, 0, *e) for e in pathway]
    for r, t in itertools.product(range(DRAWN[name][0] + 1), range(DRAWN[name][1] + 1)):
        for i, (a, b) in enumerate(pathway):
            pair = r, t, drawn.get((0, r, a), a), drawn.get((1, t, b), b)
            if (r or t) and (name, r, t, i) not in LEFT_OUT and pair[2] != pair[3]:
                pairs.append(pair)
    named = itertools.product(genes[0], p.get("unrelated_targets", []))
    pairs += [(0, NAMED, *e) for i, e in enumerate(named) if (name, 0, NAMED, i) not in LEFT_OUT]
    sign = {e[:2]: e[2] for e in EDGES if e[2]} if "pairs" in p else {}
    return Panel(p["kds"], p["unrelated_kds"], pairs, own, sign)


def up(model, name, row, col, pathway):
    """log2 of how much a block answers to the panel's KDs."""
    if not pathway:
        return 0.0
    if name == "edges":  # the targets answer to everything; in the third model routing as well
        return (1.5 if col == 0 else 0.0) + (1.2 if model == "third" and (row, col) == (0, 0) else 0.0)
    return {"alpha": 2.4, "solo": 2.4 if model == "few,shot" else -0.2, "one": 0.0, "bare": 1.0}[name] if (row, col) == (0, 0) else 0.0


def few_bits(x):
    """So that the file can be packed."""
    part, power = np.frexp(x)
    return np.ldexp(np.round(part * 64) / 64, power)


def resembles(rng, model, n_pairs):
    """Noise of every KD; of those that resemble each other most is shared."""
    groups = [BACKGROUND[i:i + 3] for i in range(0, len(BACKGROUND), 3)]
    if model == "zero":
        groups.append(["K1", "K2", "K3", "K4"])
    if model == "third":  # more than half of all
        groups = [BACKGROUND + ["U1", "U2", "U3"]]
    noise = rng.normal(0, 0.6, (len(KDS), n_pairs))
    for group in groups:
        shared = rng.normal(0, 0.9 if len(group) > 4 else 0.5, n_pairs)
        for kd in group:
            noise[KDS.index(kd)] = shared + 0.3 * noise[KDS.index(kd)]
    return noise


def make_J(panels):
    """J[model, panel], an array KD by pair; a pair of several panels or blocks is one pair."""
    rng = np.random.default_rng(5)
    made = {}
    pairs = list(dict.fromkeys(p[2:] for panel in panels.values() for p in panel.pairs))
    kind = {}  # of a pair: where it stands first
    for name, panel in panels.items():
        for row, col, *pair in panel.pairs:
            kind.setdefault(tuple(pair), (name, row, col))
    positive = np.array([0.95 if kind[p][0] == "solo" else 0.5 for p in pairs])
    for model in MODELS:
        base = np.exp2(rng.normal(-4, 1, len(pairs))) * np.where(rng.random(len(pairs)) < positive, 1, -1)
        level = resembles(rng, model, len(pairs)) + rng.normal(0, 0.5, len(KDS))[:, None]
        for role in (0, 1):
            for gene in dict.fromkeys(p[role] for p in pairs):
                level[:, [p[role] == gene for p in pairs]] += rng.normal(0, 0.1 + 0.1 * role, len(KDS))[:, None]
        J = base * np.exp2(level) * rng.choice([1, -1], level.shape, p=[0.92, 0.08])
        J[rng.random(J.shape) < 0.06] = 0.0
        for i, pair in enumerate(pairs):
            name, row, col = kind[pair]
            J[:, i] *= [2 ** up(model, name, row, col, kd in panels[name].kds) for kd in KDS]
            if (name, row, col) in DEAD_BLOCKS or pair in (("A2", "T3"), ("aG12", "aH12")) or \
                    (model == "third" and (name, row, col) == ("solo", 0, 0)):
                J[:, i] = 0.0
            if model == "zero" and pair in [e[:2] for e in EDGES]:
                J[[KDS.index(kd) for kd in ("K2", "K3", "K4")], i] = 0.0
        J[KDS.index("B5")] = J[KDS.index("B6")]  # tied
        J[KDS.index("Z0")] = 0.0
        J[KDS.index("N1"), pairs.index(("A1", "T1"))] = math.nan
        J[KDS.index("N2"), pairs.index(("aG11", "aH11"))] = math.nan
        J[KDS.index("U2"), pairs.index(("A1", "V2"))] = math.nan
        for name, panel in panels.items():
            made[model, name] = few_bits(J)[:, [pairs.index(p[2:]) for p in panel.pairs]]
    return made


def make_case(shuffled=()):
    panels = {name: make_panel(name) for name in PANELS}
    rng = np.random.default_rng(9)
    external = {kd: float(rng.normal()) for kd in KDS[1:24] + ["elsewhere"]}
    return Case(MODELS, panels, KDS, CONTROL, make_J(panels), list(shuffled), {"effects": external}, HASH[:8])


def tiny_case():
    pairs = [(0, 0, "A", "X"), (0, 1, "A", "Y"), (1, 0, "B", "X"), (1, 1, "B", "Y"), (0, NAMED, "A", "V")]
    panel = Panel(["K"], [], pairs, {(0, 1, "B"): "A", (1, 1, "Y"): "X"})
    J = np.array([[0.5, -0.25, 0.125, 1.0, 0.0], [1.0, math.nan, 2.0, 0.0, -1.0]])
    return Case(["zero"], {"edges": panel}, ["K", CONTROL], CONTROL, {("zero", "edges"): J})


# ---- files ----

def text(v):
    if isinstance(v, (bool, np.bool_)):
        return "true" if v else "false"
    if isinstance(v, (float, np.floating)):
        return repr(float(v)) if math.isfinite(v) else "NA"
    return str(v)


def write(path, columns, rows):
    f = io.StringIO()
    w = csv.writer(f, lineterminator="\n")
    w.writerow(columns)
    w.writerows([[text(r[c]) for c in columns] for r in rows])
    put(path, f.getvalue().encode())


def put(path, data):
    """Packed where the name ends in .gz, the same bytes every time."""
    with open(path, "wb") as f:
        f.write(gzip.compress(data, mtime=0) if path.endswith(".gz") else data)


def config(i):
    models = [{"name": m, "dir": "gone", **({"shuffle": 1} if m in SHUFFLED[i] else {})} for m in MODELS]
    return {"models": models, "cells": {"h5ad": "gone.h5ad"}, "panels": [{"name": n, **p} for n, p in PANELS.items()],
            "null": {"blocks": 5, "seed": 1}, "stats": {**OPTIONS[i], "external": ["effects.csv"]}}


def main():
    case = make_case()
    write_results(os.path.join(OUT, "j.h5"), case)
    for i, shuffled in enumerate(SHUFFLED):
        if shuffled:
            write_results(os.path.join(OUT, f"j_{i}.h5"), make_case(shuffled))
    write_results(os.path.join(FUZZ, "small.h5"), tiny_case())
    write(os.path.join(OUT, "edges.csv"), ["source", "target", "weight"],
          [dict(zip(("source", "target", "weight"), e)) for e in EDGES])
    write(os.path.join(OUT, "effects.csv"), ["kd", "value"],
          [{"kd": k, "value": v} for k, v in case.external["effects"].items()])
    for i, o in enumerate(OPTIONS):
        tables = statistics(make_case(SHUFFLED[i]), o)
        for name, rows in tables.items():
            if name == "blocks":  # the same whatever the options
                write(os.path.join(OUT, "blocks.csv.gz"), COLUMNS[name], rows)
            else:
                write(os.path.join(OUT, f"{name}_{i}.csv" + (".gz" if name == "kd_scores" else "")), COLUMNS[name], rows)
        put(os.path.join(OUT, f"config_{i}.json"), (json.dumps(config(i), indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
