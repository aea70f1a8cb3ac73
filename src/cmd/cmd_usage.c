/* cmd_usage.c: see cmd_usage.h. */
#include "cmd/cmd_usage.h"

#include <string.h>

enum { WIDTH = 79, INDENT = 20 };

const cmd_option cmd_usage_everywhere[] = {{.letter = 'h', .name = "help", .help = "this text"},
                                           {.name = "version", .help = "versions and licence"},
                                           {0}};

const char cmd_usage_about[] =
    "tjac answers one question about a trained State Transition (ST) model: under which "
    "knock-downs (KDs) is the predicted expression of a target gene sensitive to the input "
    "expression of a regulator gene, and is that sensitivity specific to the pathway? What is to "
    "be computed stands in a config, a JSON file.";

const char cmd_usage_exit_codes[] =
    "exit codes: 0 done, 1 failed while running, 2 bad command line or config, 3 a gene, KD, cell "
    "or column is missing, 4 an input file is malformed or unsupported, 128 + the signal that "
    "ended it";

/* n bytes of text, the first word at column `at`; further lines begin at column `indent`. */
static void wrap(FILE *f, const char *text, size_t n, size_t at, size_t indent)
{
    bool fresh = true;
    for (size_t i = 0; (i += strspn(text + i, " \n")) < n;) {
        size_t word = strcspn(text + i, " \n");
        if (!fresh && at + 1 + word > WIDTH) {
            fprintf(f, "\n%*s", (int)indent, "");
            at = indent;
            fresh = true;
        }
        fprintf(f, "%s%.*s", fresh ? "" : " ", (int)word, text + i);
        at += word + !fresh;
        fresh = false;
        i += word;
    }
    fputc('\n', f);
}

void cmd_usage_wrap(FILE *f, const char *text)
{
    for (const char *end; *text; text = end + strspn(end, "\n")) {
        end = strstr(text, "\n\n");
        end = end ? end : text + strlen(text);
        wrap(f, text, (size_t)(end - text), 0, 0);
        if (*end)
            fputc('\n', f);
    }
}

static void print_item(FILE *f, const char *label, const char *help)
{
    bool fits = strlen(label) + 4 <= INDENT; /* else its help begins on the next line */
    fprintf(f, "  %-*s", fits ? INDENT - 2 : 0, label);
    if (!fits)
        fprintf(f, "\n%*s", INDENT, "");
    wrap(f, help, strlen(help), INDENT, INDENT);
}

void cmd_usage_label(const cmd_option *o, char label[CMD_USAGE_LABEL])
{
    char letter[8] = "";
    if (o->letter)
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(label, CMD_USAGE_LABEL, "%s--%s%s%s%s", letter, o->name,
             o->optional   ? " ["
             : o->argument ? " "
                           : "",
             o->argument ? o->argument : "", o->optional ? "]" : "");
}

static void print_options(FILE *f, const cmd_option *o)
{
    char label[CMD_USAGE_LABEL];
    for (; o->name; o++) {
        cmd_usage_label(o, label);
        if (o->help)
            print_item(f, label, o->help);
    }
}

void cmd_usage_print(FILE *f, const cmd_command *c)
{
    fprintf(f, "usage: tjac %s%s%s [options]\n\n", c->name, *c->operands ? " " : "", c->operands);
    cmd_usage_wrap(f, c->text);
    fputc('\n', f);
    print_options(f, c->option);
    print_options(f, cmd_usage_everywhere);
    if (c->after) {
        fputc('\n', f);
        cmd_usage_wrap(f, c->after);
    }
}

void cmd_usage_all(FILE *f)
{
    fputs("tjac: targeted Jacobians of State Transition (ST) models\n\n"
          "usage: tjac COMMAND [options]\n\n",
          f);
    for (const cmd_command *const *c = cmd_commands; *c; c++)
        fprintf(f, "  %-9s %s\n", (*c)->name, (*c)->about);
    fputs("\n  tjac help COMMAND, tjac COMMAND --help    options of a command\n"
          "  tjac help config [KEY]                    every key of the config, or one\n"
          "  tjac --version                            versions and licence\n\n",
          f);
    cmd_usage_wrap(f, cmd_usage_exit_codes);
}
