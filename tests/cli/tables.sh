# The same bytes from every engine's order of work: twice the same command, twice the same file.
"$tjac" run base.json -q --out ok/once && "$tjac" run base.json -q --out ok/twice &&
    cmp -s ok/once/j.csv ok/twice/j.csv
check "two runs give the same bytes" $?

# Every row has the columns of the contract.
head -1 ok/once/j.csv | grep -qx 'model,cell_type,estimand,panel,pair,kd,kd_class,regulator,target,J,J_se,active,self'
check "the header of j.csv" $?
awk -F, 'NF != 13 { exit 1 } END { exit NR != 7 }' ok/once/j.csv
check "2 pairs x 3 KDs in j.csv" $?
awk -F, '$6 == "PW0_R1" && $8 == "PW0_R1" && $13 != 1 { exit 1 }' ok/once/j.csv
check "self is 1 where the KD is the regulator" $?
