"""Writes h5ad files that name genes in every way that is read (tests/unit/h5ad): genes.h5ad for the unit
tests, and cells of the parity case llama_batch with the same numbers under names from other places, their
batches and cell types in other types.

    python tests/unit/make_gene_names.py

Needs anndata 0.12, pandas 2. test_gene_names.c and tests/cli/gene_names.* expect what stands here.
"""
import pathlib
import warnings

import anndata
import h5py
import numpy as np
import pandas as pd

HERE = pathlib.Path(__file__).parent
OUT = HERE / "h5ad"
CASE = HERE.parent / "parity" / "cases" / "llama_batch" / "cells.h5ad"
GENES = [f"GENE{i}" for i in range(24)]
N = 40

warnings.filterwarnings("ignore")
anndata.settings.allow_write_nullable_strings = True


def write_genes():
    """Names in each place, another number in each, and DataFrames in obsm."""
    cells = pd.Index([f"cell-{c:03d}" for c in range(N)], dtype=object)
    var = pd.DataFrame(index=pd.Index([f"ENSG{i}" for i in range(12)], dtype=object))
    var["gene_name"] = pd.Categorical([None if i == 11 else f"V{i - i % 2 if i == 5 else i}" for i in range(12)])
    var["highly_variable"] = pd.array([None if i == 0 else i in (2, 5, 7) for i in range(12)], dtype="boolean")
    a = anndata.AnnData(obs=pd.DataFrame({"gene": ["x"] * N}, index=cells), var=var)
    a.uns["X_hvg_var_names"] = pd.Categorical(["U3", "U1", "U3", "U2", "U0"])
    a.uns["hvg_names"] = pd.array(["S0", "S1", None, "S3"], dtype="string")
    c = np.arange(N)
    a.obsm["numbers"] = pd.DataFrame({  # not in the order of their names
        "f64": c / 4, "a_int": (c - 7).astype(np.int16), "bool": c % 3 == 0,
        "cat": pd.Categorical([[0.5, 2.25, -1][k % 3] for k in c]),
        "n_int": pd.array([int(k) * 2 for k in c], dtype="Int64"),
        "n_bool": pd.array([k % 2 == 1 for k in c], dtype="boolean")}, index=cells)
    a.obsm["missing"] = pd.DataFrame({"n": pd.array([None if k == 3 else 1 for k in c], dtype="Int64")}, index=cells)
    a.obsm["missing_cat"] = pd.DataFrame({"n": pd.Categorical([None if k == 5 else 1.5 for k in c])}, index=cells)
    a.obsm["words"] = pd.DataFrame({"n": c, "word": ["w"] * N}, index=cells)
    a.obsm["word_cat"] = pd.DataFrame({"word": pd.Categorical(["w"] * N)}, index=cells)
    a.obsm["empty"] = pd.DataFrame(index=cells)
    a.write_h5ad(OUT / "genes.h5ad")
    with h5py.File(OUT / "genes.h5ad", "a") as f:
        for name in ("gone", "no_order", "long", "code", "moved"):
            f.copy("obsm/missing_cat", f"obsm/{name}")
        del f["obsm/gone/n"], f["obsm/no_order"].attrs["column-order"], f["obsm/long/n"]
        f["obsm/long/n"] = np.zeros(N + 1)
        f["obsm/code/n/codes"][7] = 1
        f["obsm/moved/_index"][2] = "cell-003"
        f["obsm/code"].attrs.create("column-order", [b"n"], dtype="S3")  # of fixed length


def cells(name, change):
    """The cells of llama_batch without X; change(a) names the columns of X_hvg."""
    a = anndata.read_h5ad(CASE)
    hvg = a.obsm["X_hvg"]
    a = anndata.AnnData(obs=a.obs, var=pd.DataFrame(index=pd.Index(["A", "B"], dtype=object)))
    a.obsm["X_hvg"] = hvg
    change(a)
    a.write_h5ad(OUT / f"{name}.h5ad")


def in_frame(a):
    table = pd.DataFrame(a.obsm["X_hvg"], columns=GENES, index=a.obs_names)
    table["GENE4"] = table["GENE4"].astype(np.float64)
    table["GENE11"] = pd.Categorical(table["GENE11"])
    a.obsm["X_hvg"] = table
    a.uns["X_hvg_var_names"] = np.array(GENES[::-1], dtype=object)  # the columns come first


def in_gene_name(a):
    a.obs["gem_group"] = pd.Categorical(a.obs["gem_group"].astype(int))
    a.obs["cell_line"] = a.obs["cell_line"].cat.codes
    extra = iter(f"EXTRA{i}" for i in range(9))
    symbols = [s for i, g in enumerate(GENES) for s in ([g, next(extra)] if i % 3 == 0 else [g])]
    var = pd.DataFrame(index=pd.Index([f"ENSG{i:011d}" for i in range(len(symbols))], dtype=object))
    var["gene_name"] = pd.Categorical(symbols)
    var["highly_variable"] = [s in GENES for s in symbols]
    a.__init__(obs=a.obs, var=var, obsm=dict(a.obsm))


def in_feature_name(a):
    in_gene_name(a)
    a.var.rename(columns={"gene_name": "feature_name"}, inplace=True)


def in_uns(a):
    a.obs["gem_group"] = a.obs["gem_group"].astype(int)
    a.uns["X_hvg_var_names"] = np.array(["too", "few"], dtype=object)
    a.uns["hvg_names"] = pd.Categorical(GENES)


def made_unique(a):
    a.obs["gem_group"] = a.obs["gem_group"].astype(int).astype("Int64")
    a.obs["cell_line"] = (a.obs["cell_line"].cat.codes == 0).astype("boolean")
    a.uns["X_hvg_var_names"] = np.array([g + "-1" if g == "GENE5" else g for g in GENES], dtype=object)
    a.uns["hvg_names"] = {"rna": np.array(GENES)}  # not a list of names: passed over


def twice(a):
    """Most names stand there twice, for a model that does not name its inputs."""
    a.uns["hvg_names"] = np.array([f"GENE{i - i % 2 if i < 18 else i}" for i in range(24)], dtype=object)


def swapped(a):
    names = list(GENES)
    names[3], names[7] = names[7], names[3]
    a.uns["X_hvg_var_names"] = np.array(names, dtype=object)


def in_floats(a):
    a.obs["gem_group"] = a.obs["gem_group"].astype(float)


def write_mudata():
    with h5py.File(OUT / "two.h5mu", "w") as f:
        f.attrs["encoding-type"] = "MuData"
        for name in ("mod/rna", "mod/prot", "obs", "var"):
            g = f.create_group(name)
            g.attrs["_index"] = "_index"
            g["_index"] = np.array([b"a", b"b"])


if __name__ == "__main__":
    write_genes()
    cells("named_frame", in_frame)
    cells("named_gene_name", in_gene_name)
    cells("named_uns", in_uns)
    cells("named_feature", in_feature_name)
    cells("named_unique", made_unique)
    cells("named_swapped", swapped)
    cells("named_twice", twice)
    cells("named_nowhere", lambda a: None)
    cells("batches_float", in_floats)
    write_mudata()
