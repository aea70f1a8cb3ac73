/* cmd_line.h: a command as one table, and a command line read by it. What stands in the table is
 * all that is known of a command: its help, the manual page and the completions are printed from it
 * (cmd_usage.h), so they cannot differ from what is taken.
 *
 *     static const cmd_option options[] = {
 *         {.name = "out", .argument = "DIR", .help = "write into another folder"},
 *         {.letter = 'q', .name = "quiet", .help = "say nothing (warnings stay)"},
 *         {0}};
 *     const cmd_command cmd_table = {.name = "table", .operands = "RUN_DIR", .least = 1, .most = 1,
 *                                    .option = options, .run = run_table, ...};
 *
 * Options may stand anywhere after the command, "--" ends them, "-" is an operand. A long option is
 * written out, its value follows it or an "="; one that is given twice must say the same twice,
 * unless the table allows more. --help, -h and --version are everywhere; main.c answers them.
 */
#ifndef TJAC_CMD_LINE_H
#define TJAC_CMD_LINE_H

#include <stdbool.h>
#include "base/err.h"

/* The last row of a table has no name. */
typedef struct {
    char letter;      /* 'q': -q means the same; of options without a value alone. 0: none */
    const char *name; /* "quiet" */
    const char
        *argument;     /* what its value is called, "DIR", which is not empty; NULL: it has none */
    const char *help;  /* a few words, wrapped where they are printed; NULL: not shown */
    const char *words; /* what the value may be, "auto cpu cuda", where it is a word: for
                          completion alone. NULL: a path, where there is a value */
    bool repeated;     /* may be given several times */
    bool optional;     /* its value may be left out: the word after it is one unless it begins
                          with '-' or a file or folder is called so */
} cmd_option;

typedef struct cmd_line cmd_line;

typedef struct {
    const char *name;         /* "run" */
    const char *about;        /* its line in the list of commands */
    const char *operands;     /* "RUN_DIR [CONFIG.json]", "OUT SHARD_DIR..." */
    size_t least, most;       /* so many operands */
    const char *text;         /* what it does: paragraphs, an empty line between them, wrapped where
                                 they are printed */
    const char *after;        /* paragraphs below the options; NULL: none */
    const cmd_option *option; /* without --help and --version */
    tjac_code (*run)(const cmd_line *line, tjac_err *err);
} cmd_command;

typedef struct {
    const cmd_option *option;
    const char *value; /* NULL: it has none, or it was left out */
} cmd_given;

/* Borrows the words of argv. */
struct cmd_line {
    const cmd_command *command;
    int argc;    /* as they came, */
    char **argv; /* the command's name first */
    const char **operand;
    size_t n_operands;
    cmd_given *given; /* in the order in which they came */
    size_t n_given;
};

/* argv[0] is the command's name. What the table does not have is TJAC_EUSAGE and names the nearest.
 * `out` is released by cmd_line_free. */
tjac_code cmd_line_read(const cmd_command *command, int argc, char **argv, cmd_line *out,
                        tjac_err *err);
void cmd_line_free(cmd_line *line);

/* Whether an option of the table was given; its value, NULL where it was not. */
bool cmd_line_has(const cmd_line *line, const char *name);
const char *cmd_line_value(const cmd_line *line, const char *name);

/* An operand, NULL where there are fewer. */
const char *cmd_line_operand(const cmd_line *line, size_t i);

/* "WHAT 'word'; did you mean 'BEFOREnear'?", or "WHAT 'word'; see tjac NAME --help": TJAC_EUSAGE.
 */
typedef struct {
    const char *what, *before; /* "unknown option", "--" */
    const char *see;           /* "tjac run --help" */
} cmd_unknown;
tjac_code cmd_line_unknown(const cmd_unknown *of, const char *word, const char *const *known,
                           size_t n, tjac_err *err);

#endif
