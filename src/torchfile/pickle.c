/* pickle.c: the stack machine. See pickle.h; the opcodes are those of Python's pickletools. */
#include "torchfile/pickle.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "torchfile/pickle_reader.h"

/* ---- containers ---- */

static tjac_value *make_list(tjac_pickle_reader *r, tjac_value **items, size_t n)
{
    tjac_value *v = tjac_value_list(r->doc, r->err);
    if (v == NULL || n == 0)
        return v;
    v->u.list.item = tjac_doc_alloc(r->doc, n * sizeof *items, r->err);
    if (v->u.list.item == NULL)
        return NULL;
    memcpy(v->u.list.item, items, n * sizeof *items);
    v->u.list.n = v->u.list.cap = n;
    return v;
}

/* An object that is not built drops what is put into it. */
static void extend(tjac_pickle_reader *r, tjac_value *v, tjac_value **items, size_t n)
{
    if (v == NULL || v->kind == TJAC_V_OPAQUE)
        return;
    if (v->kind != TJAC_V_LIST) {
        tjac_pickle_fail(r, "items are added to what is no list");
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (tjac_value_push(r->doc, v, items[i], r->err) != TJAC_OK)
            return;
}

static void put_items(tjac_pickle_reader *r, tjac_value *v, tjac_value **items, size_t n)
{
    if (v == NULL || v->kind == TJAC_V_OPAQUE)
        return;
    if (v->kind != TJAC_V_DICT || n % 2 != 0) {
        tjac_pickle_fail(r, "keys and values are put into what is no dict");
        return;
    }
    for (size_t i = 0; i < n; i += 2)
        if (tjac_value_append(r->doc, v, items[i], items[i + 1], r->err) != TJAC_OK)
            return;
}

static void op_container(tjac_pickle_reader *r, unsigned char op)
{
    size_t n = 0;
    tjac_value *last[3], **items = last;
    if (op == 0x85 || op == 0x86 || op == 0x87) { /* TUPLE1, TUPLE2, TUPLE3 */
        n = op - 0x84u;
        for (size_t i = n; i-- > 0;)
            last[i] = tjac_pickle_pop(r);
    } else if (op == 'l' || op == 't' || op == 'd' || op == 0x91) {
        items = tjac_pickle_pop_mark(r, &n);
    }
    if (r->err->code != TJAC_OK)
        return;
    if (op != '}' && op != 'd') {
        tjac_pickle_push(
            r, make_list(r, items, n)); /* EMPTY_LIST/TUPLE/SET, LIST, TUPLE*, FROZENSET */
        return;
    }
    tjac_value *dict = tjac_value_dict(r->doc, r->err);
    put_items(r, dict, items, n);
    tjac_pickle_push(r, dict);
}

static void op_add(tjac_pickle_reader *r, unsigned char op)
{
    size_t n = 0;
    tjac_value *last[2], **items = last;
    if (op == 'a' || op == 's') { /* APPEND, SETITEM */
        n = op == 'a' ? 1 : 2;
        for (size_t i = n; i-- > 0;)
            last[i] = tjac_pickle_pop(r);
    } else { /* APPENDS, SETITEMS, ADDITEMS */
        items = tjac_pickle_pop_mark(r, &n);
    }
    tjac_value *v = tjac_pickle_top(r);
    if (op == 's' || op == 'u')
        put_items(r, v, items, n);
    else
        extend(r, v, items, n);
}

/* ---- plain values ---- */

static void op_constant(tjac_pickle_reader *r, unsigned char op)
{
    tjac_pickle_push(r, op == 'N' ? r->none : op == 0x88 ? r->yes : r->no);
}

static void op_int(tjac_pickle_reader *r, unsigned char op)
{
    int64_t i = 0;
    if (op == 'J')
        i = (int32_t)(uint32_t)tjac_pickle_take_uint(r, 4);
    else
        i = (int64_t)tjac_pickle_take_uint(r, op == 'K' ? 1 : 2);
    tjac_pickle_push(r, tjac_value_int(r->doc, i, r->err));
}

static void op_long(tjac_pickle_reader *r, unsigned char op)
{
    uint64_t n = tjac_pickle_take_uint(r, op == 0x8a ? 1 : 4);
    const unsigned char *p = r->err->code == TJAC_OK ? tjac_pickle_take(r, n) : NULL;
    if (p != NULL)
        tjac_pickle_push(r, tjac_pickle_long(r, p, (size_t)n));
}

static void op_float(tjac_pickle_reader *r, unsigned char op)
{
    (void)op;
    const unsigned char *p = tjac_pickle_take(r, 8);
    if (p == NULL)
        return;
    uint64_t bits = 0;
    double x;
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | p[i];
    memcpy(&x, &bits, sizeof x);
    tjac_pickle_push(r, tjac_value_float(r->doc, x, r->err));
}

static void op_line(tjac_pickle_reader *r, unsigned char op)
{
    size_t n;
    char number[64], *end = NULL;
    const char *s = tjac_pickle_take_line(r, &n);
    if (s == NULL)
        return;
    if (op == 'S') {
        tjac_pickle_push(r, tjac_pickle_quoted(r, s, n));
    } else if (op == 'V') {
        tjac_pickle_push(r, tjac_pickle_escaped(r, s, n));
    } else if (op == 'I' && n == 2 && s[0] == '0' && (s[1] == '0' || s[1] == '1')) {
        tjac_pickle_push(r, s[1] == '1' ? r->yes : r->no);
    } else if (op == 'I' || op == 'L') {
        tjac_pickle_push(r, tjac_pickle_decimal(r, s, n));
    } else {
        memcpy(number, s, n < sizeof number ? n : 0);
        number[n < sizeof number ? n : 0] = '\0';
        double x = strtod(number, &end);
        if (*end != '\0' || end == number)
            tjac_pickle_fail(r, "a malformed number");
        else
            tjac_pickle_push(r, tjac_value_float(r->doc, x, r->err));
    }
}

static void op_text(tjac_pickle_reader *r, unsigned char op)
{
    int width = 4; /* BINUNICODE, BINSTRING, BINBYTES */
    if (op == 0x8c || op == 'U' || op == 'C')
        width = 1;
    else if (op == 0x8d || op == 0x8e || op == 0x96)
        width = 8;
    uint64_t n = tjac_pickle_take_uint(r, width);
    const unsigned char *p = r->err->code == TJAC_OK ? tjac_pickle_take(r, n) : NULL;
    if (p == NULL)
        return;
    if (op == 'B' || op == 'C' || op == 0x8e || op == 0x96)
        tjac_pickle_push(r, tjac_pickle_bytes(r, p, (size_t)n));
    else
        tjac_pickle_push(r, tjac_pickle_text(r, p, (size_t)n));
}

/* ---- memo, marks, frames ---- */

/* The number of a memo entry. Writers number without gaps and every entry costs bytes, so that a
 * number beyond the file's length is wrong: this bounds the memory. */
static size_t take_memo(tjac_pickle_reader *r, unsigned char op)
{
    uint64_t i = 0;
    if (op == 'p' || op == 'g') {
        size_t n;
        const char *s = tjac_pickle_take_line(r, &n);
        if (s == NULL)
            return 0;
        for (size_t k = 0; k < n && i < r->n; k++)
            i = s[k] >= '0' && s[k] <= '9' ? i * 10 + (uint64_t)(s[k] - '0') : r->n;
    } else {
        i = tjac_pickle_take_uint(r, op == 'q' || op == 'h' ? 1 : 4);
    }
    if (r->err->code == TJAC_OK && i >= r->n)
        tjac_pickle_fail(r, "a malformed memo number");
    return r->err->code == TJAC_OK ? (size_t)i : 0;
}

static void op_put(tjac_pickle_reader *r, unsigned char op)
{
    size_t i = op == 0x94 ? r->n_memo : take_memo(r, op);
    tjac_value *v = tjac_pickle_top(r);
    if (v == NULL ||
        tjac_grow((void **)&r->memo, &r->cap_memo, i + 1, sizeof *r->memo, r->err) != TJAC_OK)
        return;
    r->n_memo += r->memo[i] == NULL;
    r->memo[i] = v;
}

static void op_get(tjac_pickle_reader *r, unsigned char op)
{
    size_t i = take_memo(r, op);
    if (r->err->code != TJAC_OK)
        return;
    if (i >= r->cap_memo || r->memo[i] == NULL)
        tjac_pickle_fail(r, "a memo entry that was never set");
    else
        tjac_pickle_push(r, r->memo[i]);
}

static void op_stack(tjac_pickle_reader *r, unsigned char op)
{
    size_t n;
    if (op == '(') {
        if (tjac_grow((void **)&r->marks, &r->cap_marks, r->n_marks + 1, sizeof *r->marks,
                      r->err) == TJAC_OK)
            r->marks[r->n_marks++] = r->n_stack;
    } else if (op == '2') {
        tjac_pickle_push(r, tjac_pickle_top(r));
    } else if (op == '1' || (r->n_marks > 0 && tjac_pickle_in_reach(r) == 0)) {
        tjac_pickle_pop_mark(r, &n); /* POP just above a mark takes the mark off */
    } else {
        tjac_pickle_pop(r);
    }
}

static void op_stream(tjac_pickle_reader *r, unsigned char op)
{
    if (op == 0x80) {
        if (tjac_pickle_take_uint(r, 1) > 5)
            tjac_pickle_fail(r, "a protocol newer than 5");
    } else if (op == 0x95) {
        if (tjac_pickle_take_uint(r, 8) > r->n - r->at)
            tjac_pickle_fail(r, "it is shorter than it says");
    } else {
        r->result = tjac_pickle_pop(r);
        if (r->result != NULL && (r->n_stack != 0 || r->n_marks != 0))
            tjac_pickle_fail(r, "values are left on the stack");
    }
}

static void op_refused(tjac_pickle_reader *r, unsigned char op)
{
    tjac_pickle_fail(r, op == 0x97 || op == 0x98 ? "its buffers are kept outside of it"
                                                 : "it uses a registry of extensions");
}

/* ---- globals and objects ---- */

static void op_global(tjac_pickle_reader *r, unsigned char op)
{
    if (op == 'c') {
        size_t n_module = 0, n_name = 0;
        const char *module = tjac_pickle_take_line(r, &n_module);
        const char *name = module == NULL ? NULL : tjac_pickle_take_line(r, &n_name);
        if (name != NULL)
            tjac_pickle_push(r, tjac_pickle_global(r, module, n_module, name, n_name));
        return;
    }
    tjac_value *name = tjac_pickle_pop(r), *module = tjac_pickle_pop(r);
    if (module == NULL)
        return;
    if (name->kind != TJAC_V_STRING || module->kind != TJAC_V_STRING)
        tjac_pickle_fail(r, "the name of a global is no string");
    else
        tjac_pickle_push(r, tjac_pickle_global(r, module->u.str.s, module->u.str.n, name->u.str.s,
                                               name->u.str.n));
}

/* INST and OBJ: class and arguments above a mark, the class in the text or as the first value. */
static void op_old_object(tjac_pickle_reader *r, unsigned char op)
{
    tjac_value *f = NULL;
    size_t n;
    if (op == 'i') {
        op_global(r, 'c');
        f = tjac_pickle_pop(r);
    }
    tjac_value **items = r->err->code == TJAC_OK ? tjac_pickle_pop_mark(r, &n) : NULL;
    if (items == NULL)
        return;
    if (op == 'o' && n == 0) {
        tjac_pickle_fail(r, "a class is missing on the stack");
        return;
    }
    if (op == 'o') {
        f = *items++;
        n--;
    }
    tjac_value *args = make_list(r, items, n);
    if (args != NULL)
        tjac_pickle_push(r, tjac_pickle_call(r, f, args));
}

static void op_call(tjac_pickle_reader *r, unsigned char op)
{
    tjac_value *keywords =
        op == 0x92 ? tjac_pickle_pop(r) : NULL; /* NEWOBJ_EX; no known class takes any */
    tjac_value *args = tjac_pickle_pop(r), *f = tjac_pickle_pop(r);
    if (f == NULL)
        return;
    if (keywords != NULL && (keywords->kind != TJAC_V_DICT || keywords->u.dict.n != 0))
        tjac_pickle_push(r, tjac_pickle_unsupported(r, "an object made with keyword arguments"));
    else
        tjac_pickle_push(r, tjac_pickle_call(r, f, args));
}

static void op_build(tjac_pickle_reader *r, unsigned char op)
{
    (void)op;
    tjac_value *state = tjac_pickle_pop(r), *v = tjac_pickle_top(r);
    if (v != NULL)
        tjac_pickle_build(r, v, state);
}

static void op_persistent(tjac_pickle_reader *r, unsigned char op)
{
    size_t n = 0;
    tjac_value *id;
    if (op == 'P') {
        const char *s = tjac_pickle_take_line(r, &n);
        id = s == NULL ? NULL : tjac_pickle_text(r, s, n);
    } else {
        id = tjac_pickle_pop(r);
    }
    if (id != NULL)
        tjac_pickle_push(r, tjac_pickle_persistent(r, id));
}

/* ---- the machine ---- */

typedef void (*operation)(tjac_pickle_reader *r, unsigned char op);

static const operation operations[256] = {
    ['N'] = op_constant,   [0x88] = op_constant,  [0x89] = op_constant,  ['J'] = op_int,
    ['K'] = op_int,        ['M'] = op_int,        [0x8a] = op_long,      [0x8b] = op_long,
    ['G'] = op_float,      ['F'] = op_line,       ['I'] = op_line,       ['L'] = op_line,
    ['S'] = op_line,       ['V'] = op_line,       ['T'] = op_text,       ['U'] = op_text,
    ['X'] = op_text,       [0x8c] = op_text,      [0x8d] = op_text,      ['B'] = op_text,
    ['C'] = op_text,       [0x8e] = op_text,      [0x96] = op_text,      [']'] = op_container,
    [')'] = op_container,  ['}'] = op_container,  [0x8f] = op_container, ['l'] = op_container,
    ['t'] = op_container,  ['d'] = op_container,  [0x85] = op_container, [0x86] = op_container,
    [0x87] = op_container, [0x91] = op_container, ['a'] = op_add,        ['e'] = op_add,
    ['s'] = op_add,        ['u'] = op_add,        [0x90] = op_add,       ['p'] = op_put,
    ['q'] = op_put,        ['r'] = op_put,        [0x94] = op_put,       ['g'] = op_get,
    ['h'] = op_get,        ['j'] = op_get,        ['('] = op_stack,      ['0'] = op_stack,
    ['1'] = op_stack,      ['2'] = op_stack,      [0x80] = op_stream,    [0x95] = op_stream,
    ['.'] = op_stream,     ['c'] = op_global,     [0x93] = op_global,    ['i'] = op_old_object,
    ['o'] = op_old_object, ['R'] = op_call,       [0x81] = op_call,      [0x92] = op_call,
    ['b'] = op_build,      ['P'] = op_persistent, ['Q'] = op_persistent, [0x82] = op_refused,
    [0x83] = op_refused,   [0x84] = op_refused,   [0x97] = op_refused,   [0x98] = op_refused,
};

static tjac_code run(tjac_pickle_reader *r)
{
    while (r->err->code == TJAC_OK && r->result == NULL) {
        r->op_at = r->at;
        const unsigned char *op = tjac_pickle_take(r, 1);
        if (op == NULL)
            break;
        if (operations[*op] == NULL)
            tjac_pickle_fail(r, "an unknown opcode");
        else
            operations[*op](r, *op);
    }
    return r->err->code;
}

tjac_code tjac_pickle_read(tjac_doc *doc, const unsigned char *bytes, size_t n,
                           const tjac_pickle_opts *opts, tjac_value **out, size_t *used,
                           tjac_err *err)
{
    tjac_pickle_reader r = {.doc = doc, .bytes = bytes, .n = n, .opts = opts, .err = err};
    /* Real pickles hand each argument to one call; the slack is for small shared ones. */
    r.budget = n > SIZE_MAX / 16 ? SIZE_MAX : n * 8 + 65536;
    r.none = tjac_value_null(doc, err);
    r.yes = tjac_value_bool(doc, true, err);
    r.no = tjac_value_bool(doc, false, err);
    if (err->code == TJAC_OK &&
        tjac_grow((void **)&r.stack, &r.cap_stack, 64, sizeof *r.stack, err) == TJAC_OK &&
        run(&r) == TJAC_OK) {
        *out = r.result;
        if (used != NULL)
            *used = r.at;
    }
    free(r.stack);
    free(r.marks);
    free(r.memo);
    return err->code;
}
