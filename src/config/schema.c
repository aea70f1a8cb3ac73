#include "config/schema.h"

#include <string.h>
#include "base/json.h"

extern const unsigned char tjac_schema_text[]; /* made from the file by cmake/embed.cmake */

tjac_code tjac_schema_read(tjac_doc *doc, const tjac_value **out, tjac_err *err)
{
    const char *text = (const char *)tjac_schema_text;
    tjac_value *v = NULL;
    if (!tjac_json_parse(doc, text, strlen(text), "tjac.schema.json", &v, err))
        *out = v;
    return err->code;
}

const tjac_value *tjac_schema_inside(const tjac_value *property, bool *list)
{
    const tjac_value *items = tjac_value_at(property, "items.properties");
    *list = items != NULL;
    return items ? items : tjac_value_get(property, "properties");
}

static tjac_value *defaults_of(tjac_doc *doc, const tjac_value *properties, tjac_err *err);

static tjac_value *default_of(tjac_doc *doc, const tjac_value *property, tjac_err *err)
{
    bool list;
    const tjac_value *inside = tjac_schema_inside(property, &list);
    const tjac_value *plain = tjac_value_get(property, "default");
    if (!inside)
        return plain ? (tjac_value *)(uintptr_t)plain : tjac_value_null(doc, err);
    tjac_value *one = defaults_of(doc, inside, err);
    if (!list)
        return one;
    tjac_value *all = tjac_value_list(doc, err);
    return err->code || tjac_value_push(doc, all, one, err) ? NULL : all;
}

static tjac_value *defaults_of(tjac_doc *doc, const tjac_value *properties, tjac_err *err)
{
    tjac_value *out = tjac_value_dict(doc, err);
    for (size_t i = 0; !err->code && i < properties->u.dict.n; i++) {
        const tjac_entry *e = &properties->u.dict.entry[i];
        tjac_value_put(doc, out, e->key->u.str.s, default_of(doc, e->value, err), err);
    }
    return err->code ? NULL : out;
}

tjac_code tjac_schema_defaults(tjac_doc *doc, tjac_value **out, tjac_err *err)
{
    const tjac_value *schema = NULL;
    if (!tjac_schema_read(doc, &schema, err))
        *out = defaults_of(doc, tjac_value_get(schema, "properties"), err);
    return err->code;
}
