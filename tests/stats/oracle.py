"""The statistics of a results file again, with numpy and scipy, without a look at the C code.

    from oracle import Case, Panel, statistics
    tables = statistics(case, options)      # {"panel_stats": [{column: value}, ...], ...}

Tests are scipy's, random draws numpy's RandomState, whose MT19937 gives those of tjac (numeric.h).
NaN stands for NA. Words: a slice is a model and a panel (of one cell type and estimand); counted
KDs are all but the control; a pair is self under a KD that is its regulator or its target.
"""
import itertools
import math
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

NAMED = -2  # the column of the targets that the panel names as unrelated: col u
NAN = math.nan
SAME = 1e-12  # numbers of the size of 1 that differ by less are the same but for rounding
DEFAULTS = {"score": "routing", "alternative": "greater", "permutations": 9999, "bootstrap": 2000, "seed": 1,
            "alpha": 0.05, "min_effect": 0.263}


@dataclass
class Panel:
    kds: list
    unrelated_kds: list
    pairs: list  # (row, col, regulator, target) in the order of the results file; (0, 0): the pathway
    own: dict = field(default_factory=dict)  # (role, block, drawn gene): the panel's gene; role 0: regulators, 1: targets
    sign: dict = field(default_factory=dict)  # (regulator, target): -1 or 1, curated


@dataclass
class Case:
    models: list
    panels: dict  # name: Panel
    kds: list
    control: str
    J: dict  # (model, panel): array KD by pair; NaN: not there
    shuffled: list = field(default_factory=list)  # models that are a control
    external: dict = field(default_factory=dict)  # name: {kd: value}
    run: str = "run"
    cell_type: str = "hep"
    estimand: str = "set_mean"

    def kd_class(self, panel, kd):
        p = self.panels[panel]
        return ("control" if kd == self.control else "pathway" if kd in p.kds
                else "unrelated" if kd in p.unrelated_kds else "background")


def mean(x):
    return float(np.mean(x)) if len(x) else NAN


# ---- blocks ----

def mean_or_nan(values, use):
    """Means over the last axis of the entries that are used: NaN where there is none, or one is NaN."""
    n = use.sum(1)
    with np.errstate(invalid="ignore"):
        return np.where(n > 0, np.where(use, values, 0.0).sum(1) / n, NAN)


class Slice:
    """The blocks of one model and panel: who lives, what remains, s of every block and KD."""

    def __init__(self, case, model, name):
        self.case, self.model, self.name, self.panel = case, model, name, case.panels[name]
        self.kds = case.kds
        pairs = self.panel.pairs
        self.row, self.col = (np.array([p[c] for p in pairs], dtype=int) for c in (0, 1))
        self.counted = np.array([kd != case.control for kd in case.kds])
        self.kd_class = np.array([case.kd_class(name, kd) for kd in case.kds])
        self.self = np.array([[kd in p[2:] for p in pairs] for kd in case.kds]).reshape(len(case.kds), len(pairs))
        J = np.asarray(case.J[model, name], dtype=float)
        self.J = np.where(np.isfinite(J), J, NAN)
        used = self.counted[:, None] & ~self.self & np.isfinite(self.J)
        total = np.where(used, np.abs(self.J), 0.0).sum(0)
        self.living = total > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            self.n = np.abs(self.J) / (total / used.sum(0))
        last = self.row.max(), self.col.max()
        self.blocks = []
        for r in range(last[0] + 1):
            self.blocks += [(r, c) for c in range(last[1] + 1)]
            if r == 0 and (self.col == NAMED).any():
                self.blocks.append((0, NAMED))
        self.rows, self.cols = self.remaining(*last)
        self.R, self.T = len(self.rows) - 1, len(self.cols) - 1
        self.S, self.S_linear, self.s, self.floored = self.log_means(np.ones(len(pairs), dtype=bool))
        self.has = np.isfinite(self.S).all((1, 2)) if self.R and self.T else np.zeros(len(case.kds), dtype=bool)
        self.matched = self.living & (self.row > 0) & (self.col > 0) & np.isin(self.row, self.rows) \
            & np.isin(self.col, self.cols)
        self.pathway = self.living & (self.row == 0) & (self.col == 0)

    def at(self, block):
        return (self.row == block[0]) & (self.col == block[1]) & self.living

    def remaining(self, last_row, last_col):
        """Row 0 and column 0, and drawn ones of which no block is without a living pair."""
        kept = [list(range(last_row + 1)), list(range(last_col + 1))]
        while True:
            empty, first = [], int(len(kept[1]) > len(kept[0]))  # the side that has more left
            for side, b in [(side, b) for side in (first, 1 - first) for b in kept[side][1:]]:
                blocks = [(b, o) if side == 0 else (o, b) for o in kept[1 - side]]
                empty.append((sum(not self.at(x).any() for x in blocks), side, b))
            worst = max(empty, key=lambda e: e[0], default=(0, 0, 0))  # the first of those with as many
            if worst[0] == 0:
                return kept
            kept[worst[1]].remove(worst[2])

    def log_means(self, keep):
        """s and the mean of n of the remaining blocks as arrays [KD, R + 1, T + 1]; both of any block by its name;
        which KDs are floored there."""
        s, linear, floored = {}, {}, {}
        for block in self.blocks:
            i = self.at(block) & keep
            linear[block] = mean_or_nan(self.n[:, i], ~self.self[:, i])
            floored[block] = linear[block] == 0
            with np.errstate(divide="ignore"):
                s[block] = np.log2(linear[block])
            over = s[block][self.counted]
            over = over[np.isfinite(over)]
            s[block][floored[block]] = over.min() - 1 if len(over) else NAN
        both = [np.array([[v[r, c] for c in self.cols] for r in self.rows]).transpose(2, 0, 1) for v in (s, linear)]
        return both[0], both[1], s, floored

    def profiles(self):
        """log2 n of the matched pairs less its mean over the counted KDs; NaN: left out."""
        with np.errstate(divide="ignore", invalid="ignore"):
            p = np.log2(self.n[:, self.matched])
        p[self.self[:, self.matched] | ~np.isfinite(p)] = NAN
        there = np.isfinite(p) & self.counted[:, None]
        with np.errstate(invalid="ignore"):
            return p - np.where(there, p, 0).sum(0) / there.sum(0)

    def head(self, **more):
        return {"run": self.case.run, "model": self.model, "cell_type": self.case.cell_type,
                "estimand": self.case.estimand, "panel": self.name, **more}


def routing_of(S):
    """Of the last two axes, of which each has 0 and at least one more."""
    return S[..., 0, 0] - S[..., 0, 1:].mean(-1) - S[..., 1:, 0].mean(-1) + S[..., 1:, 1:].mean((-2, -1))


def double_centred(S):
    return S - S.mean(-1, keepdims=True) - S.mean(-2, keepdims=True) + S.mean((-2, -1), keepdims=True)


def share_of_blocks(S):
    """p_blocks of one table."""
    I = double_centred(S)
    return float(np.mean(I >= I[0, 0] - SAME * max(1.0, np.abs(S).max())))


def correlation(a, b, least=3):
    there = np.isfinite(a) & np.isfinite(b)
    if there.sum() < least:
        return NAN
    a, b = a[there] - a[there].mean(), b[there] - b[there].mean()
    if min(np.abs(a).max(), np.abs(b).max()) <= SAME:
        return NAN
    return float(np.clip(a @ b / math.sqrt((a @ a) * (b @ b)), -1, 1))


# ---- kd_scores.csv and blocks.csv ----

def pigeonhole(sl, rounds, seed):
    """Weights [round, pair] of the living pathway and matched pairs."""
    rng = np.random.RandomState(seed)
    pairs, strata = sl.panel.pairs, []
    for role in (2, 3):
        own = list(dict.fromkeys(p[role] for p, use in zip(pairs, sl.pathway) if use))
        rest = [g for g in dict.fromkeys(p[role] for p, use in zip(pairs, sl.matched) if use) if g not in own]
        strata.append((own, rest))
    used = sl.pathway | sl.matched
    weights = np.zeros((rounds, len(pairs)))
    for k in range(rounds):
        count = [{}, {}]
        for c, groups in zip(count, strata):
            for group in groups:
                for g in group:
                    c[g] = 0
                for _ in group:
                    c[group[rng.randint(len(group))]] += 1
        weights[k] = [count[0][p[2]] * count[1][p[3]] if u else 0 for p, u in zip(pairs, used)]
    return weights


def fieller(a, b, va, vb, c, z):
    A, B, C = b * b - z * z * vb, a * b - z * z * c, a * a - z * z * va
    if not A > 0:
        return NAN, NAN, False
    root = math.sqrt(B * B - A * C)
    return (B - root) / A, (B + root) / A, True


def intervals(sl, k, d, weights, o):
    """Of the difference and the ratio."""
    use = ~sl.self[k]
    both = []
    for which in (sl.pathway, sl.matched):
        i = which & use
        total = weights[:, i].sum(1)
        with np.errstate(invalid="ignore", divide="ignore"):
            both.append(np.where(total > 0, (weights[:, i] * sl.J[k][i]).sum(1) / total, NAN))
    ok = ~np.isnan(both[0] - both[1])
    d.update(difference_lo=NAN, difference_hi=NAN, ratio_lo=NAN, ratio_hi=NAN, ratio_bounded="NA")
    if not ok.sum() * 2 > o["bootstrap"]:
        return
    a, b = both[0][ok], both[1][ok]
    d["difference_lo"], d["difference_hi"] = np.quantile(a - b, [o["alpha"] / 2, 1 - o["alpha"] / 2])
    if not math.isnan(d["ratio"]):
        cov, z = np.cov(a, b), stats.norm.ppf(1 - o["alpha"] / 2)
        d["ratio_lo"], d["ratio_hi"], d["ratio_bounded"] = fieller(
            d["mean_pathway"], d["mean_matched"], cov[0, 0], cov[1, 1], cov[0, 1], z)


def plain_scores(sl, k):
    use = ~sl.self[k]
    P, M = sl.J[k][sl.pathway & use], sl.J[k][sl.matched & use]
    d = {"n_pathway": len(P), "n_matched": len(M), "mean_pathway": mean(P), "mean_matched": mean(M),
         "mean_abs_pathway": mean(np.abs(P)), "mean_abs_matched": mean(np.abs(M))}
    d["difference"] = d["mean_pathway"] - d["mean_matched"]
    d["ratio"] = d["mean_pathway"] / d["mean_matched"] if d["mean_matched"] != 0 else NAN
    a, b = d["mean_abs_pathway"], d["mean_abs_matched"]
    d["log2_abs_ratio"] = math.log2(a / b) if a > 0 and b > 0 else NAN
    signed = [float(sl.panel.sign[p[2:]] * j > 0) for p, j, i in zip(sl.panel.pairs, sl.J[k], sl.pathway & use)
              if i and sl.panel.sign.get(p[2:], 0)]
    d["sign_concordance"] = NAN if np.isnan(P).any() else mean(signed)
    return d


def kd_scores(sl, o):
    weights = pigeonhole(sl, o["bootstrap"], o["seed"])
    out = []
    for k, kd in enumerate(sl.kds):
        d = sl.head(kd=kd, kd_class=str(sl.kd_class[k]), elevation=NAN, routing=NAN, p_blocks=NAN, rank=NAN,
                    quantile=NAN, **plain_scores(sl, k))
        intervals(sl, k, d, weights, o)
        if sl.has[k]:
            S = sl.S[k]
            d.update(elevation=float(S[0, 0] - S[1:, 1:].mean()), routing=float(routing_of(S)), p_blocks=share_of_blocks(S))
        out.append(d)
    control = sl.kds.index(sl.case.control)
    ranked = [d for d in out if d["kd"] != sl.case.control and not math.isnan(d[o["score"]])]
    for d, rank in zip(ranked, stats.rankdata([d[o["score"]] for d in ranked])):
        d.update(rank=rank, quantile=rank / len(ranked))
    for d in out:
        d["delta_control"] = d[o["score"]] - out[control][o["score"]]
    return out


def block_rows(sl):
    out = []
    for k, (r, c) in itertools.product(range(len(sl.kds)), sl.blocks):
        J = sl.J[k][sl.at((r, c)) & ~sl.self[k]]
        there = r in sl.rows and (c in sl.cols or c == NAMED)
        out.append(sl.head(kd=sl.kds[k], kd_class=str(sl.kd_class[k]), row=r, col="u" if c == NAMED else c, n=len(J),
                           mean_J=mean(J), mean_abs_J=mean(np.abs(J)), s=float(sl.s[r, c][k]) if there else NAN))
    return out


# ---- panel_stats.csv ----

def exact_p(x, y, two_sided):
    """Over all ways to choose the labels."""
    v = np.concatenate([x, y])
    v = v - v.mean()
    sums = np.array([sum(c) for c in itertools.combinations(v, len(x))])
    observed, same = v[:len(x)].sum(), 1e-13 * max(1.0, np.abs(v).sum())
    up, down = np.mean(sums >= observed - same), np.mean(sums <= observed + same)
    return min(1.0, 2 * min(up, down)) if two_sided else up


def sampled_p(x, y, m, seed, two_sided):
    """The draws of the C code: the smaller group by a partial Fisher-Yates that goes on from round to round."""
    first = len(x) <= len(y)
    v = np.array((list(x) + list(y)) if first else (list(y) + list(x)))
    v = v - v.mean()
    k, n = min(len(x), len(y)), len(v)
    observed, same = v[:k].sum(), 1e-13 * max(1.0, np.abs(v).sum())
    rng = np.random.RandomState(seed)
    sums = []
    for _ in range(m):
        for i in range(k):
            other = i + rng.randint(n - i)
            v[i], v[other] = v[other], v[i]
        sums.append(v[:k].sum())
    sums = np.array(sums) * (1 if first else -1)
    observed *= 1 if first else -1
    up = (np.sum(sums >= observed - same) + 1) / (m + 1)
    down = (np.sum(sums <= observed + same) + 1) / (m + 1)
    return min(1.0, 2 * min(up, down)) if two_sided else up


def permutation(x, y, o):
    """Of the labels of x and y: p, the smallest p that there can be."""
    two = o["alternative"] == "two-sided"
    if len(x) == 0 or len(y) == 0:
        return NAN, NAN
    ways, m = math.comb(len(x) + len(y), len(x)), o["permutations"]
    p = exact_p(x, y, two) if ways <= m else sampled_p(x, y, m, o["seed"], two)
    return float(p), min(1.0, (2 if two else 1) / (ways if ways <= m else m + 1))


def kd_correlation(sl, a, b):
    """Mean correlation of profiles within the KDs a, less that within b."""
    p = sl.profiles()
    means = []
    for group in (np.flatnonzero(a), np.flatnonzero(b)):
        r = np.array([correlation(p[i], p[j]) for i, j in itertools.combinations(group, 2)])
        means.append(mean(r[np.isfinite(r)]))
    return means[0] - means[1]


def limits(x, y, effect, r, o):
    none = {"effect_lo": NAN, "effect_hi": NAN, "p_vif": NAN, "mde80": NAN}
    n1, n2 = len(x), len(y)
    if n1 < 3 or n2 < 2 or math.isnan(r):
        return none
    r = min(max(r, 0.0), 0.95)
    a = np.var(x, ddof=1) * (1 + (n1 - 1) * r) / (1 - r) / n1
    b = np.var(y, ddof=1) / n2
    se = math.sqrt(a + b)
    if se <= SAME:
        return none
    t = stats.t((a + b) ** 2 / (a * a / (n1 - 1) + b * b / (n2 - 1)))
    half = t.ppf(1 - o["alpha"] / 2) * se
    return {"effect_lo": effect - half, "effect_hi": effect + half, "p_vif": float(t.sf(effect / se)),
            "mde80": (t.ppf(1 - o["alpha"]) + t.ppf(0.8)) * se}


def loo_gene_min(sl, a, b):
    """Smallest effect without one regulator or target and what was drawn for it."""
    pairs = sl.panel.pairs
    least = []
    for role in (0, 1):
        genes = list(dict.fromkeys(p[2 + role] for p in pairs if p[:2] == (0, 0)))
        own = np.array([p[2 + role] if p[role] <= 0 else sl.panel.own[role, p[role], p[2 + role]] for p in pairs])
        for gene in genes if len(genes) > 1 else []:
            S = sl.log_means(own != gene)[0]
            has = np.isfinite(S).all((1, 2))
            if (a & has).any() and (b & has).any():
                least.append(routing_of(S[a & has]).mean() - routing_of(S[b & has]).mean())
    return float(min(least)) if least else NAN


def block_se(E):
    if E.shape[0] < 3 or E.shape[1] < 3:
        return NAN
    total = 0.0
    for axis in (0, 1):
        m = E.shape[axis] - 1
        e = np.array([routing_of(np.delete(E, b, axis)) for b in range(1, m + 1)])
        total += (m - 1) / m * np.sum((e - e.mean()) ** 2)
    return math.sqrt(total)


def of_kds(routing, x, y, o):
    """What is computed of the groups' routing alone."""
    p, p_min = permutation(x, y, o)
    u = stats.mannwhitneyu(x, y, alternative=o["alternative"])  # exact up to 8 in one group without ties
    r = {"auc": u.statistic / (len(x) * len(y)), "p_kds": p, "p_kds_min": p_min, "p_mannwhitney": float(u.pvalue)}
    both = np.concatenate([x, y])
    if len(both) > 2 and np.ptp(both) > SAME * max(1.0, np.abs(both).max()):
        both = stats.pointbiserialr([1] * len(x) + [0] * len(y), both)
        r.update(point_biserial_r=both.statistic, p_r=both.pvalue)
    above = int(np.sum(x > np.median(y)))
    r.update(members_elevated=above / len(x), p_members=float(stats.binom.sf(above - 1, len(x), 0.5)))
    if len(x) > 1:
        r["loo_kd_min"] = float(min(np.mean(np.delete(x, i)) for i in range(len(x))) - np.mean(y))
    return r


def of_blocks(E, linear):
    """What is computed of the contrast of the blocks."""
    I = double_centred(E)
    others = math.sqrt((np.sum(I ** 2) - I[0, 0] ** 2) / (E.size - 1))
    return {"elevation_effect": float(E[0, 0] - E[1:, 1:].mean()), "pathway_effect": float(E[0, 0]),
            "matched_effect": float(E[1:, 1:].mean()), "row_effect": float(E[0, 1:].mean()),
            "col_effect": float(E[1:, 0].mean()), "routing_linear": float(double_centred(linear)[0, 0]),
            "p_blocks": share_of_blocks(E), "block_se": block_se(E),
            "z_blocks": float(I[0, 0] / others) if others > SAME * max(1.0, np.abs(E).max()) else NAN}


def panel_row(sl, scores, reference, o):
    a, b = sl.has & (sl.kd_class == "pathway"), sl.has & (sl.kd_class == reference)
    row = dict.fromkeys(PANEL_COLUMNS, NAN)
    row.update(sl.head(reference=reference, score=o["score"], n_pathway_kds=int(a.sum()), n_reference_kds=int(b.sum()),
                       n_rows=sl.R, n_cols=sl.T))
    if sl.R and sl.T:
        row["p_blocks_min"] = 0.5 if sl.R == sl.T == 1 else 1 / ((sl.R + 1) * (sl.T + 1))
    row["named"] = bool((sl.col == NAMED).any())
    row["answer"] = bool(a.any() and b.any())
    if not row["answer"]:
        return row
    if any(sl.floored[0, 0][g].mean() > 0.5 for g in (a, b)):
        row["answer"] = False  # the last ReLU is off
    value = {c: np.array([d[c] for d in scores]) for c in ("routing", "elevation", "p_blocks", o["score"])}
    x, y = value["routing"][a], value["routing"][b]
    row["effect"] = float(x.mean() - y.mean())
    row.update(of_kds(value["routing"], x, y, o))
    row.update(of_blocks(sl.S[a].mean(0) - sl.S[b].mean(0), sl.S_linear[a].mean(0) - sl.S_linear[b].mean(0)))
    row["p_blocks_ref"] = float(np.mean(value["p_blocks"][b] < o["alpha"]))
    row["p_elevation"] = permutation(value["elevation"][a], value["elevation"][b], o)[0]
    row["kd_correlation"] = kd_correlation(sl, a, b)
    row.update(limits(x, y, row["effect"], row["kd_correlation"], o))
    row["loo_gene_min"] = loo_gene_min(sl, a, b)
    contrasts = [("score_effect", "p_score", value[o["score"]])]
    if row["named"]:
        contrasts.append(("unrelated_effect", "p_unrelated", sl.s[0, 0] - sl.s[0, NAMED]))
    for effect, p, v in contrasts:
        v1, v2 = (v[g & np.isfinite(v)] for g in (a, b))
        if len(v1) and len(v2):
            row[effect] = float(v1.mean() - v2.mean())
            row[p] = permutation(v1, v2, o)[0]
    return row


# ---- verdicts ----

def adjust(table, shuffled, o):
    """q and q_min of the rows of each family."""
    def family(r):
        return r["reference"], r["model"] in shuffled

    tested = [r for r in table if r["answer"] and r["p_kds_min"] < o["alpha"] and r["p_blocks_min"] < o["alpha"]]
    for key in {family(r) for r in tested}:
        rows = [r for r in tested if family(r) == key]
        p = np.array([r["p_kds"] for r in rows])
        for i, r in enumerate(rows):
            best = p.copy()
            best[i] = r["p_kds_min"]
            r["q"] = float(stats.false_discovery_control(p)[i])
            r["q_min"] = float(stats.false_discovery_control(best)[i])


def known(*values):
    return not any(math.isnan(v) for v in values)


def criteria(r, o):
    """Of one row: True, False, or "NA" for what cannot be known."""
    alpha, least = o["alpha"], o["min_effect"]
    r.update(elevated="NA", specific="NA", consistent="NA")
    if not r["answer"]:
        return
    r["elevated"] = r["elevation_effect"] >= least and r["pathway_effect"] > 0 and r["p_elevation"] < alpha
    if known(r["q"], r["p_blocks"]) and (not r["named"] or known(r["unrelated_effect"], r["p_unrelated"])):
        r["specific"] = (r["q"] < alpha and r["p_blocks"] < alpha and r["effect"] >= least and r["routing_linear"] > 0
                         and (not r["named"] or (r["unrelated_effect"] >= least and r["p_unrelated"] < alpha)))
    r["consistent"] = r["n_pathway_kds"] > 1 and r["members_elevated"] >= 0.75 \
        and r["loo_kd_min"] >= r["effect"] / 2 and (math.isnan(r["loo_gene_min"]) or r["loo_gene_min"] > 0)


def verdict(r, o):
    if not r["answer"]:
        return "no_answer"
    if r["p_kds_min"] >= o["alpha"] or r["p_blocks_min"] >= o["alpha"] or r["q_min"] >= o["alpha"]:
        return "underpowered"
    for criterion in ("elevated", "specific", "consistent"):
        if r[criterion] is not True:
            return f"not_{criterion}"
    return "not_replicated" if r["replicated"] is False else "positive"


def judge(table, case, o):
    adjust(table, case.shuffled, o)
    real = [m for m in case.models if m not in case.shuffled]
    for r in table:
        criteria(r, o)
    for r in table:
        twins = {s["model"]: s["elevated"] is True and s["specific"] is True for s in table
                 if (s["panel"], s["reference"]) == (r["panel"], r["reference"])}
        r["replicated"] = "NA" if len(real) < 2 or r["model"] in case.shuffled else all(twins.get(m, False) for m in real)
        r["verdict"] = verdict(r, o)


# ---- panel_matrix.csv ----

def panel_matrix(case, slices):
    out = []
    for model in case.models:
        rows = []
        for a, b in itertools.product(case.panels, case.panels):
            sl, kds = slices[model, b], case.panels[a].kds
            one = sl.has & sl.counted & np.isin(sl.kds, kds)
            rest = sl.has & sl.counted & ~np.isin(sl.kds, kds + case.panels[b].kds)
            effect = NAN
            if one.any() and rest.any():
                effect = float(routing_of(sl.S[one]).mean() - routing_of(sl.S[rest]).mean())
            rows.append({**{k: v for k, v in sl.head().items() if k != "panel"}, "kd_panel": a, "gene_panel": b,
                         "n_kds": int(one.sum()), "effect": effect})
        for r, (rank, along) in itertools.product(rows, (("rank_in_row", "kd_panel"), ("rank_in_col", "gene_panel"))):
            greater = sum(s["effect"] > r["effect"] for s in rows if s[along] == r[along])
            r[rank] = NAN if math.isnan(r["effect"]) else 1 + greater
        out += rows
    return out


# ---- concordance.csv ----

def clusters(profiles, at):
    """Connected components of the KDs `at` where profiles of a model correlate beyond 0.5, by their first KD."""
    label = list(range(len(at)))
    for i, j in itertools.combinations(range(len(at)), 2):
        if any(correlation(p[at[i]], p[at[j]]) > 0.5 for p in profiles):
            old, new = max(label[i], label[j]), min(label[i], label[j])
            label = [new if x == old else x for x in label]
    return [[i for i, x in enumerate(label) if x == c] for c in sorted(set(label))]


def pearson(x, y):
    return NAN if len(x) < 2 or len(set(x)) == 1 or len(set(y)) == 1 else float(np.corrcoef(x, y)[0, 1])


def cluster_limits(x, y, groups, o):
    if len(groups) < 5 or 2 * max(len(g) for g in groups) > len(x):
        return NAN, NAN
    rng = np.random.RandomState(o["seed"])
    rounds = []
    for _ in range(o["bootstrap"]):
        at = [i for _ in groups for i in groups[rng.randint(len(groups))]]
        rounds.append(pearson(x[at], y[at]))
    rounds = np.array(rounds)[~np.isnan(rounds)]
    if not 2 * len(rounds) > o["bootstrap"]:
        return NAN, NAN
    return tuple(float(v) for v in np.quantile(rounds, [o["alpha"] / 2, 1 - o["alpha"] / 2]))


def compare(case, panel, names, a, b, profiles, which, o):
    at = [k for k, kd in enumerate(case.kds) if kd != case.control and not math.isnan(a[k] + b[k])
          and (which == "all" or case.kd_class(panel, kd) == "pathway")]
    x, y = np.array(a)[at], np.array(b)[at]
    groups = clusters(profiles, at)
    r = {"run": case.run, "estimand": case.estimand, "panel": panel, "score": o["score"], "a": names[0], "b": names[1],
         "kds": which, "n": len(at), "n_clusters": len(groups), "pearson": pearson(x, y), "spearman": NAN}
    if not math.isnan(r["pearson"]):
        r["spearman"] = float(stats.spearmanr(x, y).statistic)
    r["pearson_lo"], r["pearson_hi"] = cluster_limits(x, y, groups, o)
    return r


def concordance(case, slices, scores, o):
    out = []
    for panel in case.panels:
        value = {m: [d[o["score"]] for d in scores[m, panel]] for m in case.models}
        profiles = {m: slices[m, panel].profiles() for m in case.models}
        sides = [((m, w), value[m], value[w], [profiles[m], profiles[w]])
                 for m, w in itertools.combinations(case.models, 2)]
        sides += [((m, name), value[m], [of.get(kd, NAN) for kd in case.kds], [profiles[m]])
                  for m in case.models for name, of in case.external.items()]
        out += [compare(case, panel, *side, which, o) for side in sides for which in ("all", "pathway")]
    return out


# ---- the whole ----

ALL = "run,model,cell_type,estimand"
KD_COLUMNS = (f"{ALL},panel,kd,kd_class,n_pathway,n_matched,mean_pathway,mean_matched,mean_abs_pathway,mean_abs_matched,"
              "difference,difference_lo,difference_hi,ratio,ratio_lo,ratio_hi,ratio_bounded,log2_abs_ratio,elevation,"
              "routing,p_blocks,sign_concordance,delta_control,rank,quantile").split(",")
PANEL_COLUMNS = (f"{ALL},panel,reference,n_pathway_kds,n_reference_kds,n_rows,n_cols,effect,effect_lo,effect_hi,"
                 "elevation_effect,pathway_effect,matched_effect,row_effect,col_effect,routing_linear,auc,p_kds,p_kds_min,"
                 "p_blocks,p_blocks_min,p_blocks_ref,z_blocks,p_elevation,p_mannwhitney,point_biserial_r,p_r,q,q_min,"
                 "members_elevated,p_members,loo_kd_min,loo_gene_min,block_se,kd_correlation,p_vif,mde80,unrelated_effect,"
                 "p_unrelated,score,score_effect,p_score,elevated,specific,consistent,replicated,verdict").split(",")
COLUMNS = {
    "kd_scores": KD_COLUMNS,
    "blocks": f"{ALL},panel,kd,kd_class,row,col,n,mean_J,mean_abs_J,s".split(","),
    "panel_stats": PANEL_COLUMNS,
    "panel_matrix": f"{ALL},kd_panel,gene_panel,n_kds,effect,rank_in_row,rank_in_col".split(","),
    "concordance": ("run,estimand,panel,score,a,b,kds,n,n_clusters,pearson,pearson_lo,pearson_hi,"
                    "spearman").split(","),
}


def references(sl):
    return [r for r in ("unrelated", "background") if (sl.kd_class == r).any()] or ["NA"]


def statistics(case, options=None):
    """The tables of COLUMNS, each a list of dicts. options: as `stats` of a config."""
    o = {**DEFAULTS, **(options or {})}
    slices = {(m, p): Slice(case, m, p) for m in case.models for p in case.panels}
    scores = {at: kd_scores(sl, o) for at, sl in slices.items()}
    table = [panel_row(sl, scores[at], reference, o) for at, sl in slices.items() for reference in references(sl)]
    judge(table, case, o)
    return {"kd_scores": [d for rows in scores.values() for d in rows],
            "blocks": [d for sl in slices.values() for d in block_rows(sl)],
            "panel_stats": table,
            "panel_matrix": panel_matrix(case, slices),
            "concordance": concordance(case, slices, scores, o)}
