#include "plan/gmt.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

typedef struct {
    const char *path, *set;
    tjac_names sets; /* names seen so far */
    size_t *at;      /* [sets.n] their lines */
    size_t cap;
    tjac_names *members;
    size_t *repeats, line;
    tjac_err *err;
} reader;

static tjac_code bad(const reader *r, const char *what)
{
    return tjac_err_set(
        r->err, TJAC_EINPUT,
        "'%s' line %zu: %s; expected NAME, description and genes, separated by tabs", r->path,
        r->line, what);
}

/* A name with blanks at its ends would silently match nothing. */
static tjac_code check_name(const reader *r, const char *name)
{
    size_t n = strlen(name);
    if (n && (name[0] == ' ' || name[n - 1] == ' '))
        return tjac_err_set(r->err, TJAC_EINPUT,
                            "'%s' line %zu: the name '%s' has a blank at an end; remove it",
                            r->path, r->line, name);
    return TJAC_OK;
}

static tjac_code take_gene(reader *r, const char *gene, bool wanted)
{
    if (check_name(r, gene) || !wanted)
        return r->err->code;
    size_t at, n = r->members->n;
    if (tjac_names_put(r->members, gene, &at, r->err))
        return r->err->code;
    *r->repeats += at < n;
    return TJAC_OK;
}

static tjac_code add_set(reader *r, const char *name)
{
    if (tjac_grow((void **)&r->at, &r->cap, r->sets.n + 1, sizeof *r->at, r->err))
        return r->err->code;
    r->at[r->sets.n] = r->line;
    return tjac_names_add(&r->sets, name, r->err);
}

static tjac_code check_sets(const reader *r)
{
    size_t second = r->sets.twice;
    if (!second)
        return TJAC_OK;
    size_t first = (size_t)tjac_names_find(&r->sets, r->sets.name[second]);
    return tjac_err_set(
        r->err, TJAC_EINPUT,
        "'%s' line %zu: the set '%s' stands on line %zu already; names of sets must "
        "differ",
        r->path, r->at[second], r->sets.name[second], r->at[first]);
}

/* The text is cut at its tabs. */
static tjac_code take_line(reader *r, char *text)
{
    size_t fields = 0, genes = 0;
    bool wanted = false;
    for (char *field = text, *next; field; field = next, fields++) {
        next = strchr(field, '\t');
        if (next)
            *next++ = '\0';
        if (fields == 0 && *field == '\0')
            return bad(r, "the set has no name");
        if (fields == 0 && check_name(r, field))
            return r->err->code;
        if (fields == 0 && add_set(r, field))
            return r->err->code;
        wanted = wanted || (fields == 0 && strcmp(field, r->set) == 0);
        if (fields < 2 || *field == '\0')
            continue;
        genes++;
        if (take_gene(r, field, wanted))
            return r->err->code;
    }
    if (fields < 2)
        return bad(r, "there is no tab");
    return genes ? TJAC_OK : bad(r, "the set has no genes");
}

static tjac_code take_lines(reader *r, FILE *f)
{
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t n; !r->err->code && (n = getline(&line, &cap, f)) >= 0;) {
        char *text = line;
        r->line++;
        if (strlen(line) != (size_t)n) {
            bad(r, "there is a zero byte");
            break;
        }
        while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (r->line == 1 && strncmp(text, "\xEF\xBB\xBF", 3) == 0)
            text += 3;
        if (*text)
            (void)!take_line(r, text);
    }
    if (!r->err->code && ferror(f))
        tjac_err_set(r->err, TJAC_EUSAGE, "cannot read '%s': %s", r->path, strerror(errno));
    free(line);
    return r->err->code;
}

tjac_code tjac_gmt_read(const char *path, const char *set, tjac_names *members, size_t *repeats,
                        tjac_err *err)
{
    tjac_names found = {0};
    size_t twice = 0;
    reader r = {.path = path, .set = set, .members = &found, .repeats = &twice, .err = err};
    FILE *f = fopen(path, "rb");
    if (!f)
        return tjac_err_set(err, TJAC_EUSAGE, "cannot read '%s': %s", path, strerror(errno));
    if (take_lines(&r, f) || check_sets(&r))
        goto done;
    if (found.n == 0) {
        const char *near = tjac_names_nearest(&r.sets, set);
        tjac_err_set(err, TJAC_EMISSING, "'%s' has no set '%s' (%zu sets)%s%s%s", path, set,
                     r.sets.n, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    } else {
        *members = found;
        *repeats = twice;
        found = (tjac_names){0};
    }
done:
    fclose(f);
    free(r.at);
    tjac_names_free(&r.sets);
    tjac_names_free(&found);
    return err->code;
}
