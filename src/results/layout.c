#include "results/layout.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

static void model_free(tjac_layout_model *m)
{
    for (size_t c = 0; c < m->n_cells; c++) {
        free(m->cells[c].cell_type);
        free(m->cells[c].at);
        tjac_names_free(&m->cells[c].kds);
    }
    free(m->cells);
    free(m->first);
    free(m->pair);
    tjac_names_free(&m->regulators);
    tjac_names_free(&m->targets);
    free(m->name);
    free(m->control);
}

void tjac_layout_free(tjac_layout *l)
{
    if (!l)
        return;
    for (size_t m = 0; m < l->n_models; m++)
        model_free(&l->model[m]);
    free(l->model);
    free(l->draw);
    free(l->machine);
    tjac_names_free(&l->genes);
    tjac_names_free(&l->panels);
    tjac_names_free(&l->identity);
    *l = (tjac_layout){0};
}

const char *tjac_layout_role(bool target)
{
    return target ? "target" : "regulator";
}

size_t tjac_layout_kds(const tjac_layout *l)
{
    size_t n = 0;
    for (size_t m = 0; m < l->n_models; m++)
        for (size_t c = 0; c < l->model[m].n_cells; c++)
            n += l->model[m].cells[c].kds.n;
    return n;
}

tjac_code tjac_layout_settle(tjac_layout_model *m, size_t n_panels, tjac_err *err)
{
    unsigned char *seen = tjac_alloc(m->targets.n, 1, err);
    if (!(m->first = tjac_alloc(n_panels + 1, sizeof *m->first, err)) || !seen)
        goto done;
    for (size_t p = 0, i = 0; p < n_panels; p++) {
        memset(seen, 0, m->targets.n);
        for (; i < m->n_pairs && m->pair[i].panel == p; i++) {
            unsigned char bit = (unsigned char)(1u << m->pair[i].kind);
            m->pair[i].repeats = seen[m->pair[i].target] & bit;
            seen[m->pair[i].target] |= bit;
        }
        m->first[p + 1] = i;
    }
done:
    free(seen);
    return err->code;
}

/* ---- where things are ---- */

static void add_escaped(tjac_text *t, const char *name)
{
    bool dots = name[strspn(name, ".")] == '\0';
    tjac_text_add(t, *name ? "/" : "/%%");
    for (; *name; name++)
        if (*name == '/' || *name == '%' || dots)
            tjac_text_add(t, "%%%02X", (unsigned)(unsigned char)*name);
        else
            tjac_text_add(t, "%c", *name);
}

char *tjac_layout_path(const tjac_layout_model *m, const tjac_layout_cells *cells,
                       const char *estimand, const char *what, tjac_err *err)
{
    tjac_text t = {0};
    tjac_text_add(&t, "/model");
    add_escaped(&t, m->name);
    if (cells) {
        tjac_text_add(&t, "/cells");
        add_escaped(&t, cells->cell_type);
    }
    if (estimand)
        tjac_text_add(&t, "/%s", estimand);
    if (*what)
        tjac_text_add(&t, "/%s", what);
    if (!t.failed)
        return t.text;
    tjac_text_free(&t);
    tjac_err_memory(err, "out of memory");
    return NULL;
}
