#include "cmd/cmd_account.h"

#include <string.h>
#include <sys/resource.h>
#include "cmd/cmd_text.h"

static void say_file(FILE *f, const cmd_job *j, const char *what, const char *path, tjac_err *err)
{
    char hash[65];
    if (path && !err->code && !tjac_hashing_find(j->facts.hashing, path, hash, err))
        cmd_say(f, "%s %s sha256 %s\n", what, path, hash);
}

static void say_model(FILE *f, const cmd_job *j, const tjac_run_model *m, tjac_err *err)
{
    const tjac_model *files = m->input.model;
    cmd_say(f, "%s: folder %s\n", m->input.name, files->dir);
    say_file(f, j, "read", files->checkpoint, err);
    say_file(f, j, "read", files->kd_map, err);
    say_file(f, j, "read", files->batch_map, err);
    say_file(f, j, "read", files->config_yaml, err);
    say_file(f, j, "read", files->var_dims, err);
    cmd_say(f, "%s: input '%s', names from %s, control '%s'\n", m->input.name, m->input.embed_key,
            m->input.names_from, m->input.control);
    for (size_t i = 0; i < m->input.n_blocks; i++)
        cmd_say(f, "%s: %s: %zu control cells, sets sha256 %s\n", m->input.name,
                m->input.block[i].cell_type, m->input.block[i].sets.n_eligible,
                m->input.block[i].sha256);
}

void cmd_account_device(FILE *f, const cmd_job *j)
{
    cmd_say(f, "device %s, %zu thread(s) (%s), %s\n", j->facts.device, j->facts.threads,
            j->facts.threads_from, tjac_precision_name(j->config.precision));
}

tjac_code cmd_account_files(FILE *f, const cmd_job *j, const char *config, tjac_err *err)
{
    const tjac_config *c = &j->config;
    cmd_say(f, "config %s\n", strcmp(config, "-") == 0 ? "from standard input" : config);
    cmd_say(f, "cells %s\n", c->cells.h5ad);
    for (size_t i = 0; i < j->run.n_models && !err->code; i++)
        say_model(f, j, &j->run.model[i], err);
    for (size_t i = 0; i < c->n_panels; i++) {
        say_file(f, j, "read", c->panel[i].pairs, err);
        say_file(f, j, "read", c->panel[i].gmt, err);
    }
    for (size_t i = 0; i < c->stats.external.n; i++)
        say_file(f, j, "read", c->stats.external.name[i], err);
    cmd_say(f, "plan sha256 %s\n", j->hash);
    cmd_say(f, "writes %s\n", strcmp(c->out, "-") == 0 ? "standard output" : c->out);
    return err->code;
}

void cmd_account_end(FILE *f, const cmd_job *j)
{
    struct rusage u;
    cmd_say(f, "seconds: open %.3g, load %.3g, engine %.3g, statistics %.3g, all %.3g\n",
            j->facts.seconds_open, j->facts.seconds_load, j->facts.seconds_engine,
            j->facts.seconds_stats, cmd_now() - j->start);
    for (size_t i = 0; i < j->run.n_models; i++)
        if (j->run.model[i].report.passes > 0)
            cmd_say(f, "%s: %.0f passes\n", j->run.model[i].input.name,
                    j->run.model[i].report.passes);
    if (getrusage(RUSAGE_SELF, &u) == 0)
        cmd_say(f, "peak memory %.0f MiB\n", (double)u.ru_maxrss / 1024);
}
