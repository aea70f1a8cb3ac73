#include "config/config_tree.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/json.h"
#include "base/names.h"
#include "base/text.h"

/* The one list of keys and defaults. An element of "models" and "panels" is a pattern for each. */
static const char defaults[] =
    "{\"models\": [{\"name\": null, \"dir\": null, \"checkpoint\": null, \"shuffle\": null}],"
    " \"cells\": {\"h5ad\": null, \"embed_key\": null, \"pert_col\": null, \"control\": null,"
    "   \"cell_type_col\": null, \"batch_col\": null, \"cell_type\": null, \"batch\": null,"
    "   \"set_size\": null, \"n_sets\": 1, \"seed\": 42, \"obs_names\": null,"
    "   \"gene_names\": null},"
    " \"attention\": \"auto\", \"rotary\": \"auto\", \"prediction\": \"auto\","
    " \"panels\": [{\"name\": null, \"regulators\": [], \"targets\": [], \"pairs\": null,"
    "   \"confidence\": [], \"gmt\": null, \"set\": null, \"pairing\": \"all\", \"kds\": [],"
    "   \"unrelated_kds\": [], \"unrelated_targets\": []}],"
    " \"kds\": \"panel\","
    " \"null\": {\"blocks\": 10, \"seed\": 1},"
    " \"jacobian\": {\"estimands\": [\"set_mean\"], \"same_cell\": {\"tolerance\": 0},"
    "   \"precision\": \"float32\", \"memory_gb\": null, \"full\": null},"
    " \"stats\": {\"score\": \"routing\", \"alternative\": \"greater\","
    "   \"permutations\": 9999, \"bootstrap\": 2000, \"alpha\": 0.05, \"min_effect\": 0.263,"
    "   \"seed\": 1, \"external\": []},"
    " \"on_missing\": \"error\", \"device\": \"auto\", \"threads\": null, \"engine\": \"auto\","
    " \"out\": \"out\"}";

/* ---- --set ---- */

/* Where `word` (n bytes) leads from `node`, made if it is not there. */
static tjac_value **step(tjac_doc *doc, tjac_value *node, const char *word, size_t n,
                         const char *setting, tjac_err *err)
{
    if (node->kind == TJAC_V_LIST) {
        size_t at = 0;
        for (size_t i = 0; i < n; i++) {
            if (word[i] < '0' || word[i] > '9' || at > 1000000)
                at = SIZE_MAX / 16;
            else
                at = at * 10 + (size_t)(word[i] - '0');
        }
        if (n == 0 || at >= node->u.list.n) {
            tjac_err_set(err, TJAC_EUSAGE,
                         "--set %s: '%.*s' is no position in a list of %zu; "
                         "count from 0",
                         setting, (int)n, word, node->u.list.n);
            return NULL;
        }
        return &node->u.list.item[at];
    }
    if (node->kind != TJAC_V_DICT) {
        tjac_err_set(err, TJAC_EUSAGE, "--set %s: there is nothing named '%.*s' inside %s", setting,
                     (int)n, word, tjac_value_kind_name(node));
        return NULL;
    }
    char *key = tjac_strndup(word, n, err);
    if (!key)
        return NULL;
    if (!tjac_value_get(node, key))
        tjac_value_put(doc, node, key, tjac_value_dict(doc, err), err);
    tjac_value **found = NULL;
    for (size_t i = 0; !err->code && i < node->u.dict.n; i++)
        if (strcmp(node->u.dict.entry[i].key->u.str.s, key) == 0)
            found = &node->u.dict.entry[i].value;
    free(key);
    return found;
}

/* JSON where it is JSON, else a string. */
static tjac_value *setting_value(tjac_doc *doc, const char *text, tjac_err *err)
{
    tjac_err quiet = {0};
    tjac_value *v = NULL;
    if (tjac_json_parse(doc, text, strlen(text), "--set", &v, &quiet))
        v = quiet.code == TJAC_EUSAGE ? tjac_value_string(doc, text, strlen(text), err) : NULL;
    tjac_err_clear(&quiet);
    if (!v)
        tjac_err_memory(err, "out of memory");
    return v;
}

tjac_code tjac_config_set(tjac_doc *doc, tjac_value *tree, const char *setting, tjac_err *err)
{
    const char *equals = strchr(setting, '=');
    if (!equals || equals == setting)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "--set '%s': expected KEY=VALUE, such as "
                            "cells.n_sets=8",
                            setting);
    tjac_value **at = &tree;
    for (const char *p = setting; p <= equals;) {
        const char *end = p;
        while (end < equals && *end != '.')
            end++;
        at = step(doc, *at, p, (size_t)(end - p), setting, err);
        if (!at)
            return err->code;
        p = end + 1;
    }
    tjac_value *v = setting_value(doc, equals + 1, err);
    if (v)
        *at = v;
    return err->code;
}

/* ---- merge ---- */

/* Keys of earlier versions, and what replaced them. */
static const struct {
    const char *path, *key, *instead;
} gone[] = {{"null.", "pairs", "null.blocks: rows and columns of genes of like expression"},
            {"null.", "match", "null.blocks, whose rows and columns are matched on both sides"}};

static tjac_code unknown_key(const tjac_value *known, const char *key, const char *path,
                             const char *what, tjac_err *err)
{
    tjac_names names = {0};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        if (strcmp(path, gone[i].path) == 0 && strcmp(key, gone[i].key) == 0)
            return tjac_err_set(err, TJAC_EUSAGE, "'%s': '%s%s' is gone; give %s", what, path, key,
                                gone[i].instead);
    for (size_t i = 0; i < known->u.dict.n; i++)
        if (tjac_names_add(&names, known->u.dict.entry[i].key->u.str.s, err))
            goto done;
    const char *near = tjac_names_nearest(&names, key);
    tjac_text list = {0};
    for (size_t i = 0; i < names.n; i++)
        tjac_text_add(&list, "%s%s", i ? ", " : "", names.name[i]);
    if (near)
        tjac_err_set(err, TJAC_EUSAGE, "'%s': unknown key '%s%s'; did you mean '%s%s'?", what, path,
                     key, path, near);
    else
        tjac_err_set(err, TJAC_EUSAGE, "'%s': unknown key '%s%s'; known there: %s", what, path, key,
                     list.text ? list.text : "");
    tjac_text_free(&list);
done:
    tjac_names_free(&names);
    return err->code;
}

static tjac_value *merge(tjac_doc *doc, const tjac_value *known, tjac_value *user, const char *path,
                         const char *what, tjac_err *err);

/* Elements of "models" and "panels": each merged over the one pattern. */
static tjac_value *merge_list(tjac_doc *doc, const tjac_value *pattern, tjac_value *user,
                              const char *path, const char *what, tjac_err *err)
{
    tjac_value *out = tjac_value_list(doc, err);
    for (size_t i = 0; !err->code && i < user->u.list.n; i++) {
        tjac_text sub = {0};
        tjac_text_add(&sub, "%.*s[%zu].", (int)strlen(path) - 1, path, i);
        tjac_value_push(
            doc, out,
            merge(doc, pattern, user->u.list.item[i], sub.text ? sub.text : "", what, err), err);
        tjac_text_free(&sub);
    }
    return err->code ? NULL : out;
}

static tjac_value *merge_one(tjac_doc *doc, const tjac_value *known, tjac_value *user,
                             const char *key, const char *path, const char *what, tjac_err *err)
{
    bool objects =
        known->kind == TJAC_V_LIST && known->u.list.n && known->u.list.item[0]->kind == TJAC_V_DICT;
    tjac_value *out = NULL;
    tjac_text sub = {0};
    tjac_text_add(&sub, "%s%s.", path, key);
    const char *prefix = sub.text ? sub.text : "";
    if (known->kind == TJAC_V_DICT)
        out = merge(doc, known, user, prefix, what, err);
    else if (!objects)
        out = user;
    else if (user->kind == TJAC_V_LIST)
        out = merge_list(doc, known->u.list.item[0], user, prefix, what, err);
    else
        tjac_err_set(err, TJAC_EUSAGE, "'%s': '%s%s' is %s, expected a list", what, path, key,
                     tjac_value_kind_name(user));
    tjac_text_free(&sub);
    return out;
}

static tjac_value *merge(tjac_doc *doc, const tjac_value *known, tjac_value *user, const char *path,
                         const char *what, tjac_err *err)
{
    tjac_value *out = tjac_value_dict(doc, err);
    if (user && user->kind != TJAC_V_DICT) {
        tjac_err_set(err, TJAC_EUSAGE, "'%s': %.*s is %s, expected an object", what,
                     *path ? (int)strlen(path) - 1 : 10, *path ? path : "the config",
                     tjac_value_kind_name(user));
        return NULL;
    }
    for (size_t i = 0; user && i < user->u.dict.n; i++) {
        const char *key = user->u.dict.entry[i].key->u.str.s;
        if (!tjac_value_get(known, key)) {
            unknown_key(known, key, path, what, err);
            return NULL;
        }
    }
    for (size_t i = 0; !err->code && i < known->u.dict.n; i++) {
        const tjac_entry *e = &known->u.dict.entry[i];
        const char *key = e->key->u.str.s;
        tjac_value *given = (tjac_value *)(uintptr_t)tjac_value_get(user, key);
        bool needed = e->value->kind == TJAC_V_LIST && e->value->u.list.n && *path == '\0' &&
                      e->value->u.list.item[0]->kind == TJAC_V_DICT;
        tjac_value *v;
        if (given)
            v = merge_one(doc, e->value, given, key, path, what, err);
        else
            v = needed ? tjac_value_list(doc, err) : e->value;
        tjac_value_put(doc, out, key, v, err);
    }
    return err->code ? NULL : out;
}

tjac_code tjac_config_merge(tjac_doc *doc, const tjac_value *user, const char *what,
                            tjac_value **out, tjac_err *err)
{
    tjac_value *known;
    if (tjac_json_parse(doc, defaults, strlen(defaults), "defaults", &known, err))
        return err->code;
    *out = merge(doc, known, (tjac_value *)(uintptr_t)user, "", what, err);
    return err->code;
}
