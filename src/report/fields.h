/* fields.h: fields of a CSV, each with the comma after it. Private to this room. */
#ifndef TJAC_REPORT_FIELDS_H
#define TJAC_REPORT_FIELDS_H

#include <stdio.h>
#include "base/output.h"
#include "plan/blocks.h"

static inline void put_text(FILE *f, const char *text)
{
    tjac_output_field(f, text);
    fputc(',', f);
}

static inline void put_number(FILE *f, double v)
{
    char buffer[32];
    fprintf(f, "%s,", tjac_output_number(v, buffer));
}

static inline void put_count(FILE *f, size_t n)
{
    fprintf(f, "%zu,", n);
}

/* Row or column of a block. */
static inline void put_position(FILE *f, int at)
{
    if (at == TJAC_COL_NAMED)
        fputs("u,", f);
    else
        fprintf(f, "%d,", at);
}

#endif
