# A line fits a terminal, and every key of the schema is shown.
"$tjac" help config >config.txt
[ "$(awk 'length > 80' config.txt | wc -l)" = 0 ]
check "tjac help config has 80 columns at most" $?
[ "$(grep -c '^    example  .' config.txt)" = "$(grep -c '"examples"' "$root/configs/tjac.schema.json")" ]
check "tjac help config shows an example of every key" $?
"$tjac" help config jacobian >section.txt
grep -q '^jacobian.same_cell.tolerance$' section.txt && ! grep -q '^cells' section.txt
check "a section is shown alone, with the sections in it" $?
