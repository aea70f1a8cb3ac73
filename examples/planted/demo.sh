#!/bin/sh
# Runs the planted models and sets their verdicts beside what was planted; exit 1 where they differ.
set -eu
cd "$(dirname "$0")/../.."
out=examples/planted/out
for name in effect null unspecific; do
    case $name in effect) config=planted ;; *) config=planted-$name ;; esac
    build/tjac run configs/$config.json --out $out/$name --force
done

# planted RUN VERDICT: the rows of panel_stats.csv, their verdicts against VERDICT. The reason is the
# last column, so that commas in it do no harm.
planted()
{
    awk -F, -v planted="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { ok = $at["verdict"] == planted
          failed += !ok
          printf "%-10s %-5s %-9s %-10s %7.3f %6.3f %10.3g %11.3f  %-14s %s\n", $at["model"], $at["panel"],
              $at["estimand"], $at["reference"], $at["effect"], $at["auc"], $at["p_permutation"],
              $at["specificity"], $at["verdict"], ok ? "as planted" : "PLANTED: " planted }
        END { exit failed > 0 || NR < 2 }' $out/$1/panel_stats.csv || status=1
}

status=0
printf '\n%-10s %-5s %-9s %-10s %7s %6s %10s %11s  %s\n' \
    model panel estimand against effect AUC p specificity verdict
planted effect positive
planted null not_elevated
planted unspecific not_specific
printf '\nPlanted: S * set_mean is 0.5 under the own KDs and 0.08 under the others in fewshot and zeroshot,\n'
printf '0.08 everywhere in null, and in unspecific 0.5 on all genes. Files: %s/*/\n' $out
exit $status
