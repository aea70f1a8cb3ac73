/* tjac check: is the config sound, are the gradients right, is the forward pass the user's? */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "cmd.h"
#include "cmd_against.h"
#include "cmd_common.h"
#include "tjac/alloc.h"
#include "tjac/gradient.h"

const char cmd_check_usage[] =
    "usage: tjac check CONFIG.json [options]\n\n"
    "Resolves everything, prints the plan with the time and memory that a run will take, and\n"
    "compares pullbacks with central finite differences in float64 on a sample of the triples.\n"
    "With --against, replays what 'state tx infer' predicted for the config's h5ad and says "
    "whether\n"
    "tjac predicts the same, and if not, which attention does.\n\n"
    "  --against PRED.h5ad     output of state tx infer on the config's h5ad\n"
    "  --model NAME            the model that made it (needed when the config has several)\n"
    "  --infer-seed N          its --seed (default 42)\n"
    "  --infer-checkpoint F    its --checkpoint (default final.ckpt, as state tx infer)\n"
    "  --set KEY=VALUE, --device NAME, --threads N, --engine NAME    as in tjac run\n"
    "  -h, --help              this text\n\n"
    "exit codes: 0 all agrees, 1 something disagrees, 2, 3, 4 as in tjac run\n";

typedef struct {
    cmd_options common;
    cmd_against against;
} options;

static tjac_code parse_seed(const char *text, uint64_t *out, tjac_err *err)
{
    char *end;
    unsigned long long v = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || v > UINT32_MAX)
        return tjac_err_set(err, TJAC_EUSAGE, "--infer-seed is '%s', expected 0 to %lu", text,
                            (unsigned long)UINT32_MAX);
    *out = v;
    return TJAC_OK;
}

static tjac_code parse_options(int argc, char **argv, options *o, tjac_err *err)
{
    static const struct option longs[] = {{"set", required_argument, NULL, 's'},
                                          {"device", required_argument, NULL, 'd'},
                                          {"threads", required_argument, NULL, 't'},
                                          {"engine", required_argument, NULL, 'e'},
                                          {"against", required_argument, NULL, 'a'},
                                          {"model", required_argument, NULL, 'm'},
                                          {"infer-seed", required_argument, NULL, 'i'},
                                          {"infer-checkpoint", required_argument, NULL, 'c'},
                                          {NULL, 0, NULL, 0}};
    opterr = 0;
    o->against.seed = 42;
    o->against.checkpoint = "final.ckpt";
    for (int c; (c = getopt_long(argc, argv, ":", longs, NULL)) != -1 && !err->code;) {
        if (c == 'a')
            o->against.path = optarg;
        else if (c == 'm')
            o->against.model = optarg;
        else if (c == 'c')
            o->against.checkpoint = optarg;
        else if (c == 'i')
            parse_seed(optarg, &o->against.seed, err);
        else if (!cmd_take_option(&o->common, c, optarg, err))
            return cmd_bad_option(argv, c, err);
    }
    if (!err->code && argc - optind != 1)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "expected one CONFIG.json, found %d; see tjac check --help",
                            argc - optind);
    o->common.config = argv[optind];
    return err->code;
}

/* ---- time and memory ---- */

static size_t count_probes(const tjac_config *c, const cmd_stage *s)
{
    size_t probes = 0, T = s->plan.n_targets;
    bool mean = false, same = false;
    for (size_t e = 0; e < c->n_estimands; e++) {
        same |= c->estimand[e] != TJAC_SET_MEAN;
        mean |= c->estimand[e] != TJAC_SAME_CELL;
    }
    probes += mean ? T : 0;
    probes += same ? T * s->input.block[0].sets.set_size : 0;
    return probes;
}

static tjac_code keep_time(void *self, size_t done, size_t of, tjac_err *err)
{
    (void)of;
    (void)done;
    (void)err;
    *(double *)self = cmd_now();
    return TJAC_OK;
}

/* Times one KD of one set with a few targets and scales it up. */
static tjac_code estimate(const tjac_config *c, cmd_stage *s, const char *device, tjac_err *err)
{
    enum { TARGETS = 8 };
    const tjac_estimand one = TJAC_SET_MEAN;
    const tjac_st_options o = {device, c->precision, c->engine == TJAC_ENGINE_SEQUENTIAL,
                               cmd_threads(c, s->input.model)};
    cmd_reader from = {&s->input, 0};
    tjac_engine_source source = cmd_source(&from);
    tjac_plan sample = s->plan;
    tjac_results r = {0};
    tjac_st st = {0};
    struct rusage usage;
    double stop = 0;
    const tjac_engine_options eo = {&one, 1, 8, keep_time, &stop};
    source.n_sets = 1;
    sample.n_kds = 1;
    sample.n_pairs = 0; /* pullbacks are made, nothing is stored */
    if (sample.n_targets > TARGETS)
        sample.n_targets = TARGETS;
    if (tjac_st_open(s->input.model, &o, &st, err))
        return err->code;
    for (int warm = 0; warm < 2 && !err->code; warm++) { /* the first one also warms up */
        double start = cmd_now();
        tjac_results_free(&r);
        if (tjac_engine_run(&sample, &st, &source, &eo, &r, err))
            break;
        stop -= start;
    }
    tjac_results_free(&r);
    tjac_st_close(&st);
    if (err->code)
        return err->code;
    const tjac_sets *sets = &s->input.block[0].sets;
    double units = (double)(s->plan.n_kds * sets->n_sets * s->input.n_blocks);
    double probes = (double)count_probes(c, s) / (double)sample.n_targets;
    getrusage(RUSAGE_SELF, &usage);
    printf("%s: about %.3g s on %s, about %.0f MiB\n", s->input.name,
           stop * units * (probes > 1 ? probes : 1), device, (double)usage.ru_maxrss / 1024);
    return TJAC_OK;
}

/* ---- gradients ---- */

static tjac_code check_gradients(const tjac_config *c, cmd_stage *s, const char *device,
                                 bool *agrees, tjac_err *err)
{
    const double allowed = 1e-5;
    const tjac_st_options o = {device, TJAC_PRECISION_F64, c->engine == TJAC_ENGINE_SEQUENTIAL,
                               cmd_threads(c, s->input.model)};
    cmd_reader from = {&s->input, 0};
    const tjac_engine_source source = cmd_source(&from);
    tjac_gradient_report g = {0};
    tjac_st st = {0};
    tjac_code code = tjac_st_open(s->input.model, &o, &st, err);
    if (!code)
        code = tjac_gradient_check(&s->plan, &st, &source, &g, err);
    tjac_st_close(&st);
    if (code)
        return code;
    bool good = g.worst <= allowed;
    *agrees = *agrees && good;
    printf("%s: gradients of %zu triples %s: worst relative error %.2g (allowed %.0g)",
           s->input.name, g.compared,
           good ? "agree with finite differences" : "DISAGREE with finite differences", g.worst,
           allowed);
    if (!good)
        printf("; %s -> %s under %s: pullback %.9g, difference %.9g",
               s->input.inputs.name[g.regulator], s->input.outputs.name[g.target],
               s->names.kds->name[s->plan.kd[g.kd]], g.pullback, g.difference);
    printf("\n");
    if (g.n_dead)
        printf("%s: in %zu of the sampled (KD, target) the last ReLU passes in no cell, so J is 0: "
               "the first is %s under %s\n",
               s->input.name, g.n_dead, s->input.outputs.name[g.dead_target],
               s->names.kds->name[s->plan.kd[g.dead_kd]]);
    return TJAC_OK;
}

static tjac_code check_stage(const tjac_config *c, cmd_stage *s, const char *device, bool *agrees,
                             tjac_err *err)
{
    if (tjac_model_load(s->input.model, err) || estimate(c, s, device, err) ||
        check_gradients(c, s, device, agrees, err))
        return err->code;
    tjac_model_unload(s->input.model);
    return TJAC_OK;
}

tjac_code cmd_check(int argc, char **argv, tjac_err *err)
{
    options o = {0};
    tjac_config c = {0};
    cmd_stage *stage = NULL;
    tjac_names warnings = {0};
    char device[32];
    bool agrees = true;
    if (parse_options(argc, argv, &o, err) || cmd_read_config(&o.common, &c, err) ||
        tjac_st_device(c.device, device, sizeof device, err) ||
        !(stage = tjac_alloc(c.n_models, sizeof *stage, err)) ||
        cmd_open_stages(&c, stage, &warnings, err))
        goto done;
    cmd_print_plan(stage, c.n_models);
    for (size_t i = 0; i < c.n_models; i++)
        if (check_stage(&c, &stage[i], device, &agrees, err))
            goto done;
    if (o.against.path && cmd_check_against(&c, &o.against, device, &agrees, err))
        goto done;
    if (!agrees)
        tjac_err_set(err, TJAC_EFAIL, "the check found a disagreement, see above");
done:
    cmd_close_stages(stage, c.n_models);
    free(stage);
    tjac_names_free(&warnings);
    tjac_config_free(&c);
    cmd_options_free(&o.common);
    return err->code;
}
