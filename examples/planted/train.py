#!/usr/bin/env python3
"""Train small ST models whose Jacobian is known, and save them as `state tx train` would.

    pip install torch==2.13.0 && pip install arc-state
    python train.py --out .        # what is committed here (plus cells.h5ad)

The model is the StateTransitionPerturbationModel of arc-state; only the data are invented. A
control cell x is drawn, its perturbed twin is

    y = relu(x + (x - mu) W_kd)

and the model learns y from x by mean squared error, cell by cell. W_kd is 0.5 from each regulator
of a pathway to each of its targets when the KD belongs to that pathway and 0.08 under every other
KD; all other pairs get a small fixed weight (normal, sd 0.03) that no KD changes, so that there is
a sensitivity to compare with. Hence dE[Y_j]/dX_i is about 0.5 or 0.08 by construction.
The `flat` model has 0.08 everywhere; in `unspecific` a pathway's KDs raise its regulators' weight
to 0.5 on *all* genes but those regulators; in `target_wide` they multiply every weight into its
targets, of all genes, by 0.5 / 0.08.

Every model is checked after training with autograd, in double precision and on the cells of
cells.h5ad; the script fails when the planted values do not come out.
"""
import argparse
import contextlib
import io
import logging
import os
import pickle
import sys
import time

import anndata
import numpy as np
import pandas as pd
import scipy.sparse
import torch
import yaml

CONTROL = "non-targeting"
N_PATHWAYS, N_REG, N_TGT, N_BG = 3, 3, 5, 40
REGULATORS = [[f"PW{p}_R{i + 1}" for i in range(N_REG)] for p in range(N_PATHWAYS)]
TARGETS = [[f"PW{p}_T{i + 1}" for i in range(N_TGT)] for p in range(N_PATHWAYS)]
BACKGROUND = [f"BG{i + 1}" for i in range(N_BG)]
GENES = [g for p in range(N_PATHWAYS) for g in REGULATORS[p] + TARGETS[p]] + BACKGROUND
# The first KD of a pathway is one of its regulators; the K genes are not measured, so they can be
# knocked down but are no input of the model.
PATHWAY_KDS = [[f"PW{p}_R1"] + [f"PW{p}_K{i + 1}" for i in range(4)] for p in range(N_PATHWAYS)]
UNRELATED_KDS = [f"BG{i + 1}" for i in range(5)] + [f"UN{i + 1}" for i in range(5)]
KDS = [CONTROL] + [k for kds in PATHWAY_KDS for k in kds] + UNRELATED_KDS
BATCHES = ["gem1", "gem2", "gem3"]

STRONG, WEAK, BACKGROUND_SD, CELL_SD, SHIFT_SD = 0.5, 0.08, 0.03, 0.5, 0.3
SET_SIZE, HIDDEN = 32, 96
EFFECT = {"fewshot": "routing", "zeroshot": "routing", "flat": "none", "unspecific": "regulators",
          "target_wide": "targets"}
SEED = {"fewshot": 101, "zeroshot": 202, "flat": 303, "unspecific": 404, "target_wide": 505}
# Weights of all genes that change with the KD take longer to learn; what is not learned looks like routing.
STEPS = {"fewshot": 9000, "zeroshot": 9000, "flat": 9000, "unspecific": 9000, "target_wide": 18000}


def make_means():
    """Mean expression: pathway genes and background genes cover the same range, 1.6 to 4."""
    rng = np.random.default_rng(7)
    n_pathway = len(GENES) - N_BG
    mu = np.concatenate([rng.permutation(np.linspace(1.7, 3.9, n_pathway)),
                         rng.permutation(np.linspace(1.6, 4.0, N_BG))])
    return np.round(mu, 3)


def make_weights(effect):
    """W (KD, regulator, target). What a pathway's KDs raise: 'routing', its regulators' weight on its
    targets; 'regulators', theirs on all genes; 'targets', that of all genes on its targets; 'none'."""
    index = {g: i for i, g in enumerate(GENES)}
    base = np.random.default_rng(11).normal(0.0, BACKGROUND_SD, (len(GENES), len(GENES)))
    np.fill_diagonal(base, 0.0)
    for regs, tgts in zip(REGULATORS, TARGETS):
        base[np.ix_([index[r] for r in regs], [index[t] for t in tgts])] = WEAK
    weights = np.repeat(base[None], len(KDS), axis=0)
    for regs, tgts, kds in zip(REGULATORS, TARGETS, PATHWAY_KDS):
        hit = {"routing": tgts, "regulators": [g for g in GENES if g not in regs]}.get(effect, [])
        for kd in map(KDS.index, kds):
            weights[np.ix_([kd], [index[r] for r in regs], [index[t] for t in hit])] = STRONG
            if effect == "targets":
                weights[kd][:, [index[t] for t in tgts]] *= STRONG / WEAK
    return weights


def write_cells(path, mu):
    """240 control cells and 5 cells of each of six KDs, in mixed order, with X and X_hvg alike."""
    rng = np.random.default_rng(23)
    weights = make_weights("routing")
    labels = [CONTROL] * 240 + [k for k in ("PW0_R1", "PW0_K1", "PW1_K2", "PW2_K3", "BG1", "UN1") for _ in range(5)]
    labels = [labels[i] for i in rng.permutation(len(labels))]
    batch = rng.integers(0, len(BATCHES), len(labels))
    batch_shift = rng.normal(0.0, 0.1, (len(BATCHES), len(mu)))
    x = np.maximum(mu + batch_shift[batch] + rng.normal(0.0, CELL_SD, (len(labels), len(mu))), 0.0)
    for c, label in enumerate(labels):
        if label != CONTROL:
            x[c] = np.maximum(x[c] + (x[c] - mu) @ weights[KDS.index(label)], 0.0)
    x = np.round(x, 3).astype(np.float32)
    obs = pd.DataFrame({"gene": pd.Categorical(labels), "cell_line": pd.Categorical(["planted"] * len(labels)),
                        "gem_group": pd.Categorical([BATCHES[b] for b in batch])},
                       index=[f"cell{c:03d}" for c in range(len(labels))])
    data = anndata.AnnData(X=scipy.sparse.csr_matrix(x), obs=obs, var=pd.DataFrame(index=GENES))
    data.obsm["X_hvg"] = x
    data.uns["X_hvg_var_names"] = np.array(GENES, dtype=object)
    data.write_h5ad(path, compression="gzip")


def model_kwargs():
    """The `model.kwargs` of config.yaml."""
    return {
        "cell_set_len": SET_SIZE, "hidden_dim": HIDDEN, "loss": "mse", "blur": 0.05, "confidence_token": False,
        "n_encoder_layers": 1, "n_decoder_layers": 1, "predict_residual": True, "distributional_loss": "energy",
        "batch_encoder": False, "use_batch_token": False, "mask_attn": False, "extra_tokens": 0, "dropout": 0.1,
        "transformer_backbone_key": "llama",
        "transformer_backbone_kwargs": {
            "bidirectional_attention": True, "hidden_size": HIDDEN, "intermediate_size": 192,
            "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 16,
            "vocab_size": 8, "max_position_embeddings": 64, "use_cache": False, "pad_token_id": 0,
            "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": False},
        "decoder_cfg": {"latent_dim": len(GENES), "gene_dim": len(GENES), "hidden_dims": [16], "dropout": 0.1,
                        "residual_decoder": False},
    }


def make_model(seed, mu):
    from state.tx.models.state_transition import StateTransitionPerturbationModel

    torch.manual_seed(seed)
    kwargs = model_kwargs()
    with contextlib.redirect_stdout(io.StringIO()):
        model = StateTransitionPerturbationModel(
            input_dim=len(GENES), output_dim=len(GENES), pert_dim=len(KDS), batch_dim=len(BATCHES),
            gene_dim=len(GENES), hvg_dim=len(GENES), gene_names=GENES, control_pert=CONTROL, embed_key="X_hvg",
            output_space="gene", basal_mapping_strategy="random", batch_size=8, lr=1e-3, **kwargs)
    with torch.no_grad():
        model.pert_encoder[0].weight.mul_(4.0)  # a one-hot KD must be heard beside 64 genes
        # without this a gene or two starts below the final ReLU in every cell and never learns
        model.project_out[0].bias.copy_(torch.tensor(mu))
    return model


def train(model, weights, mu, seed, steps, sets):
    rng = torch.Generator().manual_seed(seed)
    weights, mu = torch.tensor(weights, dtype=torch.float32), torch.tensor(mu, dtype=torch.float32)
    # the decoder plays no part in this prediction; embed_tokens is frozen by arc-state
    parameters = [p for n, p in model.named_parameters() if p.requires_grad and not n.startswith("gene_decoder")]
    optimizer = torch.optim.Adam(parameters, lr=1e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min(1.0, (s + 1) / 200, max(2.0 * (steps - s) / steps, 0.005)))
    onehot = torch.eye(len(KDS))
    model.train()
    start, running = time.time(), 0.0
    for step in range(steps):
        kd = torch.randint(len(KDS), (sets,), generator=rng)
        # a shift shared by the set, as between batches of cells: the response of the *mean* is learned too
        shift = SHIFT_SD * torch.randn(sets, 1, len(mu), generator=rng)
        x = torch.relu(mu + shift + CELL_SD * torch.randn(sets, SET_SIZE, len(mu), generator=rng))
        y = torch.relu(x + torch.bmm(x - mu, weights[kd]))
        batch = {"pert_emb": onehot[kd].repeat_interleave(SET_SIZE, 0), "ctrl_cell_emb": x}
        loss = torch.nn.functional.mse_loss(model(batch), y.reshape(-1, len(mu)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        running += loss.item()
        if (step + 1) % 1000 == 0:
            print(f"  step {step + 1}: mse {running / 1000:.5f}, {time.time() - start:.0f} s", flush=True)
            running = 0.0
    model.eval()


def measure(model, cells):
    """S * set_mean (KD, regulator, target): d mean Y_j / d uniform shift of X_i, mean over sets."""
    model = model.double()
    sets = torch.tensor(cells, dtype=torch.float64)[: len(cells) // SET_SIZE * SET_SIZE].split(SET_SIZE)
    n = len(GENES)
    jac = torch.zeros(len(KDS), n, n, dtype=torch.float64)
    for k in range(len(KDS)):
        pert = torch.zeros(SET_SIZE, len(KDS), dtype=torch.float64)
        pert[:, k] = 1.0
        for x in sets[:2]:
            shift = torch.zeros(n, dtype=torch.float64, requires_grad=True)
            with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
                y = model({"pert_emb": pert, "ctrl_cell_emb": x + shift}, padded=False).mean(0)
            jac[k] += torch.stack([torch.autograd.grad(y[j], shift, retain_graph=True)[0] for j in range(n)], 1) / 2
    model.float()
    return jac.detach().numpy()


def check_forward(model, cells, mu, weights):
    """Root mean squared error of single cells, per gene: a gene that never learned stands out."""
    x = torch.tensor(cells[:SET_SIZE])
    worst = 0.0
    for k in range(len(KDS)):
        pert = torch.zeros(SET_SIZE, len(KDS))
        pert[:, k] = 1.0
        y = np.maximum(cells[:SET_SIZE] + (cells[:SET_SIZE] - mu) @ weights[k], 0.0)
        with torch.no_grad():
            error = model({"pert_emb": pert, "ctrl_cell_emb": x}, padded=False).numpy() - y
        worst = max(worst, float(np.sqrt((error ** 2).mean(0)).max()))
    print(f"  {'forward':16s} largest rms error of a gene {worst:.3f} {'ok' if worst < 0.2 else 'FAILED'}")
    return worst < 0.2


def check(name, jac, weights):
    """Print the planted and the measured sensitivities; True when they agree."""
    index = {g: i for i, g in enumerate(GENES)}
    own = [np.ix_([KDS.index(k) for k in PATHWAY_KDS[p]], [index[r] for r in REGULATORS[p]],
                  [index[t] for t in TARGETS[p]]) for p in range(N_PATHWAYS)]
    other = [np.ix_([i for i, k in enumerate(KDS) if k not in PATHWAY_KDS[p]], [index[r] for r in REGULATORS[p]],
                    [index[t] for t in TARGETS[p]]) for p in range(N_PATHWAYS)]
    print(f"{name}: S * set_mean, planted -> measured mean (sd, min, max)")
    good = True
    for label, where, tolerance in ([(f"PW{p} own KDs", own[p], 0.05) for p in range(N_PATHWAYS)]
                                    + [(f"PW{p} other KDs", other[p], 0.02) for p in range(N_PATHWAYS)]):
        planted, got = weights[where].mean(), jac[where]
        ok = abs(got.mean() - planted) < tolerance and np.abs(got - planted).max() < 4 * tolerance
        good &= bool(ok)
        print(f"  {label:16s} {planted:.2f} -> {got.mean():.4f} ({got.std():.4f}, {got.min():.4f}, {got.max():.4f})"
              f" {'ok' if ok else 'FAILED'}")
    rest = [("background", range(len(KDS)), BACKGROUND, BACKGROUND)]
    for p in range(N_PATHWAYS):
        own_kds = [KDS.index(k) for k in PATHWAY_KDS[p]]
        others = [g for g in GENES if g not in REGULATORS[p] + TARGETS[p]]
        rest.append((f"PW{p} from others", own_kds, others, TARGETS[p]))
        rest.append((f"PW{p} to others", own_kds, REGULATORS[p], others))
    for label, kds, regs, tgts in rest:
        off = np.array([[r != t for t in tgts] for r in regs])
        where = np.ix_(kds, [index[r] for r in regs], [index[t] for t in tgts])
        planted, got = weights[where][:, off], jac[where][:, off]
        size = np.abs(got).mean() / np.abs(planted).mean()
        error = np.sqrt(((got - planted) ** 2).mean() / (planted ** 2).mean())
        ok = error < 0.75 and 0.8 < size < 1.25
        good &= bool(ok)
        print(f"  {label:16s} mean|W| {np.abs(planted).mean():.4f} -> mean|J| {np.abs(got).mean():.4f},"
              f" relative error {error:.3f} {'ok' if ok else 'FAILED'}")
    return good


def save(model, out):
    import lightning.pytorch as pl

    os.makedirs(os.path.join(out, "checkpoints"), exist_ok=True)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    trainer = pl.Trainer(accelerator="cpu", devices=1, logger=False, enable_checkpointing=False,
                         enable_progress_bar=False, enable_model_summary=False)
    trainer.strategy.connect(model)
    trainer.save_checkpoint(os.path.join(out, "checkpoints", "final.ckpt"), weights_only=True)

    def onehot(names):
        return {np.str_(name): row.clone() for name, row in zip(names, torch.eye(len(names)))}

    torch.save(onehot(KDS), os.path.join(out, "pert_onehot_map.pt"))
    torch.save(onehot(BATCHES), os.path.join(out, "batch_onehot_map.torch"))
    torch.save(onehot(["planted"]), os.path.join(out, "cell_type_onehot_map.torch"))
    n = len(GENES)
    with open(os.path.join(out, "var_dims.pkl"), "wb") as f:
        pickle.dump({"input_dim": n, "gene_dim": np.int64(n), "hvg_dim": n, "output_dim": n, "pert_dim": len(KDS),
                     "gene_names": list(GENES), "batch_dim": len(BATCHES), "pert_names": [np.str_(k) for k in KDS]},
                    f, protocol=4)
    data = {"name": "PerturbationDataModule",
            "kwargs": {"embed_key": "X_hvg", "output_space": "gene", "pert_rep": "onehot", "batch_col": "gem_group",
                       "pert_col": "gene", "cell_type_key": "cell_line", "control_pert": CONTROL,
                       "basal_mapping_strategy": "random"}}
    with open(os.path.join(out, "config.yaml"), "w") as f:
        yaml.safe_dump({"data": data, "model": {"name": "state", "kwargs": model_kwargs()},
                        "training": {"batch_size": 8, "lr": 0.001}}, f, sort_keys=False)


def main():
    parser = argparse.ArgumentParser(description="Train the planted ST models.")
    parser.add_argument("models", nargs="*", default=list(EFFECT), metavar="MODEL",
                        help=f"of {', '.join(EFFECT)} (default: all)")
    parser.add_argument("--out", default=".", help="directory for cells.h5ad and the model directories")
    parser.add_argument("--effect", choices=["routing", "regulators", "targets", "none"],
                        help="override what the pathway KDs raise (the model 'unspecific' has 'regulators')")
    parser.add_argument("--steps", type=int, help="in place of the model's own")
    parser.add_argument("--sets", type=int, default=4, help="sets of cells in a training step")
    args = parser.parse_args()
    unknown = [m for m in args.models if m not in EFFECT]
    if unknown:
        parser.error(f"unknown model '{unknown[0]}' (known: {', '.join(EFFECT)})")
    torch.set_num_threads(1)
    mu = make_means()
    os.makedirs(args.out, exist_ok=True)
    cells_path = os.path.join(args.out, "cells.h5ad")
    if not os.path.exists(cells_path):
        write_cells(cells_path, mu)
    cells = anndata.read_h5ad(cells_path)
    control = cells.obsm["X_hvg"][(cells.obs["gene"] == CONTROL).to_numpy()]
    good = True
    for name in args.models:
        weights = make_weights(args.effect or EFFECT[name])
        model = make_model(SEED[name], mu)
        print(f"{name}: training", flush=True)
        train(model, weights, mu, SEED[name], args.steps or STEPS[name], args.sets)
        good &= check(name, measure(model, control), weights)
        good &= check_forward(model, control, mu, weights)
        save(model, os.path.join(args.out, name))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
