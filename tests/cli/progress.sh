# A run that is ended and goes on, told as JSON: objects alone, and one that is the last.
object='^{"kds_done":[0-9]*,"kds":26,"triples_per_second":[-+.e0-9nul]*,"seconds_left":[-+.e0-9nul]*,"elapsed":[-+.e0-9]*,"model":"fewshot","cell_type":"planted","kd":[^,]*,"done":\(true\|false\)}$'
begin ok/ended
kill -TERM $pid
wait $pid
[ "$(grep -c '^{' ok/ended.txt)" = "$(grep -c "$object" ok/ended.txt)" ] && ! grep -q '"done":true' ok/ended.txt &&
    [ "$(grep -v '^{\|has no blocks' ok/ended.txt)" = "$(tail -n 1 ok/ended.txt)" ] && ! grep -q '"kds_done":0.*"kd":"' ok/ended.txt
check "objects of a run that is ended, and the sentence that says so" $?
done=$(sed -n 's/.*SIGTERM; \([0-9]*\) of 26 KDs.*/\1/p' ok/ended.txt)
"$tjac" run slow.json --out ok/ended --resume --threads 2 --progress json 2>rest.txt &&
    grep '^{' rest.txt | head -n 1 | grep -q "^{\"kds_done\":$done,\"kds\":26," &&
    grep '^{' rest.txt | tail -n 1 | grep -q '"kds_done":26.*"done":true}$' && [ "$(grep -c '"done":true' rest.txt)" = 1 ]
check "a run that goes on begins with what is there" $?
"$tjac" run base.json -q --out ok/quiet --progress json >quiet.txt 2>&1 && ! grep -q '^{' quiet.txt
check "-q shows no progress" $?

"$tjac" run base.json --out ok/colour --progress line 2>colour.txt && NO_COLOR=1 "$tjac" run base.json --out ok/plain --progress line 2>plain.txt &&
    grep -q "$(printf '\033')\[32m" colour.txt && ! grep -q "$(printf '\033')\[[0-9]*m" plain.txt
check "NO_COLOR" $?
for form in log none; do
    "$tjac" run base.json --out ok/as_$form --progress $form 2>form.txt && ! grep -q "$(printf '\r\|\033')" form.txt
    check "--progress $form writes no control characters" $?
done
[ "$(grep -c ' KDs in ' form.txt)" = 0 ] && [ "$(grep -c ' 3 of 3 KDs in ' colour.txt)" = 1 ]
check "the last line, once" $?
