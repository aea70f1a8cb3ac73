"""The document that bench.py writes: tables, targets and how each number is made."""
import datetime
import importlib.metadata
import os
import platform
import statistics
import subprocess


def median(measurements, key):
    values = [m[key] for m in measurements if key in m]
    return statistics.median(values) if values else None


def span(measurements, key):
    """`12.3 (11.9 to 12.8)`: median and range."""
    values = [m[key] for m in measurements if key in m]
    if not values:
        return "-"
    middle = number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({number(min(values))} to {number(max(values))})"


def number(v):
    return "-" if v is None else f"{v:.2f}" if v < 10 else f"{v:.1f}" if v < 100 else f"{v:.0f}"


def duration(s):
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if s >= 2 * size:
            return f"{s / size:.1f} {unit}"
    return f"{s:.2f} s"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def speed_ratio(by_threads):
    """Engine time with one thread over that with two, median of the rounds."""
    pairs = list(zip(*by_threads.values()))
    return statistics.median(a["engine"] / b["engine"] for a, b in pairs) if pairs else None


def main_table(workloads, results):
    rows = []
    for w in workloads:
        for t, ms in results[w["name"]].items():
            if not ms:
                rows.append([w["label"], t, "not in this build"] + [""] * 11)
                continue
            rows.append([w["label"], t, f"{ms[0]['triples']:,}", ms[0]["engine_name"], len(ms),
                         duration(median(ms, "script")), duration(median(ms, "vmap")),
                         duration(median(ms, "engine")), duration(median(ms, "whole")),
                         f"{median(ms, 'memory'):.0f}", span(ms, "script_ratio"), number(median(ms, "vmap_ratio")),
                         number(speed_ratio(results[w["name"]])) if t > 1 else "", span(ms, "fraction")])
    return table(["workload", "threads", "triples", "engine", "rounds", "script", "vmap over vjp", "tjac, engine",
                  "tjac, process", "peak MiB", "script / tjac", "vmap / tjac", "1 thread / 2", "of sgemm"], rows)


TARGETS = [  # what, workload, key, limit, whether larger is better
    ("4 x 5: times the script", "4x5x8", "script_ratio", 14, True),
    ("50 x 50: times the script", "50x50x2", "script_ratio", 240, True),
    ("4 x 255: times the script", "4x255x2", "script_ratio", 600, True),
    ("50 x 50: share of the sgemm rate", "50x50x2", "fraction", 0.75, True),
    ("4 x 5 x 1 KD: process minus engine, s", "4x5x1", "overhead", 2, False),
]


def judge(workloads, results, identical):
    """Rows of the targets' table, and what falls short in words."""
    rows, short = [], []

    def add(what, wanted, measured, met):
        rows.append([what, wanted, *measured, "met" if met else "**not met**"])
        if not met:
            short.append(f"{what} ({wanted}): " + " and ".join(m for m in measured if m))

    for what, name, key, limit, larger in TARGETS:
        if name in results:
            values = [median(ms, key) for ms in results[name].values()]
            met = all(v >= limit if larger else v <= limit for v in values)
            add(what, f"{'>=' if larger else '<='} {limit}", [number(v) for v in values], met)
    for w in workloads:
        if w["name"] in ("4x5x8", "50x50x2"):
            ratio = speed_ratio(results[w["name"]])
            add(f"{w['label']}: two threads over one", ">= 1.8", ["", number(ratio)], ratio >= 1.8)
    differ = [name for name, same in identical.items() if not same]
    add("j.csv of 1 and 2 threads, bytes", "the same",
        ["", "differ: " + ", ".join(differ) if differ else "the same"], not differ)
    return rows, short


def growth_tables(growth):
    """A table a quantity: engine seconds, and times the first row's."""
    parts = []
    for quantity, runs in growth:
        first = runs[0][1]["engine"]
        rows = [[value, run["engine_name"], f"{run['engine']:.2f}", number(run["engine"] / first),
                 f"{run['memory']:.0f}"] for value, run in runs]
        parts.append(table([quantity, "engine", "seconds", "times the first", "peak MiB"], rows))
    return "\n\n".join(parts)


def machine():
    with open("/proc/cpuinfo") as f:
        names = [line.split(":")[1].strip() for line in f if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {len(os.sched_getaffinity(0))} cores"


def describe(run, load):
    versions = [f"tjac {run['tjac']}", f"LibTorch {run['libraries']['LibTorch']}"]
    versions += [f"{p} {importlib.metadata.version(p)}" for p in ("torch", "arc-state", "transformers", "peft")]
    git = subprocess.run(["git", "-C", os.path.dirname(os.path.abspath(__file__)), "rev-parse", "--short", "HEAD"],
                         capture_output=True, text=True)
    return (f"{datetime.date.today()}, commit {git.stdout.strip() or 'unknown'}. {machine()}; load average"
            f" {load:.1f} before the start. {', '.join(versions)}, Python {platform.python_version()}.")


METHOD = """## How each number is made

- The model is a random one of the released size (bench/make_real_size.py): 2000 genes, 2024 KDs, hidden 328,
  8 llama layers, sets of 64 cells, float32. The weights mean nothing; the shapes do.
- All contenders read the same model directory and the same cells. A KD count is of the KDs listed; the control KD
  comes on top and is in the triples and the times of all contenders.
- *script*: the arc-state module in PyTorch; for each triple one forward and one backward pass of
  `Y[:, j].mean()`, weight gradients included, as by default. **Timed on {sample} triples a round, half before tjac
  runs and half after; their median is multiplied** by the number of triples. For same_cell, exact or to 1 %: one forward and {S} backward passes a triple.
- *vmap over vjp*: the same module, weights frozen, math attention, what `torch.func.jacrev(chunk_size=8)` does. One
  forward pass and one pullback of 8 cotangents (of 5 where there are 5 targets) are **timed before and after tjac,
  and their mean multiplied**.
- *tjac, engine*: `seconds.engine` of run.json; *process*: from start to exit. Peak memory as in run.json.
- In a round the contenders run one after the other with the same number of threads. Ratios are taken within a round;
  the tables show medians over the rounds, and the range in brackets.
- *of sgemm*: floating-point operations of the passes tjac makes / engine time / best rate of a 2048^3 `torch.mm`
  measured beside it (here {rates}). A pass is {pullback:.2f} GFLOP, a forward
  {forward:.2f}: the layers' matrix products alone. The passes are those that run.json counts, a push as one though
  it costs more.
- *default run*: a 4 x 5 panel with its 10 rows and columns of drawn genes, written as one panel: 44 regulators x 55
  targets.
- Growth: tjac alone, 1 thread, one run each, otherwise 4 x 5 x 1 KD.
- *Statistics*: `tjac stats`, which has one thread, on a made-up run of a 4 x 5 panel with 10 rows and columns of drawn
  genes: 2,024 KDs x 2,420 pairs, 9,999 permutations, 2,000 bootstrap rounds. The whole process: 4.9 million numbers of
  j.h5 are read, five tables written.
"""


def write_document(path, workloads, results, facts):
    """facts: description, quick, identical {workload: bool}, growth, statistics (seconds), forward and pullback (GFLOP), sample, set_size."""
    rows, short = judge(workloads, results, facts["identical"])
    by_threads = {}
    for r in results.values():
        for t, ms in r.items():
            by_threads.setdefault(t, []).extend(ms)
    rates = ", ".join(f"{t} thread{'s' * (t > 1)} {median(ms, 'rate') / 1e9:.0f} GFLOP/s"
                      for t, ms in by_threads.items() if ms)
    errors = [m["error"] for ms in by_threads.values() for m in ms if "error" in m]
    by = "`make bench`, quick: one round, smaller workloads" if facts["quick"] else "`make bench`"
    parts = ["# Performance", f"Written by {by}. {facts['description']}"]
    if workloads:
        parts += ["## Against Python", main_table(workloads, results)]
    if errors:
        parts.append(f"J of tjac and of the script differ by at most {max(errors):.1e} of the largest |J| sampled.")
    if workloads:
        parts += ["## Targets", table(["what", "wanted", "1 thread", "2 threads", ""], rows),
                  "Falls short: " + "; ".join(short) + "." if short else "Nothing falls short."]
    if facts["statistics"]:
        parts += ["## Statistics", f"2,024 KDs x 2,420 pairs: {span([{'s': v} for v in facts['statistics']], 's')} s"
                                   " (wanted: below 10 s on one core)."]
    if facts["growth"]:
        parts += ["## How cost grows", growth_tables(facts["growth"])]
    parts.append(METHOD.format(sample=facts["sample"], S=facts["set_size"], rates=rates or "not measured",
                               pullback=facts["pullback"], forward=facts["forward"]).strip())
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w") as f:
        f.write("\n\n".join(parts) + "\n")
