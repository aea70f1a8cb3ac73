# Killed at random moments, gone on with --resume, which is killed too, until it is finished.
seed=${TJAC_FAULT_SEED:-$(($(date +%s) % 32768))}
RANDOM=$seed
echo "kills: seed $seed (TJAC_FAULT_SEED)"

# What a run is; J is computed in about a second each.
options=("--set kds=\"all\"" "--set kds=\"all\" --threads 2 --engine auto --set null.blocks=1"
    "--set jacobian.full=full.h5")
length=() # of such a run in milliseconds
for i in 0 1 2; do
    began=$(date +%s%3N)
    run ${options[i]} --out reference$i
    length[i]=$(($(date +%s%3N) - began))
    [ $got = 0 ] && hashes_fit reference$i
    check "a run that nothing befalls: ${options[i]}" $?
done

sleep_ms() # sleep_ms N
{
    sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
}

# One kill in four waits for the tables, which take a few milliseconds.
kill_somewhere() # kill_somewhere MILLISECONDS
{
    if [ $((RANDOM % 4)) = 0 ]; then
        until compgen -G 'out/.j.csv.*' >/dev/null || ! kill -0 $pid 2>/dev/null; do
            :
        done
        sleep_ms $((RANDOM % 8))
    else
        sleep_ms $((RANDOM % $1))
    fi
    kill -9 $pid 2>/dev/null
}

phase() # phase REFERENCE: where the kill was, by what it has left
{
    local name
    [ ! -e out/run.json ] || { echo end; return; }
    for name in $tables; do
        [ ! -e out/$name ] && ! compgen -G "out/.$name.*" >/dev/null || { echo tables; return; }
    done
    [ -e out/j.h5 ] && echo computing || echo opening
}

# What was killed has left a results file that opens, and whole tables.
check_rest() # check_rest REFERENCE
{
    whole out "$1"
    check "kill $kills: no half table" $?
    [ -e out/j.h5 ] || return
    "$tjac" table out --out - >printed.txt 2>said.txt
    got=$?
    [ $got = 0 ] || says 2 'has no run.json: its run is not finished'
    check "kill $kills: j.h5 opens" $?
}

kills=0 chains=0 opening=0 computing=0 tables_=0 end=0 kept=0
while [ $kills -lt "$times" ]; do
    i=$((chains % 3))
    chains=$((chains + 1))
    rm -rf out
    got=137
    while [ $got = 137 ]; do
        # The clock is for marks: they are synced every 5 seconds, here in a tenth of one.
        TJAC_FAULT_CLOCK=50 LD_PRELOAD=$faults "$tjac" run base.json -q ${options[i]} --resume \
            >printed.txt 2>said.txt &
        pid=$!
        [ $kills -ge "$times" ] || kill_somewhere ${length[i]}
        wait $pid 2>/dev/null
        got=$?
        [ $got = 137 ] || break # 'killed' after its end
        kills=$((kills + 1))
        at=$(phase)
        case $at in
        opening) opening=$((opening + 1)) ;;
        computing) computing=$((computing + 1)) ;;
        tables) tables_=$((tables_ + 1)) ;;
        *) end=$((end + 1)) ;;
        esac
        check_rest reference$i
        got=137
    done
    kept=$((kept + $(sed -n 's/.*"by_earlier_runs":[^0-9]*\([0-9]*\).*/\1/p' out/run.json)))
    [ $got = 0 ] && same out reference$i && { [ $i != 2 ] || cmp -s out/full.h5 reference2/full.h5; }
    check "chain $chains of kills: the bytes of a run that nothing befell (${options[i]})" $?
done
[ $kept -gt 0 ] || [ $computing -lt 5 ]
check "what was computed before a kill is kept" $?
echo "kills: $kills kills in $chains runs: $opening while opening, $computing while computing," \
    "$tables_ at the tables, $end after them; $kept KDs of earlier runs were kept"
