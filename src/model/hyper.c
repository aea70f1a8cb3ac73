#include "model/hyper.h"

const tjac_value *tjac_hyper_find(const tjac_hyper *r, const char *key)
{
    const tjac_value *v = tjac_value_get(r->v, key);
    return v && v->kind == TJAC_V_NULL ? NULL : v;
}

tjac_code tjac_hyper_wrong_kind(const tjac_hyper *r, const char *key, const char *wanted)
{
    char found[256];
    return tjac_err_set(
        r->err, TJAC_EINPUT,
        "'%s': hyper-parameter '%s' is %s, expected %s; was this written by arc-state?", r->what,
        key, tjac_value_describe(tjac_hyper_find(r, key), found, sizeof found), wanted);
}

tjac_code tjac_hyper_int(const tjac_hyper *r, const char *key, int64_t fallback, int64_t min,
                         int64_t *out)
{
    const tjac_value *v = tjac_hyper_find(r, key);
    *out = fallback;
    if (!v)
        return fallback >= min ? TJAC_OK
                               : tjac_err_set(r->err, TJAC_EINPUT,
                                              "'%s' has no hyper-parameter '%s', which every ST "
                                              "model has; was this written by arc-state?",
                                              r->what, key);
    if (v->kind != TJAC_V_INT)
        return tjac_hyper_wrong_kind(r, key, "a whole number");
    if (v->u.i < min || v->u.i > 1 << 24)
        return tjac_err_set(r->err, TJAC_EINPUT,
                            "'%s': hyper-parameter '%s' is %lld, expected %lld to %d", r->what, key,
                            (long long)v->u.i, (long long)min, 1 << 24);
    *out = v->u.i;
    return TJAC_OK;
}

tjac_code tjac_hyper_bool(const tjac_hyper *r, const char *key, bool fallback, bool *out)
{
    const tjac_value *v = tjac_hyper_find(r, key);
    *out = fallback;
    if (!v)
        return TJAC_OK;
    if (v->kind != TJAC_V_BOOL)
        return tjac_hyper_wrong_kind(r, key, "true or false");
    *out = v->u.b;
    return TJAC_OK;
}

tjac_code tjac_hyper_real(const tjac_hyper *r, const char *key, double fallback, double *out)
{
    const tjac_value *v = tjac_hyper_find(r, key);
    *out = fallback;
    if (!v)
        return TJAC_OK;
    if (v->kind == TJAC_V_INT)
        *out = (double)v->u.i;
    else if (v->kind == TJAC_V_FLOAT)
        *out = v->u.f;
    else
        return tjac_hyper_wrong_kind(r, key, "a number");
    if (!(*out > 0 && *out < 1e12))
        return tjac_err_set(r->err, TJAC_EINPUT,
                            "'%s': hyper-parameter '%s' is %g, expected a "
                            "positive number",
                            r->what, key, *out);
    return TJAC_OK;
}

tjac_code tjac_hyper_string(const tjac_hyper *r, const char *key, const char *fallback,
                            const char **out)
{
    const tjac_value *v = tjac_hyper_find(r, key);
    *out = fallback;
    if (!v)
        return TJAC_OK;
    if (v->kind != TJAC_V_STRING)
        return tjac_hyper_wrong_kind(r, key, "a string");
    *out = v->u.str.s;
    return TJAC_OK;
}

tjac_code tjac_hyper_unsupported(const tjac_hyper *r, const char *key, const char *value)
{
    return tjac_err_set(r->err, TJAC_EINPUT,
                        "'%s': %s '%s' is not supported by this version of tjac", r->what, key,
                        value);
}

tjac_code tjac_hyper_dict(const tjac_hyper *r, const char *key, tjac_hyper *out)
{
    const tjac_value *v = tjac_hyper_find(r, key);
    *out = (tjac_hyper){v, r->what, r->err};
    return v && v->kind != TJAC_V_DICT ? tjac_hyper_wrong_kind(r, key, "a dictionary") : TJAC_OK;
}
