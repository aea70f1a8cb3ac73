/* tjac: targeted Jacobians of State Transition models. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#ifdef __linux__
#include <malloc.h>
#endif
#include "base/output.h"
#include "cmd/cmd.h"
#include "cmd/cmd_text.h"
#include "cmd/cmd_usage.h"
#include "report/version.h"

const cmd_command *const cmd_commands[] = {&cmd_init,    &cmd_run,   &cmd_check,
                                           &cmd_stats,   &cmd_table, &cmd_merge,
                                           &cmd_inspect, &cmd_help,  NULL};

static void print_version(void)
{
    tjac_library library;
    printf("tjac %s\n", TJAC_VERSION);
    for (size_t i = 0; tjac_version_library(i, &library); i++)
        printf("%s %s\n", library.name, library.version);
    printf("%s\n", tjac_version_licence);
}

/* Whether one of these two words is there, before "--". */
static bool has_word(int argc, char **argv, const char *word, const char *same)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], word) == 0 || strcmp(argv[i], same) == 0)
            return true;
    return false;
}

/* Before any command. */
static tjac_code unknown_option(const char *word, tjac_err *err)
{
    static const char *const known[] = {"--help", "--version"};
    return cmd_line_unknown(
        &(cmd_unknown){"unknown option", "", "tjac --help (options of a command come after it)"},
        word, known, sizeof known / sizeof *known, err);
}

static tjac_code run_command(int argc, char **argv, tjac_err *err)
{
    const cmd_command *command = NULL;
    cmd_line line = {0};
    if (argc < 2 || !*argv[1]) {
        cmd_usage_all(stderr);
        return tjac_err_set(err, TJAC_EUSAGE, "a command is needed");
    }
    char *first = argv[1], help[] = "help";
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        first = argv[1] = help;
    else if (strcmp(first, "--version") == 0) {
        print_version();
        return TJAC_OK;
    } else if (*first == '-')
        return unknown_option(first, err);
    if (cmd_find_command(first, &command, err))
        return err->code;
    if (has_word(argc - 2, argv + 2, "--help", "-h"))
        cmd_usage_print(stdout, command);
    else if (has_word(argc - 2, argv + 2, "--version", "--version"))
        print_version();
    else if (!cmd_line_read(command, argc - 1, argv + 1, &line, err))
        (void)!command->run(&line, err);
    cmd_line_free(&line);
    return err->code;
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
    (void)!run_command(argc, argv, &err);
    if (tjac_output_flush(stdout, "-", &err) || err.code)
        cmd_say(stderr, "tjac: %s\n", tjac_err_message(&err));
    int code = (int)err.code;
    tjac_err_clear(&err);
    return code;
}
