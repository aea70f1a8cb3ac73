#include "cmd/cmd_against.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "cmd/cmd_common.h"
#include "cmd/cmd_text.h"
#include "engine/replay.h"
#include "st/st.h"

enum { N_WINDOWS = 4 };

/* float32 on another machine, another number of threads: 1e-6 of the scale was measured. */
static const double tolerance = 1e-4;

typedef struct {
    tjac_input input;
    tjac_replay replay;
    tjac_cells *predicted;
    tjac_matrix *prediction;
    tjac_column batches; /* of the predicted rows */
    size_t window[N_WINDOWS], n_windows;
    const char *device;
    const char *taken; /* the checkpoint that run takes */
} against;

/* ---- what is compared ---- */

static tjac_code choose_model(const tjac_config *c, const char *name, size_t *out, tjac_err *err)
{
    if (!name && c->n_models == 1) {
        *out = 0;
        return TJAC_OK;
    }
    for (size_t i = 0; name && i < c->n_models; i++)
        if (strcmp(c->model[i].name, name) == 0) {
            *out = i;
            return TJAC_OK;
        }
    return tjac_err_set(err, TJAC_EUSAGE,
                        "--against needs --model NAME, one of the config's %zu "
                        "models%s%s",
                        c->n_models, name ? ", not " : "", name ? name : "");
}

/* infer writes the model's own output over the matrix that it read and the decoder's beside it:
 * embedding input: obsm/X_hvg; output_space all: .X. Other sizes go under another name. */
static tjac_code open_prediction(against *a, tjac_err *err)
{
    const tjac_arch *arch = &a->input.model->arch;
    const char *key = a->input.embed_key;
    size_t D = (size_t)tjac_arch_outputs(arch);
    char side[256];
    if (arch->decoder != TJAC_DECODER_NONE)
        key = arch->output_space == TJAC_SPACE_ALL ? "X" : "X_hvg";
    if (arch->decoder == TJAC_DECODER_NONE && D != a->input.inputs.n) {
        if (strcmp(key, "X") == 0)
            snprintf(side, sizeof side, "X_state_pred");
        else
            snprintf(side, sizeof side, "%s_pred", key);
        key = side;
    }
    if (tjac_matrix_open(a->predicted, key, &a->prediction, err))
        return err->code;
    if (tjac_matrix_n_cols(a->prediction) != D)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' of '%s' has %zu columns, but model '%s' "
                            "predicts %zu",
                            key, tjac_cells_path(a->predicted), tjac_matrix_n_cols(a->prediction),
                            a->input.name, D);
    return TJAC_OK;
}

static tjac_code compare_rows(const against *a, tjac_err *err)
{
    size_t n = tjac_cells_n_obs(a->input.cells), m = tjac_cells_n_obs(a->predicted);
    tjac_names mine = {0}, theirs = {0};
    if (n != m)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' has %zu cells but '%s' has %zu; predictions made with --tsv, "
                            "--all-perts, --min-cells or --max-cells cannot be replayed",
                            tjac_cells_path(a->predicted), m, tjac_cells_path(a->input.cells), n);
    if (tjac_cells_obs_names(a->input.cells, &mine, err) ||
        tjac_cells_obs_names(a->predicted, &theirs, err))
        goto done;
    for (size_t i = 0; i < n; i++)
        if (strcmp(mine.name[i], theirs.name[i]) != 0) {
            tjac_err_set(err, TJAC_EINPUT,
                         "cell %zu is '%s' in '%s' but '%s' in '%s'; give the "
                         "output of infer on the config's h5ad",
                         i, mine.name[i], tjac_cells_path(a->input.cells), theirs.name[i],
                         tjac_cells_path(a->predicted));
            break;
        }
done:
    tjac_names_free(&mine);
    tjac_names_free(&theirs);
    return err->code;
}

static bool known_batches(const against *a, const tjac_replay_window *w)
{
    if (!a->batches.code)
        return true;
    for (size_t i = w->first; i < w->first + w->n; i++) {
        int32_t code = a->batches.code[a->replay.row[i]];
        if (code < 0 || tjac_names_find(&a->input.model->batches, a->batches.labels.name[code]) < 0)
            return false; /* infer used index 0 for these */
    }
    return true;
}

/* The largest window of each of a few labels that the model knows: attention shows in large ones.
 */
static tjac_code choose_windows(against *a, tjac_err *err)
{
    const tjac_replay *r = &a->replay;
    for (int round = 0; round < N_WINDOWS; round++) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < r->n_windows; i++) {
            bool taken = false;
            for (size_t k = 0; k < a->n_windows; k++)
                taken |= strcmp(r->window[a->window[k]].label, r->window[i].label) == 0;
            if (taken || tjac_names_find(&a->input.model->kds, r->window[i].label) < 0 ||
                (best != SIZE_MAX && r->window[i].n <= r->window[best].n) ||
                !known_batches(a, &r->window[i]))
                continue;
            best = i;
        }
        if (best != SIZE_MAX)
            a->window[a->n_windows++] = best;
    }
    if (a->n_windows == 0)
        return tjac_err_set(err, TJAC_EMISSING, "no label of '%s' is a KD of model '%s'",
                            tjac_cells_path(a->predicted), a->input.name);
    return TJAC_OK;
}

static tjac_code against_open(const tjac_config *c, const cmd_against *o, against *a, tjac_err *err)
{
    size_t m = 0;
    tjac_config_model *model;
    if (choose_model(c, o->model, &m, err))
        return err->code;
    model = &c->model[m];
    if (model->shuffled)
        return tjac_err_set(
            err, TJAC_EUSAGE,
            "model '%s' is shuffled, and state tx infer predicted with the model as "
            "it was trained; give --model NAME of one that is not",
            model->name);
    char *own = model->checkpoint;
    if (o->checkpoint)
        model->checkpoint = (char *)(uintptr_t)o->checkpoint; /* lent for the call */
    a->taken = o->run->model[m].input.model->checkpoint;
    tjac_code code = tjac_input_open(c, m, &a->input, err);
    model->checkpoint = own;
    if (code || tjac_cells_open(o->path, &a->predicted, err) || compare_rows(a, err) ||
        open_prediction(a, err) ||
        tjac_replay_draw(a->input.cells, a->input.pert_col, a->input.control,
                         a->input.cell_type_col, (size_t)a->input.model->arch.cell_set_len, o->seed,
                         &a->replay, err))
        return err->code;
    if (a->input.model->arch.batch_dim &&
        tjac_cells_column(a->input.cells, a->input.batch_col, &a->batches, err))
        return err->code;
    return choose_windows(a, err);
}

static void against_close(against *a)
{
    tjac_matrix_close(a->prediction);
    tjac_cells_close(a->predicted);
    tjac_replay_free(&a->replay);
    tjac_column_free(&a->batches);
    tjac_input_close(&a->input);
}

/* ---- comparing ---- */

/* Buffers for one window. */
typedef struct {
    float *cells, *theirs, *kd;
    double *x, *y;
    int64_t *batch;
    size_t *target;
} buffers;

static void buffers_free(buffers *b)
{
    free(b->cells);
    free(b->theirs);
    free(b->kd);
    free(b->x);
    free(b->y);
    free(b->batch);
    free(b->target);
}

static tjac_code buffers_init(const against *a, size_t n, buffers *b, tjac_err *err)
{
    const tjac_arch *arch = &a->input.model->arch;
    size_t G = (size_t)arch->input_dim, D = (size_t)tjac_arch_outputs(arch);
    b->cells = tjac_alloc(n, G * sizeof *b->cells, err);
    b->theirs = tjac_alloc(n, D * sizeof *b->theirs, err);
    b->kd = tjac_alloc((size_t)arch->pert_dim, sizeof *b->kd, err);
    b->x = tjac_alloc(n, G * sizeof *b->x, err);
    b->y = tjac_alloc(n, D * sizeof *b->y, err);
    b->batch = tjac_alloc(n, sizeof *b->batch, err);
    b->target = tjac_alloc(D, sizeof *b->target, err);
    for (size_t d = 0; b->target && d < D; d++)
        b->target[d] = d;
    return err->code;
}

static double clipped(const tjac_arch *arch, double y)
{
    return arch->output_space == TJAC_SPACE_EMBEDDING ? y : fmin(fmax(y, 0.0), 14.0);
}

/* Adds one window's largest difference and largest value. */
static tjac_code compare_window(const against *a, tjac_st *st, const tjac_replay_window *w,
                                buffers *b, double *worst, double *scale, tjac_err *err)
{
    const tjac_model *m = a->input.model;
    size_t G = a->input.inputs.n, D = (size_t)tjac_arch_outputs(&m->arch), regulator = 0;
    size_t kd = (size_t)tjac_names_find(&m->kds, w->label);
    if (tjac_matrix_read_rows(a->input.matrix, a->replay.control + w->first, w->n, b->cells, err) ||
        tjac_matrix_read_rows(a->prediction, a->replay.row + w->first, w->n, b->theirs, err) ||
        tjac_model_kd_vector(m, kd, b->kd, err))
        return err->code;
    for (size_t i = 0; i < w->n * G; i++)
        b->x[i] = (double)b->cells[i];
    for (size_t i = 0; a->batches.code && i < w->n; i++) {
        int32_t code = a->batches.code[a->replay.row[w->first + i]];
        b->batch[i] = m->batch_index[tjac_names_find(&m->batches, a->batches.labels.name[code])];
    }
    const tjac_st_genes genes = {&regulator, 1, b->target, D};
    const tjac_st_set set = {w->n, b->x, a->batches.code ? b->batch : NULL};
    tjac_pass *pass = NULL;
    if (!st->begin(st->self, &genes, err) && !st->add_set(st->self, &set, err) &&
        !st->open_pass(st->self, &pass, err))
        st->predict(pass, 0, b->kd, 1, b->y, err);
    st->close_pass(pass);
    if (err->code)
        return err->code;
    for (size_t i = 0; i < w->n * D; i++) {
        *worst = fmax(*worst, fabs(clipped(&m->arch, b->y[i]) - (double)b->theirs[i]));
        *scale = fmax(*scale, fabs((double)b->theirs[i]));
    }
    return TJAC_OK;
}

/* The largest difference over all windows, relative to the largest predicted value (at least 1). */
static tjac_code compare(const against *a, double *out, tjac_err *err)
{
    const tjac_st_options o = {a->device, TJAC_PRECISION_F32, true};
    double worst = 0, scale = 1;
    tjac_st st = {0};
    if (tjac_st_open(a->input.model, &o, &st, err))
        return err->code;
    for (size_t k = 0; k < a->n_windows && !err->code; k++) {
        const tjac_replay_window *w = &a->replay.window[a->window[k]];
        buffers b = {0};
        if (!buffers_init(a, w->n, &b, err))
            if (compare_window(a, &st, w, &b, &worst, &scale, err))
                worst = INFINITY;
        buffers_free(&b);
    }
    tjac_st_close(&st);
    *out = worst / scale;
    return err->code;
}

/* ---- which checkpoint ---- */

static bool same_file(const char *a, const char *b)
{
    struct stat sa, sb;
    return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
           sa.st_ino == sb.st_ino;
}

/* Says so where what was compared is not what run takes, or not what infer takes by itself. */
static tjac_code tell_checkpoint(const against *a, const cmd_against *o, tjac_err *err)
{
    const tjac_model *m = a->input.model;
    if (!same_file(m->checkpoint, a->taken)) {
        printf("%s: this compares '%s', but run takes '%s': which attention fits is said, nothing "
               "of the weights of the run\n",
               a->input.name, m->checkpoint, a->taken);
        return TJAC_OK;
    }
    if (o->checkpoint)
        return TJAC_OK;
    char *own = tjac_path_join(m->dir, "checkpoints/final.ckpt", err);
    if (own && access(own, F_OK) == 0 && !same_file(own, a->taken))
        printf("%s: this compares '%s', which run takes; state tx infer takes '%s' unless it is "
               "told otherwise: --infer-checkpoint final.ckpt compares that one\n",
               a->input.name, a->taken, own);
    free(own);
    return err->code;
}

/* ---- the other attentions ---- */

typedef struct {
    tjac_attend attend;
    bool rotary;
    const char *config; /* what to write into the config to get it */
} variant;

static tjac_code try_variants(against *a, bool *fits, tjac_err *err)
{
    static const variant variants[] = {{TJAC_ATTEND_ALL, false, "bidirectional"},
                                       {TJAC_ATTEND_CAUSAL, true, "causal"},
                                       {TJAC_ATTEND_CAUSAL, false, "causal and rotary false"},
                                       {TJAC_ATTEND_ALL, true, "bidirectional and rotary true"}};
    tjac_arch *arch = &a->input.model->arch;
    const variant own = {arch->attend, arch->rotary, ""};
    bool gpt2 = arch->backbone == TJAC_BACKBONE_GPT2;
    *fits = false;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        const variant *v = &variants[i];
        double error;
        if ((v->rotary && (gpt2 || arch->head_dim % 2)) ||
            (v->attend == own.attend && v->rotary == own.rotary))
            continue;
        arch->attend = v->attend;
        arch->rotary = v->rotary;
        if (compare(a, &error, err))
            break;
        cmd_say(stdout, "%s:   %s%s: worst difference %.2g%s%s\n", a->input.name,
                tjac_attend_name(v->attend), v->rotary ? " with rotary" : "", error,
                error <= tolerance ? ", agrees: set attention " : "",
                error > tolerance ? ""
                : gpt2            ? tjac_attend_name(v->attend)
                                  : v->config);
        *fits |= error <= tolerance;
    }
    arch->attend = own.attend;
    arch->rotary = own.rotary;
    if (!err->code && !*fits)
        cmd_say(stdout,
                "%s: no attention variant fits: other weights (--infer-checkpoint), another seed "
                "(--infer-seed), other cells, or TF32 on the machine that predicted\n",
                a->input.name);
    return err->code;
}

tjac_code cmd_check_against(const tjac_config *c, const cmd_against *o, const char *device,
                            bool *agrees, tjac_err *err)
{
    against a = {.device = device};
    double error;
    if (against_open(c, o, &a, err) || tjac_model_load(a.input.model, err))
        goto done;
    if (compare(&a, &error, err))
        goto done;
    const tjac_arch *arch = &a.input.model->arch;
    bool good = error <= tolerance;
    cmd_say(stdout,
            "%s: %s%s %s with '%s' (%s): worst difference %.2g of the scale over %zu KDs (allowed "
            "%.0g)\n",
            a.input.name, tjac_attend_name(arch->attend), arch->rotary ? " with rotary" : "",
            good ? "agrees" : "DISAGREES", o->path, a.input.model->checkpoint, error, a.n_windows,
            tolerance);
    bool fits = true;
    if (tell_checkpoint(&a, o, err) || (!good && try_variants(&a, &fits, err)))
        goto done;
    *agrees = *agrees && fits;
done:
    against_close(&a);
    return err->code;
}
