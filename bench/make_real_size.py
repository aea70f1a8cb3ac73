#!/usr/bin/env python3
"""Write a random ST checkpoint of the released size (ST-HVG-Replogle), cells and a config for it.

    pip install torch numpy h5py
    python make_real_size.py OUT_DIR [--cells N] [--no-optimizer]

2000 genes, 2024 KDs, hidden 328, 8 bidirectional llama layers of 12 heads x 64, MLP 3072, 56
batches, 64 cells a set. The tensors have the names and shapes that arc-state gives them, but the
file is written without arc-state: transformers 5 refuses hidden 328 with 12 heads. With Adam's two
moments, as `state tx train` leaves them, the file is 0.5 GB, most of which a reader must skip.
The weights mean nothing: this is for time and memory, not for results.
"""
import argparse
import json
import math
import os
import pickle
from collections import OrderedDict

import h5py
import numpy as np
import torch

RELEASED = {"genes": 2000, "kds": 2024, "hidden": 328, "layers": 8, "heads": 12, "head_dim": 64, "mlp": 3072,
            "batches": 56, "vocab": 32000, "decoder": [1024, 1024, 512], "set_size": 64}
CONTROL = "non-targeting"


def shapes(d):
    """Name -> shape, in the order of the real module's parameters."""
    h, attention = d["hidden"], d["heads"] * d["head_dim"]
    out = OrderedDict()

    def linear(name, n_out, n_in, bias=True):
        out[name + ".weight"] = (n_out, n_in)
        if bias:
            out[name + ".bias"] = (n_out,)

    width, index = d["genes"], 0
    for n in d["decoder"]:
        linear(f"gene_decoder.decoder.{index}", n, width)
        out[f"gene_decoder.decoder.{index + 1}.weight"] = (n,)
        out[f"gene_decoder.decoder.{index + 1}.bias"] = (n,)
        width, index = n, index + 4
    linear(f"gene_decoder.decoder.{index}", d["genes"], width)
    linear("pert_encoder.0", h, d["kds"])
    linear("basal_encoder.0", h, d["genes"])
    backbone = "transformer_backbone."
    linear(backbone + "embed_tokens", d["vocab"], h, bias=False)
    for layer in range(d["layers"]):
        at = f"{backbone}layers.{layer}."
        for part in "qkv":
            linear(f"{at}self_attn.{part}_proj", attention, h, bias=False)
        linear(at + "self_attn.o_proj", h, attention, bias=False)
        linear(at + "mlp.gate_proj", d["mlp"], h, bias=False)
        linear(at + "mlp.up_proj", d["mlp"], h, bias=False)
        linear(at + "mlp.down_proj", h, d["mlp"], bias=False)
        out[at + "input_layernorm.weight"] = (h,)
        out[at + "post_attention_layernorm.weight"] = (h,)
    out[backbone + "norm.weight"] = (h,)
    linear("project_out.0", d["genes"], h)
    out["batch_encoder.weight"] = (d["batches"], h)
    return out


def make_state(d):
    torch.manual_seed(0)
    state = OrderedDict()
    for name, shape in shapes(d).items():
        if "embed_tokens" in name:
            state[name] = torch.zeros(shape)
        elif len(shape) == 1:
            norm = name.endswith("weight")
            state[name] = 1.0 + 0.1 * torch.randn(shape) if norm else 0.1 * torch.randn(shape)
        else:
            fan_in = 1 if "batch_encoder" in name or "pert_encoder" in name else shape[1]
            state[name] = torch.randn(shape) / math.sqrt(fan_in)
    state["project_out.0.bias"] += 1.0  # most outputs pass the final ReLU
    return state


def adam_state(state):
    """Adam as Lightning saves it: no moments for embed_tokens, which is frozen."""
    trained = {i: p for i, (name, p) in enumerate(state.items()) if "embed_tokens" not in name}
    moments = {i: {"step": torch.tensor(40000.0), "exp_avg": 1e-4 * torch.randn_like(p),
                   "exp_avg_sq": 1e-8 * torch.rand_like(p)} for i, p in trained.items()}
    group = {"lr": 1e-4, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False, "maximize": False,
             "foreach": None, "capturable": False, "differentiable": False, "fused": None,
             "decoupled_weight_decay": False, "params": list(range(len(state)))}
    return [{"state": moments, "param_groups": [group]}]


def model_kwargs(d):
    return {
        "cell_set_len": d["set_size"], "blur": 0.05, "hidden_dim": d["hidden"], "loss": "energy",
        "confidence_token": False, "n_encoder_layers": 1, "n_decoder_layers": 1, "predict_residual": True,
        "distributional_loss": "energy", "batch_encoder": True, "use_batch_token": False, "mask_attn": False,
        "extra_tokens": 0, "transformer_backbone_key": "llama",
        "transformer_backbone_kwargs": {
            "bidirectional_attention": True, "max_position_embeddings": d["set_size"], "hidden_size": d["hidden"],
            "intermediate_size": d["mlp"], "num_hidden_layers": d["layers"], "num_attention_heads": d["heads"],
            "num_key_value_heads": d["heads"], "head_dim": d["head_dim"], "vocab_size": d["vocab"],
            "use_cache": False, "attention_dropout": 0.0, "hidden_dropout": 0.0, "layer_norm_eps": 1e-6,
            "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": False, "rotary_dim": 0,
            "use_rotary_embeddings": False},
        "dropout": 0.1,
        "decoder_cfg": {"latent_dim": d["genes"], "gene_dim": d["genes"], "hidden_dims": list(d["decoder"]),
                        "dropout": 0.1, "residual_decoder": False},
    }


def write_yaml(f, value, indent=0):
    """Nested dicts, lists of numbers and scalars: all that config.yaml needs."""
    for key, v in value.items():
        if isinstance(v, dict):
            f.write(" " * indent + f"{key}:\n")
            write_yaml(f, v, indent + 2)
        elif isinstance(v, list):
            f.write(" " * indent + f"{key}: [{', '.join(map(str, v))}]\n")
        else:
            text = str(v).lower() if isinstance(v, bool) else "1.0e-06" if v == 1e-6 else str(v)
            f.write(" " * indent + f"{key}: {text}\n")


def write_model(out, d, genes, kds, batches, with_optimizer):
    os.makedirs(os.path.join(out, "checkpoints"), exist_ok=True)
    kwargs = model_kwargs(d)
    hyper = {"input_dim": d["genes"], "output_dim": d["genes"], "pert_dim": d["kds"], "batch_dim": d["batches"],
             "gene_dim": d["genes"], "hvg_dim": d["genes"], "gene_names": genes, "lr": 1e-4,
             "loss_fn": torch.nn.MSELoss(), "control_pert": CONTROL, "embed_key": "X_hvg", "output_space": "gene",
             "batch_size": d["set_size"], "basal_mapping_strategy": "random", **kwargs}
    hyper["transformer_backbone_kwargs"] = {**kwargs["transformer_backbone_kwargs"], "n_positions": d["set_size"]}
    state = make_state(d)
    torch.save({"epoch": 3, "global_step": 40000, "pytorch-lightning_version": "2.6.6", "state_dict": state,
                "loops": {}, "callbacks": {}, "optimizer_states": adam_state(state) if with_optimizer else [],
                "lr_schedulers": [], "hparams_name": "kwargs", "hyper_parameters": hyper},
               os.path.join(out, "checkpoints", "final.ckpt"))

    def onehot(names):  # rows copied: each its own storage, as in real files
        return {np.str_(name): row.clone() for name, row in zip(names, torch.eye(len(names)))}

    torch.save(onehot(kds), os.path.join(out, "pert_onehot_map.pt"))
    torch.save(onehot(batches), os.path.join(out, "batch_onehot_map.torch"))
    with open(os.path.join(out, "var_dims.pkl"), "wb") as f:
        pickle.dump({"input_dim": d["genes"], "gene_dim": np.int64(d["genes"]), "hvg_dim": d["genes"],
                     "output_dim": d["genes"], "pert_dim": d["kds"], "gene_names": genes, "batch_dim": d["batches"],
                     "pert_names": [np.str_(k) for k in kds]}, f, protocol=4)
    data = {"embed_key": "X_hvg", "output_space": "gene", "pert_rep": "onehot", "batch_col": "gem_group",
            "pert_col": "gene", "cell_type_key": "cell_line", "control_pert": CONTROL,
            "basal_mapping_strategy": "random"}
    with open(os.path.join(out, "config.yaml"), "w") as f:
        write_yaml(f, {"data": {"name": "PerturbationDataModule", "kwargs": data},
                       "model": {"name": "state", "kwargs": kwargs}})


def encode(item, kind, version, **more):
    item.attrs["encoding-type"], item.attrs["encoding-version"] = kind, version
    for key, value in more.items():
        item.attrs[key.replace("_", "-")] = value


def write_strings(group, name, values):
    item = group.create_dataset(name, data=np.array(values, dtype=object), dtype=h5py.string_dtype())
    encode(item, "string-array", "0.2.0")


def write_categories(group, name, values):
    categories = sorted(set(values))
    index = {v: i for i, v in enumerate(categories)}
    column = group.create_group(name)
    encode(column, "categorical", "0.2.0", ordered=False)
    write_strings(column, "categories", categories)
    codes = column.create_dataset("codes", data=np.array([index[v] for v in values], dtype=np.int8))
    encode(codes, "array", "0.2.0")


def write_cells(path, n_cells, genes, batches):
    """Control cells as anndata lays them out: sparse X and dense obsm/X_hvg with the same values."""
    rng = np.random.default_rng(0)
    mean = rng.gamma(1.0, 0.7, len(genes))
    x = np.log1p(rng.poisson(np.expm1(mean), (n_cells, len(genes)))).astype(np.float32)
    rows, columns = np.nonzero(x)
    with h5py.File(path, "w") as f:
        encode(f, "anndata", "0.1.0")
        matrix = f.create_group("X")
        encode(matrix, "csr_matrix", "0.1.0", shape=np.array(x.shape, dtype=np.int64))
        matrix["data"], matrix["indices"] = x[rows, columns], columns.astype(np.int32)
        matrix["indptr"] = np.concatenate([[0], np.cumsum((x != 0).sum(1))]).astype(np.int32)
        obs = f.create_group("obs")
        columns = ["gene", "cell_line", "gem_group"]
        encode(obs, "dataframe", "0.2.0")
        obs.attrs["_index"] = "_index"
        obs.attrs.create("column-order", columns, dtype=h5py.string_dtype())
        write_strings(obs, "_index", [f"cell{c}" for c in range(n_cells)])
        write_categories(obs, "gene", [CONTROL] * n_cells)
        write_categories(obs, "cell_line", ["hepg2"] * n_cells)
        write_categories(obs, "gem_group", [batches[b] for b in rng.integers(0, len(batches), n_cells)])
        var = f.create_group("var")
        encode(var, "dataframe", "0.2.0")
        var.attrs["_index"] = "_index"
        var.attrs.create("column-order", [], shape=(0,), dtype=h5py.string_dtype())
        write_strings(var, "_index", genes)
        for name in ("layers", "obsm", "obsp", "uns", "varm", "varp"):
            encode(f.create_group(name), "dict", "0.1.0")
        encode(f["obsm"].create_dataset("X_hvg", data=x), "array", "0.2.0")
        write_strings(f["uns"], "X_hvg_var_names", genes)


def main():
    parser = argparse.ArgumentParser(description="Write a random ST model of the released size.")
    parser.add_argument("out", metavar="OUT_DIR")
    parser.add_argument("--cells", type=int, default=256, metavar="N", help="control cells (default 256)")
    parser.add_argument("--no-optimizer", action="store_true", help="leave Adam's moments out: 0.2 GB, not 0.5")
    args = parser.parse_args()
    d = RELEASED
    if args.cells < d["set_size"]:
        parser.error(f"--cells must be at least {d['set_size']}, one set")
    genes = [f"GENE{i}" for i in range(d["genes"])]
    kds = [CONTROL] + [f"KD{i}" for i in range(1, d["kds"])]
    batches = [str(i + 1) for i in range(d["batches"])]
    write_model(os.path.join(args.out, "model"), d, genes, kds, batches, not args.no_optimizer)
    write_cells(os.path.join(args.out, "cells.h5ad"), args.cells, genes, batches)
    config = {"models": [{"name": "real_size", "dir": "model"}], "cells": {"h5ad": "cells.h5ad"},
              "panels": [{"name": "panel", "regulators": genes[10:50:10], "targets": genes[100:600:100],
                          "kds": ["KD7"]}],
              "null": {"blocks": 0}, "out": "out"}
    with open(os.path.join(args.out, "config.json"), "w") as f:
        json.dump(config, f, indent=2)
        f.write("\n")
    for folder, _, files in os.walk(args.out):
        for name in sorted(files):
            path = os.path.join(folder, name)
            print(f"{os.path.getsize(path) / 1e6:9.3f} MB  {os.path.relpath(path, args.out)}")


if __name__ == "__main__":
    main()
