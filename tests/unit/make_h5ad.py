"""Writes the small .h5ad files of the unit tests (tests/unit/h5ad).

    python tests/unit/make_h5ad.py

Needs anndata 0.12, h5py, scipy. The C tests recompute every value from the formulas here, so a
change of a formula must be made in test_cells.c too. Files in old layouts are written by hand
and read back with anndata, which knows those layouts.
"""
import os
import pathlib
import warnings

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

OUT = pathlib.Path(__file__).parent / "h5ad"
N, G, H = 40, 12, 5  # cells, genes, HVGs

warnings.filterwarnings("ignore")
anndata.settings.allow_write_nullable_strings = True


def counts():
    """X[c, g] = c + g/4 where (5c + 3g) % 7 < 3, else 0; row 7 is empty."""
    c, g = np.mgrid[:N, :G]
    x = np.where((5 * c + 3 * g) % 7 < 3, c + g / 4, 0)
    x[7] = 0
    return x.astype(np.float32)


def hvg():
    """H[c, j] = c/2 - 3j."""
    c, j = np.mgrid[:N, :H]
    return (c / 2 - 3 * j).astype(np.float32)


def kds():
    """Every second cell is a control, the others are knock-downs."""
    return ["non-targeting" if c % 2 == 0 else ["MYC", "HSPA5", "TRAPPC3"][c % 3] for c in range(N)]


def types():
    return [["rpe1", "hepg2"][c % 4 == 0 or c % 5 == 0] for c in range(N)]


def names():
    return [f"cell-{c:03d}" for c in range(N)]


def obs(index=None):
    c = np.arange(N)
    frame = pd.DataFrame(index=pd.Index(names(), dtype=object) if index is None else index)
    frame["gene"] = pd.Categorical(kds(), categories=["TRAPPC3", "non-targeting", "MYC", "HSPA5"])
    frame["cell_line"] = pd.Categorical(types(), categories=["rpe1", "k562", "hepg2"])
    frame["gem_group"] = c % 3 + 1
    frame["is_control"] = c % 2 == 0
    frame["dose"] = [[0.1, 1.0, 1e-05, 1e16, np.nan, 12.5][k % 6] for k in c]
    frame["dose32"] = np.asarray(frame["dose"], np.float32)
    frame["n_int"] = pd.array([None if k % 4 == 3 else int(k % 4) for k in c], dtype="Int64")
    frame["n_bool"] = pd.array([None if k % 3 == 2 else bool(k % 3) for k in c], dtype="boolean")
    frame["cat_int"] = pd.Categorical([None if k == 5 else int(k % 2) + 10 for k in c])
    frame["cat_bool"] = pd.Categorical([bool(k % 2) for k in c])
    return frame


def var():
    frame = pd.DataFrame(index=pd.Index([f"G{g}" for g in range(G)], dtype=object))
    frame["highly_variable"] = [g % 2 == 1 and g < 2 * H for g in range(G)]
    return frame


def write_now():
    """Today's layout: .X is CSR; it and X_hvg are compressed in chunks that do not fit the rows."""
    a = anndata.AnnData(X=sp.csr_matrix(counts()), obs=obs(), var=var())
    a.layers["csc"] = sp.csc_matrix(counts().astype(np.float64))
    a.layers["dense"] = counts().astype(np.float64)
    a.layers["int"] = np.rint(counts()).astype(np.int32)
    a.layers["half"] = counts().astype(np.float16)
    a.obsm["X_hvg"] = hvg()
    a.obsm["sparse"] = sp.csr_matrix(hvg())
    a.obsm["frame"] = pd.DataFrame({"q": np.arange(N)}, index=a.obs_names)
    a.uns["X_hvg_var_names"] = np.array([f"H{j}" for j in range(H)], dtype=object)
    path = OUT / "now.h5ad"
    a.write_h5ad(path)
    with h5py.File(path, "a") as f:  # what anndata does not write by itself
        for name, chunk in (("X/data", 50), ("X/indices", 64), ("obsm/X_hvg", (7, 3))):
            data, attrs = f[name][:], dict(f[name].attrs)
            del f[name]
            f.create_dataset(name, data=data, chunks=(chunk,) if data.ndim == 1 else chunk,
                             compression="gzip", shuffle=True).attrs.update(attrs)
        text = f["obs"].create_dataset("note", data=[f"n{c % 3}" for c in range(N)],
                                       dtype=h5py.string_dtype())
        text.attrs["encoding-type"] = "string-array"
        text.attrs["encoding-version"] = "0.2.0"
        fixed = np.array([f"f{c % 2}".encode() for c in range(N)], dtype="S5")
        f["obs"].create_dataset("fixed", data=fixed)
        padded = h5py.h5t.C_S1.copy()  # as Fortran and R write strings
        padded.set_size(5)
        padded.set_strpad(h5py.h5t.STR_SPACEPAD)
        space = h5py.h5s.create_simple((N,))
        h5py.h5d.create(f["obs"].id, b"padded", padded, space).write(
            space, space, np.array([f"p{c % 2}   ".encode() for c in range(N)]), mtype=padded)
        big = f["obs"].create_dataset("big", data=np.full(N, 2**63 + 1, np.uint64))
        g = f["obs"].create_group("n_text")
        g.attrs["encoding-type"] = "nullable-string-array"
        g.attrs["encoding-version"] = "0.1.0"
        g.create_dataset("values", data=["" if c % 2 else f"t{c % 4}" for c in range(N)],
                         dtype=h5py.string_dtype())
        g.create_dataset("mask", data=np.arange(N) % 2 == 1)
        # CSR with 64-bit indices, unsorted, and each value in two halves
        x, wide = sp.csr_matrix(counts()), f["layers"].create_group("halves")
        wide.attrs["encoding-type"] = "csr_matrix"
        wide.attrs["encoding-version"] = "0.1.0"
        wide.attrs["shape"] = np.array([N, G])
        wide.create_dataset("indptr", data=2 * x.indptr.astype(np.int64))
        wide.create_dataset("indices", data=np.repeat(x.indices.astype(np.int64), 2))
        wide.create_dataset("data", data=np.repeat(x.data / 2, 2))
    repack(path)
    check_reads(path)


def repack(path):
    """Drops what was deleted and takes the newer, denser file format."""
    with h5py.File(path, "r") as old, h5py.File(str(path) + ".new", "w", libver="v110") as new:
        def move(name, item):
            text = isinstance(item, h5py.Dataset) and h5py.check_string_dtype(item.dtype)
            if text and text.length is None:
                to = new.create_dataset(name, data=item[:], dtype=item.dtype)
            elif isinstance(item, h5py.Dataset):
                old.copy(item, new, name, without_attrs=True)
                to = new[name]
            else:
                to = new.require_group(name)
            to.attrs.update(item.attrs)

        new.attrs.update(old.attrs)
        old.visititems(move)
    os.replace(str(path) + ".new", path)


def write_plain():
    """Dense .X, no compression, HVGs by var.highly_variable, a pandas string index."""
    index = pd.Index(pd.array(names(), dtype="string"))
    a = anndata.AnnData(X=counts(), obs=obs(index)[["gene"]], var=var())
    a.write_h5ad(OUT / "plain.h5ad")


def write_sparse_legacy(f, name, x):
    g = f.create_group(name)
    g.attrs["h5sparse_format"] = "csr"
    g.attrs["h5sparse_shape"] = np.array(x.shape)
    for part in ("data", "indices", "indptr"):
        g.create_dataset(part, data=getattr(x, part))


def write_v07():
    """anndata 0.7: categories in obs/__categories, found through a reference."""
    with h5py.File(OUT / "v07.h5ad", "w") as f:
        x = sp.csr_matrix(counts())
        g = f.create_group("X")
        g.attrs["encoding-type"] = "csr_matrix"
        g.attrs["encoding-version"] = "0.1.0"
        g.attrs["shape"] = np.array(x.shape)
        for part in ("data", "indices", "indptr"):
            g.create_dataset(part, data=getattr(x, part))
        for name, index, table in (("obs", names(), obs()), ("var", list(var().index), var())):
            g = f.create_group(name)
            g.attrs["encoding-type"] = "dataframe"
            g.attrs["encoding-version"] = "0.1.0"
            g.attrs["_index"] = "index"
            columns = [k for k in ("gene", "cell_line", "gem_group") if k in table]
            g.attrs["column-order"] = np.array(columns, dtype=h5py.string_dtype())
            g.create_dataset("index", data=index, dtype=h5py.string_dtype())
            for k in columns:
                if table[k].dtype != "category":
                    g.create_dataset(k, data=table[k].to_numpy())
                    continue
                codes = g.create_dataset(k, data=table[k].cat.codes.to_numpy())
                cats = g.require_group("__categories").create_dataset(
                    k, data=list(table[k].cat.categories), dtype=h5py.string_dtype())
                cats.attrs["ordered"] = False
                codes.attrs["categories"] = cats.ref
    check_reads(OUT / "v07.h5ad")


def write_v06():
    """anndata 0.6: obs and var are records, categories are in uns, sparse has h5sparse_format."""
    table = obs()
    with h5py.File(OUT / "v06.h5ad", "w") as f:
        write_sparse_legacy(f, "X", sp.csr_matrix(counts()))
        rec = np.zeros(N, dtype=[("index", "S8"), ("gene", "i1"), ("cell_line", "i1"),
                                 ("gem_group", "i8")])
        rec["index"] = names()
        rec["gene"], rec["cell_line"] = table["gene"].cat.codes, table["cell_line"].cat.codes
        rec["gem_group"] = table["gem_group"]
        f.create_dataset("obs", data=rec)
        rec = np.zeros(G, dtype=[("index", "S4"), ("highly_variable", "?")])
        rec["index"], rec["highly_variable"] = list(var().index), var()["highly_variable"]
        f.create_dataset("var", data=rec)
        uns = f.create_group("uns")
        for k in ("gene", "cell_line"):
            uns.create_dataset(f"{k}_categories", data=list(table[k].cat.categories),
                               dtype=h5py.string_dtype())
    check_reads(OUT / "v06.h5ad")


def check_reads(path):
    a = anndata.read_h5ad(path)
    assert list(a.obs_names) == names(), path
    assert list(a.obs["gene"]) == kds() and list(a.obs["cell_line"]) == types(), path
    assert (a.X.toarray() == counts()).all(), path


def write_broken():
    """A file that opens, with one fault in each part."""
    path = OUT / "broken.h5ad"
    index = pd.Index(names(), dtype=object)
    anndata.AnnData(obs=pd.DataFrame(index=index), var=var()).write_h5ad(path)
    x = sp.csr_matrix(counts())
    with h5py.File(path, "a") as f:
        def sparse(name, shape=(N, G), kind="csr_matrix", **parts):
            g = f.create_group("layers/" + name)
            g.attrs["encoding-type"] = kind
            if shape:
                g.attrs["shape"] = np.array(shape)
            for part in ("data", "indices", "indptr"):
                data = parts.get(part, getattr(x, part))
                if data is not None:
                    g.create_dataset(part, data=data)

        def edit(part, at, value):
            data = getattr(x, part).copy()
            data[at] = value
            return data

        y = sp.csc_matrix(counts())
        sparse("indptr_first", indptr=edit("indptr", 0, 1))
        sparse("indptr_back", indptr=edit("indptr", 9, 0))
        sparse("indptr_past", indptr=edit("indptr", N, x.nnz + 1))
        sparse("indptr_short", indptr=x.indptr[:-1])
        sparse("index_past", indices=edit("indices", x.indptr[4], G))
        sparse("index_negative", indices=edit("indices", x.indptr[4], -1))
        sparse("indices_short", indices=x.indices[:-1])
        sparse("no_data", data=None)
        sparse("no_shape", shape=None)
        sparse("rows", shape=(N + 1, G))
        sparse("columns", shape=(N, G + 1))
        sparse("not_finite", data=edit("data", x.indptr[4], np.nan))
        sparse("encoding", kind="awkward-array")
        sparse("csc_past", kind="csc_matrix", data=y.data, indptr=y.indptr,
               indices=np.where(np.arange(y.nnz) == 3, N, y.indices))
        again = y.indices.copy()
        again[1] = again[0]
        sparse("csc_twice", kind="csc_matrix", data=y.data, indptr=y.indptr, indices=again)
        bad = counts().astype(np.float64)
        bad[3, 2] = 1e300
        f["layers"].create_dataset("infinite", data=bad)
        f["layers"].create_dataset("cube", data=np.zeros((N, G, 2), np.float32))
        f["layers"].create_dataset("words", data=np.full((N, G), b"x"))
        f["layers"].create_dataset("lzf", data=counts(), compression="lzf")
        # a size that no such file can hold
        f["layers"].create_dataset("huge", shape=(N, 2**40), dtype="f4", chunks=(1, 1024))

        def categorical(name, codes, categories, encoding="categorical"):
            g = f.create_group("obs/" + name)
            if encoding:
                g.attrs["encoding-type"] = encoding
            g.create_dataset("codes", data=codes)
            if categories:
                g.create_dataset("categories", data=categories, dtype=h5py.string_dtype())

        zeros = np.zeros(N, np.int8)
        categorical("code_past", np.where(np.arange(N) == 6, 2, zeros), ["a", "b"])
        categorical("code_negative", np.where(np.arange(N) == 6, -2, zeros), ["a", "b"])
        categorical("code_short", zeros[1:], ["a", "b"])
        categorical("code_float", zeros.astype(np.float32), ["a", "b"])
        categorical("category_twice", zeros, ["a", "a"])
        categorical("category_none", zeros, None)
        categorical("no_encoding", zeros, ["a"], encoding=None)
        f["obs"].create_dataset("complex", data=np.zeros(N, np.complex64))
        f["obs"].create_dataset("long", data=["a"] * (N + 1), dtype=h5py.string_dtype())
    repack(path)


def write_small_faults():
    with h5py.File(OUT / "no_obs.h5ad", "w") as f:
        f.create_dataset("X", data=np.zeros((2, 2)))
    with h5py.File(OUT / "no_index.h5ad", "w") as f:
        f.create_group("obs")
        f.create_group("var")
    index = pd.Index(["G0", "G1", "G0"], dtype=object)
    cells = pd.Index(["a", "b", "a"], dtype=object)
    a = anndata.AnnData(obs=pd.DataFrame({"gene": ["x", "x", "x"]}, index=cells),
                        var=pd.DataFrame(index=index))
    a.write_h5ad(OUT / "twice.h5ad")


def write_links():
    """Parts that are links or in other files: of those only 'soft' can be read."""
    with h5py.File(OUT / "links.h5ad", "w") as f:
        here = f.create_group("here")
        here["values"] = np.arange(3)
        here.attrs["encoding-type"] = "array"
        f["soft"] = h5py.SoftLink("/here")
        f["soft_values"] = h5py.SoftLink("/soft/values")
        f["nothing"] = h5py.SoftLink("/gone/values")
        here["chain"] = h5py.SoftLink("/here/next")
        here["next"] = h5py.SoftLink("missing")
        f["circle"] = h5py.SoftLink("/circle")
        f["outside"] = h5py.ExternalLink("plain.h5ad", "/obs")  # which is there
        f["nowhere"] = h5py.ExternalLink("gone.h5ad", "/obs")
        f["soft_outside"] = h5py.SoftLink("/outside/_index")
        f["type"] = np.dtype("i4")
        layout = h5py.VirtualLayout((N, G), dtype="f4")
        layout[:] = h5py.VirtualSource("plain.h5ad", "X", shape=(N, G))
        f.create_virtual_dataset("virtual", layout)
        f.create_dataset("stored_elsewhere", shape=(3,), dtype="i8", external=[("gone.bin", 0, 24)])


def write_newer():
    """In the format of HDF5 1.14: 1.10 opens the file, but reads no enum, as booleans are."""
    with h5py.File(OUT / "newer.h5ad", "w", libver=("v114", "v114")) as f:
        for name in ("obs", "var"):
            g = f.create_group(name)
            g["i"] = np.array(["a", "b"], dtype="S1")
            g.attrs["_index"] = "i"
            g["flag"] = np.array([True, False])
        f["obs"].attrs["ordered"] = True


def write_left_open():
    """What a writer leaves that was killed: marked as open for writing."""
    import subprocess
    import sys
    code = "import h5py, os, sys; f = h5py.File(sys.argv[1], 'w', libver='v110'); f['x'] = [1]; f.flush(); os._exit(0)"
    subprocess.run([sys.executable, "-c", code, str(OUT / "left_open.h5ad")], check=True)


def print_golden():
    """What test_sets.c and test_numeric.c expect: numpy's legacy generator gives the same."""
    control = np.array([c for c in range(N) if c % 2 == 0])
    hepg2 = np.array([c for c in control if types()[c] == "hepg2"])
    for label, pool in (("control", control), ("control hepg2", hepg2)):
        order = pool.copy()
        np.random.RandomState(42).shuffle(order)
        print(label, len(pool), "seed 42:", *order)
    order = np.arange(10)
    np.random.RandomState(7).shuffle(order)
    print("shuffle 10, seed 7:", *order)
    print("randint 280, seed 42:", *np.random.RandomState(42).randint(280, size=6))


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    write_now()
    write_plain()
    write_v07()
    write_v06()
    write_broken()
    write_small_faults()
    write_links()
    write_newer()
    write_left_open()
    print_golden()
