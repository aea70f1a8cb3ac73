#!/usr/bin/env python3
"""The oracle against plain loops, scipy and cases whose answer is known.

    pip install h5py numpy pandas scipy && python check_oracle.py
"""
import math

import numpy as np
import pandas
from make_case import CONTROL, OPTIONS, make_case, tiny_case
from oracle import NAMED, Case, Panel, Slice, permutation, routing_of, statistics
from scipy import stats
from scipy.sparse import csgraph


def near(a, b):
    assert (math.isnan(a) and math.isnan(b)) or abs(a - b) <= 1e-10 * max(1, abs(b)), (a, b)


def slow_s(case, model, name):
    """s of a block and KD in plain loops: {(row, col, kd): s or NaN}, and n_j by pair and KD."""
    panel, counted = case.panels[name], [kd for kd in case.kds if kd != case.control]
    n = {}
    for i, p in enumerate(panel.pairs):
        used = [abs(case.J[model, name][k, i]) for k, kd in enumerate(case.kds)
                if kd in counted and kd not in p[2:] and math.isfinite(case.J[model, name][k, i])]
        if sum(used) > 0:
            for k, kd in enumerate(case.kds):
                n[i, kd] = abs(case.J[model, name][k, i]) / (sum(used) / len(used))
    s = {}
    for block in {p[:2] for p in panel.pairs}:
        for kd in case.kds:
            of = [n[i, kd] for i, p in enumerate(panel.pairs) if p[:2] == block and (i, kd) in n and kd not in p[2:]]
            m = sum(of) / len(of) if of else math.nan
            s[(*block, kd)] = -math.inf if m == 0 else math.log2(m)
        least = min([s[(*block, kd)] for kd in counted if math.isfinite(s[(*block, kd)])], default=math.nan)
        for kd in case.kds:
            if s[(*block, kd)] == -math.inf:
                s[(*block, kd)] = least - 1
    return s


def check_blocks(case, tables):
    slow = {(m, p): slow_s(case, m, p) for m in case.models for p in case.panels}
    dropped = {("alpha", "col", 4), ("solo", "row", 2)}
    for r in tables["blocks"]:
        col = NAMED if r["col"] == "u" else r["col"]
        gone = {(r["panel"], "row", r["row"]), (r["panel"], "col", col)} & dropped
        near(r["s"], math.nan if gone else slow[r["model"], r["panel"]].get((r["row"], col, r["kd"]), math.nan))
    return slow


def check_scores(case, tables, slow):
    """routing and elevation from the definition, p_blocks from a double-centred table by least squares."""
    kept = {"alpha": ([1, 2, 3, 4, 5], [1, 2, 3, 5]), "edges": ([1, 2, 3, 4], [1, 2, 3, 4, 5]),
            "solo": ([1, 3, 4, 5], [1, 2, 3, 4, 5]), "one": ([1], [1]), "bare": ([], [])}
    for d in tables["kd_scores"]:
        rows, cols = kept[d["panel"]]
        s = slow[d["model"], d["panel"]]
        S = np.array([[s.get((r, c, d["kd"]), math.nan) for c in [0] + cols] for r in [0] + rows])
        if not rows or not np.isfinite(S).all():
            assert math.isnan(d["routing"]) and math.isnan(d["elevation"]) and math.isnan(d["p_blocks"])
            continue
        matched = np.mean(S[1:, 1:])
        near(d["routing"], S[0, 0] - np.mean(S[0, 1:]) - np.mean(S[1:, 0]) + matched)
        near(d["elevation"], S[0, 0] - matched)
        R, T = len(rows), len(cols)
        X = np.array([[1, *(r == a for a in range(R + 1)), *(c == b for b in range(T + 1))]
                      for r in range(R + 1) for c in range(T + 1)], dtype=float)
        rest = S.ravel() - X @ np.linalg.lstsq(X, S.ravel(), rcond=None)[0]
        near(d["routing"], rest[0] * (R + 1) * (T + 1) / (R * T))
        near(d["p_blocks"], np.mean(rest >= rest[0] - 1e-9))


def check_panels(case, tables, o):
    by = {(d["model"], d["panel"], d["kd"]): d for d in tables["kd_scores"]}
    for r in tables["panel_stats"]:
        group = [[by[r["model"], r["panel"], kd]["routing"] for kd in case.kds if case.kd_class(r["panel"], kd) == c]
                 for c in ("pathway", r["reference"])]
        x, y = ([v for v in g if not math.isnan(v)] for g in group)
        assert (len(x), len(y)) == (r["n_pathway_kds"], r["n_reference_kds"])
        if not x or not y:
            assert math.isnan(r["effect"]) and math.isnan(r["p_kds"]) and r["verdict"] == "no_answer"
            continue
        near(r["effect"], np.mean(x) - np.mean(y))
        near(r["effect"], r["pathway_effect"] - r["row_effect"] - r["col_effect"] + r["matched_effect"])
        near(r["elevation_effect"], r["pathway_effect"] - r["matched_effect"])
        near(r["auc"], np.mean([(a > b) + (a == b) / 2 for a in x for b in y]))
        near(r["members_elevated"], np.mean([a > np.median(y) for a in x]))
        near(r["p_members"], stats.binomtest(round(r["members_elevated"] * len(x)), len(x), alternative="greater").pvalue)
        ways = math.comb(len(x) + len(y), len(x))
        if ways <= min(o["permutations"], 5000) and min(len(x), len(y)) > 1:
            near(r["p_kds"], stats.permutation_test((x, y), lambda a, b, axis: a.mean(axis) - b.mean(axis), vectorized=True,
                                                    n_resamples=np.inf, alternative=o["alternative"]).pvalue)
        if not math.isnan(r["p_vif"]) and r["kd_correlation"] <= 0:  # Welch's t-test
            t = stats.ttest_ind(x, y, equal_var=False, alternative="greater")
            near(r["p_vif"], t.pvalue)
            ci = stats.ttest_ind(x, y, equal_var=False).confidence_interval(1 - o["alpha"])
            near(r["effect_lo"], ci.low)
            near(r["effect_hi"], ci.high)


def check_matrix(case, tables):
    by = {(d["model"], d["panel"], d["kd"]): d["routing"] for d in tables["kd_scores"]}
    for r in tables["panel_matrix"]:
        ours, genes = case.panels[r["kd_panel"]].kds, case.panels[r["gene_panel"]].kds
        scored = {kd: by[r["model"], r["gene_panel"], kd] for kd in case.kds if kd != case.control
                  and not math.isnan(by[r["model"], r["gene_panel"], kd])}
        x, y = [v for kd, v in scored.items() if kd in ours], [v for kd, v in scored.items() if kd not in ours + genes]
        near(r["effect"], np.mean(x) - np.mean(y) if x and y else math.nan)
        for rank, along in (("rank_in_row", "kd_panel"), ("rank_in_col", "gene_panel")):
            others = [q["effect"] for q in tables["panel_matrix"] if (q["model"], q[along]) == (r["model"], r[along])]
            ranks = stats.rankdata([-e for e in others if not math.isnan(e)], method="min")
            if not math.isnan(r["effect"]):
                assert r[rank] == ranks[[e for e in others if not math.isnan(e)].index(r["effect"])]


def check_concordance(case, tables, o):
    """Numbers of clusters by scipy's search on the graph."""
    for r in tables["concordance"]:
        score = [{d["kd"]: d[o["score"]] for d in tables["kd_scores"] if (d["model"], d["panel"]) == (m, r["panel"])}
                 or case.external.get(m, {}) for m in (r["a"], r["b"])]
        at = [k for k, kd in enumerate(case.kds) if kd != case.control and all(kd in s and s[kd] == s[kd] for s in score)
              and (r["kds"] == "all" or kd in case.panels[r["panel"]].kds)]
        assert len(at) == r["n"]
        edges = np.eye(len(at), dtype=bool)
        for m in {r["a"], r["b"]} & set(case.models):
            p = pandas.DataFrame(Slice(case, m, r["panel"]).profiles()[at].T)
            edges |= p.corr(min_periods=3).to_numpy() > 0.5
        assert r["n_clusters"] == (csgraph.connected_components(edges)[0] if at else 0)
        if not math.isnan(r["pearson"]):
            x, y = ([s[case.kds[k]] for k in at] for s in score)
            near(r["pearson"], stats.pearsonr(x, y).statistic)
            near(r["spearman"], stats.pearsonr(stats.rankdata(x), stats.rankdata(y)).statistic)


def check_genes(case):
    """loo_gene_min of the pathway of a list: the case without the gene, whose scale of n is its own."""
    sl = Slice(case, "zero", "alpha")
    a, b = sl.has & (sl.kd_class == "pathway"), sl.has & (sl.kd_class == "background")
    panel, least = case.panels["alpha"], []
    for role, gene in [(0, "A1"), (0, "A2"), (1, "T1"), (1, "T2"), (1, "T3")]:
        own = [p[2 + role] == gene or panel.own.get((role, p[role], p[2 + role])) == gene for p in panel.pairs]
        kept = [i for i, gone in enumerate(own) if not gone]
        part = Case(["zero"], {"alpha": Panel(panel.kds, panel.unrelated_kds, [panel.pairs[i] for i in kept], panel.own)},
                    case.kds, case.control, {("zero", "alpha"): case.J["zero", "alpha"][:, kept]})
        s = Slice(part, "zero", "alpha")
        least.append(routing_of(s.S[a & s.has]).mean() - routing_of(s.S[b & s.has]).mean())
    near(next(r for r in statistics(case)["panel_stats"] if (r["model"], r["panel"], r["reference"]) ==
              ("zero", "alpha", "background"))["loo_gene_min"], min(least))


def check_known():
    """Answers that are known without arithmetic."""
    pairs = [(r, t, f"R{r}", f"T{t}") for r in range(4) for t in range(4)]
    own = {(role, b, f"{'RT'[role]}{b}"): f"{'RT'[role]}0" for role in (0, 1) for b in range(1, 4)}
    kds = [f"K{i}" for i in range(8)] + [CONTROL]

    def one(J, pathway=("K0", "K1", "K2"), alpha=0.07):
        case = Case(["m"], {"p": Panel(list(pathway), [], pairs, own)}, kds, CONTROL, {("m", "p"): J})
        return statistics(case, {"bootstrap": 20, "alpha": alpha})

    rng = np.random.default_rng(1)
    up = np.ones((9, 16)) * np.exp2(rng.normal(0, 1, 16))
    for factor, verdict in (([8] + [1] * 15, "positive"),  # routing
                            ([8] * 4 + [1] * 12, "not_specific"),  # the regulator acts on everything
                            (([8] + [1] * 3) * 4, "not_specific"),  # the target answers to everything
                            ([8] * 16, "not_elevated")):
        J = up * np.exp2(rng.normal(0, 0.01, (9, 16)))
        J[:3] *= factor
        row, = one(J)["panel_stats"]
        assert row["p_blocks_min"] == 1 / 16 and row["verdict"] == verdict
        row, = one(J, alpha=0.05)["panel_stats"]
        assert row["verdict"] == "underpowered"
    row, = one(np.ones((9, 16)))["panel_stats"]  # constant
    assert row["effect"] == 0 and math.isnan(row["z_blocks"]) and math.isnan(row["p_vif"]) and math.isnan(row["p_r"])
    row, = one(up, pathway=("K0",))["panel_stats"]  # a single KD
    assert row["consistent"] is False and math.isnan(row["loo_kd_min"]) and row["verdict"] == "underpowered"
    assert not one(up, pathway=kds[:8])["panel_stats"]  # no reference
    row, = one(np.zeros((9, 16)))["panel_stats"]
    assert row["verdict"] == "no_answer" and row["n_rows"] == 0
    assert all(math.isnan(d["routing"]) for d in one(np.full((9, 16), math.nan))["kd_scores"])
    statistics(tiny_case())
    x, y = rng.normal(1, 1, 4), rng.normal(0, 1, 9)
    exact = permutation(x, y, {"alternative": "greater", "permutations": 715, "seed": 1})[0]
    near(permutation(x, y, {"alternative": "greater", "permutations": 714, "seed": 1})[1], 1 / 715)
    several = [permutation(x, y, {"alternative": "greater", "permutations": 700, "seed": s})[0] for s in range(1, 9)]
    assert abs(np.mean(several) - exact) < 4 * math.sqrt(exact / 700 / 8) + 1 / 700


def main():
    for i, o in enumerate(OPTIONS):
        o = {"alpha": 0.05, "min_effect": 0.263, **o}
        case = make_case(["third"] if i == 3 else [])
        tables = statistics(case, o)
        check_scores(case, tables, check_blocks(case, tables))
        check_panels(case, tables, o)
        check_matrix(case, tables)
        check_concordance(case, tables, o)
    check_genes(make_case())
    check_known()
    print("the oracle agrees with itself")


if __name__ == "__main__":
    main()
