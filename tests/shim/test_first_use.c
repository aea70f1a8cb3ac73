/* test_first_use CASE_DIR: two workers that are the first to predict must get the bits that one
 * gets: LibTorch's libraries choose a kernel when it is first used. Each trial is a child of its
 * own, which computes for the first time. Without what the shim does first, 2 of 1,000 trials
 * differed: this test then fails in two of three runs. */
#include "st_case.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/alloc.h"
#include "shim/torch_capi.h"

#if defined(__SANITIZE_ADDRESS__)
enum { TRIALS = 20 }; /* it looks for other things */
#else
enum { TRIALS = 600 };
#endif
enum { WORKERS = 2, MOST = 512 };

static st_case c;          /* its model is loaded, its st is not opened before the fork */
static float *kd[WORKERS]; /* one for each */
static atomic_int ready;   /* workers of the child that may begin */
static double (*y)[MOST];  /* [WORKERS] predictions, of the child, seen by the parent */
static bool alone;         /* the workers one after the other */

static void *predict(void *worker)
{
    size_t i = *(size_t *)worker;
    tjac_err err = {0};
    tjac_pass *pass = NULL;
    c.st.open_pass(c.st.self, &pass, &err);
    atomic_fetch_add(&ready, 1);
    while (!alone && atomic_load(&ready) < WORKERS)
        ;
    if (!err.code)
        c.st.predict(pass, 0, kd[i], 1, y[i], &err);
    c.st.close_pass(pass);
    return err.code ? NULL : worker;
}

/* What comes before rotary embedding in a prediction: so both workers get there at the same time.
 */
static void use_products(tc_dtype dtype)
{
    const int64_t shape[3] = {2, 32, 32};
    static const double zero[2 * 32 * 32];
    tc_scope *s = tc_scope_new(dtype, (tc_device){TC_CPU, 0});
    tc_tensor *a = tc_from_f64(s, zero, shape, 3), *b = tc_transpose(s, a, 1, 2);
    tc_matmul(s, a, a), tc_matmul(s, a, b), tc_matmul(s, b, a), tc_matmul(s, b, b);
    tc_linear(s, a, tc_from_f64(s, zero, shape + 1, 2), tc_from_f64(s, zero, shape + 1, 1));
    tc_activate(s, tc_activate(s, tc_attention(s, a, a, a, 2, 2, TC_ATTEND_ALL), TC_SILU), TC_GELU);
    tc_scope_free(s);
}

static int trial(void)
{
    static size_t number[WORKERS] = {0, 1};
    const tjac_st_options o = {"cpu", TJAC_PRECISION_F32, false};
    const tjac_st_genes genes = {c.regulator, c.R, c.target, c.T};
    const tjac_st_set set = {c.S, c.cells, c.input.block[0].batch};
    pthread_t thread;
    void *there = NULL;
    tjac_err err = {0};
    if (tjac_st_open(c.input.model, &o, &c.st, &err) || c.st.begin(c.st.self, &genes, &err) ||
        c.st.add_set(c.st.self, &set, &err))
        return 1;
    use_products(TC_F32);
    use_products(TC_F64);
    if (alone)
        return !predict(&number[0]) || !predict(&number[1]);
    return pthread_create(&thread, NULL, predict, &number[1]) || !predict(&number[0]) ||
           pthread_join(thread, &there) || !there;
}

static bool run_trial(test *t)
{
    int status = 1;
    memset(y, 0, WORKERS * sizeof *y);
    pid_t child = fork();
    if (child == 0)
        _exit(trial());
    return CHECK(t, child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

int main(int argc, char **argv)
{
    static double expected[WORKERS][MOST];
    test t = {0};
    tjac_err err = {0};
    size_t different = 0;
    y = mmap(NULL, WORKERS * sizeof *y, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (argc != 2 || y == MAP_FAILED || !CHECK_OK(&t, read_case(&c, argv[1], &err), &err))
        return 1;
    if (!CHECK(&t, c.S * c.T <= MOST && c.config.panel[0].kds.n >= WORKERS))
        return 1;
    for (size_t i = 0; i < WORKERS; i++) {
        int64_t k = tjac_names_find(&c.input.model->kds, c.config.panel[0].kds.name[i]);
        kd[i] = tjac_alloc((size_t)c.input.model->arch.pert_dim, sizeof *kd[i], &err);
        CHECK_OK(&t, tjac_model_kd_vector(c.input.model, (size_t)k, kd[i], &err), &err);
    }
    alone = true;
    bool good = run_trial(&t);
    memcpy(expected, y, sizeof expected);
    CHECK(&t, expected[0][0] != 0 || expected[0][1] != 0);
    alone = false;
    for (int i = 0; i < TRIALS && good; i++) {
        good = run_trial(&t);
        different += memcmp(expected, y, sizeof expected) != 0;
    }
    if (!CHECK(&t, different == 0))
        fprintf(stderr, "    %zu of %d pairs of workers differ from one\n", different, TRIALS);
    for (size_t i = 0; i < WORKERS; i++)
        free(kd[i]);
    close_case(&c);
    munmap(y, WORKERS * sizeof *y);
    return test_end(&t);
}
