#!/bin/sh
# Runs the planted models and sets their verdicts beside what was planted; exit 1 where they differ.
set -eu
cd "$(dirname "$0")/../.."
out=examples/planted/out
for name in effect flat unspecific target_wide; do
    case $name in
    effect) config=planted ;;
    target_wide) config=planted-target-wide ;;
    *) config=planted-$name ;;
    esac
    build/tjac run configs/$config.json --out $out/$name --force
done

# planted RUN VERDICT [WORDS]: the rows of panel_stats.csv, their verdicts against VERDICT, WORDS in
# their reason; of a shuffled control any verdict but positive, a line a model. The reason is the
# last column: what its commas make of it is put together again.
planted()
{
    awk -F, -v planted="$2" -v words="${3:-}" '
        function number(x) { return x == "NA" ? x : sprintf("%.2f", x) }
        function p(name) { return sprintf("%.2g (>= %.1g)", $at[name], $at[name "_min"]) }
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        {
            model = $at["model"]; verdict = $at["verdict"]; reason = $at["reason"]
            for (i = at["reason"] + 1; i <= NF; i++) reason = reason "," $i
            if (!(model in n)) order[++models] = model
            n[model]++
        }
        model ~ /_shuffled$/ {
            count[model, verdict]++
            failed += verdict == "positive"
            if (!((model, verdict) in seen)) list[model] = list[model] " " verdict
            seen[model, verdict] = 1
            next
        }
        {
            ok = verdict == planted && index(reason, words)
            failed += !ok
            printf "%-12s %-5s %-9s %-10s %6s [%6s, %6s]  %-17s %-17s %-13s %s\n", model, $at["panel"],
                $at["estimand"], $at["reference"], number($at["effect"]), number($at["effect_lo"]),
                number($at["effect_hi"]), p("p_kds"), p("p_blocks"), verdict,
                ok ? "as planted" (words == "" ? "" : ": " words) : "PLANTED: " planted " " words
        }
        END {
            for (m = 1; m <= models; m++)
                if ((name = order[m]) in list) {
                    k = split(list[name], verdicts, " ")
                    text = ""
                    for (i = 1; i <= k; i++) text = text " " count[name, verdicts[i]] " " verdicts[i]
                    printf "%-20s of %d rows:%s  %s\n", name, n[name], text,
                        (name SUBSEP "positive") in count ? "EXPECTED: none positive" : "none positive"
                }
            if (failed || NR < 2) exit 1
        }' $out/$1/panel_stats.csv || status=1
}

status=0
printf '\n%-12s %-5s %-9s %-10s %6s %-16s  %-17s %-17s %s\n' \
    model panel estimand against effect ' limits' 'p of KDs' 'p of blocks' verdict
planted effect positive
planted flat not_elevated
planted unspecific not_specific 'regulators act on everything'
planted target_wide not_specific 'targets answer to everything'
cat <<EOF

effect: the routing of a pathway's regulators to its targets under its own KDs against the others, in log2;
p (>= the smallest that these KDs and blocks can give).
Planted: S * set_mean is 0.5 under the own KDs and 0.08 under the others in fewshot and zeroshot, 0.08
everywhere in flat, in unspecific 0.5 on all genes, and in target_wide 0.5 / 0.08 times as large from
all genes. The shuffled controls have their weights permuted. Files: $out/*/
EOF
exit $status
