/* cmd.h: the commands of the program, each in the file that bears its name; main.c lists them. A
 * command is a table (cmd_line.h) and a function that strings the stages together and leaves errors
 * to main. */
#ifndef TJAC_CMD_H
#define TJAC_CMD_H

#include "cmd/cmd_line.h"

extern const cmd_command cmd_init, cmd_run, cmd_check, cmd_stats, cmd_table, cmd_merge, cmd_inspect,
    cmd_help;

enum { CMD_MOST_COMMANDS = 16 };

/* The command of this name; another one is TJAC_EUSAGE and names the nearest. */
tjac_code cmd_find_command(const char *name, const cmd_command **out, tjac_err *err);

#endif
