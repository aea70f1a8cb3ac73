#!/usr/bin/env python3
"""Write small ST model directories with reference Jacobians, computed by the real arc-state module.

Regeneration, in two environments, because transformers 4.52 is what GPT2 checkpoints were made with
(the generated files are the same at every run):

    python3 -m venv v5  && v5/bin/pip install torch==2.13.0
    v5/bin/pip install arc-state==0.11.1 transformers==5.23.0 peft==0.21.2
    v5/bin/python make_cases.py              # all llama variants into cases/ beside this script
    v5/bin/python make_cases.py llama_batch  # some

    python3 -m venv v4  && v4/bin/pip install torch==2.13.0
    v4/bin/pip install arc-state==0.11.1 transformers==4.52.4 peft==0.21.2
    v4/bin/python make_cases.py              # all GPT2 variants

infer/make_infer.py then writes the outputs of `state tx infer` in infer/.

A case is a directory: model/ (as `state tx train` leaves it), cells.h5ad, cells.txt (the set, in
order), expected.csv and predicted.csv (the reference) and config.json for `tjac run`. With
g[c,c'] = dY[c,j]/dX[c',i], S cells and m_j = mean_c Y[c,j], the estimands are
    set_mean    sum g / S^2
    same_cell   sum_c g[c,c] / S
    cross_cell  sum of the other g / S
    mean_cell   sum g / S where every cell is the set's mean cell and keeps its own batch
    pert        d m_j(s z) / ds at s = 1, z the KD's vector; the regulator is the KD
    knockout    m_j with X_i = 0 in every cell, less m_j
    shift       m_j with X_i + sd_i in every cell, less m_j; sd_i over the set (n - 1), which is all
                the eligible cells; a single cell has none, so that case has no shift

The reference is float64 throughout. `module.double()` alone does not give that: Hugging Face's
RMSNorm, rotary embedding and eager softmax go through float32, and the fused CPU attention is
wrong for float64 queries with arc-state's float32 mask. So `true_float64` replaces those places,
attention runs on PyTorch's plain (MATH) kernel. GPT2 runs with transformers' eager attention, the
only one in which arc-state's bidirectional GPT2 is bidirectional. Weights stored in half precision
are rounded first, so the reference is that of the stored weights. A prediction that goes through
the gene decoder is the decoder's output. For every case the generator asserts
  - that the patched module agrees with the untouched float32 one (relative 1e-4), and
  - that its Jacobian (at the set and at its mean cell) and pert agree with central differences of
    it (relative 1e-6), and
  - that no estimand is zero throughout, but cross_cell where cells do not see each other, and
  - that the checkpoint as written, loaded by the real class, predicts what the module predicted.

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
import tempfile

import anndata
import numpy as np
import pandas as pd
import scipy.sparse
import torch
import yaml

CONTROL = "non-targeting"
GENES = [f"GENE{i}" for i in range(24)]          # the highly variable genes, in the order of X_hvg
EXTRA = [f"OTHER{i}" for i in range(6)]          # genes of X only, where a variant scrambles X
# All genes of the variants with output_space all, in the order of var: the variable ones are spread.
ALL = [(GENES + [f"OTHER{i}" for i in range(16)])[7 * i % 40] for i in range(40)]
KDS = [CONTROL] + [f"KD{i}" for i in range(6)]
BATCHES = ["1", "2", "3", "4"]
ESTIMANDS = ["set_mean", "same_cell", "cross_cell", "mean_cell", "pert", "knockout", "shift"]
N_CELLS, SET_SIZE, HIDDEN, N_STATE, N_DENSE = 60, 8, 16, 10, 5

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
#   basal_mapping_strategy    as in config.yaml (default random)
#   scramble   X and var hold more genes than X_hvg, in another order
#   dense      perturbations are feature vectors, not one-hot
#   set_size   cells in the set (default SET_SIZE)
#   dtype      of the stored weights (default float32)
#   prefix     of every key of the state_dict
#   shuffle    seed with which the weights are permuted after the model is written (models[].shuffle)
#   field      the model folder as people have it, in all ways at once (as_people_have_it)
#   seed       another draw, where the name's own leaves too few targets active
STATE = {"embed_key": "X_state"}
LORA = {"enable": True, "r": 4, "alpha": 3, "dropout": 0.1}
VARIANTS = {
    "llama_batch": {"model": {"batch_encoder": True}, "scramble": True},
    "llama_causal": {"backbone": {"bidirectional_attention": False}},
    "llama_deep": {"model": {"n_encoder_layers": 3, "n_decoder_layers": 2, "activation": "elu",
                             "batch_encoder": True}, "scramble": True},
    "llama_gqa": {"backbone": {"bidirectional_attention": False, "num_key_value_heads": 2, "rope_theta": 500.0}},
    "llama_lora": {"backbone": {"num_hidden_layers": 1}, "model": {"lora": {**LORA, "adapt_mlp": False}}},
    "llama_lora_mlp": {"backbone": {"num_hidden_layers": 1}, "model": {"lora": {**LORA, "adapt_mlp": True}}},
    "llama_bias": {"backbone": {"bidirectional_attention": False, "attention_bias": True, "mlp_bias": True,
                                "rms_norm_eps": 1e-5}},
    "old_flag": {"backbone": {"bidirectional_attention": None}},
    # transformers 4.52 drops this mask from the bidirectional llama: there the cells attend to each other
    "mask_attn": {"model": {"mask_attn": True}},
    "batch_token": {"model": {"use_batch_token": True}, "basal_mapping_strategy": "batch"},
    "confidence": {"model": {"confidence_token": True, "batch_predictor": True}},
    "tokens_both": {"model": {"use_batch_token": True, "confidence_token": True},
                    "backbone": {"bidirectional_attention": False}, "basal_mapping_strategy": "batch"},
    "act_relu": {"model": {"n_encoder_layers": 2, "activation": "relu"}},
    "act_leakyrelu": {"model": {"n_encoder_layers": 2, "n_decoder_layers": 2, "activation": "leakyrelu"}},
    "act_selu": {"model": {"n_encoder_layers": 2, "n_decoder_layers": 2, "activation": "selu"}},
    "plain_linear": {"model": {"n_encoder_layers": 2, "use_basal_projection": False}},
    "not_residual": {"model": {"predict_residual": False}},
    "all_csr": {"embed_key": None, "output_space": "all"},
    "hvg_all_decoder": {"output_space": "all"},
    "emb_decoder": STATE,
    "field": {**STATE, "model": {"batch_encoder": True}, "field": True},
    "emb_residual_decoder": {**STATE, "residual_decoder": True},
    "emb_embedding": {**STATE, "output_space": "embedding", "seed": 7},
    "set_of_one": {"set_size": 1},
    "dense_pert": {"dense": True, "model": {"n_encoder_layers": 2}},
    "shuffled_lora": {"backbone": {"num_hidden_layers": 1}, "shuffle": 3,
                      "model": {"batch_encoder": True, "lora": {**LORA, "adapt_mlp": True}}},
    "half": {"dtype": "float16", "scramble": True, "model": {"batch_encoder": True}},
    "bf16": {"dtype": "bfloat16"},
    "prefix_module": {"prefix": "module."},
    "prefix_orig": {"prefix": "_orig_mod."},
    "gpt2": {"key": "GPT2"},
    "gpt2_lora": {"key": "GPT2", "backbone": {"n_inner": 24, "n_layer": 1, "max_position_embeddings": None},
                  "model": {"lora": {**LORA, "adapt_mlp": True}}, "seed": 1},
}


def override(base, changes):
    merged = {**base, **(changes or {})}
    return {k: v for k, v in merged.items() if v is not None}


def make_kwargs(variant):
    """The `model.kwargs` of config.yaml."""
    key = variant.get("key", "llama")
    wide = variant.get("residual_decoder", False)
    base = {
        "cell_set_len": SET_SIZE, "blur": 0.05, "hidden_dim": HIDDEN, "loss": "energy", "confidence_token": False,
        "n_encoder_layers": 1, "n_decoder_layers": 1, "predict_residual": True, "distributional_loss": "energy",
        "batch_encoder": False, "use_batch_token": False, "mask_attn": False, "extra_tokens": 0, "dropout": 0.1,
        "transformer_backbone_key": key,
        "transformer_backbone_kwargs": override(LLAMA if key == "llama" else GPT2, variant.get("backbone")),
        "decoder_cfg": {"latent_dim": input_dim(variant), "gene_dim": len(gene_names(variant)),
                        "hidden_dims": [12] * 4 if wide else [12, 10], "dropout": 0.1, "residual_decoder": wide},
    }
    if variant.get("output_space", "gene") == "embedding":          # as `state tx train` does
        del base["decoder_cfg"]
        base["gene_decoder_bool"] = False
    return {**base, **variant.get("model", {})}


def input_dim(variant):
    return len(input_names(variant))


def gene_names(variant):
    """The `gene_names` of var_dims.pkl."""
    return ALL if variant.get("output_space", "gene") == "all" else GENES


def output_names(variant):
    return gene_names(variant) if variant.get("output_space", "gene") != "embedding" else input_names(variant)


def input_names(variant):
    key = variant.get("embed_key", "X_hvg")
    return [f"X_state:{i}" for i in range(N_STATE)] if key == "X_state" else GENES if key else gene_names(variant)


def pert_map(variant):
    """The perturbations' vectors, (KD, pert_dim)."""
    if variant.get("dense"):
        return torch.tensor(np.random.default_rng(5).normal(size=(len(KDS), N_DENSE)), dtype=torch.float32)
    return torch.eye(len(KDS))


def seed_of(name):
    return VARIANTS[name].get("seed", sum((i + 1) * ord(c) for i, c in enumerate(name)))


def make_model(variant, rng):
    """The real module with random weights of such a size that every part of it matters."""
    from state.tx.models.state_transition import StateTransitionPerturbationModel

    kwargs = json.loads(json.dumps(make_kwargs(variant)))  # the module writes into its kwargs
    dim = input_dim(variant)
    with contextlib.redirect_stdout(io.StringIO()):
        model = StateTransitionPerturbationModel(
            input_dim=dim, output_dim=dim, pert_dim=pert_map(variant).shape[1], batch_dim=len(BATCHES),
            gene_dim=len(gene_names(variant)), hvg_dim=len(GENES), gene_names=list(gene_names(variant)),
            control_pert=CONTROL, lr=1e-4,
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
                norm = any(part in name for part in ("norm", ".ln_", ".decoder.", ".blocks."))
                p.copy_(1.0 + 0.2 * draw if norm and name.endswith("weight") else 0.3 * draw)
            else:
                conv1d = gpt2 and "transformer_backbone" in name and "lora" not in name
                fan_in = p.shape[0] if conv1d else p.shape[1]
                gain = 1.6 if any(part in name for part in ("q_proj", "k_proj", "c_attn")) else 1.0
                p.copy_(gain * draw / math.sqrt(fan_in))
        if not variant.get("dense"):
            model.pert_encoder[0].weight.mul_(math.sqrt(len(KDS)))  # one-hot: one column, not their sum
        for p in model.parameters():
            p.copy_(p.to(getattr(torch, variant.get("dtype", "float32"))))
    if gpt2:
        use_eager(model)
    return model.eval()


def shuffle(model, seed):
    """The negative control of `models[].shuffle`: LoRA folded in, then one stream through the weights by name."""
    if hasattr(model.transformer_backbone, "merge_and_unload"):
        model.transformer_backbone = model.transformer_backbone.merge_and_unload()
    rng = np.random.RandomState(seed)
    unused = "gene_decoder", "transformer_backbone.embed_tokens"
    with torch.no_grad():
        for name, p in sorted(model.named_parameters(), key=lambda named: named[0]):
            if p.dim() != 2 or name.startswith(unused):
                continue
            flat = p.numpy().reshape(-1).copy()
            rng.shuffle(flat)
            p.copy_(torch.from_numpy(flat).reshape(p.shape))


def use_eager(model):
    for module in model.transformer_backbone.modules():
        if hasattr(module, "config") and hasattr(module.config, "_attn_implementation"):
            module.config._attn_implementation = "eager"
        if hasattr(module, "_attn_implementation"):
            module._attn_implementation = "eager"


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


def predict(model, variant, x, kd, batch, strength=1.0):
    """What `state tx infer` writes for one set, before its clipping; the KD's vector times strength."""
    pert = strength * pert_map(variant)[KDS.index(kd)].to(x.dtype).repeat(len(x), 1)
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
    if gene_names(variant) is ALL:
        extra = np.maximum(rng.normal(0.5, 1.0, (N_CELLS, len(ALL) - len(GENES))), 0.0).astype(np.float32)
        rest = [g for g in ALL if g not in GENES]
        names, full = ALL, np.concatenate([x, extra], 1)[:, [(GENES + rest).index(g) for g in ALL]]
    data = anndata.AnnData(X=scipy.sparse.csr_matrix(full), obs=obs, var=pd.DataFrame(index=names))
    data.obsm["X_hvg"] = x
    data.uns["X_hvg_var_names"] = np.array(GENES, dtype=object)
    key = variant.get("embed_key", "X_hvg")
    if key == "X_state":
        data.obsm["X_state"] = rng.normal(0.0, 1.0, (N_CELLS, N_STATE)).astype(np.float32)
    matrix = data.obsm[key] if key else np.asarray(data[:, input_names(variant)].X.todense())
    return data, np.flatnonzero(label == CONTROL), matrix


def choose_set(data, control, size, rng):
    """Control cells, not in file order, of at least three batches."""
    while True:
        rows = rng.permutation(control)[:size]
        if size == 1 or data.obs["gem_group"].iloc[rows].nunique() >= 3 and not (np.diff(rows) > 0).all():
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


def strength_gradient(model, variant, x, kd, batch, targets):
    """(target): derivative of the mean prediction by the strength of the KD, and its error.

    The error is against central differences, relative to the largest of these derivatives.
    """
    strength = torch.ones((), dtype=x.dtype, requires_grad=True)
    mean = predict(model, variant, x, kd, batch, strength)[:, targets].mean(0)
    value = torch.stack([torch.autograd.grad(m, strength, retain_graph=True)[0] for m in mean])
    step = 1e-5
    with torch.no_grad():
        ends = [predict(model, variant, x, kd, batch, 1 + sign * step)[:, targets].mean(0) for sign in (1, -1)]
    worst = float((value - (ends[0] - ends[1]) / (2 * step)).abs().max() / value.abs().max())
    assert worst <= 1e-6, f"pert and its central differences differ by {worst:.2e}"
    return value, worst


def effects(model, variant, x, kd, batch, regulators, targets):
    """{name: (target, regulator)}: changes of the mean prediction when an input of every cell changes."""
    def mean(y):
        return y[:, targets].mean(0)

    def effect(change):
        columns = []
        for i in regulators:
            moved = x.clone()
            moved[:, i] = change(x[:, i])
            columns.append(mean(predict(model, variant, moved, kd, batch)) - base)
        return torch.stack(columns, 1)

    with torch.no_grad():
        base = mean(predict(model, variant, x, kd, batch))
        values = {"knockout": effect(torch.zeros_like)}
        if len(x) > 1:
            values["shift"] = effect(lambda column: column + column.std(correction=1))
    return values


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
    path = os.path.join(out, "checkpoints", "final.ckpt")
    trainer.save_checkpoint(path, weights_only=False)
    dtype, prefix = getattr(torch, variant.get("dtype", "float32")), variant.get("prefix", "")
    if dtype != torch.float32 or prefix:
        checkpoint = torch.load(path, weights_only=False)
        checkpoint["state_dict"] = {prefix + k: v.to(dtype) if v.is_floating_point() else v
                                    for k, v in checkpoint["state_dict"].items()}
        torch.save(checkpoint, path)

    def vectors(names, rows):
        return {np.str_(name): row.clone() for name, row in zip(names, rows)}

    torch.save(vectors(KDS, pert_map(variant)), os.path.join(out, "pert_onehot_map.pt"))
    torch.save(vectors(BATCHES, torch.eye(len(BATCHES))), os.path.join(out, "batch_onehot_map.torch"))
    dim = input_dim(variant)
    with open(os.path.join(out, "var_dims.pkl"), "wb") as f:
        pickle.dump({"input_dim": dim, "gene_dim": np.int64(len(gene_names(variant))), "hvg_dim": len(GENES),
                     "output_dim": dim, "pert_dim": pert_map(variant).shape[1],
                     "gene_names": list(gene_names(variant)), "batch_dim": len(BATCHES),
                     "pert_names": [np.str_(k) for k in KDS]}, f, protocol=4)
    data = {"embed_key": variant.get("embed_key", "X_hvg"), "output_space": variant.get("output_space", "gene"),
            "pert_rep": "dense" if variant.get("dense") else "onehot", "batch_col": "gem_group", "pert_col": "gene",
            "cell_type_key": "cell_line",
            "control_pert": CONTROL, "basal_mapping_strategy": variant.get("basal_mapping_strategy", "random")}
    with open(os.path.join(out, "config.yaml"), "w") as f:
        yaml.safe_dump({"data": {"name": "PerturbationDataModule", "kwargs": data},
                        "model": {"name": "state", "kwargs": make_kwargs(variant)},
                        "training": {"batch_size": 8}}, f, sort_keys=False)


def check_written(out, variant, x, batch, expected):
    """The written checkpoint, loaded as `state tx infer` loads it, predicts the same."""
    from state.tx.models.state_transition import StateTransitionPerturbationModel

    path = os.path.join(out, "checkpoints", "final.ckpt")
    with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as work:
        prefix = variant.get("prefix", "")
        if prefix:
            checkpoint = torch.load(path, weights_only=False)
            checkpoint["state_dict"] = {k[len(prefix):]: v for k, v in checkpoint["state_dict"].items()}
            path = os.path.join(work, "plain.ckpt")
            torch.save(checkpoint, path)
        model = StateTransitionPerturbationModel.load_from_checkpoint(path, weights_only=False).float().eval()
    if variant.get("key", "llama") == "GPT2":
        use_eager(model)
    for kd, y in expected.items():
        error = float((predict(model, variant, x, kd, batch).double() - y).abs().max())
        assert error <= 1e-6 * float(y.abs().max()), f"the written checkpoint predicts otherwise: {error:.1e}"


def as_people_have_it(out):
    """Rewrites a model folder, with the same numbers: no decoder_cfg, torch.compile of the backbone within
    DataParallel, float64, no checksums, the checkpoint beside half a config.yaml, maps of NumPy vectors and of whole
    numbers with keys of several kinds, gene names in a pandas Index."""
    from torch.utils.serialization import config

    path = os.path.join(out, "checkpoints", "final.ckpt")
    checkpoint = torch.load(path, weights_only=False)
    del checkpoint["hyper_parameters"]["decoder_cfg"]
    checkpoint["state_dict"] = {
        "module." + k.replace("transformer_backbone.", "transformer_backbone._orig_mod."): v.double()
        for k, v in checkpoint["state_dict"].items()}
    config.save.compute_crc32 = False
    torch.save(checkpoint, os.path.join(out, "model.ckpt"))
    config.save.compute_crc32 = True
    shutil.rmtree(os.path.join(out, "checkpoints"))

    def rewrite(old, new, change):
        load = pickle.load if old.endswith(".pkl") else lambda f: torch.load(f, weights_only=False)
        with open(os.path.join(out, old), "rb") as f:
            value = change(load(f))
        os.remove(os.path.join(out, old))
        with open(os.path.join(out, new), "wb") as f:
            pickle.dump(value, f, protocol=4)

    rewrite("pert_onehot_map.pt", "pert_onehot_map.pkl",
            lambda m: {k.encode() if i % 2 else k: v.numpy().astype("f8") for i, (k, v) in enumerate(m.items())})
    rewrite("batch_onehot_map.torch", "batch_onehot_map.pkl",
            lambda m: {int(k) if i % 2 else np.str_(k): np.int16(i) if i < 2 else v.numpy() if i < 3 else v.bool().tolist()
                       for i, (k, v) in enumerate(m.items())})
    rewrite("var_dims.pkl", "var_dims.pkl", lambda d: {**d, "gene_names": pd.Index(d["gene_names"], dtype=object)})
    with open(os.path.join(out, "config.yaml"), "w") as f:
        yaml.safe_dump({"data": {"kwargs": {"pert_col": "gene", "batch_col": "gem_group"}}}, f)


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
    rows = choose_set(data, control, variant.get("set_size", SET_SIZE), rng)
    data.write_h5ad(os.path.join(out, "cells.h5ad"))
    cells = [str(data.obs_names[r]) for r in rows]
    batch = torch.tensor([BATCHES.index(b) for b in data.obs["gem_group"].iloc[rows]])
    x = torch.tensor(np.asarray(matrix)[rows], dtype=torch.float32)

    with torch.no_grad():
        untouched = {kd: predict(model, variant, x, kd, batch).double() for kd in KDS}
        check_written(os.path.join(out, "model"), variant, x, batch, untouched)
        if "field" in variant:
            as_people_have_it(os.path.join(out, "model"))
        if "shuffle" in variant:
            shuffle(model, variant["shuffle"])
            untouched = {kd: predict(model, variant, x, kd, batch).double() for kd in KDS}
    model, x = model.double(), x.double()
    with true_float64():
        kds, regulators, targets = choose_genes(model, variant, x, batch, rng)
        outputs, inputs = output_names(variant), input_names(variant)
        mean_cell = x.mean(0).expand_as(x).contiguous()
        expected, predicted, worst = [], [], 0.0
        for kd in kds:
            with torch.no_grad():
                y = predict(model, variant, x, kd, batch)
            error = float((y - untouched[kd]).abs().max() / y.abs().max())
            assert error < 1e-4, f"{name}: the float64 module differs from the float32 one by {error:.1e}"
            at_set, at_mean = (jacobian(model, variant, at, kd, batch, targets) for at in (x, mean_cell))
            for at, g in ((x, at_set), (mean_cell, at_mean)):
                worst = max(worst, check_differences(model, variant, at, kd, batch, regulators, targets, g))
            values = estimands(at_set[..., regulators])
            values["mean_cell"] = at_mean[..., regulators].sum((1, 2)) / len(x)
            values.update(effects(model, variant, x, kd, batch, regulators, targets))
            pert, error = strength_gradient(model, variant, x, kd, batch, targets)
            worst = max(worst, error)
            for t, j in enumerate(targets):
                predicted.append([kd, outputs[j], repr(float(y[:, j].mean()))])
                for r, i in enumerate(regulators):
                    for estimand, value in values.items():
                        expected.append([estimand, kd, inputs[i], outputs[j], repr(float(value[t, r]))])
                expected.append(["pert", kd, kd, outputs[j], repr(float(pert[t]))])
    names = [e for e in ESTIMANDS if any(row[0] == e for row in expected)]
    largest = {e: max(abs(float(row[-1])) for row in expected if row[0] == e) for e in names}
    for estimand, value in largest.items():
        assert value > 1e-3 or estimand == "cross_cell" and value == 0, f"{name}: {estimand} is zero throughout"
    write_csv(os.path.join(out, "expected.csv"), ["estimand", "kd", "regulator", "target", "J"], expected)
    write_csv(os.path.join(out, "predicted.csv"), ["kd", "target", "Y_mean"], predicted)
    with open(os.path.join(out, "cells.txt"), "w") as f:
        f.write("".join(c + "\n" for c in cells))
    shuffled = {"shuffle": variant["shuffle"]} if "shuffle" in variant else {}
    config = {"models": [{"name": name, "dir": "model", **shuffled}],
              "cells": {"h5ad": "cells.h5ad", "obs_names": "cells.txt", "set_size": len(rows)},
              "panels": [{"name": "panel", "regulators": [inputs[i] for i in regulators],
                          "targets": [outputs[j] for j in targets], "kds": kds}],
              "null": {"blocks": 0}, "jacobian": {"estimands": names}, "out": "out"}
    with open(os.path.join(out, "config.json"), "w") as f:
        json.dump(config, f, indent=2)
        f.write("\n")
    size = sum(os.path.getsize(os.path.join(d, p)) for d, _, files in os.walk(out) for p in files)
    scale = ", ".join(f"{estimand} {value:.1e}" for estimand, value in largest.items())
    print(f"{name}: {len(expected)} values (largest {scale}), differences agree to {worst:.1e},"
          f" {size / 1000:.0f} kB", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Write the parity cases.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="variants (default: all)")
    parser.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases"))
    args = parser.parse_args()
    for name in args.names:
        if name not in VARIANTS:
            parser.error(f"unknown variant '{name}' (known: {', '.join(VARIANTS)})")
    # arc-state's bidirectional GPT2 is built on internals of transformers 4
    import transformers
    major = "GPT2" if transformers.__version__.startswith("4.") else "llama"
    names = args.names or [n for n, v in VARIANTS.items() if v.get("key", "llama") == major]
    torch.set_num_threads(1)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    for name in names:
        make_case(name, args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
