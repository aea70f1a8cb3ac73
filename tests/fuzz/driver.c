/* driver.c: runs a fuzz target without a fuzzer, over files and changed copies of them.
 *
 *     fuzz_pickle [-m MUTATIONS] FILE_OR_FOLDER...
 *
 * Each file is run as it is, then MUTATIONS times with bytes changed, cut, repeated or swapped by a
 * generator that always starts alike, so that a failure can be repeated. A target fails by crashing
 * (build with sanitizers) or by calling abort(). With clang the same targets link against
 * -fsanitize=fuzzer instead of this file.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { LARGEST = 1 << 20 };

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* One change of data[n] (room for 2 * LARGEST bytes); the new length. */
static size_t mutate(uint8_t *data, size_t n, uint64_t *state)
{
    static const uint8_t interesting[] = {0,   1,   0x7f, 0x80, 0xff, '.',
                                          '(', 'R', 'b',  'h',  'q',  't'};
    size_t at = next_random(state) % n, length = 1 + next_random(state) % 8;
    if (length > n - at)
        length = n - at;
    switch (next_random(state) % 6) {
    case 0:
        data[at] ^= (uint8_t)(1u << next_random(state) % 8);
        return n;
    case 1:
        data[at] = interesting[next_random(state) % sizeof interesting];
        return n;
    case 2: /* cut out */
        memmove(data + at, data + at + length, n - at - length);
        return n - length > 0 ? n - length : 1;
    case 3: /* repeat */
        if (n + length > LARGEST)
            return n;
        memmove(data + at + length, data + at, n - at);
        return n + length;
    case 4: /* copy a piece somewhere else */
        memmove(data + next_random(state) % (n - length + 1), data + at, length);
        return n;
    default:
        memset(data + at, (int)(next_random(state) & 0xff), length);
        return n;
    }
}

static int run_file(const char *path, long mutations)
{
    static uint8_t kept[LARGEST], data[2 * LARGEST];
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        fprintf(stderr, "cannot open %s\n", path);
        return 0;
    }
    size_t n = fread(kept, 1, sizeof kept, in);
    fclose(in);
    memcpy(data, kept, n);
    LLVMFuzzerTestOneInput(data, n);
    uint64_t state = 88172645463325252u;
    for (long i = 0; i < mutations && n > 0; i++) {
        memcpy(data, kept, n);
        size_t m = n;
        for (uint64_t k = 1 + next_random(&state) % 4; k > 0; k--)
            m = mutate(data, m, &state);
        LLVMFuzzerTestOneInput(data, m);
    }
    return 1;
}

/* The files of a folder, not of folders in it; the number of files that were run. */
static int run_path(const char *path, long mutations)
{
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISDIR(about.st_mode))
        return run_file(path, mutations);
    DIR *dir = opendir(path);
    if (dir == NULL) {
        fprintf(stderr, "cannot open %s\n", path);
        return 0;
    }
    int ran = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (stat(file, &about) == 0 && S_ISREG(about.st_mode))
            ran += run_file(file, mutations);
    }
    closedir(dir);
    return ran;
}

int main(int argc, char **argv)
{
    long mutations = 0;
    int first = 1, ran = 0;
    if (argc > 2 && strcmp(argv[1], "-m") == 0) {
        mutations = strtol(argv[2], NULL, 10);
        first = 3;
    }
    for (int i = first; i < argc; i++)
        ran += run_path(argv[i], mutations);
    fprintf(stderr, "%d files, %ld changed copies of each\n", ran, mutations);
    return ran == 0;
}
