"""A results file (j.h5) of a made-up run of one cell type and one estimand, as src/results/layout.h says.

    pip install h5py numpy
"""
import hashlib
import math
import os
import zlib

import h5py
import numpy as np
from oracle import NAMED

HASH = hashlib.sha256(b"make_case.py").hexdigest()
LAYOUT = "2"  # TJAC_LAYOUT_VERSION


def kind_of(row, col):
    if col == NAMED:
        return "unrelated_target"
    return ("matched" if row else "row") if col else ("col" if row else "pathway")


def put(group, name, values, dtype):
    return group.create_dataset(name, data=np.array(values, dtype=dtype), dtype=dtype, track_times=False)


def text_type(texts):
    return h5py.string_dtype("utf-8", max([1] + [len(t.encode()) for t in texts]))


def put_names(group, name, names):
    names = list(names)
    return put(group, name, [n.encode() for n in names], text_type(names))


def put_attr(group, name, text):
    group.attrs.create(name, text.encode(), dtype=text_type([text]))


def put_draw(f, panels):
    """The drawn genes, rows before columns. Their expression is made up."""
    drawn = [(name, *at, gene) for name, p in panels.items() for at, gene in p.own.items()]
    draw = f.create_group("draw")
    put_names(draw, "panel", [d[0] for d in drawn])
    put_names(draw, "role", [("regulator", "target")[d[1]] for d in drawn])
    put_names(draw, "gene", [d[4] for d in drawn])
    put_names(draw, "drawn_gene", [d[3] for d in drawn])
    put(draw, "block", [d[2] for d in drawn], "<i4")
    put(draw, "expr_gene", [1.0] * len(drawn), "<f8")
    put(draw, "expr_drawn_gene", [1.0 + 0.125 * (i % 3) for i in range(len(drawn))], "<f8")
    put(draw, "window", [25] * len(drawn), "<i4")


def put_cells(cells, kds, J, n_targets):
    se, active = np.full_like(J, math.nan), np.ones((len(kds), n_targets))
    put_names(cells, "kd", kds)
    put_attr(put(cells, "at", range(len(kds)), "<i4"), "of", str(len(kds)))
    put(cells, "done", [zlib.crc32(J[k].tobytes() + se[k].tobytes() + active[k].tobytes()) or 1
                        for k in range(len(kds))], "<u4")
    put(cells, "active", active, "<f8")
    put(cells, "set_mean/J", J, "<f8")
    put(cells, "set_mean/J_se", se, "<f8")


def put_model(group, case, model):
    """A pair has one column, whatever panels and blocks it stands in."""
    pairs = [(name, *p) for name, panel in case.panels.items() for p in panel.pairs]
    columns = list(dict.fromkeys(p[3:] for p in pairs))
    J = np.full((len(case.kds), len(columns)), math.nan)
    for name, panel in case.panels.items():
        J[:, [columns.index(p[2:]) for p in panel.pairs]] = case.J[model, name]
    regulators, targets = list(dict.fromkeys(p[3] for p in pairs)), list(dict.fromkeys(p[4] for p in pairs))
    put_attr(group, "control", case.control)
    if model in case.shuffled:
        put_attr(group, "shuffle", "1")
    put_names(group, "regulator", regulators)
    put_names(group, "target", targets)
    put_names(group, "cell_types", [case.cell_type])
    for name, texts in (("panel", [p[0] for p in pairs]), ("pair", [kind_of(*p[1:3]) for p in pairs]),
                        ("regulator", [p[3] for p in pairs]), ("target", [p[4] for p in pairs])):
        put_names(group, f"pair/{name}", texts)
    for name, numbers in (("row", [p[1] for p in pairs]), ("col", [p[2] for p in pairs]),
                          ("column", [columns.index(p[3:]) for p in pairs])):
        put(group, f"pair/{name}", numbers, "<i4")
    put_cells(group.create_group(f"cells/{case.cell_type}"), case.kds, J, len(targets))


def write_results(path, case):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with h5py.File(path, "w", libver=("v108", "v108")) as f:
        for name, text in (("format", "tjac results"), ("layout", LAYOUT), ("hash", HASH),
                           ("machine", "none"), ("shard", "0/0")):
            put_attr(f, name, text)
        put_names(f, "identity", ["made by: make_case.py"])
        put_names(f, "panel", case.panels)
        put_names(f, "estimand", [case.estimand])
        put_names(f, "models", case.models)
        put_draw(f, case.panels)
        for model in case.models:
            put_model(f.create_group(f"model/{model}"), case, model)
