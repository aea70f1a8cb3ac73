"""A results file (j.h5) of a made-up run of one cell type and one estimand, as src/results/layout.h says.

    pip install h5py numpy
"""
import hashlib
import math
import os
import zlib

import h5py
import numpy as np

HASH = hashlib.sha256(b"make_case.py").hexdigest()
CONTROL = "non-targeting"


def put(group, name, values, dtype):
    return group.create_dataset(name, data=np.array(values, dtype=dtype), dtype=dtype, track_times=False)


def text_type(texts):
    return h5py.string_dtype("utf-8", max([1] + [len(t.encode()) for t in texts]))


def put_names(group, name, names):
    names = list(names)
    return put(group, name, [n.encode() for n in names], text_type(names))


def put_attr(group, name, text):
    group.attrs.create(name, text.encode(), dtype=text_type([text]))


def put_draw(f):
    """No null pair was drawn for this run: it is made up."""
    draw = f.create_group("draw")
    for name in ("panel", "kind", "regulator", "target", "drawn_regulator", "drawn_target"):
        put_names(draw, name, [])
    for name in ("expr_regulator", "expr_drawn_regulator", "expr_target", "expr_drawn_target"):
        put(draw, name, [], "<f8")
    put(draw, "window", [], "<i4")


def put_cells(cells, kds, J, n_targets):
    se, active = np.full_like(J, math.nan), np.ones((len(kds), n_targets))
    put_names(cells, "kd", kds)
    put_attr(put(cells, "at", range(len(kds)), "<i4"), "of", str(len(kds)))
    put(cells, "done", [zlib.crc32(J[k].tobytes() + se[k].tobytes() + active[k].tobytes()) or 1
                        for k in range(len(kds))], "<u4")
    put(cells, "active", active, "<f8")
    put(cells, "set_mean/J", J, "<f8")
    put(cells, "set_mean/J_se", se, "<f8")


def put_model(group, panels, kds, J):
    """panels: the pairs of each; J: an array KD by pair each. Every pair has a column of its own."""
    pairs = [(name, *p) for name in panels for p in panels[name]]
    regulators, targets = list(dict.fromkeys(p[2] for p in pairs)), list(dict.fromkeys(p[3] for p in pairs))
    put_attr(group, "control", CONTROL)
    put_names(group, "regulator", regulators)
    put_names(group, "target", targets)
    put_names(group, "cell_types", ["hep"])
    for c, name in enumerate(("panel", "pair", "regulator", "target")):
        put_names(group, f"pair/{name}", [p[c] for p in pairs])
    for name, value in (("row", [-1] * len(pairs)), ("col", [-1] * len(pairs)), ("column", range(len(pairs)))):
        put(group, f"pair/{name}", value, "<i4")
    put_cells(group.create_group("cells/hep"), kds, np.concatenate([J[name] for name in panels], axis=1), len(targets))


def write_results(path, models, panels, kds, J):
    """models: names; panels: {name: [(kind, regulator, target)]}; kds: names; J[model, panel]: an array KD by pair."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with h5py.File(path, "w", libver=("v108", "v108")) as f:
        for name, text in (("format", "tjac results"), ("layout", "1"), ("hash", HASH),
                           ("machine", "none"), ("shard", "0/0")):
            put_attr(f, name, text)
        put_names(f, "identity", ["made by: make_case.py"])
        put_names(f, "panel", panels)
        put_names(f, "estimand", ["set_mean"])
        put_names(f, "models", models)
        put_draw(f)
        for model in models:
            put_model(f.create_group(f"model/{model}"), panels, kds, {name: J[model, name] for name in panels})
