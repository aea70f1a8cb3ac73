/* jtable_case.h: small configs for the tests of jtable.h, without a file. */
#ifndef TJAC_JTABLE_CASE_H
#define TJAC_JTABLE_CASE_H

#include <stdint.h>
#include "test.h"
#include "stats/jtable.h"

enum { CASE_PANELS = 3 };

typedef struct {
    tjac_config config;
    tjac_config_model model[2];
    tjac_config_panel panel[CASE_PANELS];
    tjac_panels panels;
} jtable_case;

static inline char *case_text(const char *s)
{
    return (char *)(uintptr_t)s;
}

/* Adds the names between '|'. */
static inline void case_add(tjac_names *to, const char *words)
{
    tjac_err err = {0};
    for (const char *w = words; *w; w += *w == '|') {
        size_t n = strcspn(w, "|");
        if (tjac_names_addn(to, w, n, &err))
            abort();
        w += n;
    }
    if (to->twice)
        abort();
}

static inline void case_panel(jtable_case *c, const char *name, const char *regulators,
                              const char *targets, const char *kds, const char *unrelated)
{
    tjac_config_panel *p = &c->panel[c->config.n_panels++];
    p->name = case_text(name);
    case_add(&p->regulators, regulators);
    case_add(&p->targets, targets);
    case_add(&p->kds, kds);
    case_add(&p->unrelated_kds, unrelated);
}

static inline void case_model(jtable_case *c, const char *name)
{
    c->model[c->config.n_models++].name = case_text(name);
}

static inline void case_estimand(jtable_case *c, tjac_estimand e)
{
    c->config.estimand[c->config.n_estimands++] = e;
}

/* After the panels. */
static inline void case_ready(jtable_case *c)
{
    tjac_err err = {0};
    c->config.panel = c->panel;
    c->config.model = c->model;
    tjac_panels_free(&c->panels);
    if (tjac_panels_read(&c->config, &c->panels, &err))
        abort();
}

static inline void case_free(jtable_case *c)
{
    for (size_t i = 0; i < c->config.n_panels; i++) {
        tjac_names_free(&c->panel[i].regulators);
        tjac_names_free(&c->panel[i].targets);
        tjac_names_free(&c->panel[i].kds);
        tjac_names_free(&c->panel[i].unrelated_kds);
    }
    tjac_panels_free(&c->panels);
    *c = (jtable_case){0};
}

#endif
