/* lines.h: which passes give the wanted pairs. Pure.
 *
 * A pair (regulator r, target t) comes out of a pullback from t, which gives all regulators, or of
 * a push from r, which gives all targets; so any vertex cover of the graph of pairs will do, and
 * the cheapest one is chosen (cover.h). A third way is L pushes from the numbers that X enters the
 * network by: they give every pair, which is cheapest when more than L regulators and targets are
 * wanted. */
#ifndef TJAC_LINES_H
#define TJAC_LINES_H

#include "engine/st.h"
#include "plan/plan.h"

/* Where one number of a line's forms goes. */
typedef struct {
    size_t other; /* a regulator of a pull, a target of a push */
    size_t dest;  /* a pair; with `enc`: target * L + number of the encoding */
} tjac_line_entry;

typedef struct {
    tjac_way way;
    size_t index;    /* tjac_probe.line */
    size_t first, n; /* its entries */
} tjac_line;

typedef struct {
    tjac_line *line; /* [n_lines] pulls before pushes */
    size_t n_lines, n_pulls;
    tjac_line_entry *entry;
    size_t n_entries, n_dest;
    bool enc;         /* all lines are TJAC_PUSH_ENC */
    const char *name; /* "reverse", "forward", "mixed", "sequential" (static) */
    char reason[256]; /* why, in words */
} tjac_lines;

typedef struct {
    tjac_engine_kind kind;
    size_t enc_size;  /* L */
    size_t forms;     /* forms a line of a set: 1 for the mean, S for same_cell ... */
    bool needs_pairs; /* the encoding will not do: errors of probes are per pair */
} tjac_lines_choice;

/* No pairs: no lines. */
tjac_code tjac_lines_choose(const tjac_plan *plan, const tjac_lines_choice *choice, tjac_lines *out,
                            tjac_err *err) TJAC_MUST_USE;

/* All T targets of the plan by all R regulators, with dest = target * R + regulator, or by the
 * encoding. The plan's pairs are not looked at. */
tjac_code tjac_lines_choose_full(const tjac_plan *plan, const tjac_lines_choice *choice,
                                 tjac_lines *out, tjac_err *err) TJAC_MUST_USE;

void tjac_lines_free(tjac_lines *lines);

#endif
