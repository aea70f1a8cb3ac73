# Inputs that are replaced or overwritten while a run reads them: the numbers and the hashes in
# run.json are of one content, the one that was opened, or the run fails.

# Other content of the same size: another model's weights, a map with an entry renamed, cells with
# bytes changed in their midst.
mkdir mine other
printf 'source,target\nPW0_R1,PW0_T1\nPW0_R1,PW0_T2\n' >mine/edges.csv
cp fewshot/checkpoints/final.ckpt fewshot/pert_onehot_map.pt cells.h5ad mine/
cp zeroshot/checkpoints/final.ckpt mine/zero.ckpt
cp "$planted/unspecific/checkpoints/final.ckpt" other/zero.ckpt
cp zeroshot/checkpoints/final.ckpt other/
sed 's/PW0_K1/PW0_K9/g' mine/pert_onehot_map.pt >other/pert_onehot_map.pt
sed 's/PW0_T2/PW0_T3/' mine/edges.csv >other/edges.csv
middle=$(($(stat -c %s cells.h5ad) / 2))
{
    head -c $middle mine/cells.h5ad
    head -c 64 /dev/zero
    tail -c +$((middle + 65)) mine/cells.h5ad
} >other/cells.h5ad

place() # place FILE: where a run reads it
{
    case $1 in
    final.ckpt) echo fewshot/checkpoints/final.ckpt ;;
    zero.ckpt) echo zeroshot/checkpoints/final.ckpt ;;
    pert_onehot_map.pt) echo fewshot/$1 ;;
    *) echo "$1" ;;
    esac
}
overwrite() # overwrite FILE: in place
{
    cat "other/$1" >"$(place "$1")"
}
replace() # replace FILE: by renaming
{
    cp "other/$1" new
    mv new "$(place "$1")"
}
restore()
{
    local file
    for file in mine/*; do
        cp "$file" "$(place "${file#mine/}")"
    done
    rm -rf out
}
restore

edges='--set panels[0].pairs="edges.csv" --set panels[0].regulators=[] --set panels[0].targets=[]'
run --out reference $edges
[ $got = 0 ]
check "a run that nothing befalls" $?

names_hash() # names_hash FILE: that of the content that was opened
{
    grep -q "$(sha256sum <"$1" | cut -d' ' -f1)" out/run.json
}

# Between opening and hashing: nothing was computed yet.
for how in overwrite replace; do
    for file in final.ckpt pert_onehot_map.pt; do
        restore
        start fsync:1 --out out $edges
        $how $file
        go_on
        says 1 "'.*/$(place $file)' was changed or replaced while tjac was reading it" &&
            [ ! -e out ]
        check "$how $file before it is hashed" $?
    done
done
restore
start fsync:1 --out out $edges
overwrite cells.h5ad
go_on
says 1 "'.*/cells.h5ad' was changed or replaced while tjac was reading it" && [ ! -e out ]
check "overwrite cells.h5ad before cells are read" $?

# Later, in place: weights and KDs' vectors are not read from it; --resume says what differs, and
# goes on when it is as it was.
for file in final.ckpt zero.ckpt pert_onehot_map.pt; do
    restore
    start rename:1 --out out $edges
    overwrite $file
    go_on
    says 1 "'.*/$(place $file)' was changed or replaced while tjac was reading it" && { [ ! -e out ] || no_leftovers out; } &&
        [ ! -e out/run.json ]
    check "overwrite $file while computing" $?
    if [ -e out/j.h5 ]; then # the first model was computed
        run --out out --resume $edges
        says 2 "is of another plan, which differs in: checkpoint of model 'zero'"
        check "overwrite $file: --resume says what differs" $?
    fi
    cp mine/$file "$(place $file)"
    resumes out reference $edges
    check "overwrite $file: --resume with what it was" $?
done
# Cells and the deviations of the estimand shift were read: they are in the plan's hash.
restore
start rename:1 --out out $edges
overwrite cells.h5ad
go_on
[ $got = 0 ] && same out reference
check "overwrite cells.h5ad when they are read" $?
restore
shift_alone='--set jacobian.estimands=["shift"]'
run --out shifted $edges $shift_alone
start rename:1 --out out $edges $shift_alone
overwrite cells.h5ad
go_on
[ $got = 0 ] && same out shifted
check "overwrite cells.h5ad when deviations are read" $?

# Later, by renaming, as programs do that save: the run goes on with what it has opened.
for file in final.ckpt zero.ckpt pert_onehot_map.pt edges.csv cells.h5ad; do
    restore
    start rename:1 --out out $edges
    replace $file
    go_on
    [ $got = 0 ] && same out reference && { [ $file = cells.h5ad ] || names_hash mine/$file; }
    check "replace $file while computing" $?
done
# Or removed.
restore
start rename:1 --out out $edges
rm -r fewshot/config.yaml fewshot/var_dims.pkl zeroshot cells.h5ad edges.csv
go_on
[ $got = 0 ] && same out reference && names_hash mine/edges.csv && names_hash mine/zero.ckpt &&
    names_hash "$planted/fewshot/config.yaml" && names_hash "$planted/fewshot/var_dims.pkl"
check "all inputs removed while computing" $?
