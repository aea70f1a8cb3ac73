/* cmd_text.h: numbers and names as a person, or a terminal, is shown them. Text is added to the
 * end of `t`. */
#ifndef TJAC_CMD_TEXT_H
#define TJAC_CMD_TEXT_H

#include <stdio.h>
#include "base/text.h"

/* "<1 s", "45 s", "12 min", "3 h 20 min", "2 d 4 h"; "-" for NaN, infinities and below 0. */
void cmd_text_duration(tjac_text *t, double seconds);

/* Three digits: "0.0123", "1.23", "12.3", "123", "1.23k", "45.6M", "7.89G"; "-" like above. */
void cmd_text_rate(tjac_text *t, double rate);

/* A name with control characters, those that turn the direction of text too, as \u001b; what is no
 * UTF-8 becomes U+FFFD. */
void cmd_text_name(tjac_text *t, const char *name);

/* Prints a line as cmd_text_name shows it; line ends at the end of `fmt` stay. What is said to
 * people goes this way, so that no name out of a file speaks to the terminal. */
void cmd_say(FILE *file, const char *fmt, ...) TJAC_PRINTF(2, 3);

/* The same as a JSON string, in quotes; NULL: null. */
void cmd_text_json(tjac_text *t, const char *s);

/* Cuts what stands in `t` (UTF-8) to at most `columns` of a terminal, "…" last where something is
 * cut. Characters from U+1100 on count two columns: rather too short than wrapped. */
void cmd_text_fit(tjac_text *t, size_t columns);

#endif
