#include <math.h>
#include "base/text.h"
#include "plan/blocks_parts.h"

/* Fewer blocks than wanted, and why. */
static tjac_code warn_fewer(const tjac_panel *p, const tjac_blocks_panel *b, tjac_names *out,
                            tjac_err *err)
{
    tjac_text t = {0};
    if (b->n_rows == b->wanted && b->n_cols == b->wanted)
        return TJAC_OK;
    tjac_text_add(&t,
                  "panel '%s' has %zu row(s) and %zu column(s) of blocks, and 'null.blocks' asks "
                  "for %zu: ",
                  p->name, b->n_rows, b->n_cols, b->wanted);
    if (b->drawn[0] < b->wanted || b->drawn[1] < b->wanted)
        tjac_text_add(&t,
                      "the genes that all models have and that are not its own are enough for %zu "
                      "row(s) of its %zu regulator(s) and %zu column(s) of its %zu target(s)",
                      b->drawn[0], p->regulators.n, b->drawn[1], p->targets.n);
    else
        tjac_text_add(&t, "%zu of each were drawn", b->wanted);
    if ((b->drawn[0] && b->drawn[1]) && (b->n_rows < b->drawn[0] || b->n_cols < b->drawn[1]))
        tjac_text_add(
            &t, ", and those with a block of which every pair is one gene, or stands together "
                "in a panel, set or edge, are left out");
    return tjac_names_take(out, &t, err);
}

static tjac_code warn_windows(const tjac_panel *p, const tjac_blocks_panel *b, tjac_names *out,
                              tjac_err *err)
{
    size_t wide = 0, widest = 0;
    tjac_text t = {0};
    for (size_t i = 0; i < b->n_genes; i++) {
        wide += b->gene[i].window > TJAC_BLOCKS_WINDOW;
        widest = b->gene[i].window > widest ? b->gene[i].window : widest;
    }
    if (wide)
        tjac_text_add(&t,
                      "panel '%s': %zu of %zu drawn genes needed a window of up to %zu ranks of "
                      "expression, where %d is usual",
                      p->name, wide, b->n_genes, widest, TJAC_BLOCKS_WINDOW);
    return tjac_names_take(out, &t, err);
}

static tjac_code warn_balance(const tjac_panel *p, const tjac_blocks_panel *b, int role,
                              tjac_names *out, tjac_err *err)
{
    tjac_text t = {0};
    if (fabs(b->balance[role]) > TJAC_BLOCKS_BALANCE) /* false where it is NaN */
        tjac_text_add(&t,
                      "panel '%s': the expression of the drawn %s differs from that of the panel's "
                      "by %.2g standard deviations",
                      p->name, role ? "targets" : "regulators", b->balance[role]);
    return tjac_names_take(out, &t, err);
}

static tjac_code warn_named(const tjac_panel *p, const tjac_blocks_panel *b, tjac_names *out,
                            tjac_err *err)
{
    tjac_text t = {0};
    if (b->named_left_out)
        tjac_text_add(&t,
                      "panel '%s': %zu of the %zu pairs with its 'unrelated_targets' are left out, "
                      "as they are one gene, or stand together in a panel, set or edge",
                      p->name, b->named_left_out, p->regulators.n * p->config->unrelated_targets.n);
    return tjac_names_take(out, &t, err);
}

tjac_code blocks_warn(const tjac_panel *p, const tjac_blocks_panel *b, tjac_names *out,
                      tjac_err *err)
{
    if (warn_fewer(p, b, out, err) || warn_windows(p, b, out, err) ||
        warn_balance(p, b, 0, out, err) || warn_balance(p, b, 1, out, err))
        return err->code;
    return warn_named(p, b, out, err);
}
