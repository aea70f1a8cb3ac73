#!/usr/bin/env python3
"""An earlier run's j.h5, made up, and its statistics as scipy and numpy compute them.

    pip install h5py numpy scipy && python make_case.py       # writes case/ beside this file

Everything that is expected is written again from docs/method.md, without a look at the C code: tests
by scipy, bootstraps by numpy's RandomState, whose MT19937 gives the same draws as tjac's (numeric.h).
The case holds two models, two panels (one from a signed edge table), KDs that are regulators, a KD
under which every J is 0, a J that is not there, tied scores, and an external file. A second, tiny
j.h5 is where the fuzz tests begin.
"""
import csv
import itertools
import json
import math
import os

import numpy as np
from results_file import CONTROL, HASH, write_results
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "case")
FUZZ = os.path.join(HERE, "..", "fuzz", "jfile")
RUN = HASH[:8]  # what the column `run` says of a run without a label
MODELS = ["few,shot", "zero"]
KDS = ["A1", "K1", "K2", "K3", "U1", "U2", "U3", "B1", "B2", "B3", "B4", "Z0", "NA1", CONTROL]
PANELS = {
    "alpha": {"regulators": ["A1", "A2", "A3"], "targets": ["T1", "T2", "T3", "T4"],
              "kds": ["A1", "K1", "K2", "K3"], "unrelated_kds": ["U1", "U2", "U3"]},
    "edges": {"pairs": "edges.csv", "kds": ["K2", "B1"], "unrelated_kds": []},
}
EDGES = [("A1", "T1", 1), ("A1", "T5", -1), ("A2", "T5", 1), ("X1", "T1", 0)]
NULL = {"alpha": [(f"G{i % 5}", f"H{i}") for i in range(9)] + [("G0", "T9"), ("G7", "H0")],
        "edges": [("G1", "T1"), ("G1", "H1"), ("G2", "H1"), ("A9", "H2")]}
UNRELATED = {"alpha": [(r, f"V{i}") for r in ("A1", "A2", "A3") for i in range(3)], "edges": []}
OPTIONS = [
    {"score": "log2_abs_ratio", "alternative": "greater", "permutations": 9999, "bootstrap": 200, "seed": 1},
    {"score": "difference", "alternative": "two-sided", "permutations": 99, "bootstrap": 50, "seed": 7,
     "min_effect": 0.01, "alpha": 0.1},
    {"score": "ratio", "alternative": "greater", "permutations": 300, "bootstrap": 101, "seed": 3},
]


def pairs_of(name):
    p = PANELS[name]
    if "pairs" in p:
        pathway = sorted(((r, t) for r, t, _ in EDGES),
                         key=lambda rt: [r for r, _, _ in EDGES].index(rt[0]))
    else:
        pathway = [(r, t) for r in p["regulators"] for t in p["targets"]]
    first = []
    for r, _ in NULL[name]:
        if r not in first:
            first.append(r)
    matched = sorted(NULL[name], key=lambda rt: first.index(rt[0]))  # stable: regulator outermost
    return ([("pathway", *p) for p in pathway] + [("matched", *p) for p in matched]
            + [("unrelated_target", *p) for p in UNRELATED[name]])


def kd_class(name, kd):
    p = PANELS[name]
    return ("pathway" if kd in p["kds"] else "unrelated" if kd in p["unrelated_kds"]
            else "control" if kd == CONTROL else "background")


def make_J():
    """J[model, panel], an array KD by pair; NaN: not there."""
    rng = np.random.default_rng(5)
    made = {}
    for model in MODELS:
        level = {kd: rng.normal(0, 0.2) for kd in KDS}
        for name in PANELS:
            pairs = pairs_of(name)
            rows = np.zeros((len(KDS), len(pairs)))
            for k, kd in enumerate(KDS):
                for i, (kind, _, _) in enumerate(pairs):
                    up = 1.5 if kind == "pathway" and kd_class(name, kd) == "pathway" else 0.0
                    rows[k, i] = np.exp(level[kd] + up) * rng.normal(0.02, 0.1)
                    if kd in ("B3", "B4"):
                        rows[k, i] = 0.125 if kind == "pathway" else 0.0625  # tied
                    if kd == "Z0":
                        rows[k, i] = 0.0
            rows[KDS.index("NA1"), 0] = math.nan
            made[model, name] = rows
    return made


# ---- the statistics again ----

def nan_mean(x):
    return float(np.mean(x)) if len(x) else math.nan


def log2_ratio(a, b):
    return math.log2(a / b) if a > 0 and b > 0 else math.nan


def score_of(what, pathway, null):
    if what == "difference":
        return nan_mean(pathway) - nan_mean(null)
    if what == "ratio":
        b = nan_mean(null)
        return nan_mean(pathway) / b if b != 0 else math.nan
    return log2_ratio(nan_mean(np.abs(pathway)), nan_mean(np.abs(null)))


def pigeonhole(pairs, rounds, seed):
    """Weights (rounds, pairs) of pathway and matched pairs."""
    rng = np.random.RandomState(seed)
    strata = []
    for role in (1, 2):
        own = list(dict.fromkeys(p[role] for p in pairs if p[0] == "pathway"))
        rest = [g for g in dict.fromkeys(p[role] for p in pairs if p[0] == "matched") if g not in own]
        strata.append((own, rest))
    weights = np.zeros((rounds, len(pairs)))
    for k in range(rounds):
        counts = []
        for genes in strata:
            count = {}
            for group in genes:
                for g in group:
                    count[g] = 0
                for _ in group:
                    count[group[rng.randint(len(group))]] += 1
            counts.append(count)
        weights[k] = [counts[0][p[1]] * counts[1][p[2]] if p[0] != "unrelated_target" else 0 for p in pairs]
    return weights


def fieller(a, b, va, vb, c, z):
    A, B, C = b * b - z * z * vb, a * b - z * z * c, a * a - z * z * va
    if not A > 0:
        return math.nan, math.nan, False
    root = math.sqrt(B * B - A * C)
    return (B - root) / A, (B + root) / A, True


def kd_scores(J, self, pairs, name, o, signs):
    """Rows as dicts, KD by KD."""
    kind = np.array([p[0] for p in pairs])
    weights = pigeonhole(pairs, o["bootstrap"], o["seed"])
    z = stats.norm.ppf(1 - o["alpha"] / 2)
    out = []
    for k, kd in enumerate(KDS):
        use = self[k] == 0
        P, N, U = (J[k][use & (kind == w)] for w in ("pathway", "matched", "unrelated_target"))
        d = {"kd": kd, "kd_class": kd_class(name, kd), "n_pathway": len(P), "n_null": len(N),
             "mean_pathway": nan_mean(P), "mean_null": nan_mean(N), "mean_abs_pathway": nan_mean(np.abs(P)),
             "mean_abs_null": nan_mean(np.abs(N)), "mean_abs_unrelated": nan_mean(np.abs(U))}
        d["difference"] = d["mean_pathway"] - d["mean_null"]
        d["ratio"] = d["mean_pathway"] / d["mean_null"] if d["mean_null"] != 0 else math.nan
        d["log2_abs_ratio"] = log2_ratio(d["mean_abs_pathway"], d["mean_abs_null"])
        d["score"] = score_of(o["score"], P, N)
        w = weights * use
        both = []
        for which in ("pathway", "matched"):
            m = kind == which
            total = w[:, m].sum(1)
            with np.errstate(invalid="ignore", divide="ignore"):
                both.append(np.where(total > 0, (w[:, m] * np.where(use, J[k], 0)[m]).sum(1) / total, np.nan))
        ok = ~np.isnan(both[0] - both[1])
        lo = hi = rlo = rhi = math.nan
        bounded = "NA"
        if ok.sum() * 2 > o["bootstrap"]:
            a, b = both[0][ok], both[1][ok]
            lo, hi = np.quantile(a - b, [o["alpha"] / 2, 1 - o["alpha"] / 2])
            cov = np.cov(a, b)
            if not math.isnan(d["ratio"]):
                rlo, rhi, is_bounded = fieller(d["mean_pathway"], d["mean_null"], cov[0, 0], cov[1, 1], cov[0, 1], z)
                bounded = "true" if is_bounded else "false"
        d.update(difference_lo=lo, difference_hi=hi, ratio_lo=rlo, ratio_hi=rhi, ratio_bounded=bounded)
        signed = [(s, j) for s, j, u, p in zip(signs, J[k], use, pairs) if s and u and p[0] == "pathway"]
        d["sign_concordance"] = math.nan if np.isnan(P).any() else nan_mean([float(s * j > 0) for s, j in signed])
        out.append(d)
    control = out[KDS.index(CONTROL)]["score"]
    ranked = [d for d in out if d["kd"] != CONTROL and not math.isnan(d["score"])]
    ranks = stats.rankdata([d["score"] for d in ranked])
    for d in out:
        d.update(rank=math.nan, quantile=math.nan, delta_control=d["score"] - control)
    for d, r in zip(ranked, ranks):
        d.update(rank=r, quantile=r / len(ranked))
    return out


def sampled_p(x, y, m, seed, two_sided):
    """The draws of the C code: the smaller group by a partial Fisher-Yates that goes on from round to round."""
    first = len(x) <= len(y)
    v = np.array((list(x) + list(y)) if first else (list(y) + list(x)))
    v = v - v.mean()
    k, n = min(len(x), len(y)), len(v)
    observed = v[:k].sum()
    rng = np.random.RandomState(seed)
    sums = []
    for _ in range(m):
        for i in range(k):
            other = i + rng.randint(n - i)
            v[i], v[other] = v[other], v[i]
        sums.append(v[:k].sum())
    sums = np.array(sums) * (1 if first else -1)
    observed *= 1 if first else -1
    up = (np.sum(sums >= observed - 1e-13) + 1) / (m + 1)
    down = (np.sum(sums <= observed + 1e-13) + 1) / (m + 1)
    return min(1.0, 2 * min(up, down)) if two_sided else up


def permutation(x, y, o):
    two = o["alternative"] == "two-sided"
    if not x or not y:
        return math.nan, math.nan, math.nan, "NA"
    ways = math.comb(len(x) + len(y), len(x))
    effect = np.mean(x) - np.mean(y)
    if ways <= o["permutations"]:
        p = stats.permutation_test((x, y), lambda a, b: np.mean(a) - np.mean(b), n_resamples=np.inf,
                                   alternative=o["alternative"], vectorized=False).pvalue
        return effect, p, min(1.0, (2 if two else 1) / ways), "exact"
    m = o["permutations"]
    return effect, sampled_p(x, y, m, o["seed"], two), min(1.0, (2 if two else 1) / (m + 1)), "sampled"


def bootstrap_effect(x, y, o):
    if len(x) < 3 or len(y) < 3:
        return math.nan, math.nan
    rng = np.random.RandomState(o["seed"])
    effects = []
    for _ in range(o["bootstrap"]):
        a = np.mean([x[rng.randint(len(x))] for _ in x])
        effects.append(a - np.mean([y[rng.randint(len(y))] for _ in y]))
    return tuple(np.quantile(effects, [o["alpha"] / 2, 1 - o["alpha"] / 2]))


def panel_row(rows, J, self, pairs, reference, o):
    def group(which, value):
        return [v for d, v in zip(rows, value) if d["kd_class"] == which and not math.isnan(v)]

    kind = np.array([p[0] for p in pairs])
    scores = [d["score"] for d in rows]
    x, y = group("pathway", scores), group(reference, scores)
    r = {"reference": reference, "n_pathway_kds": len(x), "n_reference_kds": len(y),
         "mean_pathway_kds": nan_mean(x), "mean_reference_kds": nan_mean(y)}
    r["effect"], r["p_permutation"], r["p_min"], r["permutation_method"] = permutation(x, y, o)
    r["effect_lo"], r["effect_hi"] = bootstrap_effect(x, y, o)

    def logs(key):
        with np.errstate(divide="ignore"):
            v = [math.log2(d[key]) if d[key] > 0 else -math.inf for d in rows]
        a = [b for d, b in zip(rows, v) if d["kd_class"] == "pathway" and not math.isnan(d["score"])]
        c = [b for d, b in zip(rows, v) if d["kd_class"] == reference and not math.isnan(d["score"])]
        e = nan_mean(a) - nan_mean(c)
        return e if math.isfinite(e) else math.nan

    r["effect_pathway"], r["effect_null"] = logs("mean_abs_pathway"), logs("mean_abs_null")
    mw = stats.mannwhitneyu(x, y, alternative=o["alternative"], method="auto")
    ties = len(set(x + y)) < len(x + y)
    # scipy's "auto" is exact when one group has at most 8, unless there are ties
    r["auc"], r["p_mannwhitney"] = mw.statistic / (len(x) * len(y)), mw.pvalue
    r["mannwhitney_method"] = "exact" if not ties and min(len(x), len(y)) <= 8 else "normal"
    pb = stats.pointbiserialr([1] * len(x) + [0] * len(y), x + y)
    r["point_biserial_r"], r["p_r"] = pb.statistic, pb.pvalue
    r["members_elevated"] = nan_mean([float(v > np.median(y)) for v in x])
    r["loo_effect_min"] = min([np.mean(x[:i] + x[i + 1:]) - np.mean(y) for i in range(len(x))]) if len(x) > 1 \
        else math.nan
    least = []
    for role in (1, 2):
        for gene in dict.fromkeys(p[role] for p in pairs if p[0] == "pathway"):
            kept = np.array([p[role] != gene for p in pairs])
            s = [score_of(o["score"], J[k][kept & (self[k] == 0) & (kind == "pathway")],
                          J[k][kept & (self[k] == 0) & (kind == "matched")]) for k in range(len(KDS))]
            a, b = group("pathway", s), group(reference, s)
            if a and b:
                least.append(np.mean(a) - np.mean(b))
    r["loo_pair_effect_min"] = min(least) if least else math.nan
    specific = [log2_ratio(d["mean_abs_pathway"], d["mean_abs_unrelated"]) for d in rows]
    r["specificity"], r["p_specificity"], _, _ = permutation(group("pathway", specific), group(reference, specific), o)
    return r


def judge(table, o):
    for reference in ("unrelated", "background"):
        family = [r for r in table if r["reference"] == reference and r["p_min"] < o["alpha"]]
        for p, q in (("p_permutation", "q"), ("p_specificity", "q_specificity")):
            tested = [r for r in family if not math.isnan(r[p])]
            if tested:
                for r, v in zip(tested, stats.false_discovery_control([r[p] for r in tested])):
                    r[q] = v
    for r in table:
        r.setdefault("q", math.nan)
        r.setdefault("q_specificity", math.nan)
        r["elevated"] = "NA" if math.isnan(r["q"]) else \
            r["q"] < o["alpha"] and r["effect"] >= o["min_effect"] and r["effect_pathway"] > 0
        r["consistent"] = "NA" if r["n_pathway_kds"] < 2 else bool(
            r["members_elevated"] >= 0.75 and r["loo_effect_min"] >= r["effect"] / 2
            and (math.isnan(r["loo_pair_effect_min"]) or r["loo_pair_effect_min"] > 0))
        r["specific"] = "NA" if math.isnan(r["q_specificity"]) else \
            r["q_specificity"] < o["alpha"] and r["specificity"] >= o["min_effect"]
    for r in table:
        r["replicated"] = all(s["elevated"] is True or s["elevated"] == np.True_ for s in table
                              if (s["panel"], s["reference"]) == (r["panel"], r["reference"]))
        no = lambda v: not isinstance(v, str) and not v
        r["verdict"] = ("NA" if math.isnan(r["p_permutation"]) else "underpowered" if r["p_min"] >= o["alpha"]
                        else "not_elevated" if no(r["elevated"])
                        else "not_consistent" if no(r["consistent"]) or r["n_pathway_kds"] == 1
                        else "not_specific" if no(r["specific"]) else "not_replicated" if no(r["replicated"])
                        else "positive")


def correlate(name, kds, a, b, names, which, o):
    v = [(x, y) for kd, x, y in zip(kds, a, b) if kd != CONTROL and not math.isnan(x) and not math.isnan(y)
         and (which == "all" or kd_class(name, kd) == "pathway")]
    r = {"run": RUN, "panel": name, "estimand": "set_mean", "score": o["score"], "a": names[0], "b": names[1], "kds": which,
         "n": len(v), "pearson": math.nan, "pearson_lo": math.nan, "pearson_hi": math.nan, "spearman": math.nan,
         "p_spearman": math.nan}
    if len(v) < 2:
        return r
    x, y = map(np.array, zip(*v))
    r["pearson"] = np.corrcoef(x, y)[0, 1]
    s = stats.spearmanr(x, y)
    r["spearman"] = s.statistic
    if len(v) < 3:
        return r
    r["p_spearman"] = s.pvalue
    rng = np.random.RandomState(o["seed"])
    rounds = []
    for _ in range(o["bootstrap"]):
        at = [rng.randint(len(v)) for _ in v]
        constant = len(set(x[at])) == 1 or len(set(y[at])) == 1
        rounds.append(math.nan if constant else np.corrcoef(x[at], y[at])[0, 1])
    rounds = np.array(rounds)[~np.isnan(rounds)]
    if 2 * len(rounds) > o["bootstrap"]:
        r["pearson_lo"], r["pearson_hi"] = np.quantile(rounds, [o["alpha"] / 2, 1 - o["alpha"] / 2])
    return r


KD_COLUMNS = ("run,model,cell_type,estimand,panel,kd,kd_class,n_pathway,n_null,mean_pathway,mean_null,mean_abs_pathway,"
              "mean_abs_null,mean_abs_unrelated,difference,difference_lo,difference_hi,ratio,ratio_lo,ratio_hi,"
              "ratio_bounded,log2_abs_ratio,sign_concordance,delta_control,rank,quantile").split(",")
PANEL_COLUMNS = ("run,model,cell_type,estimand,panel,score,reference,n_pathway_kds,n_reference_kds,mean_pathway_kds,"
                 "mean_reference_kds,effect,effect_lo,effect_hi,effect_pathway,effect_null,auc,p_permutation,p_min,"
                 "permutation_method,p_mannwhitney,mannwhitney_method,point_biserial_r,p_r,q,members_elevated,"
                 "loo_effect_min,loo_pair_effect_min,specificity,p_specificity,q_specificity,elevated,consistent,"
                 "specific,replicated,verdict").split(",")
CONCORDANCE_COLUMNS = "run,estimand,panel,score,a,b,kds,n,pearson,pearson_lo,pearson_hi,spearman,p_spearman".split(",")


def text(v):
    if isinstance(v, (bool, np.bool_)):
        return "true" if v else "false"
    if isinstance(v, (float, np.floating)):
        return repr(float(v)) if math.isfinite(v) else "NA"
    return str(v)


def write(path, columns, rows):
    with open(path, "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(columns)
        w.writerows([[text(r[c]) for c in columns] for r in rows])


def statistics(made, external, o):
    o = {"alpha": 0.05, "min_effect": 0.263, **o}
    scores, table, concordance, by = [], [], [], {}
    sign = {(r, t): s for r, t, s in EDGES}
    for model, name in itertools.product(MODELS, PANELS):
        pairs = pairs_of(name)
        J = made[model, name]
        self = np.array([[int(kd in p[1:]) for p in pairs] for kd in KDS])
        signs = [sign.get(p[1:], 0) if name == "edges" and p[0] == "pathway" else 0 for p in pairs]
        head = {"run": RUN, "model": model, "cell_type": "hep", "panel": name, "estimand": "set_mean", "score": o["score"]}
        s = kd_scores(J, self, pairs, name, o, signs)
        by[model, name] = [d["score"] for d in s]
        scores += [{**d, **{k: v for k, v in head.items() if k != "score"}} for d in s]
        for reference in ("unrelated", "background"):
            if any(d["kd_class"] == reference for d in s):
                table.append({**head, **panel_row(s, J, self, pairs, reference, o)})
    judge(table, o)
    value = [external.get(kd, math.nan) for kd in KDS]
    for name in PANELS:
        sides = [((MODELS[0], MODELS[1]), by[MODELS[0], name], by[MODELS[1], name])]
        sides += [((m, "effects"), by[m, name], value) for m in MODELS]
        for names, a, b in sides:
            concordance += [correlate(name, KDS, a, b, names, which, o) for which in ("all", "pathway")]
    return scores, table, concordance


def main():
    made = make_J()
    write_results(os.path.join(OUT, "j.h5"), MODELS, {name: pairs_of(name) for name in PANELS}, KDS, made)
    write_results(os.path.join(FUZZ, "small.h5"), ["zero"], {"edges": [("pathway", "A", "X"), ("matched", "B", "X")]},
                  ["K", CONTROL], {("zero", "edges"): np.array([[0.5, -0.25], [1.0, math.nan]])})
    write(os.path.join(OUT, "edges.csv"), ["source", "target", "weight"],
          [dict(zip(("source", "target", "weight"), e)) for e in EDGES])
    rng = np.random.default_rng(9)
    external = {kd: float(rng.normal()) for kd in KDS[:9] + ["elsewhere"]}
    write(os.path.join(OUT, "effects.csv"), ["kd", "value"], [{"kd": k, "value": v} for k, v in external.items()])
    for i, o in enumerate(OPTIONS):
        scores, table, concordance = statistics(made, external, o)
        write(os.path.join(OUT, f"kd_scores_{i}.csv"), KD_COLUMNS, scores)
        write(os.path.join(OUT, f"panel_stats_{i}.csv"), PANEL_COLUMNS, table)
        write(os.path.join(OUT, f"concordance_{i}.csv"), CONCORDANCE_COLUMNS, concordance)
        config = {"models": [{"name": m, "dir": "gone"} for m in MODELS], "cells": {"h5ad": "gone.h5ad"},
                  "panels": [{"name": n, **p} for n, p in PANELS.items()],
                  "stats": {**o, "external": ["effects.csv"]}}
        with open(os.path.join(OUT, f"config_{i}.json"), "w") as f:
            json.dump(config, f, indent=1)
            f.write("\n")


if __name__ == "__main__":
    main()
