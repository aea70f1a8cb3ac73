/* cmd_manual.h: what is installed beside the program, printed from the tables of the commands. */
#ifndef TJAC_CMD_MANUAL_H
#define TJAC_CMD_MANUAL_H

#include <stdio.h>

/* The manual page tjac.1. */
void cmd_manual_page(FILE *file);

/* Completion for bash and for zsh: commands, options, the words that they take; else files. */
void cmd_manual_bash(FILE *file);
void cmd_manual_zsh(FILE *file);

#endif
