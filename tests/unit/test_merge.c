/* The parts of a run become the file of the whole run, byte by byte, or are refused. */
#include <fcntl.h>
#include <sys/stat.h>
#include "layout_case.h"
#include "results/merge.h"
#include "results/shard.h"

enum { BLOCKS = CASE_MODELS * CASE_CELLS, MOST_PARTS = 20 };

static const char whole[] = "test_merge_dir/whole.h5", merged[] = "test_merge_dir/merged.h5";

static const char *part_path(size_t i)
{
    static char path[64];
    snprintf(path, sizeof path, "test_merge_dir/%zu.h5", i);
    return path;
}

static void layout_of_part(test *t, size_t i, size_t n, tjac_layout *out)
{
    tjac_err err = {0};
    tjac_shard_block block[BLOCKS];
    tjac_range range[BLOCKS];
    for (size_t b = 0; b < BLOCKS; b++)
        block[b] = (tjac_shard_block){case_of(b / CASE_CELLS), b % 2 ? 1 : 3};
    tjac_shard_cut(block, BLOCKS, 2, i, n, range);
    CHECK_OK(t, case_layout(range, out, &err), &err);
    out->shard = i;
    out->n_shards = n;
}

/* A part that is finished but for the last `but` KDs of each block. */
static tjac_jfile *finish(test *t, const char *path, tjac_layout *layout, size_t but)
{
    tjac_err err = {0};
    tjac_jfile *file = case_file(t, path, layout);
    if (file)
        CHECK_OK(t, case_fill(file, but, &err), &err);
    return file;
}

static tjac_jfile *make_part(test *t, size_t i, size_t n)
{
    tjac_layout l = {0};
    layout_of_part(t, i, n, &l);
    return finish(t, part_path(i), &l, 0);
}

static void close_all(tjac_jfile **part, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (part[i])
            unlink(part[i]->path);
        tjac_jfile_close(part[i]);
    }
}

static tjac_code check(tjac_jfile **part, size_t n, tjac_err *err)
{
    return tjac_merge_check((const tjac_jfile *const *)part, n, err);
}

/* ---- the whole ---- */

/* The parts in another order than theirs. */
static void merge_parts(test *t, size_t n)
{
    tjac_err err = {0};
    tjac_jfile *part[MOST_PARTS] = {NULL};
    for (size_t i = 0; i < n; i++)
        part[(i * 7 + 3) % n] = make_part(t, i + 1, n);
    CHECK_OK(t, check(part, n, &err), &err);
    CHECK_OK(t, tjac_merge((const tjac_jfile *const *)part, n, merged, &err), &err);
    CHECK(t, case_same(whole, merged));
    close_all(part, n);
    unlink(merged);
}

static void merges(test *t)
{
    static const size_t n[] = {1, 2, 3, 5, MOST_PARTS}; /* with the last one, some are empty */
    tjac_err err = {0};
    tjac_layout l = {0};
    CHECK_OK(t, case_layout(NULL, &l, &err), &err);
    tjac_jfile *file = finish(t, whole, &l, 0);
    for (size_t i = 0; i < sizeof n / sizeof *n; i++)
        merge_parts(t, n[i]);
    const tjac_jfile *one = file; /* the whole is the only part of itself */
    CHECK_OK(t, tjac_merge(&one, 1, merged, &err), &err);
    CHECK(t, case_same(whole, merged));
    CHECK(t, tjac_merge(&one, 1, "test_merge_dir/whole.h5/j.h5", &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "test_merge_dir/whole.h5");
    tjac_jfile_close(file);
    unlink(merged);
    unlink(whole);
}

/* ---- what is no whole ---- */

static void missing(test *t)
{
    tjac_err err = {0};
    tjac_jfile *part[3] = {make_part(t, 1, 4), make_part(t, 4, 4), make_part(t, 3, 4)};
    CHECK(t, check(part, 3, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE,
                "3 of the 7 KDs of model 'a/b%2F' (K562, \"wild\") are in no part, the first is "
                "number 5 of the plan; parts that are not there: 2/4; give all parts of the run");
    CHECK(t, check(part, 2, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "parts that are not there: 2/4, 3/4; give");
    CHECK(t, tjac_merge((const tjac_jfile *const *)part, 3, merged, &err) == TJAC_EUSAGE);
    tjac_err_clear(&err);
    CHECK(t, access(merged, F_OK) != 0);
    close_all(part, 3);
}

/* Of a million parts not all are named, and a plan is only as large as a file says. */
static void mostly_missing(test *t)
{
    tjac_err err = {0};
    tjac_layout l = {0};
    layout_of_part(t, 1, 4, &l);
    l.shard = 2;
    l.n_shards = 1000000;
    for (size_t c = 0; c < CASE_CELLS; c++)
        l.model[0].cells[c].of = INT32_MAX;
    tjac_jfile *part = finish(t, part_path(1), &l, 0);
    CHECK(t, check(&part, 1, &err) == TJAC_EUSAGE);
    CHECK(t, strstr(tjac_err_message(&err), "2147483643 of the 2147483647 KDs") != NULL);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "parts that are not there: 1/1000000, 3/1000000, 4/1000000");
    CHECK(t, check(&part, 1, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, ", 20/1000000, ...; give all parts");
    close_all(&part, 1);
}

static void twice(test *t)
{
    tjac_err err = {0};
    tjac_layout l = {0};
    tjac_jfile *part[3] = {make_part(t, 1, 2), make_part(t, 2, 2), NULL};
    layout_of_part(t, 2, 2, &l);
    part[2] = finish(t, part_path(3), &l, 0);
    CHECK(t, check(part, 3, &err) == TJAC_EUSAGE);
    CHECK(t, strstr(tjac_err_message(&err), "' (.) is in") != NULL);
    CHECK_ERROR(t, &err, TJAC_EUSAGE,
                "in 'test_merge_dir/2.h5' and in 'test_merge_dir/3.h5'; give every part once");
    CHECK(t, check(part + 1, 2, &err) == TJAC_EUSAGE); /* twice, and others are missing */
    tjac_err_clear(&err);
    close_all(part, 3);
}

static void other_plan(test *t)
{
    tjac_err err = {0};
    tjac_layout l = {0};
    tjac_jfile *part[2] = {make_part(t, 1, 2), NULL};
    layout_of_part(t, 2, 2, &l);
    memset(l.hash, 'b', 64);
    tjac_names_free(&l.identity);
    static const char *const line[] = {"tjac: 1, layout 2", "precision: float64",
                                       "checkpoint of model 'a/b%2F': 02",
                                       "cells (.) of model '..': 1 sets of 8: 02"};
    CHECK_OK(t, case_names(&l.identity, line, 4, &err), &err);
    part[1] = finish(t, part_path(2), &l, 0);
    CHECK(t, check(part, 2, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE,
                "'test_merge_dir/1.h5' and 'test_merge_dir/2.h5' are of different plans, which "
                "differ in: precision, checkpoint of model 'a/b%2F'; merge parts of one run");
    close_all(part + 1, 1);
    layout_of_part(t, 2, 2, &l);
    memset(l.hash, 'b', 64); /* and nothing else */
    part[1] = finish(t, part_path(2), &l, 0);
    CHECK(t, check(part, 2, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "differ in: their hash");
    close_all(part, 2);
}

/* One hash, and another number of columns: a file that somebody has changed. */
static void other_models(test *t)
{
    tjac_err err = {0};
    tjac_layout l = {0};
    tjac_jfile *part[2] = {make_part(t, 1, 2), NULL};
    layout_of_part(t, 2, 2, &l);
    for (size_t i = 0; i < l.model[1].n_pairs; i++)
        l.model[1].pair[i].column = 0;
    l.model[1].n_columns = 1;
    part[1] = case_file(t, part_path(2), &l);
    CHECK(t, check(part, 2, &err) == TJAC_EINPUT || part[1] == NULL);
    tjac_err_clear(&err);
    close_all(part + 1, 1);
    layout_of_part(t, 2, 2, &l);
    l.model[1].cells[0].of++;
    part[1] = finish(t, part_path(2), &l, 0);
    CHECK(t, check(part, 2, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "have one hash and different models");
    close_all(part, 2);
}

/* ---- what is not there ---- */

static void unfinished(test *t)
{
    tjac_err err = {0};
    tjac_layout l = {0};
    tjac_jfile *part[2] = {make_part(t, 1, 2), NULL};
    layout_of_part(t, 2, 2, &l);
    part[1] = finish(t, part_path(2), &l, 1);
    CHECK(t, check(part, 2, &err) == TJAC_EINPUT);
    CHECK(t, strstr(tjac_err_message(&err), "'test_merge_dir/2.h5': J under KD ") != NULL);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "--resume");
    CHECK(t, tjac_merge((const tjac_jfile *const *)part, 2, merged, &err) == TJAC_EINPUT);
    tjac_err_clear(&err);
    CHECK(t, access(merged, F_OK) != 0);
    close_all(part, 2);
}

static void damaged_mark(test *t)
{
    tjac_err err = {0};
    tjac_jfile *part[2] = {make_part(t, 1, 2), make_part(t, 2, 2)};
    CHECK_OK(t, check(part, 2, &err), &err);
    int fd = open(part[0]->path, O_RDWR);
    unsigned char byte = 0;
    const off_t at = (off_t)part[0]->place[0][0].done + 4; /* of the second KD */
    CHECK(t, pread(fd, &byte, 1, at) == 1);
    byte ^= 1;
    CHECK(t, pwrite(fd, &byte, 1, at) == 1 && close(fd) == 0);
    CHECK(t, check(part, 2, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "J under KD 'a,b' of model 'a/b%2F'");
    close_all(part, 2);
}

int main(void)
{
    test t = {0};
    CHECK(&t, mkdir("test_merge_dir", 0700) == 0);
    merges(&t);
    missing(&t);
    mostly_missing(&t);
    twice(&t);
    other_plan(&t);
    other_models(&t);
    unfinished(&t);
    damaged_mark(&t);
    CHECK(&t, rmdir("test_merge_dir") == 0);
    return test_end(&t);
}
