/* What remains of drawn blocks, and how like the panel's genes the drawn ones are. */
#include <math.h>
#include "plan/blocks.h"

/* ---- rows and columns without empty blocks ---- */

typedef struct {
    const size_t *count;
    size_t n[2];            /* drawn rows, columns */
    unsigned char *gone[2]; /* [n] */
} shape;

/* Empty blocks of row (side 0) or column b, with what remains of the other side and its 0. */
static size_t empty_blocks(const shape *s, int side, size_t b)
{
    size_t n = 0;
    for (size_t o = 0; o <= s->n[!side]; o++) {
        size_t row = side ? o : b, col = side ? b : o;
        if (o == 0 || !s->gone[!side][o - 1])
            n += s->count[row * (s->n[1] + 1) + col] == 0;
    }
    return n;
}

static size_t remaining(const shape *s, int side)
{
    size_t n = 0;
    for (size_t b = 0; b < s->n[side]; b++)
        n += !s->gone[side][b];
    return n;
}

void tjac_blocks_drop(const size_t *count, size_t rows, size_t cols, unsigned char *row_gone,
                      unsigned char *col_gone)
{
    const shape s = {count, {rows, cols}, {row_gone, col_gone}};
    for (size_t most = 1; most > 0;) {
        const int first = remaining(&s, 1) > remaining(&s, 0); /* the side that has more */
        size_t block = 0;
        int of = 0;
        most = 0;
        for (int k = 0; k < 2; k++)
            for (size_t b = 1, side = (size_t)(k ? !first : first); b <= s.n[side]; b++) {
                size_t n = s.gone[side][b - 1] ? 0 : empty_blocks(&s, (int)side, b);
                if (n > most) {
                    most = n;
                    block = b;
                    of = (int)side;
                }
            }
        if (most > 0)
            s.gone[of][block - 1] = 1;
    }
}

/* ---- balance ---- */

/* Running mean and sum of squares (Welford). */
typedef struct {
    size_t n;
    double mean, squares;
} moments;

static void take(moments *m, double v)
{
    double delta = v - m->mean;
    m->mean += delta / (double)++m->n;
    m->squares += delta * (v - m->mean);
}

double tjac_blocks_balance(const double (*expression)[2], size_t n)
{
    moments of[2] = {{0, 0, 0}, {0, 0, 0}};
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 2; k++)
            take(&of[k], expression[i][k]);
    if (!(of[0].squares > 0)) /* one gene alone, or none */
        return NAN;
    return (of[1].mean - of[0].mean) / sqrt((of[0].squares + of[1].squares) / (double)(n - 1) / 2);
}
