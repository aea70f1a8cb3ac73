#include "model/state.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

static bool is_word(const char *word, size_t n, const char *s)
{
    return strlen(s) == n && memcmp(word, s, n) == 0;
}

static bool is_wrapper(const char *word, size_t n)
{
    static const char *const wrappers[] = {"_orig_mod", "module", "_fsdp_wrapped_module",
                                           "_checkpoint_wrapped_module", "_forward_module"};
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
        if (is_word(word, n, wrappers[i]))
            return true;
    return false;
}

/* Adds `name` without the words of wrappers. The last word names the tensor: it always stays. */
static tjac_code add_plain(tjac_names *names, const char *name, tjac_err *err)
{
    size_t room = strlen(name) + 1, n = 0;
    char *plain = tjac_alloc(room, 1, err);
    if (!plain)
        return err->code;
    for (const char *word = name; *word;) {
        size_t m = strcspn(word, ".");
        bool last = word[m] == '\0';
        if (last || (!is_wrapper(word, m) && (n > 0 || !is_word(word, m, "model")))) {
            memcpy(plain + n, word, m + !last);
            n += m + !last;
        }
        word += m + !last;
    }
    tjac_code code = tjac_names_addn(names, plain, n, err);
    free(plain);
    return code;
}

tjac_code tjac_state_read(const tjac_value *dict, const char *what, tjac_state *out, tjac_err *err)
{
    tjac_state s = {.value = tjac_alloc(dict->u.dict.n + 1, sizeof *s.value, err)};
    const tjac_entry *e = dict->u.dict.entry;
    for (size_t i = 0; s.value && i < dict->u.dict.n; i++) {
        if (e[i].key->kind != TJAC_V_STRING)
            tjac_err_set(err, TJAC_EINPUT, "'%s': name %zu of 'state_dict' is %s, expected text",
                         what, i, tjac_value_kind_name(e[i].key));
        if (err->code || add_plain(&s.names, e[i].key->u.str.s, err))
            break;
        s.value[i] = e[i].value;
    }
    size_t twice = s.names.twice;
    if (!err->code && twice) {
        int64_t first = tjac_names_find(&s.names, s.names.name[twice]);
        tjac_err_set(err, TJAC_EINPUT,
                     "'%s': the weights '%s' and '%s' are one to the model, '%s'; expected one of "
                     "them: save the checkpoint without the other",
                     what, e[first].key->u.str.s, e[twice].key->u.str.s, s.names.name[twice]);
    }
    if (err->code) {
        tjac_state_free(&s);
        return err->code;
    }
    *out = s;
    return TJAC_OK;
}

void tjac_state_free(tjac_state *s)
{
    tjac_names_free(&s->names);
    free(s->value);
    *s = (tjac_state){0};
}

const tjac_value *tjac_state_find(const tjac_state *s, const char *name)
{
    int64_t i = tjac_names_find(&s->names, name);
    return i < 0 ? NULL : s->value[i];
}

const tjac_tensor *tjac_state_tensor(const tjac_state *s, const char *name, int ndim)
{
    const tjac_value *v = tjac_state_find(s, name);
    return v && v->kind == TJAC_V_TENSOR && v->u.tensor.ndim == ndim ? &v->u.tensor : NULL;
}
