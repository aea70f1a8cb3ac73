/* cmd_text.c: see cmd_text.h. */
#include "cmd/cmd_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void cmd_text_duration(tjac_text *t, double seconds)
{
    double minutes = round(seconds / 60), hours = round(seconds / 3600);
    if (!isfinite(seconds) || seconds < 0)
        tjac_text_add(t, "-");
    else if (seconds < 1)
        tjac_text_add(t, "<1 s");
    else if (round(seconds) < 60)
        tjac_text_add(t, "%.0f s", seconds);
    else if (minutes < 60)
        tjac_text_add(t, "%.0f min", minutes);
    else if (minutes < 24 * 60)
        tjac_text_add(t, "%.0f h %.0f min", floor(minutes / 60), fmod(minutes, 60));
    else
        tjac_text_add(t, "%.0f d %.0f h", floor(hours / 24), fmod(hours, 24));
}

void cmd_text_rate(tjac_text *t, double rate)
{
    static const char *const unit[] = {"", "k", "M", "G"};
    size_t u = 0;
    if (!isfinite(rate) || rate < 0) {
        tjac_text_add(t, "-");
        return;
    }
    /* 999.5 would be shown as 1000. */
    for (; rate >= 999.5 && u + 1 < sizeof unit / sizeof *unit; u++)
        rate /= 1000;
    if (rate < 0.9995)
        tjac_text_add(t, "%.3g", rate);
    else
        tjac_text_add(t, "%.*f%s", rate < 9.995 ? 2 : rate < 99.95 ? 1 : 0, rate, unit[u]);
}

static void add_escaped(tjac_text *t, const char *s, bool json)
{
    uint32_t c;
    for (size_t n; *s; s += n) {
        n = tjac_text_next(s, &c);
        if (tjac_text_is_control(c))
            tjac_text_add(t, "\\u%04x", (unsigned)c);
        else if (json && (c == '"' || c == '\\'))
            tjac_text_add(t, "\\%c", (int)c);
        else if (c == 0xfffd)
            tjac_text_add(t, "\xef\xbf\xbd");
        else
            tjac_text_add(t, "%.*s", (int)n, s);
    }
}

void cmd_text_name(tjac_text *t, const char *name)
{
    add_escaped(t, name, false);
}

void cmd_say(FILE *f, const char *fmt, ...)
{
    va_list args;
    tjac_text line = {0}, t = {0};
    size_t end = strlen(fmt);
    va_start(args, fmt);
    tjac_text_addv(&line, fmt, args);
    va_end(args);
    while (end > 0 && fmt[end - 1] == '\n')
        end--;
    if (!line.failed) {
        line.text[line.n - strlen(fmt + end)] = '\0';
        cmd_text_name(&t, line.text);
    }
    fprintf(f, "%s%s", t.text ? t.text : line.failed ? "out of memory" : "", fmt + end);
    tjac_text_free(&t);
    tjac_text_free(&line);
}

void cmd_text_json(tjac_text *t, const char *s)
{
    if (!s) {
        tjac_text_add(t, "null");
        return;
    }
    tjac_text_add(t, "\"");
    add_escaped(t, s, true);
    tjac_text_add(t, "\"");
}

void cmd_text_fit(tjac_text *t, size_t columns)
{
    size_t used = 0, keep = 0;
    uint32_t c;
    for (size_t at = 0, n; at < t->n; at += n) {
        if (used < columns)
            keep = at; /* here one column is left for the mark */
        n = tjac_text_next(t->text + at, &c);
        used += c >= 0x1100 ? 2 : 1;
    }
    if (used <= columns)
        return;
    t->text[t->n = keep] = '\0';
    if (columns > 0)
        tjac_text_add(t, "…");
}
