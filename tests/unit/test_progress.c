/* Progress with a clock of our own: rates, times left, names, and what is printed when. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include "test.h"
#include "cmd/cmd_progress.h"
#include "cmd/cmd_rate.h"
#include "cmd/cmd_text.h"

/* ---- texts ---- */

static void check_text(test *t, tjac_text *got, const char *want)
{
    CHECK_STRING(t, got->text, want);
    tjac_text_free(got);
}

static void test_numbers(test *t)
{
    static const struct {
        double seconds;
        const char *want;
    } duration[] = {{0, "<1 s"},        {0.99, "<1 s"},      {45.4, "45 s"},
                    {59.4, "59 s"},     {59.6, "1 min"},     {720, "12 min"},
                    {3569, "59 min"},   {3590, "1 h 0 min"}, {12000, "3 h 20 min"},
                    {86399, "1 d 0 h"}, {187200, "2 d 4 h"}, {NAN, "-"},
                    {INFINITY, "-"},    {-1, "-"},           {86000, "23 h 53 min"}},
      rate[] = {{0, "0"},           {0.01234, "0.0123"}, {1, "1.00"},       {9.994, "9.99"},
                {9.996, "10.0"},    {99.96, "100"},      {999.4, "999"},    {999.6, "1.00k"},
                {1234567, "1.23M"}, {45.6e6, "45.6M"},   {7.89e9, "7.89G"}, {5e12, "5000G"},
                {NAN, "-"},         {0.9996, "1.00"}};
    for (size_t i = 0; i < sizeof duration / sizeof *duration; i++) {
        tjac_text text = {0};
        cmd_text_duration(&text, duration[i].seconds);
        check_text(t, &text, duration[i].want);
    }
    for (size_t i = 0; i < sizeof rate / sizeof *rate; i++) {
        tjac_text text = {0};
        cmd_text_rate(&text, rate[i].seconds);
        check_text(t, &text, rate[i].want);
    }
}

static void test_names(test *t)
{
    tjac_text text = {0};
    cmd_text_name(&text, "TNF\033[2J\n\x7f \xc2\x9b \xe2\x80\xae α\"\\");
    check_text(t, &text, "TNF\\u001b[2J\\u000a\\u007f \\u009b \\u202e α\"\\");
    cmd_text_name(&text, "\xff\xc3 \xe2\x82");
    check_text(t, &text, "\xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd");
    cmd_text_json(&text, "a\"b\\c\td β");
    check_text(t, &text, "\"a\\\"b\\\\c\\u0009d β\"");
    cmd_text_json(&text, NULL);
    check_text(t, &text, "null");
    cmd_text_json(&text, "");
    check_text(t, &text, "\"\"");
}

static void test_fit(test *t)
{
    static const struct {
        const char *text;
        size_t columns;
        const char *want;
    } fit[] = {{"abcde", 5, "abcde"},  {"abcdef", 5, "abcd…"},  {"αβγδε", 5, "αβγδε"},
               {"αβγδεζ", 5, "αβγδ…"}, {"細胞株", 6, "細胞株"}, {"細胞株", 5, "細胞…"},
               {"細胞株", 4, "細…"},   {"abc", 1, "…"},         {"abc", 0, ""}};
    for (size_t i = 0; i < sizeof fit / sizeof *fit; i++) {
        tjac_text text = {0};
        tjac_text_add(&text, "%s", fit[i].text);
        cmd_text_fit(&text, fit[i].columns);
        CHECK(t, text.n == strlen(text.text));
        check_text(t, &text, fit[i].want);
    }
}

/* ---- rates ---- */

static void test_unknown_at_first(test *t)
{
    cmd_rate r;
    cmd_speed s;
    cmd_rate_start(&r, 0);
    CHECK(t, !cmd_rate_speed(&r, 100, &s) && isnan(cmd_rate_left(&r, 100, 5)));
    cmd_rate_add(&r, 0.5, 2, 2, 20);
    CHECK(t, !cmd_rate_speed(&r, 5, &s));
    cmd_rate_add(&r, 0.6, 1, 1, 10);
    CHECK(t, !cmd_rate_speed(&r, 1.9, &s));
    CHECK(t, cmd_rate_speed(&r, 2, &s));
    cmd_rate_start(&r, 0);
    cmd_rate_add(&r, 0, 8, 8, 80); /* in no time: no rate, and no division by 0 */
    CHECK(t, !cmd_rate_speed(&r, 0, &s));
}

/* 10 units a second, then 1: after a minute the old rate is forgotten. */
static void test_moving(test *t)
{
    cmd_rate r;
    cmd_speed s = {0};
    cmd_rate_start(&r, 0);
    for (int i = 1; i <= 2000; i++)
        cmd_rate_add(&r, i * 0.1, 1, 2, 30);
    CHECK(t, cmd_rate_speed(&r, 200, &s));
    CHECK_NEAR(t, s.work, 20, 0.02);
    CHECK_NEAR(t, s.triples, 300, 0.02);
    CHECK_NEAR(t, cmd_rate_left(&r, 200, 2000), 100, 0.02);
    for (int i = 1; i <= 70; i++)
        cmd_rate_add(&r, 200 + i, 1, 2, 30);
    CHECK(t, cmd_rate_speed(&r, 270, &s));
    CHECK_NEAR(t, s.work, 2, 0.02);
}

/* The last minute counts, and three bursts where a minute has fewer. */
static void test_window(test *t)
{
    cmd_rate r;
    cmd_speed s = {0};
    cmd_rate_start(&r, 0);
    for (int i = 1; i <= 33; i++)
        cmd_rate_add(&r, 5 * i, 4, i <= 20 ? 40 : 1, 1);
    CHECK(t, cmd_rate_speed(&r, 165, &s));
    CHECK_NEAR(t, s.work, 0.2, 1e-9);
    cmd_rate_start(&r, 0);
    for (int i = 1; i <= 9; i++)
        cmd_rate_add(&r, 100 * i, 4, i % 3 == 0 ? 60 : 30, 1);
    CHECK(t, cmd_rate_speed(&r, 900, &s));
    CHECK_NEAR(t, s.work, 0.4, 1e-9);
}

/* 64 units at once every 100 s: the time left falls second by second, is never off by a burst, and
 * grows when a burst does not come. */
static void test_bursts(test *t)
{
    cmd_rate r;
    cmd_speed s = {0};
    cmd_rate_start(&r, 0);
    for (int b = 1; b <= 5; b++) {
        for (int i = 0; i < 64; i++)
            cmd_rate_add(&r, 100 * b + 1e-4 * i, 1, 1, 1);
        for (int wait = 1; wait < 100; wait += 7)
            CHECK_NEAR(t, cmd_rate_left(&r, 100 * b + wait, 64 * (10 - b)), 100 * (10 - b) - wait,
                       1e-3);
    }
    CHECK(t, cmd_rate_speed(&r, 600, &s));
    CHECK_NEAR(t, s.work, 0.64, 1e-3);
    CHECK(t, cmd_rate_left(&r, 900, 64) > cmd_rate_left(&r, 700, 64) + 10);
    CHECK(t, cmd_rate_left(&r, 590, 1) == 0); /* never below */
}

/* ---- what is printed ---- */

typedef struct {
    cmd_progress *p;
    FILE *file;
    char *text;
    size_t n;
} shown;

static const cmd_progress_part_spec k562 = {"ST", "K562", 600, 1, 100};

/* 300 KDs, of which 100 were there; 2 parts of 100 KDs x 6 sets. */
static void begin(test *t, shown *s, cmd_progress_form form, size_t columns)
{
    tjac_err err = {0};
    *s = (shown){0};
    if (!(s->file = open_memstream(&s->text, &s->n)))
        abort();
    const cmd_progress_spec spec = {
        .kds = 300, .kds_before = 100, .work = 1200, .file = s->file, .columns = columns};
    CHECK_OK(t, cmd_progress_open(form, &spec, 1000, &s->p, &err), &err);
}

/* What was printed since. */
static void check_shown(test *t, shown *s, const char *want)
{
    fflush(s->file);
    CHECK_STRING(t, s->text, want);
    rewind(s->file);
    for (size_t i = 0, n = s->n; i < n + 1; i++)
        fputc('\0', s->file);
    rewind(s->file);
    fflush(s->file);
    s->text[0] = '\0';
}

static void finish(shown *s)
{
    cmd_progress_free(s->p);
    fclose(s->file);
    free(s->text);
}

static void test_log(test *t)
{
    shown s;
    begin(t, &s, CMD_PROGRESS_LOG, 0);
    cmd_progress_part(s.p, &k562, 1000);
    for (int i = 1; i < 10; i++)
        cmd_progress_update(s.p, (size_t)i * 6, 1000 + i);
    cmd_progress_kd(s.p, "RP\nL3", 1009.5);
    check_shown(t, &s, "");
    cmd_progress_update(s.p, 60, 1010);
    check_shown(
        t, &s,
        "tjac: 36%, 101 of 300 KDs, 600 triples/s, time left 3 min, ST / K562 / RP\\u000aL3\n");
    cmd_progress_update(s.p, 60, 1030); /* nothing new */
    cmd_progress_update(s.p, 120, 1031);
    cmd_progress_update(s.p, 126, 1032);
    CHECK(t, (fflush(s.file), strstr(s.text, "40%, ") && strchr(s.text, '\n')[1] == '\0'));
    check_shown(t, &s, s.text);
    cmd_progress_end(s.p, 1200);
    check_shown(t, &s,
                "tjac: 101 of 300 KDs in 3 min, 394 triples/s, 100 of them by an earlier run\n");
    cmd_progress_end(s.p, 1201);
    cmd_progress_update(s.p, 200, 1300);
    check_shown(t, &s, "");
    finish(&s);
}

/* Loading between two parts does not slow the rate, and an error before any is all there is. */
static void test_parts(test *t)
{
    const cmd_progress_part_spec rpe1 = {"ST", "RPE1", 600, 1, 200};
    shown s;
    begin(t, &s, CMD_PROGRESS_LOG, 0);
    cmd_progress_part(s.p, &k562, 1500);
    for (int i = 1; i <= 9; i++)
        cmd_progress_update(s.p, (size_t)i * 60, 1500 + i);
    cmd_progress_update(s.p, 600, 1510);
    check_shown(t, &s, "tjac: 66%, 100 of 300 KDs, 6.00k triples/s, time left 10 s, ST / K562\n");
    cmd_progress_part(s.p, &rpe1, 1900);
    check_shown(t, &s, "tjac: 66%, 100 of 300 KDs, 6.00k triples/s, time left 10 s, ST / RPE1\n");
    for (int i = 1; i <= 9; i++)
        cmd_progress_update(s.p, (size_t)i * 60, 1900 + i);
    cmd_progress_update(s.p, 600, 1910);
    check_shown(t, &s, "tjac: 100%, 100 of 300 KDs, 9.00k triples/s, time left <1 s, ST / RPE1\n");
    finish(&s);
    begin(t, &s, CMD_PROGRESS_LINE, 120);
    cmd_progress_part(s.p, &k562, 1500);
    cmd_progress_update(s.p, 300, 1505);
    cmd_progress_update(s.p, 600, 1510);
    check_shown(t, &s, s.text);
    cmd_progress_update(s.p, 600, 1800); /* the next part is being loaded: all stands */
    check_shown(t, &s, "");
    finish(&s);
    begin(t, &s, CMD_PROGRESS_LOG, 0);
    cmd_progress_end(s.p, 1001);
    check_shown(t, &s, "");
    finish(&s);
    begin(t, &s, CMD_PROGRESS_NONE, 0);
    cmd_progress_part(s.p, &k562, 1000);
    cmd_progress_update(s.p, 600, 1100);
    cmd_progress_end(s.p, 1100);
    check_shown(t, &s, "");
    finish(&s);
    cmd_progress_part(NULL, &k562, 0);
    cmd_progress_update(NULL, 1, 0);
    cmd_progress_kd(NULL, "x", 0);
    cmd_progress_hide(NULL, true);
    cmd_progress_end(NULL, 0);
    cmd_progress_free(NULL);
}

static void test_line(test *t)
{
    shown s;
    setenv("NO_COLOR", "1", 1);
    begin(t, &s, CMD_PROGRESS_LINE, 120);
    cmd_progress_part(s.p, &k562, 1000);
    check_shown(t, &s,
                "\r[######..............] 33%, 100 of 300 KDs, - triples/s, time left -, ST / K562"
                "\033[K");
    cmd_progress_update(s.p, 1, 1000.1); /* too early */
    check_shown(t, &s, "");
    cmd_progress_update(s.p, 1, 1000.3); /* nothing that is shown has changed */
    check_shown(t, &s, "");
    cmd_progress_update(s.p, 300, 1010);
    check_shown(t, &s,
                "\r[##########..........] 50%, 100 of 300 KDs, 3.00k triples/s, time left 30 s, "
                "ST / K562\033[K");
    cmd_progress_hide(s.p, true);
    check_shown(t, &s, "\r\033[K");
    cmd_progress_update(s.p, 301, 1011);
    check_shown(t, &s, "");
    cmd_progress_hide(s.p, false);
    cmd_progress_update(s.p, 301, 1011); /* the line comes back */
    CHECK(t, (fflush(s.file), s.text[0] == '\r' && s.text[1] == '['));
    check_shown(t, &s, s.text);
    cmd_progress_end(s.p, 1012);
    check_shown(t, &s,
                "\r\033[Ktjac: 100 of 300 KDs in 12 s, 2.74k triples/s, 100 of them by an earlier "
                "run\n");
    finish(&s);
}

/* Narrow lines: no bar, and never the last column. */
static void test_narrow(test *t)
{
    shown s;
    begin(t, &s, CMD_PROGRESS_LINE, 60);
    cmd_progress_part(s.p, &k562, 1000);
    check_shown(t, &s, "\r[###.......] 33%, 100 of 300 KDs, - triples/s, time left -…\033[K");
    finish(&s);
    begin(t, &s, CMD_PROGRESS_LINE, 20);
    cmd_progress_part(s.p, &k562, 1000);
    check_shown(t, &s, "\r33%, 100 of 300 KD…\033[K");
    finish(&s);
    setenv("NO_COLOR", "", 1); /* empty: as if it were not there */
    begin(t, &s, CMD_PROGRESS_LINE, 60);
    cmd_progress_part(s.p, &k562, 1000);
    check_shown(t, &s,
                "\r[\033[32m###\033[0m.......] 33%, 100 of 300 KDs, - triples/s, time left -…"
                "\033[K");
    finish(&s);
}

static void test_json(test *t)
{
    const cmd_progress_part_spec part = {"S\"T", NULL, 1200, 1, 100};
    shown s;
    begin(t, &s, CMD_PROGRESS_JSON, 0);
    cmd_progress_part(s.p, &part, 1000);
    check_shown(t, &s,
                "{\"kds_done\":100,\"kds\":300,\"triples_per_second\":null,\"seconds_left\":null,"
                "\"elapsed\":0,\"model\":\"S\\\"T\",\"cell_type\":null,\"kd\":null,"
                "\"done\":false}\n");
    cmd_progress_update(s.p, 6, 1000.9); /* too early */
    cmd_progress_kd(s.p, "A\x1b", 1000.9);
    check_shown(t, &s, "");
    cmd_progress_update(s.p, 12, 1004);
    check_shown(t, &s,
                "{\"kds_done\":101,\"kds\":300,\"triples_per_second\":300,\"seconds_left\":396,"
                "\"elapsed\":4,\"model\":\"S\\\"T\",\"cell_type\":null,\"kd\":\"A\\u001b\","
                "\"done\":false}\n");
    cmd_progress_update(s.p, 12, 1013); /* nothing new in less than 10 s */
    check_shown(t, &s, "");
    cmd_progress_update(s.p, 12, 1014);
    CHECK(t, (fflush(s.file), strstr(s.text, "\"elapsed\":14,") != NULL));
    check_shown(t, &s, s.text);
    for (int i = 102; i <= 300; i++)
        cmd_progress_kd(s.p, "B", 1014.5);
    cmd_progress_end(s.p, 1020);
    cmd_progress_end(s.p, 1020);
    check_shown(t, &s,
                "{\"kds_done\":300,\"kds\":300,\"triples_per_second\":300,\"seconds_left\":0,"
                "\"elapsed\":20,\"model\":\"S\\\"T\",\"cell_type\":null,\"kd\":\"B\","
                "\"done\":true}\n");
    finish(&s);
}

static void test_parse(test *t)
{
    cmd_progress_form form = CMD_PROGRESS_AUTO;
    tjac_err err = {0};
    CHECK_OK(t, cmd_progress_parse("json", &form, &err), &err);
    CHECK(t, form == CMD_PROGRESS_JSON);
    CHECK_OK(t, cmd_progress_parse("none", &form, &err), &err);
    CHECK(t, form == CMD_PROGRESS_NONE);
    CHECK(t, cmd_progress_parse("JSON", &form, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "--progress 'JSON': expected auto, line, log, json or none");
}

/* ---- a terminal, and the thread ---- */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* What AUTO shows on a pseudo-terminal of 40 columns. */
static void show_on_terminal(test *t, const char *term, char *got, size_t size)
{
    struct winsize window = {.ws_row = 24, .ws_col = 40};
    tjac_err err = {0};
    cmd_progress *p = NULL;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        abort();
    FILE *file = fopen(ptsname(master), "w");
    if (!file || ioctl(fileno(file), TIOCSWINSZ, &window) != 0)
        abort();
    setenv("TERM", term, 1);
    cmd_progress_spec spec = {.kds = 3, .work = 3, .file = file, .clock = seconds};
    CHECK_OK(t, cmd_progress_open(CMD_PROGRESS_AUTO, &spec, seconds(), &p, &err), &err);
    cmd_progress_part(p, &(cmd_progress_part_spec){"ST", "K562", 3, 1, 1}, seconds());
    cmd_progress_kd(p, "A", seconds()); /* too early for a line of its own: the thread's to show */
    nanosleep(&(struct timespec){.tv_nsec = 600000000}, NULL);
    cmd_progress_end(p, seconds());
    cmd_progress_free(p);
    fclose(file);
    size_t n = 0;
    for (ssize_t more; n + 1 < size && (more = read(master, got + n, size - 1 - n)) > 0;)
        n += (size_t)more;
    got[n] = '\0';
    close(master);
}

static void test_terminal(test *t)
{
    char got[512];
    setenv("NO_COLOR", "1", 1);
    show_on_terminal(t, "xterm", got, sizeof got);
    CHECK_STRING(t, got,
                 "\r0%, 0 of 3 KDs, - triples/s, time left…\033[K"
                 "\r0%, 1 of 3 KDs, - triples/s, time left…\033[K"
                 "\r\033[Ktjac: 1 of 3 KDs in <1 s\r\n");
    show_on_terminal(t, "dumb", got, sizeof got);
    CHECK_STRING(t, got, "tjac: 1 of 3 KDs in <1 s\r\n");
}

static void test_file(test *t)
{
    char path[TEST_PATH];
    tjac_err err = {0};
    cmd_progress *p = NULL;
    if (!test_temporary(path, "", 0))
        abort();
    FILE *file = fopen(path, "w+");
    unlink(path);
    const cmd_progress_spec spec = {.kds = 3, .work = 3, .file = file};
    CHECK_OK(t, cmd_progress_open(CMD_PROGRESS_AUTO, &spec, 0, &p, &err), &err);
    cmd_progress_part(p, &k562, 0);
    CHECK(t, ftell(file) == 0); /* a log, which starts after 10 s */
    cmd_progress_end(p, 3);
    cmd_progress_free(p);
    char line[128] = "";
    rewind(file);
    CHECK(t, fgets(line, sizeof line, file) != NULL);
    CHECK_STRING(t, line, "tjac: 0 of 3 KDs in 3 s\n");
    fclose(file);
}

int main(void)
{
    test t = {0};
    test_numbers(&t);
    test_names(&t);
    test_fit(&t);
    test_unknown_at_first(&t);
    test_moving(&t);
    test_window(&t);
    test_bursts(&t);
    test_log(&t);
    test_parts(&t);
    test_line(&t);
    test_narrow(&t);
    test_json(&t);
    test_parse(&t);
    test_terminal(&t);
    test_file(&t);
    return test_end(&t);
}
