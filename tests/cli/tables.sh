# The same bytes from every engine's order of work: twice the same command, twice the same file.
"$tjac" run base.json -q --out ok/once && "$tjac" run base.json -q --out ok/twice &&
    cmp -s ok/once/j.csv ok/twice/j.csv
check "two runs give the same bytes" $?

# Every row has the columns of the contract.
head -1 ok/once/j.csv | grep -qx 'run,model,cell_type,estimand,panel,pair,row,col,kd,kd_class,regulator,target,J,J_se,active,self'
check "the header of j.csv" $?
awk -F, 'NF != 16 { exit 1 } END { exit NR != 7 }' ok/once/j.csv
check "2 pairs x 3 KDs in j.csv" $?
awk -F, 'NR > 1 && $16 != ($9 == $11 || $9 == $12 ? "true" : "false") { exit 1 } $16 == "true" { n++ }
         END { exit n != 1 }' ok/once/j.csv
check "self is true where the KD is the regulator" $?
awk -F, 'NR > 1 && ($7 != "0" || $8 != "0") { exit 1 }' ok/once/j.csv
check "the pathway is block (0, 0)" $?

# Sweeps can be put together: the columns that all tables have come first.
for table in j kd_scores panel_stats blocks; do
    head -1 ok/once/$table.csv | grep -q '^run,model,cell_type,estimand,panel,'
    check "$table.csv begins with the columns of all" $?
done
head -1 ok/once/panel_matrix.csv | grep -q '^run,model,cell_type,estimand,kd_panel,gene_panel,' &&
    head -1 ok/once/concordance.csv | grep -q '^run,estimand,panel,' && head -1 ok/once/null_pairs.csv | grep -q '^run,panel,'
check "panel_matrix.csv, concordance.csv and null_pairs.csv begin with those that they have" $?
