/* names.c: see names.h. */
#include "base/names.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

static tjac_code add(tjac_names *names, const char *name, size_t n, tjac_err *err)
{
    if (tjac_index_reserve(&names->index, names->n, err) ||
        tjac_grow((void **)&names->name, &names->cap, names->n + 1, sizeof *names->name, err))
        return err->code;
    char *copy = tjac_strndup(name, n, err);
    if (copy == NULL)
        return err->code;
    names->name[names->n++] = copy;
    return TJAC_OK;
}

static int64_t find(const tjac_names *names, const char *name, uint32_t hash)
{
    size_t step = 0;
    for (int64_t i; (i = tjac_index_next(&names->index, hash, &step)) >= 0;)
        if (strcmp(names->name[i], name) == 0)
            return i;
    return -1;
}

static uint32_t hash_of(const tjac_names *names, const char *name)
{
    return tjac_index_hash(&names->index, name, strlen(name));
}

tjac_code tjac_names_addn(tjac_names *names, const char *name, size_t n, tjac_err *err)
{
    if (add(names, name, n, err))
        return err->code;
    size_t last = names->n - 1;
    uint32_t hash = hash_of(names, names->name[last]);
    if (find(names, names->name[last], hash) < 0)
        tjac_index_add(&names->index, hash, last);
    else if (names->twice == 0)
        names->twice = last;
    return TJAC_OK;
}

tjac_code tjac_names_add(tjac_names *names, const char *name, tjac_err *err)
{
    return tjac_names_addn(names, name, strlen(name), err);
}

tjac_code tjac_names_put(tjac_names *names, const char *name, size_t *at, tjac_err *err)
{
    int64_t there = tjac_names_find(names, name);
    if (there < 0) {
        if (add(names, name, strlen(name), err))
            return err->code;
        there = (int64_t)names->n - 1;
        tjac_index_add(&names->index, hash_of(names, name), (size_t)there);
    }
    *at = (size_t)there;
    return TJAC_OK;
}

int64_t tjac_names_find(const tjac_names *names, const char *name)
{
    return find(names, name, hash_of(names, name));
}

tjac_code tjac_names_doubled(const tjac_names *names, tjac_names *out, tjac_err *err)
{
    size_t at;
    for (size_t i = names->twice; i > 0 && i < names->n; i++)
        if (tjac_names_find(names, names->name[i]) != (int64_t)i &&
            tjac_names_put(out, names->name[i], &at, err))
            return err->code;
    return TJAC_OK;
}

/* ASCII only, whatever the locale. */
static int fold(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

enum { MAX_COMPARED = 255 };

/* Optimal string alignment: the dynamic programme over three rows, a swap of neighbours costs 1.
 * Of longer texts the first MAX_COMPARED bytes are compared; the rest counts by its length. */
size_t tjac_edit_distance(const char *a, const char *b)
{
    size_t whole_a = strlen(a), whole_b = strlen(b);
    size_t na = least(whole_a, MAX_COMPARED), nb = least(whole_b, MAX_COMPARED);
    size_t rows[3][MAX_COMPARED + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= nb; j++)
        last[j] = j;
    for (size_t i = 1; i <= na; i++) {
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t differ = fold(a[i - 1]) != fold(b[j - 1]);
            size_t d = least(least(last[j] + 1, row[j - 1] + 1), last[j - 1] + differ);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1]))
                d = least(d, before[j - 2] + 1);
            row[j] = d;
        }
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    size_t rest_a = whole_a - na, rest_b = whole_b - nb;
    return last[nb] + (rest_a > rest_b ? rest_a - rest_b : rest_b - rest_a);
}

const char *tjac_names_nearest(const tjac_names *names, const char *name)
{
    size_t length = strlen(name);
    size_t limit = 1 + length / 4, best = limit + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < names->n; i++) {
        size_t n = strlen(names->name[i]);
        /* The difference of the lengths is a lower bound of the distance. */
        if ((n > length ? n - length : length - n) >= best)
            continue;
        size_t d = tjac_edit_distance(names->name[i], name);
        if (d < best) {
            best = d;
            nearest = names->name[i];
        }
    }
    return nearest;
}

void tjac_text_add_choices(tjac_text *text, const char *wanted, const char *what,
                           const tjac_names *names, size_t most)
{
    const char *near = tjac_names_nearest(names, wanted);
    if (near)
        tjac_text_add(text, "; did you mean '%s'? %s: ", near, what);
    else
        tjac_text_add(text, "; %s: ", what);
    for (size_t i = 0; i < names->n && i < most; i++)
        tjac_text_add(text, "%s%s", i ? ", " : "", names->name[i]);
    if (names->n > most)
        tjac_text_add(text, ", ... (%zu in all)", names->n);
    if (names->n == 0)
        tjac_text_add(text, "none");
}

tjac_code tjac_names_take(tjac_names *names, tjac_text *t, tjac_err *err)
{
    if (t->failed)
        tjac_err_memory(err, "out of memory");
    else if (t->text)
        (void)!tjac_names_add(names, t->text, err);
    tjac_text_free(t);
    return err->code;
}

void tjac_names_free(tjac_names *names)
{
    if (names == NULL)
        return;
    for (size_t i = 0; i < names->n; i++)
        free(names->name[i]);
    free(names->name);
    tjac_index_free(&names->index);
    *names = (tjac_names){0};
}
