#include "cmd/cmd_common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/text.h"
#include "cmd/cmd_blocks.h"
#include "cmd/cmd_engine.h"
#include "cmd/cmd_power.h"
#include "cmd/cmd_text.h"

double cmd_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- options ---- */

tjac_code cmd_take_label(const cmd_line *line, const char **out, tjac_err *err)
{
    const char *value = cmd_line_value(line, "label");
    bool control = value && tjac_text_has_control(value);
    if (value && (control || strlen(value) > 64))
        return tjac_err_set(err, TJAC_EUSAGE, "--label %s; expected a name of up to 64 bytes",
                            control ? "holds a control character" : "is too long");
    *out = value;
    return TJAC_OK;
}

tjac_code cmd_take_seed(const cmd_line *line, const char *option, uint64_t *out, tjac_err *err)
{
    char *end;
    const char *value = cmd_line_value(line, option);
    unsigned long long v = value ? strtoull(value, &end, 10) : 0;
    if (!value)
        return TJAC_OK;
    if (*value < '0' || *value > '9' || *end || v > UINT32_MAX)
        return tjac_err_set(err, TJAC_EUSAGE, "--%s is '%s', expected a whole number from 0 to %lu",
                            option, value, (unsigned long)UINT32_MAX);
    *out = v;
    return TJAC_OK;
}

/* Adds what the line says with this option, where its table has it, as settings of these keys. */
static void add_settings(const cmd_line *line, const char *option, const char *const *keys,
                         tjac_setting *settings, size_t *n)
{
    for (size_t i = 0; i < line->n_given; i++)
        for (size_t k = 0; strcmp(line->given[i].option->name, option) == 0 && k < 3 && keys[k];
             k++)
            settings[(*n)++] =
                (tjac_setting){option, *keys[k] ? keys[k] : NULL, line->given[i].value};
}

/* Options are settings of the config: one way in, one set of checks. */
tjac_code cmd_read_config(const cmd_line *line, tjac_config *c, tjac_err *err)
{
    static const struct {
        const char *option, *key[3]; /* "": the value names it */
    } all[] = {{"seed", {"cells.seed", "null.seed", "stats.seed"}},
               {"set", {""}},
               {"device", {"device"}},
               {"threads", {"threads"}},
               {"engine", {"engine"}}};
    const char *out = NULL;
    size_t n = 0;
    tjac_setting *settings = tjac_alloc(3 * line->n_given, sizeof *settings, err);
    if (!settings)
        return err->code;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        add_settings(line, all[i].option, all[i].key, settings, &n);
    for (size_t i = 0; i < line->n_given; i++)
        if (strcmp(line->given[i].option->name, "out") == 0)
            out = line->given[i].value;
    (void)!tjac_config_read(cmd_line_operand(line, 0), settings, n, out, c, err);
    free(settings);
    return err->code;
}

/* ---- models ---- */

tjac_code cmd_warn(tjac_names *warnings, const char *text, tjac_err *err)
{
    if (tjac_names_find(warnings, text) >= 0)
        return TJAC_OK;
    cmd_say(stderr, "tjac: warning: %s\n", text);
    return tjac_names_add(warnings, text, err);
}

static tjac_code warn_missing(const tjac_run_model *s, tjac_names *warnings, tjac_err *err)
{
    tjac_text t = {0};
    if (s->plan.missing.n == 0)
        return TJAC_OK;
    tjac_text_add(&t, "model '%s' does not have and this run leaves out:", s->input.name);
    for (size_t k = 0; k < s->plan.missing.n; k++)
        tjac_text_add(&t, "%s %s", k ? "," : "", s->plan.missing.name[k]);
    tjac_code code = t.text ? cmd_warn(warnings, t.text, err) : TJAC_OK;
    tjac_text_free(&t);
    return code;
}

tjac_code cmd_warn_all(tjac_names *warnings, const tjac_names *more, tjac_err *err)
{
    for (size_t i = 0; i < more->n; i++)
        if (cmd_warn(warnings, more->name[i], err))
            return err->code;
    return TJAC_OK;
}

tjac_code cmd_warn_name(const char *what, const char *name, tjac_names *warnings, tjac_err *err)
{
    /* pandas.read_csv's own list, which has R's NA. */
    static const char *const missing[] = {"",         "#N/A", "#N/A N/A", "#NA",    "-1.#IND",
                                          "-1.#QNAN", "-NaN", "-nan",     "1.#IND", "1.#QNAN",
                                          "<NA>",     "N/A",  "NA",       "NULL",   "NaN",
                                          "None",     "n/a",  "nan",      "null"};
    size_t i = 0;
    while (name && i < sizeof missing / sizeof *missing && strcmp(name, missing[i]) != 0)
        i++;
    if (!name || i == sizeof missing / sizeof *missing)
        return TJAC_OK;
    tjac_text t = {0};
    tjac_text_add(&t,
                  "%s '%s': readers of CSV such as pandas take this name for a missing value; give "
                  "another",
                  what, name);
    tjac_code code = t.text ? cmd_warn(warnings, t.text, err) : TJAC_OK;
    tjac_text_free(&t);
    return code;
}

static tjac_code warn_names(const tjac_config *c, tjac_names *warnings, tjac_err *err)
{
    for (size_t i = 0; i < c->n_models; i++)
        if (cmd_warn_name("model", c->model[i].name, warnings, err))
            return err->code;
    for (size_t i = 0; i < c->n_panels; i++)
        if (cmd_warn_name("panel", c->panel[i].name, warnings, err))
            return err->code;
    return TJAC_OK;
}

static tjac_code open_inputs(const tjac_config *c, tjac_run *out, tjac_names *warnings,
                             tjac_err *err)
{
    if (!(out->model = tjac_alloc(c->n_models, sizeof *out->model, err)))
        return err->code;
    while (out->n_models < c->n_models) {
        tjac_run_model *m = &out->model[out->n_models];
        if (tjac_input_open(c, out->n_models, &m->input, err))
            return err->code;
        out->n_models++;
        if (cmd_check_checkpoint(out, err))
            return err->code;
        m->names = (tjac_plan_names){m->input.name, &m->input.inputs, &m->input.outputs,
                                     &m->input.model->kds, m->input.control};
        if (cmd_warn_all(warnings, &m->input.warnings, err))
            return err->code;
    }
    return TJAC_OK;
}

static tjac_code make_plans(const tjac_config *c, tjac_run *run, tjac_names *warnings,
                            tjac_err *err)
{
    const tjac_blocks *blocks = run->blocks.n_panels ? &run->blocks : NULL;
    for (size_t i = 0; i < run->n_models; i++) {
        tjac_run_model *m = &run->model[i];
        if (tjac_plan_make(c, &run->panels, blocks, &m->names, &m->plan, err) ||
            warn_missing(m, warnings, err) || cmd_warn_all(warnings, &m->plan.warnings, err))
            return err->code;
    }
    return TJAC_OK;
}

/* Plans are made without blocks first: what is missing is said before anything is drawn. */
tjac_code cmd_open_run(const tjac_config *c, const tjac_names *devices, tjac_run *out,
                       tjac_names *warnings, tjac_err *err)
{
    if (tjac_panels_read(c, &out->panels, err)) {
        out->panels = (tjac_panels){0};
        return err->code;
    }
    if (warn_names(c, warnings, err) || cmd_warn_all(warnings, &out->panels.warnings, err) ||
        open_inputs(c, out, warnings, err) || make_plans(c, out, warnings, err))
        return err->code;
    if (cmd_draw_blocks(c, devices, out, err) || cmd_warn_all(warnings, &out->blocks.warnings, err))
        return err->code;
    for (size_t i = 0; i < out->n_models; i++)
        tjac_plan_free(&out->model[i].plan);
    if (make_plans(c, out, warnings, err))
        return err->code;
    return cmd_warn_power(c, out, warnings, err);
}

static void print_model(FILE *f, const tjac_config *c, const tjac_run_model *s)
{
    size_t places = 0;
    for (size_t i = 0; i < s->plan.n_panels; i++)
        places += s->plan.panel[i].n_rows;
    const tjac_sets *sets = &s->input.block[0].sets;
    const tjac_arch *a = &s->input.model->arch;
    cmd_say(f, "%s: %s, %s %s%s\n", s->input.name, s->input.model->checkpoint,
            tjac_backbone_name(a->backbone), tjac_attend_name(a->attend),
            a->rotary ? " with rotary" : "");
    cmd_say(f,
            "%s: %zu regulators x %zu targets (%zu pairs), %zu KDs, %zu block(s) of %zu set(s) "
            "of %zu cells\n",
            s->input.name, s->plan.n_regulators, s->plan.n_targets, s->plan.n_pairs, s->plan.n_kds,
            s->input.n_blocks, sets->n_sets, sets->set_size);
    cmd_say(f, "%s: engine %s: %s\n", s->input.name, s->lines.name, s->lines.reason);
    cmd_say(
        f,
        "%s: %.4g passes a KD and set; %zu pairs in %zu places of panels and blocks, each computed "
        "once\n",
        s->input.name, cmd_count_passes(c, s), s->plan.n_pairs, places);
}

/* What its blocks are, and what they cost. */
static void print_panel(FILE *f, const tjac_run *run, size_t panel)
{
    const tjac_plan_panel *p = &run->model[0].plan.panel[panel];
    const tjac_blocks_panel *b = &run->blocks.panel[panel];
    const size_t own = run->panels.panel[panel].regulators.n;
    size_t kind[TJAC_N_PAIR_KINDS] = {0};
    for (size_t i = 0; i < p->n_rows; i++)
        kind[p->row[i].kind]++;
    size_t drawn = kind[TJAC_PAIR_MATCHED] + kind[TJAC_PAIR_ROW] + kind[TJAC_PAIR_COL];
    cmd_say(f, "panel %s: %zu pathway pairs", p->name, kind[TJAC_PAIR_PATHWAY]);
    if (b->n_rows)
        cmd_say(f,
                "; %zu rows x %zu columns of drawn genes: %zu pairs, %zu left out; (%zu + 1) x %zu "
                "regulators are %zu passes in forward mode",
                b->n_rows, b->n_cols, drawn, b->left_out, b->n_rows, own, (b->n_rows + 1) * own);
    else
        cmd_say(f, "; no blocks; %zu regulators are as many passes in forward mode", own);
    if (kind[TJAC_PAIR_UNRELATED_TARGET])
        cmd_say(f, "; %zu pairs with unrelated targets", kind[TJAC_PAIR_UNRELATED_TARGET]);
    fputc('\n', f);
}

tjac_code cmd_print_plan(FILE *f, const tjac_config *c, const tjac_run *run, tjac_err *err)
{
    for (size_t i = 0; i < run->n_models; i++)
        print_model(f, c, &run->model[i]);
    for (size_t i = 0; i < run->panels.n; i++) {
        print_panel(f, run, i);
        if (cmd_print_power(f, c, run, i, err))
            return err->code;
    }
    return TJAC_OK;
}
