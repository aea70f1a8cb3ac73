/* tjac: targeted Jacobians of State Transition models. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#ifdef __linux__
#include <malloc.h>
#endif
#include "base/names.h"
#include "base/output.h"
#include "cmd/cmd.h"
#include "report/version.h"

static const struct {
    const char *name;
    tjac_code (*run)(int argc, char **argv, tjac_err *err);
    const char *usage, *about;
} commands[] = {
    {"run", cmd_run, cmd_run_usage, "Jacobians of a config's panels and their statistics, to CSV"},
    {"check", cmd_check, cmd_check_usage,
     "is the config sound, the gradient right, the prediction yours"},
    {"stats", cmd_stats, cmd_stats_usage, "the statistics again from an earlier run's j.h5"},
    {"table", cmd_table, cmd_table_usage, "j.csv again from an earlier run's j.h5"},
    {"merge", cmd_merge, cmd_merge_usage, "the parts of a run (--shard) become the whole"},
    {"inspect", cmd_inspect, cmd_inspect_usage, "what a model directory and its cells hold"},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *f)
{
    fputs("tjac: targeted Jacobians of State Transition (ST) models\n\n"
          "usage: tjac COMMAND [options]\n\n",
          f);
    for (int i = 0; i < N_COMMANDS; i++)
        fprintf(f, "  %-9s %s\n", commands[i].name, commands[i].about);
    fputs(
        "\n  tjac help COMMAND, tjac COMMAND --help    options of a command\n"
        "  tjac --version                            versions and licence\n\n"
        "exit codes: 0 done, 1 failed while running, 2 bad command line or config, 3 a gene, KD,\n"
        "cell or column is missing, 4 an input file is malformed or unsupported, 128 + the signal "
        "that\n"
        "ended it\n",
        f);
}

static void print_version(void)
{
    tjac_library library;
    printf("tjac %s\n", TJAC_VERSION);
    for (size_t i = 0; tjac_version_library(i, &library); i++)
        printf("%s %s\n", library.name, library.version);
    printf("%s\n", tjac_version_licence);
}

static int find_command(const char *name, tjac_err *err)
{
    tjac_names names = {0};
    for (int i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            tjac_names_free(&names);
            return i;
        }
        if (tjac_names_add(&names, commands[i].name, err))
            break;
    }
    const char *near = tjac_names_nearest(&names, name);
    tjac_err_set(err, TJAC_EUSAGE, "unknown command '%s'; %s%s%s", name,
                 near ? "did you mean '" : "see tjac --help", near ? near : "", near ? "'?" : "");
    tjac_names_free(&names);
    return -1;
}

static int wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return 1;
    return 0;
}

static tjac_code run_command(int argc, char **argv, tjac_err *err)
{
    if (argc < 2) {
        print_help(stderr);
        return tjac_err_set(err, TJAC_EUSAGE, "a command is needed");
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (strcmp(argv[1], "help") == 0 && argc == 2)) {
        print_help(stdout);
        return TJAC_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        return TJAC_OK;
    }
    int help = strcmp(argv[1], "help") == 0;
    int i = find_command(argv[1 + help], err);
    if (i < 0)
        return err->code;
    if (help || wants_help(argc - 1, argv + 1)) {
        fputs(commands[i].usage, stdout);
        return TJAC_OK;
    }
    return commands[i].run(argc - 1, argv + 1, err);
}

/* Passes free and ask for the same blocks again and again; kept, they need not be mapped and
 * cleared each time: a tenth of the engine's time, and the peak is the same. */
static void keep_freed_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

int main(int argc, char **argv)
{
    tjac_err err = {0};
    signal(SIGPIPE, SIG_IGN); /* a closed pipe and a limit on the size of files are errors of */
    signal(SIGXFSZ, SIG_IGN); /* writing like a full disk, with a message and an exit code */
    keep_freed_memory();
    run_command(argc, argv, &err);
    if (tjac_output_flush(stdout, "-", &err) || err.code)
        fprintf(stderr, "tjac: %s\n", tjac_err_message(&err));
    int code = (int)err.code;
    tjac_err_clear(&err);
    return code;
}
