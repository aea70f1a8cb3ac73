/* tjac check: is the config sound, are the gradients right, is the forward pass the user's? */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "cmd/cmd.h"
#include "cmd/cmd_against.h"
#include "cmd/cmd_engine.h"
#include "cmd/cmd_text.h"
#include "engine/gradient.h"
#include "engine/source.h"
#include "results/full.h"

static tjac_code take_options(const cmd_line *line, cmd_against *against, tjac_err *err)
{
    against->path = cmd_line_value(line, "against");
    against->model = cmd_line_value(line, "model");
    against->checkpoint = cmd_line_value(line, "infer-checkpoint");
    against->seed = 42;
    return cmd_take_seed(line, "infer-seed", &against->seed, err);
}

/* What the last line says. */
typedef struct {
    const char *wrong; /* what was found first; NULL: nothing */
    const char *model; /* of which model */
    double seconds, least_passes, most_passes;
    size_t kds;
} findings;

static void find_wrong(findings *f, const char *what, const char *model)
{
    if (!f->wrong) {
        f->wrong = what;
        f->model = model;
    }
}

/* ---- time and memory ---- */

/* The config with one estimand alone, for a sample of it. Borrows everything. */
static tjac_config only(const tjac_config *c, tjac_estimand what)
{
    tjac_config one = *c;
    one.estimand[0] = what;
    one.n_estimands = 1;
    return one;
}

/* Results of one KD and set, with one estimand alone. */
static tjac_code sample(cmd_engine *e, tjac_estimand what, double tolerance, tjac_results *out,
                        tjac_err *err)
{
    const tjac_config *all = e->config, one = only(all, what);
    tjac_plan plan = {0};
    if (tjac_plan_sample(&e->model->plan, 1, &plan, err))
        return err->code;
    e->config = &one;
    cmd_engine_sample(e, &plan, tolerance, out, err);
    e->config = all;
    free(plan.kd);
    return err->code;
}

/* Times set_mean of one KD and set, and scales its passes up to the run's. */
static tjac_code estimate(const tjac_config *c, cmd_engine *e, findings *f, tjac_err *err)
{
    const tjac_run_model *m = e->model;
    tjac_results r = {0};
    struct rusage usage;
    double seconds = 0;
    for (int warm = 0; warm < 2; warm++) { /* the first one also warms up */
        double start = cmd_now();
        tjac_results_free(&r);
        if (sample(e, TJAC_SET_MEAN, 0, &r, err))
            return err->code;
        seconds = cmd_now() - start;
    }
    double per_pass = seconds / (r.report.passes > 0 ? r.report.passes : 1);
    tjac_results_free(&r);
    double units = (double)(m->plan.n_kds * m->input.block[0].sets.n_sets * m->input.n_blocks);
    double workers = fmin((double)cmd_threads(c).n, units);
    double passes = cmd_count_passes(c, m), takes = per_pass * passes * units / workers;
    getrusage(RUSAGE_SELF, &usage);
    cmd_say(stdout, "%s: %.4g passes a KD and set, about %.3g s on %s, about %.0f MiB\n",
            m->input.name, passes, takes, e->devices->name[0], (double)usage.ru_maxrss / 1024);
    f->seconds += takes;
    f->least_passes = f->most_passes == 0 ? passes : fmin(f->least_passes, passes);
    f->most_passes = fmax(f->most_passes, passes);
    f->kds = m->plan.n_kds > f->kds ? m->plan.n_kds : f->kds;
    return TJAC_OK;
}

/* What tolerances of same_cell would save, on one KD of the first set. */
static tjac_code try_tolerances(const tjac_config *c, cmd_engine *e, tjac_err *err)
{
    static const double tolerances[] = {0.05, 0.01};
    const tjac_run_model *m = e->model;
    double exact = (double)m->input.block[0].sets.set_size;
    if (!tjac_estimand_among(c->estimand, c->n_estimands, TJAC_SAME_CELL) &&
        !tjac_estimand_among(c->estimand, c->n_estimands, TJAC_CROSS_CELL))
        return TJAC_OK;
    for (size_t i = 0; i < sizeof tolerances / sizeof *tolerances; i++) {
        tjac_results r = {0};
        if (sample(e, TJAC_SAME_CELL, tolerances[i], &r, err))
            return err->code;
        double each = r.report.passes / (double)(m->lines.n_lines ? m->lines.n_lines : 1);
        cmd_say(stdout,
                "%s: same_cell takes %.0f passes a gene exactly; with jacobian.same_cell.tolerance "
                "%g, %.3g (%.2g times fewer; measured under one KD)\n",
                m->input.name, exact, tolerances[i], each, exact / each);
        tjac_results_free(&r);
    }
    return TJAC_OK;
}

/* ---- gradients ---- */

static tjac_code check_gradients(const tjac_config *c, const tjac_names *devices, tjac_run_model *m,
                                 findings *f, tjac_err *err)
{
    const double allowed = 1e-5;
    tjac_engine_options bound;
    tjac_engine_source source = {0};
    tjac_gradient_report g = {0};
    cmd_engine e = {0};
    tjac_code code = cmd_engine_open(c, devices, m, TJAC_PRECISION_F64, &e, err);
    if (!code)
        code = tjac_engine_memory(&e.st[0], c->memory_gb, &bound, err);
    if (!code)
        code = tjac_engine_source_open(&m->input, 0, false, &source, err);
    if (!code)
        code = tjac_gradient_check(&m->plan, &e.st[0], &source, &g, err);
    tjac_engine_source_close(&source);
    cmd_engine_close(&e);
    if (code)
        return code;
    bool good = g.worst <= allowed;
    if (!good)
        find_wrong(f, "the gradients disagree with finite differences", m->input.name);
    cmd_say(stdout, "%s: gradients of %zu triples %s: worst relative error %.2g (allowed %.0g)",
            m->input.name, g.compared,
            good ? "agree with finite differences" : "DISAGREE with finite differences", g.worst,
            allowed);
    if (!good)
        cmd_say(stdout, "; %s -> %s under %s: pullback %.9g, difference %.9g",
                m->input.inputs.name[g.regulator], m->input.outputs.name[g.target],
                m->names.kds->name[m->plan.kd[g.kd]], g.pullback, g.difference);
    fputc('\n', stdout);
    if (g.n_dead)
        cmd_say(
            stdout,
            "%s: in %zu of the sampled (KD, target) the last ReLU passes in no cell, so J is 0: "
            "the first is %s under %s\n",
            m->input.name, g.n_dead, m->input.outputs.name[g.dead_target],
            m->names.kds->name[m->plan.kd[g.dead_kd]]);
    return TJAC_OK;
}

static tjac_code check_model(const tjac_config *c, const tjac_names *devices, tjac_run_model *m,
                             findings *f, tjac_err *err)
{
    cmd_engine e = {0};
    if (cmd_engine_open(c, devices, m, c->precision, &e, err))
        return err->code;
    if (!estimate(c, &e, f, err))
        try_tolerances(c, &e, err);
    cmd_engine_close(&e);
    if (!err->code)
        check_gradients(c, devices, m, f, err);
    tjac_model_unload(m->input.model);
    return err->code;
}

/* ---- the last line ---- */

static const char *kind_of(tjac_code code)
{
    return code == TJAC_EUSAGE     ? "the config or the command line"
           : code == TJAC_EMISSING ? "a gene, KD, cell or column is missing"
           : code == TJAC_EINPUT   ? "an input file"
                                   : "the check failed";
}

static void add_passes(tjac_text *t, const findings *f)
{
    if (f->least_passes < f->most_passes)
        tjac_text_add(t, "%.4g to ", f->least_passes);
    tjac_text_add(t, "%.4g passes a KD and set, %zu KDs", f->most_passes, f->kds);
}

/* One line, sound or not; an error comes after it, on standard error. */
static void print_end(const tjac_config *c, const tjac_names *devices, const findings *f,
                      size_t warnings, const tjac_err *err)
{
    struct rusage usage;
    tjac_text t = {0};
    if (err->code)
        tjac_text_add(&t, "not sound: %s (exit %d)", kind_of(err->code), (int)err->code);
    else if (f->wrong)
        tjac_text_add(&t, "not sound: %s%s%s (exit %d)", f->wrong, f->model ? ", of model " : "",
                      f->model ? f->model : "", (int)TJAC_EFAIL);
    else {
        getrusage(RUSAGE_SELF, &usage);
        tjac_text_add(&t, "sound: %s", f->seconds < 1 ? "" : "about ");
        cmd_text_duration(&t, f->seconds);
        for (size_t i = 0; i < devices->n; i++)
            tjac_text_add(&t, "%s%s", i ? ", " : " on ", devices->name[i]);
        if (strcmp(devices->name[0], "cpu") == 0)
            tjac_text_add(&t, " (%zu threads)", cmd_threads(c).n);
        tjac_text_add(&t, ", %.0f MB, ", (double)usage.ru_maxrss * 1024 / 1e6);
        add_passes(&t, f);
        if (warnings)
            tjac_text_add(&t, "; %zu warning(s)", warnings);
    }
    cmd_say(stdout, "%s\n", t.text ? t.text : "not sound: out of memory");
    tjac_text_free(&t);
}

static tjac_code check_all(const tjac_config *c, const cmd_against *against,
                           const tjac_names *devices, tjac_run *run, findings *f, tjac_err *err)
{
    bool agrees = true;
    if (cmd_print_plan(stdout, c, run, err))
        return err->code;
    for (size_t i = 0; i < run->n_models; i++)
        if (check_model(c, devices, &run->model[i], f, err))
            return err->code;
    if (against->path && !cmd_check_against(c, against, devices->name[0], &agrees, err) && !agrees)
        find_wrong(f, "the prediction is not that of --against", against->model);
    return err->code;
}

static tjac_code run_check(const cmd_line *line, tjac_err *err)
{
    cmd_against against = {0};
    tjac_config c = {0};
    tjac_run run = {0};
    tjac_names warnings = {0}, devices = {0};
    findings f = {0};
    if (!take_options(line, &against, err) && !cmd_read_config(line, &c, err) &&
        !cmd_devices(&c, &devices, err) && !cmd_open_run(&c, &devices, &run, &warnings, err) &&
        !(c.full && tjac_full_check(&run, err)) &&
        !cmd_check_paths(&c, &run, cmd_line_operand(line, 0), err) &&
        !cmd_choose_lines(&c, &run, err)) {
        against.run = &run;
        (void)!check_all(&c, &against, &devices, &run, &f, err);
    }
    print_end(&c, &devices, &f, warnings.n, err);
    if (f.wrong)
        tjac_err_set(err, TJAC_EFAIL, "the check found a disagreement, see above");
    tjac_run_free(&run);
    tjac_names_free(&devices);
    tjac_names_free(&warnings);
    tjac_config_free(&c);
    return err->code;
}

/* ---- its table ---- */

static const cmd_option table[] = {
    {.name = "against",
     .argument = "PRED.h5ad",
     .help = "output of state tx infer on the config's h5ad"},
    {.name = "model",
     .argument = "NAME",
     .words = "",
     .help = "the model that made it (needed when the config has several)"},
    {.name = "infer-seed", .argument = "N", .words = "", .help = "its --seed (default 42)"},
    {.name = "infer-checkpoint",
     .argument = "FILE",
     .help = "its --checkpoint (default final.ckpt, as state tx infer)"},
    CMD_OPTION_SET,
    CMD_OPTION_SEED,
    CMD_OPTION_DEVICE,
    CMD_OPTION_THREADS,
    CMD_OPTION_ENGINE,
    {0}};

const cmd_command cmd_check = {
    .name = "check",
    .about = "is the config sound, the gradient right, the prediction yours",
    .operands = "CONFIG.json",
    .least = 1,
    .most = 1,
    .text = "Resolves everything, prints the plan with the time and memory that a run will take, "
            "and compares pullbacks with central finite differences in float64 on a sample of the "
            "triples. With --against, replays what 'state tx infer' predicted for the config's "
            "h5ad and says whether tjac predicts the same, and if not, which attention does. The "
            "last line "
            "says whether all is sound, and what a run takes.",
    .after = "exit codes: 0 all agrees, 1 something disagrees, 2, 3, 4 as in tjac run",
    .option = table,
    .run = run_check};
