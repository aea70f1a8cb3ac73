#include "cmd/cmd_asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "cmd/cmd_blocks.h"
#include "cmd/cmd_text.h"

tjac_code cmd_split_names(const char *option, const char *text, tjac_names *out, tjac_err *err)
{
    for (const char *p = text;; p++) {
        size_t n = strcspn(p, ",");
        if (n == 0)
            return tjac_err_set(
                err, TJAC_EUSAGE,
                "--%s '%s' holds an empty name; expected names between commas, such "
                "as A,B",
                option, text);
        if (tjac_names_addn(out, p, n, err))
            return err->code;
        p += n;
        if (!*p)
            break;
    }
    if (out->twice)
        return tjac_err_set(err, TJAC_EUSAGE, "--%s '%s' names '%s' twice", option, text,
                            out->name[out->twice]);
    return TJAC_OK;
}

/* Inputs in order of what they are ranked by; no cells: NULLs. */
typedef struct {
    double *value;
    size_t *rank; /* 1: the lowest */
} ranks;

static tjac_code rank_all(const tjac_input *in, ranks *r, tjac_err *err)
{
    size_t n = in->inputs.n;
    size_t *order = tjac_alloc(n, sizeof *order, err);
    r->value = tjac_alloc(n, sizeof *r->value, err);
    r->rank = tjac_alloc(n, sizeof *r->rank, err);
    if (!err->code && !cmd_rank_inputs(in, r->value, err) &&
        !tjac_sort_order(r->value, n, order, err))
        for (size_t i = 0; i < n; i++)
            r->rank[order[i]] = i + 1;
    free(order);
    return err->code;
}

/* What a name is instead, or what may be meant. */
static void print_instead(const char *name, const tjac_names *home, const tjac_names *other,
                          const char *is)
{
    const char *near = tjac_names_nearest(home, name);
    if (tjac_names_find(other, name) >= 0)
        cmd_say(stdout, "; it is %s\n", is);
    else if (near)
        cmd_say(stdout, "; did you mean '%s'?\n", near);
    else
        cmd_say(stdout, "\n");
}

static tjac_code print_gene(const tjac_input *in, const ranks *r, const char *gene,
                            tjac_names *missing, tjac_err *err)
{
    int64_t input = tjac_names_find(&in->inputs, gene);
    bool output = tjac_names_find(&in->outputs, gene) >= 0;
    if (input < 0 && !output) {
        cmd_say(stdout, "%-12s no input or output", gene);
        bool near = tjac_names_nearest(&in->inputs, gene) != NULL;
        print_instead(gene, near ? &in->inputs : &in->outputs, &in->model->kds,
                      "one of the model's KDs");
        return tjac_names_add(missing, gene, err);
    }
    cmd_say(stdout, "%-12s %s", gene,
            input < 0 ? "output, no input"
            : output  ? "input and output"
                      : "input, no output");
    if (input >= 0 && r->rank)
        cmd_say(stdout, "; rank %zu of %zu (1: the lowest), %s %.4g over %zu control cells",
                r->rank[input], in->inputs.n,
                in->model->arch.embedding ? "standard deviation" : "mean", r->value[input],
                in->block[0].sets.n_eligible);
    cmd_say(stdout, "\n");
    return TJAC_OK;
}

static tjac_code print_kd(const tjac_input *in, const char *kd, tjac_names *missing, tjac_err *err)
{
    const tjac_names *kds = &in->model->kds;
    if (tjac_names_find(kds, kd) >= 0) {
        cmd_say(stdout, "%-12s %s\n", kd, strcmp(kd, in->control) == 0 ? "the control" : "KD");
        return TJAC_OK;
    }
    cmd_say(stdout, "%-12s no KD", kd);
    print_instead(kd, kds, &in->inputs, "one of the model's input genes");
    return tjac_names_add(missing, kd, err);
}

tjac_code cmd_print_asked(const tjac_input *in, const tjac_names *genes, const tjac_names *kds,
                          tjac_err *err)
{
    tjac_names missing = {0};
    tjac_text list = {0};
    ranks r = {0};
    if (genes->n && in->block && rank_all(in, &r, err))
        goto done;
    for (size_t i = 0; i < genes->n && !err->code; i++)
        (void)!print_gene(in, &r, genes->name[i], &missing, err);
    for (size_t i = 0; i < kds->n && !err->code; i++)
        (void)!print_kd(in, kds->name[i], &missing, err);
    for (size_t i = 0; i < missing.n; i++)
        tjac_text_add(&list, "%s%s", i ? ", " : "", missing.name[i]);
    if (missing.n)
        tjac_err_set(err, TJAC_EMISSING,
                     "model '%s' does not have %zu of the %zu names asked for: %s; tjac inspect "
                     "%s --genes, --outputs or --kds lists those that it has",
                     in->name, missing.n, genes->n + kds->n, list.text ? list.text : "", in->name);
done:
    tjac_text_free(&list);
    tjac_names_free(&missing);
    free(r.value);
    free(r.rank);
    return err->code;
}
