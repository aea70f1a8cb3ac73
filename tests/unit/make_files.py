#!/usr/bin/env python3
"""Writes the small files in tests/unit/data that test_pickle.c and test_torchfile.c read.

Needs torch, numpy, pandas and omegaconf. The files are committed: the tests need no Python. Values are
simple (0, 1, 2, ... in steps) so that the C tests state them without a second file.
"""

import argparse
import gzip
import io
import pathlib
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict, defaultdict

import numpy as np
import pandas as pd
import torch
from omegaconf import OmegaConf

OUT = pathlib.Path(__file__).parent / "data"

private = types.ModuleType("private_package.callbacks")
sys.modules["private_package"] = types.ModuleType("private_package")
sys.modules["private_package.callbacks"] = private


class Watcher:
    """An object of a class that a reader does not have."""

    def __init__(self):
        self.best = torch.tensor(1.5)
        self.seen = [1, 2]


class Table(dict):
    """A dict of a class that a reader does not have: SETITEMS on an unknown object."""


class Row(list):
    """A list of such a class: APPENDS, and NEWOBJ with arguments."""


for cls in (Watcher, Table, Row):
    cls.__module__ = private.__name__
    setattr(private, cls.__name__, cls)


class Call:
    """Pickles as the call of a function."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


def write(name, data):
    (OUT / name).write_bytes(data)


def save(name, value, **kwargs):
    buffer = io.BytesIO()
    torch.save(value, buffer, **kwargs)
    write(name, buffer.getvalue())


def rezip(name, source, change=None, method=zipfile.ZIP_STORED, drop=()):
    """Copies a zip; change maps 'data/0' and the like to new bytes."""
    change = dict(change or {})
    buffer = io.BytesIO()
    with zipfile.ZipFile(OUT / source) as old, zipfile.ZipFile(buffer, "w", method) as new:
        names = [n.split("/", 1)[1] for n in old.namelist()]
        for name_in in names + [n for n in change if n not in names]:
            if name_in in drop:
                continue
            data = change[name_in] if name_in in change else old.read("archive/" + name_in)
            info = zipfile.ZipInfo("archive/" + name_in, (1980, 1, 1, 0, 0, 0))
            new.writestr(info, data, method)
    write(name, buffer.getvalue())


def maps():
    names = ["non-targeting", "TRAPPC3", "MYC", "β-actin"]
    eye = torch.eye(4)
    one_hot = {np.str_(n): eye[i] for i, n in enumerate(names)}  # views of one storage
    save("pert_map.pt", one_hot)
    save("pert_map_legacy.torch", one_hot, _use_new_zipfile_serialization=False)
    for protocol in (2, 4, 5):
        write(f"pert_map_{protocol}.pkl", pickle.dumps(one_hot, protocol=protocol))
    var_dims = {
        "input_dim": np.int64(2000),
        "gene_dim": 6642,
        "hvg_dim": np.int32(2000),
        "output_dim": np.uint16(2000),
        "pert_dim": np.int8(-1),
        "batch_dim": None,
        "gene_names": [np.str_("TP53"), np.str_("HLA-A"), "α"],
        "pert_names": np.array(["non-targeting", "MYC"], dtype=object),
        "array_names": np.array(["A1BG", "NAT2", ""]),
    }
    for protocol in (2, 4, 5):
        write(f"var_dims_{protocol}.pkl", pickle.dumps(var_dims, protocol=protocol))


def scalars():
    scalar = np._core.multiarray.scalar
    big = lambda code, value: Call(scalar, np.dtype(">" + code), np.array(value, ">" + code).tobytes())
    values = {
        "f2": np.float16(-1.5), "f4": np.float32(0.1), "f8": np.float64(0.1),
        "i1": np.int8(-3), "i2": np.int16(-300), "i4": np.int32(-70000), "i8": np.int64(-(2**40)),
        "u1": np.uint8(200), "u8": np.uint64(2**64 - 1), "b1": np.bool_(True),
        "S4": np.bytes_(b"ab"), "U3": np.str_("xy€"), "U0": np.str_(""),
        "big f2": big("f2", -1.5), "big f4": big("f4", 0.1), "big f8": big("f8", 0.1),
        "big i2": big("i2", -300), "big i4": big("i4", -70000), "big i8": big("i8", -(2**40)),
        "big U3": big("U3", "xy€"), "big U9": big("U9", "TRAPPC3"),
        "array f4": np.array([0.5, -2.0], "f4"), "array big i4": np.array([1, -2], ">i4"),
        "array bool": np.array([True, False]), "array u2": np.array([3, 65535], "u2"),
        "array 2 x 3": np.arange(6.0).reshape(2, 3), "array fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "array 0": np.array([], "f8"),
        "array ()": np.array(7), "array big U": np.array(["ab", "c"], ">U2"),
        "array object": np.array(["a", None, 3], dtype=object),
    }
    for protocol in (0, 2, 5):
        write(f"scalars_{protocol}.pkl", pickle.dumps(values, protocol=protocol))


def protocols():
    shared = ["again"]
    value = {
        "none": None, "true": True, "false": False, "int": 7, "negative": -7, "k": 300,
        "long": 2**40, "minus long": -(2**62), "float": -0.1, "text": "naïve \u20ac \U0001f9ec",
        "line": "a\nb\\c", "bytes": b"\x00\xff", "empty bytes": b"", "bytearray": bytearray(b"xy"),
        "empty": [[], (), {}], "tuples": [(1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "set": {5}, "frozen": frozenset([6]), "shared": [shared, shared],
        "ordered": OrderedDict([("b", 1), ("a", 2)]), "default": defaultdict(list, x=[1]),
        "path": pathlib.PurePosixPath("/data/x.h5ad"),
        "namespace": argparse.Namespace(lr=0.5, name="n"),
        "size": torch.Size([2, 3]), "device": torch.device("cuda:1"), "dtype": torch.bfloat16,
        "huge": 2**70,
    }
    for protocol in range(6):
        write(f"protocol_{protocol}.pkl", pickle.dumps(value, protocol=protocol))
    config = OmegaConf.create({"model": {"hidden": 328, "kwargs": {"dims": [1, {"a": None}]}},
                               "name": "x", "flag": True})
    write("omegaconf.pkl", pickle.dumps(config, protocol=2))


def tensors():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    kinds = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
             torch.int16, torch.int8]
    values = torch.tensor([0.0, 1.0, -2.0, 100.0])
    views = {
        "base": base, "transposed": base.t(), "columns": base[:, 1:3], "rows": base[1:3],
        "steps": base[::2, ::3], "one": base[2, 3], "empty": base[:0], "three": base.reshape(2, 3, 4).permute(2, 0, 1),
        "parameter": torch.nn.Parameter(base[3]),
        "half steps": base.to(torch.float16).t(),
    }
    views.update({str(k): values.to(k) for k in kinds})
    views["torch.uint8"] = torch.tensor([0, 1, 200, 255], dtype=torch.uint8)
    views["torch.bool"] = torch.tensor([False, True, True])
    views["halves"] = torch.tensor([65504.0, 6.103515625e-05, 5.960464477539063e-08, -0.0, float("inf"), float("nan")], dtype=torch.float16)
    views["brains"] = torch.tensor([0.1, -3.0e38, 1.0e-40], dtype=torch.bfloat16)
    views["doubles"] = torch.tensor([0.1, 1e-300, 1e300], dtype=torch.float64)
    save("tensors.pt", views)
    save("tensors_legacy.pt", views, _use_new_zipfile_serialization=False)
    rezip("tensors_deflated.pt", "tensors.pt", method=zipfile.ZIP_DEFLATED)


def checkpoint():
    weights = OrderedDict([("basal_encoder.0.weight", torch.arange(6.0).reshape(2, 3)),
                           ("basal_encoder.0.bias", torch.tensor([0.5, -0.5]))])
    weights._metadata = OrderedDict([("", {"version": 1})])
    save("checkpoint.ckpt", {
        "epoch": 3, "global_step": 40, "pytorch-lightning_version": "2.5.1", "state_dict": weights,
        "hyper_parameters": {
            "hidden_dim": np.int64(328), "embed_key": "X_hvg", "dropout": 0.1,
            "dir": pathlib.PosixPath("/data/run"), "kwargs": argparse.Namespace(bidirectional=True),
            "transformer": OmegaConf.create({"n_layer": 8}), "loss": torch.nn.MSELoss()},
        "optimizer_states": [{"state": {0: {"step": torch.tensor(40.0), "exp_avg": torch.zeros(2, 3)}},
                              "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999), "params": [0]}]}],
        "callbacks": {"Watcher": Watcher(), "Table": Table(a=1), "Row": Row([1, 2])},
        "expanded": torch.zeros(1).expand(5), "complex": torch.zeros(1, dtype=torch.complex64),
    })


def field():
    """What people have: names as pandas keeps them, tensors with attributes, zips without checksums."""
    names = ["TP53", "HLA-A"]
    write("pandas_index.pkl", pickle.dumps({"gene_names": pd.Index(names), "strings": pd.Index(names, dtype="string")}))
    tensor = torch.arange(3.0)
    tensor.note = "mine"
    parameter = torch.nn.Parameter(torch.arange(2.0))
    parameter.note = "mine"
    save("typed.pt", {"tensor": tensor, "parameter": parameter})
    from torch.utils.serialization import config
    config.save.compute_crc32 = False
    save("no_checksum.pt", {"x": torch.arange(3.0), "y": torch.arange(4.0)[::2]})
    config.save.compute_crc32 = True
    data = bytearray((OUT / "tensors_deflated.pt").read_bytes())
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:  # the checksums in the directory
        data[at + 16 : at + 20] = bytes(4)
        at += 4
    write("no_checksum_deflated.pt", bytes(data))
    data = bytearray((OUT / "no_checksum.pt").read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 16] = 1
    write("bad_one_checksum.pt", bytes(data))


def bad():
    import os
    for protocol in (0, 2, 4):
        write(f"bad_global_{protocol}.pkl", pickle.dumps({"x": Call(os.system, "echo no")}, protocol=protocol))
    save("bad_global.pt", {"x": torch.ones(2), "y": Watcher()})
    rezip("bad_byteorder.pt", "pert_map.pt", {"byteorder": b"big"})
    rezip("bad_short_storage.pt", "pert_map.pt", {"data/0": bytes(60)})
    rezip("bad_no_storage.pt", "pert_map.pt", drop=["data/0"])
    rezip("bad_no_pickle.zip", "pert_map.pt", drop=["data.pkl"])
    rezip("bad_script.pt", "pert_map.pt", {"code/x.py": b"", "constants.pkl": b"\x80\x02)."})
    save("bad_checksum.pt", {"x": torch.ones(3)})
    data = bytearray((OUT / "bad_checksum.pt").read_bytes())
    one = data.index(struct.pack("<f", 1.0))
    data[one] ^= 1
    write("bad_checksum.pt", bytes(data))
    data = bytearray((OUT / "pert_map.pt").read_bytes())
    entry = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data[entry + 42 : entry + 46] = b"\xff" * 4  # where the entry is: in a record that is not there
    write("bad_directory.pt", bytes(data))
    legacy = (OUT / "pert_map_legacy.torch").read_bytes()
    count = struct.pack("<q", 16) + struct.pack("<f", 1.0)
    write("bad_legacy_count.torch", legacy.replace(count, struct.pack("<qf", 15, 1.0)))
    write("bad_legacy_order.torch", legacy.replace(b"little_endianq\x02\x88", b"little_endianq\x02\x89"))
    write("bad_safetensors.ckpt", struct.pack("<Q", 2) + b"{}")
    write("bad_lfs.ckpt", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    write("bad_page.ckpt", b"\n<!DOCTYPE html>\n<html><body>404</body></html>\n")
    write("bad_text.pkl", b"hello, this is no pickle\n")
    write("bad_empty.pkl", b"")
    write("bad_trailing.pkl", pickle.dumps([1]) + b"more")


def tables():
    """Text that gzip packed, in files whose names do not say so."""
    edges = b"source,target,weight\nA,B,1\nB,C,-0.5\n"
    pack = lambda data: gzip.compress(data, mtime=0)
    write("packed.csv", pack(edges))
    write("packed_parts.csv", pack(edges[:25]) + pack(b"") + pack(edges[25:]) + bytes(512))
    write("packed_cut.csv", pack(edges)[:-10])
    write("packed_head.csv", pack(edges)[:5])
    write("packed_more.csv", pack(edges) + b"more")
    write("packed_twice.csv", pack(pack(edges)))
    write("packed_empty.csv", pack(b""))
    data = bytearray(pack(edges))
    data[-8] ^= 1  # the checksum
    write("packed_damaged.csv", bytes(data))
    write("packed_values.csv.gz", pack(b"kd,value\nK,0.5\n"))
    write("packed_sets.gmt", pack(b"SET\tna\tA\tB\n"))


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for make in (maps, scalars, protocols, tensors, checkpoint, field, bad, tables):
        make()
