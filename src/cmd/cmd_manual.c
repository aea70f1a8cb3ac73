/* cmd_manual.c: see cmd_manual.h. */
#include "cmd/cmd_manual.h"

#include <string.h>
#include "cmd/cmd_usage.h"
#include "report/version.h"

/* ---- the page ---- */

/* Hyphens are those that are typed; a line may not begin like a request. */
static void roff(FILE *f, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] == '-')
            fputs("\\-", f);
        else if (text[i] == '\\')
            fputs("\\e", f);
        else if (text[i] == '\'')
            fputs("\\(aq", f);
        else if (text[i] == '.' && i == 0)
            fputs("\\&.", f);
        else
            fputc(text[i], f);
}

static void roff_paragraphs(FILE *f, const char *text)
{
    for (const char *end; *text; text = end + strspn(end, "\n")) {
        end = strstr(text, "\n\n");
        end = end ? end : text + strlen(text);
        fputs(".PP\n", f);
        roff(f, text, (size_t)(end - text));
        fputc('\n', f);
    }
}

static void page_options(FILE *f, const cmd_option *o)
{
    for (; o->name; o++) {
        if (!o->help)
            continue;
        fputs(".TP\n", f);
        if (o->letter)
            fprintf(f, "\\fB\\-%c\\fR, ", o->letter);
        fputs("\\fB\\-\\-", f);
        roff(f, o->name, strlen(o->name));
        fprintf(f, "\\fR%s%s\\fI", o->argument ? " " : "", o->optional ? "[" : "");
        roff(f, o->argument ? o->argument : "", o->argument ? strlen(o->argument) : 0);
        fprintf(f, "\\fR%s\n", o->optional ? "]" : "");
        roff(f, o->help, strlen(o->help));
        fputc('\n', f);
    }
}

static void page_command(FILE *f, const cmd_command *c)
{
    fprintf(f, ".SS \"tjac %s ", c->name);
    roff(f, c->operands, strlen(c->operands));
    fprintf(f, "%s[options]\"\n", *c->operands ? " " : "");
    roff_paragraphs(f, c->text);
    page_options(f, c->option);
    if (c->after)
        roff_paragraphs(f, c->after);
}

void cmd_manual_page(FILE *f)
{
    fprintf(f,
            ".TH TJAC 1 \"\" \"tjac %s\" \"tjac\"\n.nh\n.SH NAME\n"
            "tjac \\- targeted Jacobians of State Transition (ST) models\n.SH SYNOPSIS\n"
            ".B tjac\n.I COMMAND\n[options]\n.SH DESCRIPTION\n",
            TJAC_VERSION);
    roff_paragraphs(f, cmd_usage_about);
    fputs(".SH COMMANDS\n", f);
    for (const cmd_command *const *c = cmd_commands; *c; c++)
        page_command(f, *c);
    fputs(".SH \"OPTIONS OF ALL COMMANDS\"\n", f);
    page_options(f, cmd_usage_everywhere);
    fputs(".SH \"EXIT STATUS\"\n", f);
    roff(f, cmd_usage_exit_codes, strlen(cmd_usage_exit_codes));
    fputc('\n', f);
}

/* ---- completion ---- */

typedef void (*option_fn)(FILE *file, const cmd_command *command, const cmd_option *option);

static void each_option(FILE *f, const cmd_command *c, option_fn print)
{
    const cmd_option *const list[] = {c->option, cmd_usage_everywhere};
    for (size_t i = 0; i < 2; i++)
        for (const cmd_option *o = list[i]; o->name; o++)
            if (o->help)
                print(f, c, o);
}

static void print_names(FILE *f)
{
    for (const cmd_command *const *c = cmd_commands; *c; c++)
        fprintf(f, "%s%s", c == cmd_commands ? "" : " ", (*c)->name);
}

static void bash_name(FILE *f, const cmd_command *c, const cmd_option *o)
{
    (void)c;
    if (o->letter)
        fprintf(f, " -%c", o->letter);
    fprintf(f, " --%s", o->name);
}

static void bash_words(FILE *f, const cmd_command *c, const cmd_option *o)
{
    if (o->words && *o->words)
        fprintf(f, "    %s:--%s) words=\"%s\" ;;\n", c->name, o->name, o->words);
}

void cmd_manual_bash(FILE *f)
{
    fputs("# Completion of tjac for bash, printed by tjac help --bash.\n"
          "_tjac()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local command=${COMP_WORDS[1]} options= words=\n"
          "    case $command in\n",
          f);
    for (const cmd_command *const *c = cmd_commands; *c; c++) {
        fprintf(f, "    %s) options=\"", (*c)->name);
        each_option(f, *c, bash_name);
        fputs("\" ;;\n", f);
    }
    fputs("    esac\n    case $command:$before in\n", f);
    for (const cmd_command *const *c = cmd_commands; *c; c++)
        each_option(f, *c, bash_words);
    fputs("    help:help) words=\"", f);
    print_names(f);
    fputs("\" ;;\n    esac\n    if [ \"$COMP_CWORD\" = 1 ]; then\n        words=\"", f);
    print_names(f);
    fputs(" --help --version\"\n    fi\n"
          "    case $word in -*) [ -n \"$words\" ] || words=$options ;; esac\n"
          "    COMPREPLY=()\n"
          "    [ -z \"$words\" ] || COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
          "}\n"
          "complete -o default -F _tjac tjac\n",
          f);
}

/* Inside '...': brackets and colons mean something to _arguments. */
static void zsh_text(FILE *f, const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", f);
        else if (strchr("[]:\\", *text))
            fprintf(f, "\\%c", *text);
        else
            fputc(*text, f);
}

static void zsh_option(FILE *f, const cmd_command *c, const cmd_option *o)
{
    (void)c;
    fputs(" \\\n            ", f);
    if (o->letter)
        fprintf(f, "{-%c,--%s}'[", o->letter, o->name);
    else
        fprintf(f, "'%s--%s[", o->repeated ? "*" : "", o->name);
    zsh_text(f, o->help);
    fputc(']', f);
    if (o->argument) {
        fputc(':', f);
        zsh_text(f, o->argument);
        if (o->words)
            fprintf(f, ":(%s)", o->words);
        else
            fputs(":_files", f);
    }
    fputc('\'', f);
}

void cmd_manual_zsh(FILE *f)
{
    fputs("#compdef tjac\n# Completion of tjac for zsh, printed by tjac help --zsh.\n"
          "_tjac()\n{\n    local -a commands=(",
          f);
    for (const cmd_command *const *c = cmd_commands; *c; c++) {
        fprintf(f, "\n        '%s:", (*c)->name);
        zsh_text(f, (*c)->about);
        fputc('\'', f);
    }
    fputs("\n    )\n    if ((CURRENT == 2)); then\n        _describe command commands\n"
          "        return\n    fi\n    shift words\n    ((CURRENT--))\n    case $words[1] in\n",
          f);
    for (const cmd_command *const *c = cmd_commands; *c; c++) {
        fprintf(f, "    %s)\n        _arguments -s", (*c)->name);
        each_option(f, *c, zsh_option);
        if (strcmp((*c)->name, "help") == 0) {
            fputs(" \\\n            '1:command:(", f);
            print_names(f);
            fputs(")'\n        ;;\n", f);
        } else {
            fputs(" \\\n            '*:file:_files'\n        ;;\n", f);
        }
    }
    fputs("    esac\n}\n_tjac \"$@\"\n", f);
}
