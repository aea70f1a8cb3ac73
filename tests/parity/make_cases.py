#!/usr/bin/env python3
"""Write small ST model directories with reference Jacobians, computed by the real arc-state module.

    pip install torch==2.13.0 && pip install arc-state
    python make_cases.py                     # all variants into cases/ beside this script
    python make_cases.py llama_batch         # some

A case is a directory: model/ (as `state tx train` leaves it), cells.h5ad, cells.txt (the set, in
order), expected.csv and predicted.csv (the reference) and config.json for `tjac run`. With
g[c,c'] = dY[c,j]/dX[c',i] and S cells: set_mean = sum g / S^2, same_cell = sum_c g[c,c] / S,
cross_cell = sum of the other g / S.

The reference is float64 throughout. `module.double()` alone does not give that: Hugging Face's
RMSNorm, rotary embedding and eager softmax go through float32, and the fused CPU attention is
wrong for float64 queries with arc-state's float32 mask. So `true_float64` replaces those places,
attention runs on PyTorch's plain (MATH) kernel, and for every case the generator asserts
  - that the patched module agrees with the untouched float32 one (relative 1e-4), and
  - that its Jacobian agrees with central differences of it (relative 1e-6).

To add a case, add an entry to VARIANTS.
"""
import argparse
import contextlib
import csv
import io
import json
import logging
import math
import os
import pickle
import shutil
import sys

import anndata
import numpy as np
import pandas as pd
import scipy.sparse
import torch
import yaml

CONTROL = "non-targeting"
GENES = [f"GENE{i}" for i in range(24)]          # the highly variable genes, in the order of X_hvg
EXTRA = [f"OTHER{i}" for i in range(6)]          # genes of X only, where a variant scrambles X
KDS = [CONTROL] + [f"KD{i}" for i in range(6)]
BATCHES = ["1", "2", "3", "4"]
N_CELLS, SET_SIZE, HIDDEN, N_STATE = 60, 8, 16, 10

LLAMA = {"bidirectional_attention": True, "hidden_size": HIDDEN, "intermediate_size": 32, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 6, "vocab_size": 8,
         "max_position_embeddings": 64, "use_cache": False, "layer_norm_eps": 1e-6, "pad_token_id": 0,
         "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": False}
GPT2 = {"n_embd": HIDDEN, "n_layer": 2, "n_head": 4, "vocab_size": 1, "use_cache": False, "resid_pdrop": 0.0,
        "embd_pdrop": 0.0, "attn_pdrop": 0.0, "max_position_embeddings": 64}

# Each entry: backbone kwargs over the defaults, model.kwargs over BASE, and what the data look like.
#   key        llama | GPT2
#   backbone   over LLAMA or GPT2 above (None removes a key)
#   model      over the model.kwargs in make_kwargs()
#   embed_key, output_space   as in config.yaml (default X_hvg, gene)
#   scramble   X and var hold more genes than X_hvg, in another order
VARIANTS = {
    "llama_batch": {"model": {"batch_encoder": True}, "scramble": True},
    "llama_causal": {"backbone": {"bidirectional_attention": False}},
    "llama_deep": {"model": {"n_encoder_layers": 3, "n_decoder_layers": 2, "activation": "elu",
                             "batch_encoder": True}, "scramble": True},
    "llama_gqa": {"backbone": {"bidirectional_attention": False, "num_key_value_heads": 2, "rope_theta": 500.0}},
}


def override(base, changes):
    merged = {**base, **(changes or {})}
    return {k: v for k, v in merged.items() if v is not None}


def make_kwargs(variant):
    """The `model.kwargs` of config.yaml."""
    key = variant.get("key", "llama")
    decoded = {"gene": len(GENES), "all": len(GENES), "embedding": len(GENES)}[variant.get("output_space", "gene")]
    base = {
        "cell_set_len": SET_SIZE, "blur": 0.05, "hidden_dim": HIDDEN, "loss": "energy", "confidence_token": False,
        "n_encoder_layers": 1, "n_decoder_layers": 1, "predict_residual": True, "distributional_loss": "energy",
        "batch_encoder": False, "use_batch_token": False, "mask_attn": False, "extra_tokens": 0, "dropout": 0.1,
        "transformer_backbone_key": key,
        "transformer_backbone_kwargs": override(LLAMA if key == "llama" else GPT2, variant.get("backbone")),
        "decoder_cfg": {"latent_dim": input_dim(variant), "gene_dim": decoded, "hidden_dims": [12, 10],
                        "dropout": 0.1, "residual_decoder": False},
    }
    return {**base, **variant.get("model", {})}


def input_dim(variant):
    return N_STATE if variant.get("embed_key", "X_hvg") == "X_state" else len(GENES)


def output_names(variant):
    return GENES if variant.get("output_space", "gene") != "embedding" else input_names(variant)


def input_names(variant):
    state = variant.get("embed_key", "X_hvg") == "X_state"
    return [f"X_state:{i}" for i in range(N_STATE)] if state else GENES


def seed_of(name):
    return sum((i + 1) * ord(c) for i, c in enumerate(name))


def make_model(variant, rng):
    """The real module with random weights of such a size that every part of it matters."""
    from state.tx.models.state_transition import StateTransitionPerturbationModel

    kwargs = json.loads(json.dumps(make_kwargs(variant)))  # the module writes into its kwargs
    dim = input_dim(variant)
    with contextlib.redirect_stdout(io.StringIO()):
        model = StateTransitionPerturbationModel(
            input_dim=dim, output_dim=dim, pert_dim=len(KDS), batch_dim=len(BATCHES), gene_dim=len(GENES),
            hvg_dim=len(GENES), gene_names=list(GENES), control_pert=CONTROL, lr=1e-4,
            embed_key=variant.get("embed_key", "X_hvg"), output_space=variant.get("output_space", "gene"),
            basal_mapping_strategy=variant.get("basal_mapping_strategy", "random"), **kwargs)
    gpt2 = variant.get("key", "llama") == "GPT2"
    with torch.no_grad():
        for name, p in model.named_parameters():
            draw = torch.tensor(rng.normal(size=tuple(p.shape)), dtype=torch.float32)
            if any(part in name for part in ("embed_tokens", "wte.", "wpe.")):
                continue                                            # zero in every real checkpoint
            if "batch_encoder" in name or "_token" in name and p.dim() == 3:
                p.copy_(0.8 * draw)
            elif p.dim() == 1:
                norm = "norm" in name or ".ln_" in name or ".decoder." in name
                p.copy_(1.0 + 0.2 * draw if norm and name.endswith("weight") else 0.3 * draw)
            else:
                conv1d = gpt2 and "transformer_backbone" in name and "lora" not in name
                fan_in = p.shape[0] if conv1d else p.shape[1]
                gain = 1.6 if any(part in name for part in ("q_proj", "k_proj", "c_attn")) else 1.0
                p.copy_(gain * draw / math.sqrt(fan_in))
        model.pert_encoder[0].weight.mul_(math.sqrt(len(KDS)))      # one-hot: one column, not their sum
    return model.eval()


@contextlib.contextmanager
def true_float64():
    """Hugging Face's llama with its excursions to float32 replaced, and plain attention."""
    from transformers.models.llama import modeling_llama as hf

    def rms_norm(self, x):
        return self.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)

    def rotary(self, x, position_ids):
        parameters = getattr(self.config, "rope_parameters", None) or {}
        theta = parameters.get("rope_theta") or self.config.rope_theta
        dim = self.config.head_dim
        frequency = theta ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
        angle = position_ids[..., None].to(torch.float64) * frequency
        angle = torch.cat([angle, angle], -1)
        return angle.cos().to(x.dtype), angle.sin().to(x.dtype)

    saved = hf.LlamaRMSNorm.forward, hf.LlamaRotaryEmbedding.forward, torch.nn.functional.softmax
    plain_softmax = torch.nn.functional.softmax
    hf.LlamaRMSNorm.forward, hf.LlamaRotaryEmbedding.forward = rms_norm, rotary
    torch.nn.functional.softmax = lambda x, dim=None, _stacklevel=3, dtype=None: plain_softmax(x, dim=dim)
    try:
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            yield
    finally:
        hf.LlamaRMSNorm.forward, hf.LlamaRotaryEmbedding.forward, torch.nn.functional.softmax = saved


def predict(model, variant, x, kd, batch):
    """What `state tx infer` writes for one set, before its clipping."""
    pert = torch.zeros(len(x), len(KDS), dtype=x.dtype)
    pert[:, KDS.index(kd)] = 1.0
    y = model({"pert_emb": pert, "ctrl_cell_emb": x, "batch": batch}, padded=False)
    y = y[0] if isinstance(y, tuple) else y                         # confidence token: (prediction, confidence)
    embed_key, space = variant.get("embed_key", "X_hvg"), variant.get("output_space", "gene")
    decodes = embed_key and (space == "all" or (embed_key != "X_hvg" and space == "gene"))
    return model.gene_decoder(y) if decodes and model.gene_decoder is not None else y


def make_cells(variant, rng):
    """AnnData of N_CELLS cells (a quarter of them KD cells), its control rows, and the input matrix."""
    mean = rng.uniform(0.0, 2.5, len(GENES))
    x = np.maximum(rng.normal(mean, 1.0, (N_CELLS, len(GENES))), 0.0).astype(np.float32)
    label = np.where(rng.random(N_CELLS) < 0.25, rng.choice(KDS[1:], N_CELLS), CONTROL)
    obs = pd.DataFrame({"gene": pd.Categorical(label), "cell_line": pd.Categorical(rng.choice(["a", "b"], N_CELLS)),
                        "gem_group": pd.Categorical(rng.choice(BATCHES, N_CELLS))},
                       index=[f"cell{c}" for c in range(N_CELLS)])
    names, full = list(GENES), x
    if variant.get("scramble"):
        order = rng.permutation(len(GENES) + len(EXTRA))
        extra = np.maximum(rng.normal(0.5, 1.0, (N_CELLS, len(EXTRA))), 0.0).astype(np.float32)
        names, full = [(GENES + EXTRA)[i] for i in order], np.concatenate([x, extra], 1)[:, order]
    data = anndata.AnnData(X=scipy.sparse.csr_matrix(full), obs=obs, var=pd.DataFrame(index=names))
    data.obsm["X_hvg"] = x
    data.uns["X_hvg_var_names"] = np.array(GENES, dtype=object)
    key = variant.get("embed_key", "X_hvg")
    if key == "X_state":
        data.obsm["X_state"] = rng.normal(0.0, 1.0, (N_CELLS, N_STATE)).astype(np.float32)
    matrix = data.obsm[key] if key else np.asarray(data[:, GENES].X.todense())
    return data, np.flatnonzero(label == CONTROL), matrix


def choose_set(data, control, rng):
    """SET_SIZE control cells, not in file order, of at least three batches."""
    while True:
        rows = rng.permutation(control)[:SET_SIZE]
        if data.obs["gem_group"].iloc[rows].nunique() >= 3 and not (np.diff(rows) > 0).all():
            return rows


def jacobian(model, variant, x, kd, batch, targets):
    """g (target, cell out, cell in, input)."""
    x = x.clone().requires_grad_()
    y = predict(model, variant, x, kd, batch)
    return torch.stack([torch.stack([torch.autograd.grad(y[c, j], x, retain_graph=True)[0]
                                     for c in range(len(x))]) for j in targets])


def check_differences(model, variant, x, kd, batch, regulators, targets, g):
    """Central differences of every cell's input, for the regulators and targets of the case."""
    step, worst = 1e-5, 0.0
    for i in regulators:
        for c in range(len(x)):
            ends = []
            for sign in (1, -1):
                moved = x.clone()
                moved[c, i] += sign * step
                with torch.no_grad():
                    ends.append(predict(model, variant, moved, kd, batch)[:, targets])
            difference = ((ends[0] - ends[1]) / (2 * step)).T       # (target, cell out)
            worst = max(worst, float((difference - g[:, :, c, i]).abs().max()))
    scale = float(g[:, :, :, regulators].abs().max())
    assert worst <= 1e-6 * scale, f"autograd and central differences differ by {worst:.2e} (largest g {scale:.2e})"
    return worst / scale


def choose_genes(model, variant, x, batch, rng):
    """2 KDs, 3 regulators and 4 targets: one target partly active if there is one, the others active."""
    kds = [str(k) for k in rng.permutation(KDS[1:])[:2]]
    with torch.no_grad():
        y = torch.stack([predict(model, variant, x, k, batch) for k in kds])
    active = (y != 0).double().mean((0, 1)).numpy()
    partly = [j for j in rng.permutation(len(active)) if 0.2 <= active[j] <= 0.8][:1]
    rest = [j for j in rng.permutation(len(active)) if active[j] > 0.8 and j not in partly]
    targets = rest[:4 - len(partly)] + partly
    assert len(targets) == 4, "too few active targets: choose another seed"
    regulators = [int(i) for i in rng.permutation(x.shape[1]) if i not in targets][:3]
    return kds, regulators, [int(j) for j in targets]


def estimands(g):
    """{name: (target, regulator)} of g (target, cell out, cell in, regulator)."""
    s = g.shape[1]
    same = torch.diagonal(g, dim1=1, dim2=2).sum(-1)
    total = g.sum((1, 2))
    return {"set_mean": total / s**2, "same_cell": same / s, "cross_cell": (total - same) / s}


def write_model(model, variant, out):
    import lightning.pytorch as pl

    os.makedirs(os.path.join(out, "checkpoints"))
    trainer = pl.Trainer(accelerator="cpu", devices=1, logger=False, enable_checkpointing=False,
                         enable_progress_bar=False, enable_model_summary=False)
    trainer.strategy.connect(model)
    trainer.save_checkpoint(os.path.join(out, "checkpoints", "final.ckpt"), weights_only=False)

    def onehot(names):
        return {np.str_(name): row.clone() for name, row in zip(names, torch.eye(len(names)))}

    torch.save(onehot(KDS), os.path.join(out, "pert_onehot_map.pt"))
    torch.save(onehot(BATCHES), os.path.join(out, "batch_onehot_map.torch"))
    dim = input_dim(variant)
    with open(os.path.join(out, "var_dims.pkl"), "wb") as f:
        pickle.dump({"input_dim": dim, "gene_dim": np.int64(len(GENES)), "hvg_dim": len(GENES), "output_dim": dim,
                     "pert_dim": len(KDS), "gene_names": list(GENES), "batch_dim": len(BATCHES),
                     "pert_names": [np.str_(k) for k in KDS]}, f, protocol=4)
    data = {"embed_key": variant.get("embed_key", "X_hvg"), "output_space": variant.get("output_space", "gene"),
            "pert_rep": "onehot", "batch_col": "gem_group", "pert_col": "gene", "cell_type_key": "cell_line",
            "control_pert": CONTROL, "basal_mapping_strategy": variant.get("basal_mapping_strategy", "random")}
    with open(os.path.join(out, "config.yaml"), "w") as f:
        yaml.safe_dump({"data": {"name": "PerturbationDataModule", "kwargs": data},
                        "model": {"name": "state", "kwargs": make_kwargs(variant)},
                        "training": {"batch_size": 8}}, f, sort_keys=False)


def write_csv(path, header, rows):
    with open(path, "w", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def make_case(name, root):
    variant, rng = VARIANTS[name], np.random.default_rng(seed_of(name))
    out = os.path.join(root, name)
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    model = make_model(variant, rng)
    write_model(model, variant, os.path.join(out, "model"))
    data, control, matrix = make_cells(variant, rng)
    rows = choose_set(data, control, rng)
    data.write_h5ad(os.path.join(out, "cells.h5ad"))
    cells = [str(data.obs_names[r]) for r in rows]
    batch = torch.tensor([BATCHES.index(b) for b in data.obs["gem_group"].iloc[rows]])
    x = torch.tensor(np.asarray(matrix)[rows], dtype=torch.float32)

    with torch.no_grad():
        untouched = {kd: predict(model, variant, x, kd, batch).double() for kd in KDS}
    model, x = model.double(), x.double()
    with true_float64():
        kds, regulators, targets = choose_genes(model, variant, x, batch, rng)
        outputs, inputs = output_names(variant), input_names(variant)
        expected, predicted, worst, floor = [], [], 0.0, np.inf
        for kd in kds:
            with torch.no_grad():
                y = predict(model, variant, x, kd, batch)
            error = float((y - untouched[kd]).abs().max() / y.abs().max())
            assert error < 1e-4, f"{name}: the float64 module differs from the float32 one by {error:.1e}"
            g = jacobian(model, variant, x, kd, batch, targets)
            worst = max(worst, check_differences(model, variant, x, kd, batch, regulators, targets, g))
            values = estimands(g[..., regulators])
            for t, j in enumerate(targets):
                predicted.append([kd, outputs[j], repr(float(y[:, j].mean()))])
                for r, i in enumerate(regulators):
                    for estimand, value in values.items():
                        expected.append([estimand, kd, inputs[i], outputs[j], repr(float(value[t, r]))])
                        floor = min(floor, abs(float(value[t, r])))
    write_csv(os.path.join(out, "expected.csv"), ["estimand", "kd", "regulator", "target", "J"], expected)
    write_csv(os.path.join(out, "predicted.csv"), ["kd", "target", "Y_mean"], predicted)
    with open(os.path.join(out, "cells.txt"), "w") as f:
        f.write("".join(c + "\n" for c in cells))
    config = {"models": [{"name": name, "dir": "model"}],
              "cells": {"h5ad": "cells.h5ad", "obs_names": "cells.txt", "set_size": SET_SIZE},
              "panels": [{"name": "panel", "regulators": [inputs[i] for i in regulators],
                          "targets": [outputs[j] for j in targets], "kds": kds}],
              "null": {"pairs": 0}, "jacobian": {"estimands": ["set_mean", "same_cell", "cross_cell"]}, "out": "out"}
    with open(os.path.join(out, "config.json"), "w") as f:
        json.dump(config, f, indent=2)
        f.write("\n")
    size = sum(os.path.getsize(os.path.join(d, p)) for d, _, files in os.walk(out) for p in files)
    print(f"{name}: {len(expected)} values, smallest |J| {floor:.1e}, differences agree to {worst:.1e},"
          f" {size / 1000:.0f} kB", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Write the parity cases.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="variants (default: all)")
    parser.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases"))
    args = parser.parse_args()
    for name in args.names:
        if name not in VARIANTS:
            parser.error(f"unknown variant '{name}' (known: {', '.join(VARIANTS)})")
    torch.set_num_threads(1)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    for name in args.names or VARIANTS:
        make_case(name, args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
