/* test_scopes CASE_DIR: every operation of the ST model with the n-th scope refused, for every n:
 * it must say that memory was out, or give every number. The linker puts the two functions below in
 * front of the shim's. */
#include "st_case.h"
#include "base/alloc.h"
#include "shim/torch_capi.h"

tc_scope *__real_tc_scope_new(tc_dtype dtype, tc_device device);
tc_scope *__real_tc_scope_inner(const tc_scope *outer);
tc_scope *__wrap_tc_scope_new(tc_dtype dtype, tc_device device);
tc_scope *__wrap_tc_scope_inner(const tc_scope *outer);

static size_t until = SIZE_MAX; /* scopes that are still made; SIZE_MAX: all */
static size_t refused;

static bool refuse(void)
{
    if (until == SIZE_MAX || until-- > 1)
        return false;
    until = SIZE_MAX;
    refused++;
    return true;
}

tc_scope *__wrap_tc_scope_new(tc_dtype dtype, tc_device device)
{
    return refuse() ? NULL : __real_tc_scope_new(dtype, device);
}

tc_scope *__wrap_tc_scope_inner(const tc_scope *outer)
{
    return refuse() ? NULL : __real_tc_scope_inner(outer);
}

/* ---- operations: each fills out[0 .. n) ---- */

enum { MOST = 4096 };
static double u[64], out[MOST];

static tjac_code set_up(st_case *f, size_t *n, tjac_err *err)
{
    *n = f->S * f->T;
    return predict_at(f, f->cells, out, err);
}

static tjac_code probe(st_case *f, tjac_way way, tjac_err *err)
{
    const tjac_probe q[2] = {{0, u, u}, {1, u, u}};
    return f->st.probe(f->pass, way, q, 2, out, err);
}

static tjac_code pull(st_case *f, size_t *n, tjac_err *err)
{
    *n = 2 * f->R;
    return probe(f, TJAC_PULL, err);
}

static tjac_code push(st_case *f, size_t *n, tjac_err *err)
{
    *n = 2 * f->T;
    return probe(f, TJAC_PUSH, err);
}

static tjac_code push_enc(st_case *f, size_t *n, tjac_err *err)
{
    *n = 2 * f->T;
    return probe(f, TJAC_PUSH_ENC, err);
}

static tjac_code kd_tangent_by_pulling(st_case *f, size_t *n, tjac_err *err)
{
    *n = f->T;
    return f->st.kd_tangent(f->pass, TJAC_PULL, out, err);
}

static tjac_code kd_tangent_by_pushing(st_case *f, size_t *n, tjac_err *err)
{
    *n = f->T;
    return f->st.kd_tangent(f->pass, TJAC_PUSH, out, err);
}

static tjac_code change(st_case *f, size_t *n, tjac_err *err)
{
    const tjac_change c[2] = {{0, u}, {1, u}};
    *n = 2 * f->T;
    return f->st.change(f->pass, c, 2, out, err);
}

static tjac_code expand(st_case *f, size_t *n, tjac_err *err)
{
    double *from = tjac_alloc(2, f->st.enc_size * sizeof *from, err);
    *n = 2 * f->R;
    if (from)
        (void)!f->st.expand(f->st.self, from, 2, out, err);
    free(from);
    return err->code;
}

typedef tjac_code (*operation)(st_case *f, size_t *n, tjac_err *err);

/* With every scope in turn refused; the prediction is made afresh each time. */
static void check(test *t, st_case *f, operation run, const char *name)
{
    size_t had = 0;
    for (size_t at = 1;; at++) {
        tjac_err err = {0};
        size_t n = 0, before = refused;
        if (run != set_up && !CHECK_OK(t, set_up(f, &n, &err), &err))
            return;
        for (size_t i = 0; i < MOST; i++)
            out[i] = NAN;
        until = at;
        tjac_code code = run(f, &n, &err);
        until = SIZE_MAX;
        if (refused == before) {
            CHECK_OK(t, code, &err);
            for (size_t i = 0; i < n; i++)
                CHECK(t, !isnan(out[i]));
            break;
        }
        had++;
        if (!CHECK(t, code == TJAC_EFAIL && err.memory))
            fprintf(stderr, "    %s, scope %zu: %s\n", name, at, tjac_err_message(&err));
        tjac_err_clear(&err);
    }
    if (!CHECK(t, had > 0))
        fprintf(stderr, "    %s made no scope\n", name);
}

int main(int argc, char **argv)
{
    static const struct {
        operation run;
        const char *name;
    } all[] = {{set_up, "predict"},
               {pull, "pull"},
               {push, "push"},
               {push_enc, "push by enc"},
               {kd_tangent_by_pulling, "kd_tangent by pulling"},
               {kd_tangent_by_pushing, "kd_tangent by pushing"},
               {change, "change"},
               {expand, "expand"}};
    test t = {0};
    st_case f = {0};
    tjac_err err = {0};
    if (argc != 2 || !CHECK_OK(&t, open_case(&f, argv[1], &err), &err))
        return 1;
    if (!CHECK(&t, f.R >= 2 && f.T >= 2 && f.S * f.T <= MOST))
        return 1;
    for (size_t c = 0; c < f.S; c++)
        u[c] = 1.0 / (double)f.S;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        check(&t, &f, all[i].run, all[i].name);
    close_case(&f);
    return test_end(&t);
}
