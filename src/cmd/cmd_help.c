/* tjac help: a command's help; the help of the config; what is installed beside the program. */
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/cmd_keys.h"
#include "cmd/cmd_manual.h"
#include "cmd/cmd_usage.h"

static const cmd_option options[] = {{.name = "man"}, {.name = "bash"}, {.name = "zsh"}, {0}};

static tjac_code unknown_topic(const char *topic, tjac_err *err)
{
    const char *known[CMD_MOST_COMMANDS];
    size_t n = 0;
    while (cmd_commands[n] && n < CMD_MOST_COMMANDS) {
        known[n] = cmd_commands[n]->name;
        n++;
    }
    return cmd_line_unknown(&(cmd_unknown){"unknown command", "", "tjac --help"}, topic, known, n,
                            err);
}

tjac_code cmd_find_command(const char *name, const cmd_command **out, tjac_err *err)
{
    for (const cmd_command *const *c = cmd_commands; *c; c++)
        if (strcmp((*c)->name, name) == 0) {
            *out = *c;
            return TJAC_OK;
        }
    return unknown_topic(name, err);
}

static tjac_code run_help(const cmd_line *line, tjac_err *err)
{
    const char *topic = cmd_line_operand(line, 0);
    const cmd_command *command = NULL;
    if (cmd_line_has(line, "man"))
        cmd_manual_page(stdout);
    else if (cmd_line_has(line, "bash"))
        cmd_manual_bash(stdout);
    else if (cmd_line_has(line, "zsh"))
        cmd_manual_zsh(stdout);
    else if (topic && strcmp(topic, "config") == 0)
        (void)!cmd_print_keys(cmd_line_operand(line, 1), err);
    else if (line->n_operands > 1)
        tjac_err_set(err, TJAC_EUSAGE,
                     "expected [COMMAND], or config and a KEY of it, found '%s' and '%s'; see tjac "
                     "help --help",
                     topic, cmd_line_operand(line, 1));
    else if (!topic)
        cmd_usage_all(stdout);
    else if (!cmd_find_command(topic, &command, err))
        cmd_usage_print(stdout, command);
    return err->code;
}

const cmd_command cmd_help = {.name = "help",
                              .about = "the options of a command; the keys of the config",
                              .operands = "[COMMAND | config [KEY]]",
                              .most = 2,
                              .text = "Prints the help of a command, or the list of all; of "
                                      "'config' every key that a config may have, with its "
                                      "default and an example, or of one section or key, such as "
                                      "stats or cells.n_sets.",
                              .option = options,
                              .run = run_help};
