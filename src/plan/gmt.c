#include "plan/gmt.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/text.h"
#include "base/value.h"

typedef struct {
    const char *path, *wanted;
    size_t line;
    tjac_names sets;    /* each name once */
    tjac_gmt_set found; /* line 0: not yet */
    tjac_err *err;
} reader;

/* What is odd about the members of a line: how many, and the first of them. */
typedef struct {
    size_t n;
    const char *first;
} oddity;

static tjac_code bad(const reader *r, const char *what)
{
    return tjac_err_set(
        r->err, TJAC_EINPUT,
        "'%s' line %zu: %s; expected NAME, description and genes, separated by tabs", r->path,
        r->line, what);
}

/* ---- the members of the set ---- */

static void note(oddity *o, const char *gene)
{
    if (o->n++ == 0)
        o->first = gene;
}

/* "GENE,1.0": where the weight begins; NULL: there is none. */
static char *find_weight(char *gene)
{
    char *comma = strrchr(gene, ','), *end = NULL;
    if (!comma || comma == gene || comma[1] == '\0' || strpbrk(comma, " xX"))
        return NULL;
    return isfinite(strtod(comma + 1, &end)) && *end == '\0' ? comma : NULL;
}

static tjac_code warn(reader *r, tjac_gmt_set *s, const oddity *o, const char *what,
                      const char *where, const char *then)
{
    tjac_text t = {0};
    if (o->n == 0)
        return TJAC_OK;
    tjac_text_add(&t, "'%s' line %zu: %zu %s member(s) in the set '%s', the first %s '%s'; %s",
                  r->path, r->line, o->n, what, r->wanted, where, o->first, then);
    return tjac_names_take(&s->warnings, &t, r->err);
}

/* A name with blanks at its ends would silently match nothing. */
static tjac_code check_member(const reader *r, const char *gene)
{
    size_t n = strlen(gene);
    if (!tjac_utf8_valid(gene, n))
        return bad(r, "a gene of the set is not UTF-8 text");
    if (gene[0] != ' ' && gene[n - 1] != ' ')
        return TJAC_OK;
    return tjac_err_set(r->err, TJAC_EINPUT,
                        "'%s' line %zu: the name '%s' has a blank at an end; remove it", r->path,
                        r->line, gene);
}

/* The text is cut at its tabs, and weights are cut off. */
static tjac_code take_members(reader *r, char *text, tjac_gmt_set *s)
{
    oddity empty = {0}, weighted = {0}, repeated = {0};
    const char *last = NULL; /* member before this one */
    size_t holes = 0;        /* empty ones since then: at the end they are nothing */
    for (char *gene = text, *next; gene; gene = next) {
        size_t at, n = s->members.n;
        if ((next = strchr(gene, '\t')))
            *next++ = '\0';
        char *weight = find_weight(gene);
        if (weight)
            *weight = '\0', note(&weighted, gene);
        if (*gene == '\0') {
            holes++;
            continue;
        }
        for (; holes; holes--)
            note(&empty, last ? last : r->wanted);
        last = gene;
        if (check_member(r, gene) || tjac_names_put(&s->members, gene, &at, r->err))
            return r->err->code;
        if (at < n)
            note(&repeated, gene);
    }
    if (s->members.n == 0)
        return bad(r, "the set has no genes");
    if (warn(r, s, &empty, "empty", "after", "they are left out") ||
        warn(r, s, &weighted, "weighted", "of", "GMT has no weights: they are left out"))
        return r->err->code;
    return warn(r, s, &repeated, "repeated", "of", "each is taken once");
}

static bool same_members(const tjac_names *a, const tjac_names *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = tjac_names_find(b, a->name[i]) >= 0;
    return same;
}

/* The set is there already. */
static tjac_code take_again(reader *r, const tjac_gmt_set *s)
{
    tjac_text t = {0};
    if (!same_members(&s->members, &r->found.members))
        return tjac_err_set(r->err, TJAC_EINPUT,
                            "'%s' line %zu: the set '%s' stands on line %zu already, with other "
                            "members; names of sets must differ",
                            r->path, r->line, r->wanted, r->found.line);
    tjac_text_add(&t, "'%s' line %zu: the set '%s' stands on line %zu already, from '%s' on; %s",
                  r->path, r->line, r->wanted, r->found.line, s->members.name[0],
                  "its members are the same, and it is taken once");
    return tjac_names_take(&r->found.warnings, &t, r->err);
}

static tjac_code take_set(reader *r, char *description, char *members)
{
    tjac_gmt_set s = {.line = r->line};
    char *weight = find_weight(description); /* a gene, maybe */
    if (weight)
        *weight = '\0';
    if (!(s.description = tjac_strdup(description, r->err)) || take_members(r, members, &s))
        goto done;
    if (r->found.line) {
        (void)!take_again(r, &s);
        goto done;
    }
    r->found = s;
    return TJAC_OK;
done:
    tjac_gmt_free(&s);
    return r->err->code;
}

/* ---- lines ---- */

static bool is_blank(const char *text)
{
    const char *tab = strchr(text, '\t');
    return text[strspn(text, " \t")] == '\0' || (*text == '#' && !tab);
}

static tjac_code take_line(reader *r, char *text)
{
    char *description = strchr(text, '\t');
    size_t at;
    if (is_blank(text))
        return TJAC_OK;
    if (description == text)
        return bad(r, "the set has no name");
    if (!description)
        return bad(r, "there is no tab");
    *description++ = '\0';
    if (tjac_names_put(&r->sets, text, &at, r->err) || strcmp(text, r->wanted) != 0)
        return r->err->code;
    char *members = strchr(description, '\t');
    if (!members)
        return bad(r, "the set has no genes");
    *members++ = '\0';
    return take_set(r, description, members);
}

static tjac_code take_lines(reader *r, tjac_text *file)
{
    char *at = file->text, *end = file->text + file->n;
    if (file->n >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0)
        at += 3;
    for (char *next; at < end && !r->err->code; at = next) {
        char *newline = memchr(at, '\n', (size_t)(end - at)), *last = newline ? newline : end;
        next = newline ? newline + 1 : end;
        r->line++;
        while (last > at && last[-1] == '\r')
            last--;
        *last = '\0';
        if (strlen(at) != (size_t)(last - at))
            return bad(r, "there is a zero byte");
        (void)!take_line(r, at);
    }
    return r->err->code;
}

static tjac_code refuse_absent(const reader *r)
{
    const char *near = tjac_names_nearest(&r->sets, r->wanted);
    return tjac_err_set(r->err, TJAC_EMISSING, "'%s' has no set '%s' (%zu sets)%s%s%s", r->path,
                        r->wanted, r->sets.n, near ? "; did you mean '" : "", near ? near : "",
                        near ? "'?" : "");
}

tjac_code tjac_gmt_read(const char *path, const char *set, tjac_gmt_set *out, tjac_err *err)
{
    tjac_text file = {0};
    reader r = {.path = path, .wanted = set, .err = err};
    if (!tjac_text_read(&file, path, 0, err) && !take_lines(&r, &file) && r.found.line == 0)
        refuse_absent(&r);
    if (err->code)
        tjac_gmt_free(&r.found);
    else
        *out = r.found;
    tjac_names_free(&r.sets);
    tjac_text_free(&file);
    return err->code;
}

void tjac_gmt_free(tjac_gmt_set *set)
{
    if (!set)
        return;
    tjac_names_free(&set->members);
    tjac_names_free(&set->warnings);
    free(set->description);
    *set = (tjac_gmt_set){0};
}
