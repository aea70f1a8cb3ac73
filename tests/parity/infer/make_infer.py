#!/usr/bin/env python3
"""Write what the real `state tx infer` predicts for small models, and check how it drew its cells.

    python make_infer.py planted llama_batch emb_decoder hvg_all_decoder  # with transformers 5.23
    python make_infer.py gpt2_452 gpt2_eager                              # with transformers 4.52.4

The environments are those of ../make_cases.py. A file holds obs and the predicted matrices only,
where `state tx infer` left them; README.md has the commands. Every file is then computed again from
the description of the draw (`replay` below), in float32, and the largest difference is printed.
"""
import argparse
import contextlib
import io
import json
import logging
import os
import pickle
import sys
import tempfile

os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"

import anndata
import numpy as np
import scipy.sparse
import torch
import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
PLANTED = os.path.join(HERE, "..", "..", "..", "examples", "planted")
CASES = os.path.join(HERE, "..", "cases")

# name -> model directory, cells, --embed-key, attention implementation (None: transformers' default),
# the matrices that are predictions
RUNS = {
    "planted": (os.path.join(PLANTED, "fewshot"), os.path.join(PLANTED, "cells.h5ad"), "X_hvg", None, ["X_hvg"]),
    "llama_batch": (os.path.join(CASES, "llama_batch", "model"), os.path.join(CASES, "llama_batch", "cells.h5ad"),
                    "X_hvg", None, ["X_hvg"]),
    "emb_decoder": (os.path.join(CASES, "emb_decoder", "model"), os.path.join(CASES, "emb_decoder", "cells.h5ad"),
                    "X_state", None, ["X_state", "X_hvg"]),
    "hvg_all_decoder": (os.path.join(CASES, "hvg_all_decoder", "model"),
                        os.path.join(CASES, "hvg_all_decoder", "cells.h5ad"), "X_hvg", None, ["X_hvg", "X"]),
    "all_csr": (os.path.join(CASES, "all_csr", "model"), os.path.join(CASES, "all_csr", "cells.h5ad"),
                None, None, ["X"]),
    "gpt2_452": (os.path.join(CASES, "gpt2", "model"), os.path.join(CASES, "gpt2", "cells.h5ad"),
                 "X_hvg", None, ["X_hvg"]),
    "gpt2_eager": (os.path.join(CASES, "gpt2", "model"), os.path.join(CASES, "gpt2", "cells.h5ad"),
                   "X_hvg", "eager", ["X_hvg"]),
}


@contextlib.contextmanager
def attention(implementation):
    """Models built inside use this attention, as if their configuration had asked for it."""
    import state.tx.models.state_transition as st

    build = st.get_transformer_backbone

    def build_with(key, kwargs):
        return build(key, {**kwargs, "attn_implementation": implementation} if implementation else kwargs)

    st.get_transformer_backbone = build_with
    try:
        yield
    finally:
        st.get_transformer_backbone = build


def infer(model_dir, cells, embed_key, out):
    """`state tx infer --model-dir … --adata … --embed-key … --pert-col gene --output …`"""
    from state._cli._tx._infer import add_arguments_infer, run_tx_infer

    parser = argparse.ArgumentParser()
    add_arguments_infer(parser)
    command = ["--model-dir", model_dir, "--adata", cells, "--pert-col", "gene", "--output", out]
    if embed_key:
        command += ["--embed-key", embed_key]
    run_tx_infer(parser.parse_args(command))


def matrix(data, key):
    m = data.X if key == "X" else data.obsm[key]
    return m.toarray() if scipy.sparse.issparse(m) else np.asarray(m)


def replay(model_dir, cells, embed_key, keys):
    """The predictions again, as the format notes describe them. {key: matrix}"""
    from state.tx.models.state_transition import StateTransitionPerturbationModel

    with open(os.path.join(model_dir, "config.yaml")) as f:
        data_kwargs = yaml.safe_load(f)["data"]["kwargs"]
    model = StateTransitionPerturbationModel.load_from_checkpoint(
        os.path.join(model_dir, "checkpoints", "final.ckpt"), weights_only=False).eval()
    kds = {str(k): v for k, v in torch.load(os.path.join(model_dir, "pert_onehot_map.pt"), weights_only=False).items()}
    batches = {str(k): int(v.argmax()) for k, v in
               torch.load(os.path.join(model_dir, "batch_onehot_map.torch"), weights_only=False).items()}
    data = anndata.read_h5ad(cells)
    x = matrix(data, embed_key or "X")
    label, kind = data.obs["gene"].astype(str).to_numpy(), data.obs[data_kwargs["cell_type_key"]].astype(str).to_numpy()
    batch = np.array([batches.get(b, 0) for b in data.obs[data_kwargs["batch_col"]].astype(str)])
    control = label == data_kwargs["control_pert"]
    rng, found = np.random.RandomState(seed=42), {}
    for t in sorted(set(kind)):
        pool = np.flatnonzero(control & (kind == t))
        pool = pool if len(pool) else np.flatnonzero(control)
        for kd in sorted(set(label[kind == t])):
            rows = np.flatnonzero((kind == t) & (label == kd))
            for start in range(0, len(rows), model.cell_sentence_len):
                window = rows[start:start + model.cell_sentence_len]
                drawn = rng.choice(pool, len(window))
                with torch.no_grad():
                    y = model({"ctrl_cell_emb": torch.tensor(x[drawn]), "batch": torch.tensor(batch[window]),
                               "pert_emb": kds.get(kd, kds[data_kwargs["control_pert"]]).repeat(len(window), 1)},
                              padded=False)
                    parts = {embed_key or "X": y[0] if isinstance(y, tuple) else y}
                    for key in keys:
                        if key not in parts:                        # a second matrix is the gene decoder's
                            parts[key] = model.gene_decoder(parts[embed_key or "X"])
                for key, value in parts.items():
                    found.setdefault(key, np.full((len(label), value.shape[1]), np.nan, np.float32))
                    found[key][window] = value.numpy()
    return {k: np.clip(v, 0.0, 14.0) if model.output_space != "embedding" else v for k, v in found.items()}


def make(name):
    model_dir, cells, embed_key, implementation, keys = RUNS[name]
    with tempfile.TemporaryDirectory() as work, attention(implementation):
        full = os.path.join(work, "full.h5ad")
        log = io.StringIO()
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            infer(model_dir, cells, embed_key, full)
            again = replay(model_dir, cells, embed_key, keys)
        data = anndata.read_h5ad(full)
        small = anndata.AnnData(X=matrix(data, "X") if "X" in keys else None, obs=data.obs,
                                var=data.var[[]] if "X" in keys else None)
        worst = {}
        for key in keys:
            if key != "X":
                small.obsm[key] = matrix(data, key)
            worst[key] = float(np.abs(matrix(data, key) - again[key]).max())
        out = os.path.join(HERE, f"{name}_pred.h5ad")
        small.write_h5ad(out, compression="gzip" if name == "planted" else None)
    said = [line for line in log.getvalue().splitlines() if line.startswith(("Wrote", "Saved count"))]
    print(f"{name}: {', '.join(said)}; replay differs by {worst}, {os.path.getsize(out) / 1000:.0f} kB", flush=True)
    assert max(worst.values()) < 1e-5, f"{name}: the replay differs"


def main():
    parser = argparse.ArgumentParser(description="Write the outputs of state tx infer.")
    parser.add_argument("names", nargs="+", metavar="NAME", help=", ".join(RUNS))
    args = parser.parse_args()
    for name in args.names:
        if name not in RUNS:
            parser.error(f"unknown run '{name}' (known: {', '.join(RUNS)})")
    torch.set_num_threads(1)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    for name in args.names:
        make(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
