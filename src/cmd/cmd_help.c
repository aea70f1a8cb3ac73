/* tjac help: a command's help; the help of the config; what is installed beside the program. */
#include <string.h>
#include "cmd/cmd.h"
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
    else if (!topic)
        cmd_usage_all(stdout);
    else if (!cmd_find_command(topic, &command, err))
        cmd_usage_print(stdout, command);
    return err->code;
}

const cmd_command cmd_help = {.name = "help",
                              .about = "the options of a command",
                              .operands = "[COMMAND]",
                              .most = 1,
                              .text = "Prints the help of a command, or the list of all.",
                              .option = options,
                              .run = run_help};
