/* The results file of a run, and its full Jacobian: made, or found and gone on with. */
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "cmd/cmd_job.h"
#include "results/identity.h"
#include "results/shard.h"

/* This part's KDs of each block, to be freed; NULL with all of them, or without memory. */
static tjac_range *cut_shard(const cmd_job *j, tjac_err *err)
{
    size_t n = 0, b = 0;
    for (size_t m = 0; m < j->run.n_models; m++)
        n += j->run.model[m].input.n_blocks;
    if (j->n_shards == 0)
        return NULL;
    tjac_range *range = tjac_alloc(n, sizeof *range, err);
    tjac_shard_block *block = tjac_alloc(n, sizeof *block, err);
    for (size_t m = 0; !err->code && m < j->run.n_models; m++)
        for (size_t c = 0; c < j->run.model[m].input.n_blocks; c++)
            block[b++] = (tjac_shard_block){j->run.model[m].plan.n_kds,
                                            cmd_kd_cost(&j->config, &j->run.model[m], c)};
    if (!err->code)
        tjac_shard_cut(block, n, cmd_group(j), j->shard, j->n_shards, range);
    free(block);
    return range;
}

tjac_code cmd_make_layout(const cmd_job *j, tjac_layout *out, tjac_err *err)
{
    tjac_range *range = cut_shard(j, err);
    if (!err->code && !tjac_layout_of_run(&j->config, &j->run, range, out, err)) {
        out->shard = j->shard;
        out->n_shards = j->n_shards;
        memcpy(out->hash, j->hash, sizeof out->hash);
        out->machine = tjac_strdup(j->facts.machine, err);
        for (size_t i = 0; i < j->identity.n && !err->code; i++)
            (void)!tjac_names_add(&out->identity, j->identity.name[i], err);
    }
    free(range);
    return err->code;
}

/* A new results file, when there is room for it and for the tables; an earlier run goes. */
static tjac_code make_file(cmd_job *j, tjac_err *err)
{
    tjac_layout layout = {0};
    if (!cmd_make_layout(j, &layout, err)) {
        double tables = j->n_shards ? 0 : tjac_report_j_bytes(&layout, err);
        if (!err->code && !tjac_folder_room(j->out.dir, tjac_jfile_bytes(&layout) + tables, err) &&
            (j->out.state == CMD_OUT_EMPTY || !cmd_out_empty(&j->out, err)))
            (void)!tjac_jfile_make(j->out.jfile, &layout, err);
    }
    tjac_layout_free(&layout);
    return err->code;
}

/* What is in the folder is of this plan and part; on another kind of machine last digits differ. */
static tjac_code check_file(cmd_job *j, tjac_err *err)
{
    const tjac_layout *l = &j->file->layout;
    if (strcmp(l->hash, j->hash) != 0) {
        char *what = tjac_identity_differs(&l->identity, &j->identity, err);
        tjac_err_set(err, TJAC_EUSAGE,
                     "'%s' is of another plan, which differs in: %s; give another --out, or "
                     "--force to begin anew",
                     j->out.jfile, what ? what : "its hash");
        free(what);
    } else if (l->shard != j->shard || l->n_shards != j->n_shards) {
        tjac_err_set(err, TJAC_EUSAGE,
                     "'%s' holds part %zu/%zu, not %zu/%zu (0/0 is the whole); give the part its "
                     "own --out",
                     j->out.jfile, l->shard, l->n_shards, j->shard, j->n_shards);
    } else if (strcmp(l->machine, j->facts.machine) != 0) {
        tjac_text t = {0};
        tjac_text_add(&t,
                      "'%s' was begun on %s and goes on on %s: the last digits of J may differ "
                      "from those of a run on one kind of machine",
                      j->out.jfile, l->machine, j->facts.machine);
        (void)!cmd_job_warn(j, NULL, t.text ? t.text : "", "", err);
        tjac_text_free(&t);
    }
    return err->code;
}

static tjac_code refuse_folder(const cmd_job *j, tjac_err *err)
{
    const cmd_out *o = &j->out;
    if (o->state == CMD_OUT_OTHER)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "'%s' is there and would be written over; give another --out, or "
                            "--force",
                            o->other);
    return tjac_err_set(err, TJAC_EUSAGE,
                        "'%s' holds %s run; give another --out, --resume to go on with it, or "
                        "--force to write over it",
                        o->dir, o->state == CMD_OUT_FINISHED ? "a finished" : "an unfinished");
}

/* The results file is there, opened, and of this plan. */
tjac_code cmd_open_file(cmd_job *j, tjac_err *err)
{
    bool anew = j->force || j->out.state == CMD_OUT_EMPTY;
    if (!anew && (!j->resume || j->out.state == CMD_OUT_OTHER))
        return refuse_folder(j, err);
    if ((anew && make_file(j, err)) || tjac_jfile_open(j->out.jfile, &j->file, err))
        return err->code;
    return anew ? TJAC_OK : check_file(j, err);
}

/* The same of the full Jacobian, which may stand elsewhere. */
tjac_code cmd_open_full(cmd_job *j, tjac_err *err)
{
    bool there = false;
    if (!j->config.full)
        return TJAC_OK;
    if (cmd_out_there(j->config.full, &there, err))
        return err->code;
    if (there && !j->resume && !j->force)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "jacobian.full '%s' is there; give another name, --resume to go on "
                            "with it, or --force to write over it",
                            j->config.full);
    if (!there || j->force) {
        if (tjac_full_make(j->config.full, &j->run, j->hash, err))
            return err->code;
        j->full_made = !there;
    }
    return tjac_full_open(j->config.full, &j->run, j->hash, &j->full, err);
}
