/* cmd_usage.h: what is printed from the tables of the commands: help, the manual page, completion
 * for shells. */
#ifndef TJAC_CMD_USAGE_H
#define TJAC_CMD_USAGE_H

#include <stdio.h>
#include "cmd/cmd_line.h"

/* All commands, in the order in which they are shown; NULL after the last. In main.c. */
extern const cmd_command *const cmd_commands[];

/* --help and --version, which every command has; what tjac is for; the sentence on exit codes. */
extern const cmd_option cmd_usage_everywhere[];
extern const char cmd_usage_about[], cmd_usage_exit_codes[];

/* tjac --help; tjac COMMAND --help. */
void cmd_usage_all(FILE *file);
void cmd_usage_print(FILE *file, const cmd_command *command);

/* "-q, --quiet", "--out DIR" */
enum { CMD_USAGE_LABEL = 64 };
void cmd_usage_label(const cmd_option *option, char label[CMD_USAGE_LABEL]);

/* Paragraphs, an empty line between them, as lines of at most 79 bytes. */
void cmd_usage_wrap(FILE *file, const char *text);

#endif
