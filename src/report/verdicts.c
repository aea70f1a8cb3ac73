/* The table of verdicts for people. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "report/report.h"

enum { TEXT_COLUMNS = 5, CELL = 48 };

/* ---- words ---- */

/* What a row is of. */
static void words(const tjac_panel_stat *r, const char *out[TEXT_COLUMNS])
{
    out[0] = r->panel->panel;
    out[1] = r->panel->model;
    out[2] = r->panel->cell_type;
    out[3] = tjac_estimand_name(r->panel->estimand);
    out[4] = tjac_reference_name(r->reference);
}

/* Characters, not bytes: names are UTF-8. */
static int length(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

/* Width of each column; 0 leaves it out: cell type and estimand when they never differ. */
static void find_widths(const tjac_panel_stats *s, const char *const *header, int *width)
{
    bool differ[TEXT_COLUMNS] = {true, true, false, false, true};
    const char *first[TEXT_COLUMNS] = {NULL}, *now[TEXT_COLUMNS];
    for (size_t c = 0; c < TEXT_COLUMNS; c++)
        width[c] = length(header[c]);
    for (size_t i = 0; i < s->n; i++) {
        words(&s->row[i], now);
        for (size_t c = 0; c < TEXT_COLUMNS; c++) {
            first[c] = first[c] ? first[c] : now[c];
            differ[c] = differ[c] || strcmp(first[c], now[c]) != 0;
            int n = length(now[c]);
            width[c] = n > width[c] ? n : width[c];
        }
    }
    for (size_t c = 0; c < TEXT_COLUMNS; c++)
        width[c] = differ[c] ? width[c] : 0;
}

static void print_words(FILE *f, const char *const *text, const int *width)
{
    for (size_t c = 0; c < TEXT_COLUMNS; c++)
        if (width[c])
            fprintf(f, "%s%*s", text[c], width[c] + 2 - length(text[c]), "");
}

/* ---- numbers ---- */

static const char *number(const char *format, double v, char out[16])
{
    if (!isfinite(v))
        return "NA";
    snprintf(out, 16, format, v);
    return strtod(out, NULL) == 0 && *out == '-' ? out + 1 : out; /* no "-0.00" */
}

/* "1.31 [1.02, 1.6]" */
static void print_effect(FILE *f, const tjac_panel_stat *r)
{
    char cell[CELL], effect[16], lo[16], hi[16];
    bool limits = isfinite(r->effect_limits.lo);
    snprintf(cell, sizeof cell, limits ? "%s [%s, %s]" : "%s", number("%.2f", r->effect, effect),
             number("%.2f", r->effect_limits.lo, lo), number("%.2f", r->effect_limits.hi, hi));
    fprintf(f, "%-21s  ", cell);
}

/* "0.003 (0.0001)": a p and the smallest that it can be. */
static void print_p(FILE *f, double p, double least)
{
    char cell[CELL], a[16], b[16];
    snprintf(cell, sizeof cell, "%s (%s)", number("%.2g", p, a), number("%.2g", least, b));
    fprintf(f, "%-18s  ", cell);
}

static void print_kds(FILE *f, const tjac_panel_stat *r)
{
    char cell[CELL];
    snprintf(cell, sizeof cell, "%zu : %zu", r->n_pathway_kds, r->n_reference_kds);
    fprintf(f, "%-9s  ", cell);
}

static void print_legend(FILE *f)
{
    fputs("KDs: the panel's, and those that they are compared with. effect: routing, in log2, with "
          "limits.\np_kds, p_blocks: in brackets the smallest that they can be here.\n",
          f);
}

void tjac_report_verdicts(FILE *f, const tjac_stats *stats)
{
    static const char *const header[TEXT_COLUMNS] = {"panel", "model", "cell type", "estimand",
                                                     "against"};
    const tjac_panel_stats *s = &stats->panels;
    int width[TEXT_COLUMNS];
    if (s->n == 0)
        return;
    find_widths(s, header, width);
    print_words(f, header, width);
    fprintf(f, "%-9s  %-21s  %-18s  %-18s  %s\n", "KDs", "effect", "p_kds", "p_blocks", "verdict");
    for (size_t i = 0; i < s->n; i++) {
        const tjac_panel_stat *r = &s->row[i];
        const char *text[TEXT_COLUMNS];
        words(r, text);
        print_words(f, text, width);
        print_kds(f, r);
        print_effect(f, r);
        print_p(f, r->p_kds, r->p_kds_min);
        print_p(f, r->p_blocks, r->p_blocks_min);
        fprintf(f, "%s\n    %s\n", tjac_verdict_name(r->verdict), r->reason);
    }
    print_legend(f);
}
