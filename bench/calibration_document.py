"""The document that calibration.py writes: what was found in how many runs, what is allowed, and why."""
import datetime
import math
import os
import platform
import subprocess

import scipy.stats

from document import machine, table

ALPHA = 0.05
TAIL = 0.001        # how seldom a right tool fails one of these tests
TABLE_POWER = 0.995  # what 1.00 is rounded from


def most_false(runs):
    """As many of the runs may be found where nothing is: more have a probability below 0.1 % at 5 %."""
    return int(scipy.stats.binom.ppf(1 - TAIL, runs, ALPHA))


def least_found(runs, power):
    """As few may be found where something is: fewer have a probability below 0.1 % at this power."""
    return int(scipy.stats.binom.ppf(TAIL, runs, power))


def share(v):
    return "-" if math.isnan(v) else f"{v:.3f}"


def beyond(result, what):
    """Whether it is found more often than chance allows where nothing is."""
    return round(result[what] * result["runs"]) > most_false(result["runs"])


def below(result, what, power):
    return round(result[what] * result["runs"]) < least_found(result["runs"], power)


def split(results):
    return [r for r in results if not r["scenario"].routing], [r for r in results if r["scenario"].routing]


# ---- what fails ----

def find_failures(results):
    null, routed = split(results)
    failures = [f"'{r['scenario'].name}': {share(r['positive'])} of {r['runs']} runs positive, at most"
                f" {most_false(r['runs']) / r['runs']:.3f} allowed" for r in null if beyond(r, "positive")]
    for r in routed:
        failures += [f"'{r['scenario'].name}': {share(r[what])} of {r['runs']} runs {what}, at least"
                     f" {least_found(r['runs'], power) / r['runs']:.3f} wanted" for what, power in r["scenario"].floor.items()
                     if below(r, what, power)]
    return failures


def progress(result):
    shown = ("positive", "elevated", "specific", "p_kds", "p_blocks", "coverage")
    words = ", ".join(f"{what} {share(result[what])}" for what in shown)
    return f"{result['scenario'].name}: {result['runs']} runs, {words}, {result['seconds']:.0f} s"


# ---- tables ----

ALONE = ("elevated", "specific", "p_kds", "p_blocks", "p_vif")
OTHERS = ("plain", "ratio", "triples")


def marked(result, what):
    return f"**{share(result[what])}**" if beyond(result, what) else share(result[what])


def null_table(results):
    header = ["truth", "runs", "`positive`", "allowed", *(f"`{c}`" for c in ALONE), "coverage", "plain permutation",
              "over other pairs", "triples", "commonest verdict", "seconds"]
    rows = [[r["scenario"].says, f"{r['runs']:,}", marked(r, "positive"), f"{most_false(r['runs']) / r['runs']:.3f}",
             *(marked(r, c) for c in ALONE), share(r["coverage"]), *(marked(r, c) for c in OTHERS),
             f"`{r['verdict']}` {r['verdict_share']:.2f}", f"{r['seconds']:.0f}"] for r in results]
    return table(header, rows)


def power_table(results):
    header = ["truth", "runs", "`positive`", *(f"`{c}`" for c in ALONE), "wanted", "mean effect", "coverage",
              "plain permutation", "over other pairs", "triples", "seconds"]
    rows = []
    for r in results:
        wanted = ", ".join(f"`{what}` {least_found(r['runs'], power) / r['runs']:.3f}"
                           for what, power in r["scenario"].floor.items())
        rows.append([r["scenario"].says, r["runs"], share(r["positive"]), *(share(r[c]) for c in ALONE), wanted,
                     f"{r['effect']:.2f}", share(r["coverage"]), *(share(r[c]) for c in OTHERS), f"{r['seconds']:.0f}"])
    return table(header, rows)


# ---- why ----

FEW_PAIRS = "most of a block is then that one gene's pairs, {} in place of 20: {}"
WHY = {
    ("fours", "p_kds"): "four KDs that resemble each other at .9 say little more than one, and a permutation counts"
                        " four; `kd_correlation` tells, and `p_vif` counts with it",
    ("target-wide", "p_kds"): FEW_PAIRS.format(4, "routing is no higher, but noisier under the pathway's KDs alone"),
    ("target-wide", "p_blocks"): FEW_PAIRS.format(4, "blocks of the panel's targets are the noisiest, and the ends of"
                                                     " a ranking belong to these"),
    ("regulator-wide", "p_kds"): FEW_PAIRS.format(5, "routing is no higher, but noisier under the pathway's KDs alone"),
    ("regulator-wide", "p_blocks"): FEW_PAIRS.format(5, "blocks of the panel's regulators are the noisiest, and the"
                                                        " ends of a ranking belong to these"),
    ("strong", "p_kds"): "a permutation takes the pathway's KDs to be as noisy as others",
    ("strong-pairs", "p_kds"): "a permutation takes the pathway's KDs to be as noisy as others, and they are 2.5 times"
                               " as noisy",
    ("modules", "p_blocks"): "the panel's regulators are of one module and its targets of one, drawn genes of several:"
                             " what two modules share adds up in the pathway's block and cancels in others",
    ("fours", "elevated"): "the four count as four here too",
    ("target-wide", "elevated"): "the pathway is elevated indeed: that its target answers to everything is what"
                                 " `specific` sees",
    ("regulator-wide", "elevated"): "the pathway is elevated indeed: that its regulator acts on everything is what"
                                    " `specific` sees",
    ("strong", "elevated"): "elevation holds the gene-level effects, larger here than a permutation knows",
    ("strong-pairs", "elevated"): "elevation holds the gene-level effects, larger here than a permutation knows",
}


def null_words(results):
    """A sentence a part of the verdict that alone is found too often."""
    lines = []
    for r in results:
        for what in ("positive", "p_kds", "p_blocks", "elevated"):
            if beyond(r, what):
                why = WHY.get((r["scenario"].name, what))
                lines.append(f"- {r['scenario'].says}: `{what}` {share(r[what])}" + (f", as {why}." if why else "."))
    if not lines:
        return "No part of the verdict alone exceeds what is allowed."
    return "Beyond what is allowed, bold above; the verdict asks for all parts at once:\n\n" + "\n".join(lines)


def power_words(results):
    lines = []
    for r in results:
        missed = [what for what in ("specific", "positive") if below(r, what, TABLE_POWER)]
        if missed:
            lost = "`elevated`" if r["elevated"] < r["specific"] else "`specific`"
            lines.append(f"- {r['scenario'].says}: " + ", ".join(f"`{what}` {share(r[what])}" for what in missed)
                         + f" against 1.00; lost by {lost}.")
    if not lines:
        return "Every scenario reaches 1.00, the power that crossed blocks were designed for."
    return "\n\n".join(["Below 1.00, the power that crossed blocks were designed for:", "\n".join(lines), POWER_WHY])


POWER_WHY = """The tests of routing (`specific`) are held to that power, but in the last row. `positive` asks for `elevated` too, and elevation keeps the
gene-level effects that routing is free of: with four KDs its standard error is about 0.11 here, and 0.6 where
targets are at 0 under half of the KDs, against the 0.263 that it must reach. More KDs, or a panel of more targets,
make it smaller. Where each J is 0 by itself, a block has half of its pairs, other ones under each KD: that is noise of
routing itself."""


# ---- the document ----

METHOD = """## How each number is made

- A run: `tjac stats` on a j.h5 of one panel, 4 regulators x 5 targets, 7 rows and 7 columns of drawn genes (8 x 8
  blocks, smallest p_blocks 1/64), 4 pathway KDs against 300 others, {permutations} permutations, alpha 0.05, other
  options as they are by default. What is counted stands in panel_stats.csv. One model, so that `replicated` is NA and
  asks for nothing; with more models `positive` is rarer. Six runs are the six estimands of one file: each has its own J
  and its own family of q.
- log2|J| of a pair under a KD = its level (sd 1) + what the regulator answers to the KD with all targets (sd 0.07 to
  0.13, one a gene) + what the target answers with all regulators (0.26 to 0.48) + what the pair alone answers (0.5).
  The first two are those of trained models.
- `positive`, `elevated`, `specific`: the verdict and its criteria. `p_kds`, `p_blocks`, `p_vif`: below 0.05, each alone; the
  last of these is no part of the verdict.
- *coverage*: effect_lo to effect_hi hold the true routing, 0 or what the row says; wanted is 0.95.
- *plain permutation*: KD labels, of the pathway's log2 mean |J|. *over other pairs*: of the same less that of 140 matched
  pairs that share no gene with the pathway. *triples*: Mann-Whitney of all |J| of the pathway, 80 triples against
  6,000. All one-sided at 0.05, without a limit on the effect.
- Allowed is what a tool with exactly 5 % exceeds in one of 1,000 calibrations; wanted is what a tool with a power of
  0.995, which rounds to 1.00, misses in one of 1,000, and for the numbers that are lower, of the power that they had
  when this was set up. Parts of a verdict that are bold fail nothing: `positive` asks for all of them.
- All random numbers have seeds: the same tjac gives the same tables, whatever the number of processes.
"""


def describe(tjac):
    version = subprocess.run([tjac, "--version"], capture_output=True, text=True).stdout.splitlines()
    git = subprocess.run(["git", "-C", os.path.dirname(os.path.abspath(__file__)), "rev-parse", "--short", "HEAD"],
                         capture_output=True, text=True)
    return (f"{datetime.date.today()}, commit {git.stdout.strip() or 'unknown'}. {machine()}."
            f" {version[0] if version else 'tjac'}, scipy {scipy.__version__}, Python {platform.python_version()}.")


def make(results, tjac, permutations, whole):
    """The document, and what fails in words."""
    null, routed = split(results)
    failures = find_failures(results)
    by = "`make bench-stats`" if whole else "`make bench-stats`, short: fewer runs or scenarios than a whole one"
    parts = ["# Calibration", f"Written by {by}. {describe(tjac)}",
             "How often `tjac stats` says `positive` where there is nothing, and where there is something. What the"
             " columns are: below.",
             "Fails: " + "; ".join(failures) + "." if failures else "Nothing fails."]
    if null:
        parts += ["## Nothing to be found: false positives", null_table(null), null_words(null)]
    if routed:
        parts += ["## Routing: power", power_table(routed), power_words(routed)]
    parts.append(METHOD.format(permutations=permutations).strip())
    return "\n\n".join(parts) + "\n", failures
