#include "base/output.h"
#include "report/report.h"

void tjac_report_null_pairs(FILE *f, const tjac_panels *panels, const tjac_null *null)
{
    char number[32];
    fputs("panel,kind,regulator,target,drawn_regulator,drawn_target,expr_regulator,"
          "expr_drawn_regulator,expr_target,expr_drawn_target,window\n",
          f);
    for (size_t i = 0; i < null->n_panels; i++)
        for (size_t k = 0; k < null->panel[i].n; k++) {
            const tjac_null_pair *p = &null->panel[i].pair[k];
            const char *text[] = {panels->panel[i].name, tjac_pair_kind_name(p->kind),
                                  p->regulator,          p->target,
                                  p->drawn_regulator,    p->drawn_target};
            const double value[] = {p->expr_regulator, p->expr_drawn_regulator, p->expr_target,
                                    p->expr_drawn_target};
            for (size_t c = 0; c < sizeof text / sizeof *text; c++) {
                tjac_output_field(f, text[c]);
                fputc(',', f);
            }
            for (size_t c = 0; c < sizeof value / sizeof *value; c++)
                fprintf(f, "%s,", tjac_output_number(value[c], number));
            fprintf(f, "%zu\n", p->window);
        }
}
