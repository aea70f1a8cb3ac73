/* cmd_line.c: see cmd_line.h. */
#include "cmd/cmd_line.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/names.h"

enum { MOST_OPTIONS = 32 }; /* of a command */

/* ---- the table ---- */

/* The option of this name (n bytes), or NULL. */
static const cmd_option *find(const cmd_command *c, const char *name, size_t n)
{
    for (const cmd_option *o = c->option; o->name; o++)
        if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
            return o;
    return NULL;
}

static const cmd_option *find_letter(const cmd_command *c, char letter)
{
    for (const cmd_option *o = c->option; o->name; o++)
        if (letter && o->letter == letter)
            return o;
    return NULL;
}

/* A word that is an option of the command, with or without a value in it. */
static bool is_option(const cmd_command *c, const char *word)
{
    if (strncmp(word, "--", 2) == 0)
        return word[2] && find(c, word + 2, strcspn(word + 2, "="));
    return word[0] == '-' && word[1] && !word[2] && find_letter(c, word[1]);
}

tjac_code cmd_line_unknown(const cmd_unknown *of, const char *word, const char *const *known,
                           size_t n, tjac_err *err)
{
    tjac_names names = {0};
    const char *near = NULL;
    for (size_t i = 0; i < n; i++) {
        if (tjac_names_add(&names, known[i], err))
            goto done;
        if (!near && strlen(word) > 1 && strncmp(known[i], word, strlen(word)) == 0)
            near = known[i]; /* an abbreviation */
    }
    near = near ? near : tjac_names_nearest(&names, word);
    if (near)
        tjac_err_set(err, TJAC_EUSAGE, "%s '%s%s'; did you mean '%s%s'?", of->what, of->before,
                     word, of->before, near);
    else
        tjac_err_set(err, TJAC_EUSAGE, "%s '%s%s'; see %s", of->what, of->before, word, of->see);
done:
    tjac_names_free(&names);
    return err->code;
}

static tjac_code unknown_option(const cmd_command *c, const char *word, tjac_err *err)
{
    const char *known[MOST_OPTIONS + 2] = {"help", "version"};
    size_t n = 2;
    char see[64], name[64];
    for (const cmd_option *o = c->option; o->name && n < MOST_OPTIONS + 2; o++)
        if (o->help)
            known[n++] = o->name;
    snprintf(see, sizeof see, "tjac %s --help", c->name);
    const char *bare = word + strspn(word, "-");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(bare, "="), bare);
    if (word[1] == '-')
        return cmd_line_unknown(&(cmd_unknown){"unknown option", "--", see}, name, known, n, err);
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, known[i]) == 0)
            return tjac_err_set(err, TJAC_EUSAGE, "unknown option '%s'; did you mean '--%s'?", word,
                                name);
    return tjac_err_set(err, TJAC_EUSAGE, "unknown option '%s'; see %s", word, see);
}

/* ---- one word after the other ---- */

typedef struct {
    cmd_line *line;
    int at; /* the word that is next */
    size_t cap_given, cap_operand;
} reader;

static tjac_code give(reader *r, const cmd_option *o, const char *value, tjac_err *err)
{
    cmd_line *line = r->line;
    for (size_t i = 0; value && !o->repeated && i < line->n_given; i++)
        if (line->given[i].option == o && line->given[i].value &&
            strcmp(line->given[i].value, value) != 0)
            return tjac_err_set(err, TJAC_EUSAGE,
                                "--%s is given twice, as '%s' and as '%s'; give it once", o->name,
                                line->given[i].value, value);
    if (value && !*value)
        return tjac_err_set(err, TJAC_EUSAGE, "--%s is empty, expected --%s %s", o->name, o->name,
                            o->argument);
    if (tjac_grow((void **)&line->given, &r->cap_given, line->n_given + 1, sizeof *line->given,
                  err))
        return err->code;
    line->given[line->n_given++] = (cmd_given){o, value};
    return TJAC_OK;
}

/* The word after an option; one that is an option itself was not meant as a value. */
static tjac_code next_value(reader *r, const cmd_option *o, const char **value, tjac_err *err)
{
    const cmd_line *line = r->line;
    const char *word = r->at < line->argc ? line->argv[r->at] : NULL;
    if (o->optional && (!word || *word == '-' || access(word, F_OK) == 0))
        return TJAC_OK;
    if (!word)
        return tjac_err_set(err, TJAC_EUSAGE, "a value is needed after '--%s': --%s %s", o->name,
                            o->name, o->argument);
    if (is_option(line->command, word))
        return tjac_err_set(err, TJAC_EUSAGE,
                            "a value is needed after '--%s', found the option '%s'; where it is "
                            "meant as the value write --%s=%s",
                            o->name, word, o->name, word);
    r->at++;
    *value = word;
    return TJAC_OK;
}

static tjac_code take_long(reader *r, const char *word, tjac_err *err)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t n = equals ? (size_t)(equals - name) : strlen(name);
    const cmd_option *o = find(r->line->command, name, n);
    const char *value = equals ? equals + 1 : NULL;
    if (!o)
        return unknown_option(r->line->command, word, err);
    if (!o->argument && value)
        return tjac_err_set(err, TJAC_EUSAGE, "--%s takes no value, found '%s'", o->name, value);
    if (o->argument && !value && next_value(r, o, &value, err))
        return err->code;
    return give(r, o, value, err);
}

static tjac_code take_letters(reader *r, const char *word, tjac_err *err)
{
    for (const char *c = word + 1; *c; c++) {
        const cmd_option *o = find_letter(r->line->command, *c);
        if (!o)
            return unknown_option(r->line->command, word, err);
        if (give(r, o, NULL, err))
            return err->code;
    }
    return TJAC_OK;
}

static tjac_code take_operand(reader *r, const char *word, tjac_err *err)
{
    cmd_line *line = r->line;
    if (tjac_grow((void **)&line->operand, &r->cap_operand, line->n_operands + 1,
                  sizeof *line->operand, err))
        return err->code;
    line->operand[line->n_operands++] = word;
    return TJAC_OK;
}

/* Word processors make one dash of two. */
static bool has_dash(const char *word)
{
    static const char *const dashes[] = {"\u2010", "\u2011", "\u2012", "\u2013",
                                         "\u2014", "\u2015", "\u2212"};
    for (size_t i = 0; i < sizeof dashes / sizeof *dashes; i++)
        if (strncmp(word, dashes[i], strlen(dashes[i])) == 0)
            return true;
    return false;
}

static tjac_code take_word(reader *r, tjac_err *err)
{
    const char *word = r->line->argv[r->at++];
    if (has_dash(word))
        return tjac_err_set(err, TJAC_EUSAGE,
                            "'%s' begins with a dash that is no hyphen; options begin with '--'",
                            word);
    if (strncmp(word, "--", 2) == 0)
        return take_long(r, word, err);
    return word[0] == '-' && word[1] ? take_letters(r, word, err) : take_operand(r, word, err);
}

/* ---- the whole ---- */

static tjac_code check_operands(const cmd_line *line, tjac_err *err)
{
    const cmd_command *c = line->command;
    tjac_text found = {0};
    for (size_t i = 0; i < line->n_operands; i++)
        tjac_text_add(&found, "%s'%s'", i ? ", " : "", line->operand[i]);
    if (line->n_operands < c->least || line->n_operands > c->most)
        tjac_err_set(err, TJAC_EUSAGE, "expected %s, found %s; see tjac %s --help",
                     c->most ? c->operands : "no more words", found.text ? found.text : "nothing",
                     c->name);
    for (size_t i = 0; i < line->n_operands && !err->code; i++)
        if (!*line->operand[i])
            tjac_err_set(err, TJAC_EUSAGE, "a word of the command line is empty, expected %s",
                         c->operands);
    tjac_text_free(&found);
    return err->code;
}

tjac_code cmd_line_read(const cmd_command *command, int argc, char **argv, cmd_line *out,
                        tjac_err *err)
{
    cmd_line line = {.command = command, .argc = argc, .argv = argv};
    reader r = {.line = &line, .at = 1};
    bool ended = false;
    while (r.at < argc && !err->code) {
        if (!ended && strcmp(argv[r.at], "--") == 0) {
            ended = true;
            r.at++;
        } else if (ended) {
            (void)!take_operand(&r, argv[r.at++], err);
        } else {
            (void)!take_word(&r, err);
        }
    }
    if (err->code || check_operands(&line, err))
        cmd_line_free(&line);
    else
        *out = line;
    return err->code;
}

void cmd_line_free(cmd_line *line)
{
    free(line->operand);
    free(line->given);
    *line = (cmd_line){0};
}

static const cmd_given *find_given(const cmd_line *line, const char *name)
{
    const cmd_given *last = NULL;
    assert(find(line->command, name, strlen(name)));
    for (size_t i = 0; i < line->n_given; i++)
        if (strcmp(line->given[i].option->name, name) == 0)
            last = &line->given[i];
    return last;
}

bool cmd_line_has(const cmd_line *line, const char *name)
{
    return find_given(line, name) != NULL;
}

const char *cmd_line_value(const cmd_line *line, const char *name)
{
    const cmd_given *g = find_given(line, name);
    return g ? g->value : NULL;
}

const char *cmd_line_operand(const cmd_line *line, size_t i)
{
    return i < line->n_operands ? line->operand[i] : NULL;
}
