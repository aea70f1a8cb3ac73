/* err.c: see err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The message, or NULL where there is no memory for it. */
static char *format(const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    char *msg = n < 0 ? NULL : malloc((size_t)n + 1);
    if (msg != NULL)
        vsnprintf(msg, (size_t)n + 1, fmt, again);
    va_end(again);
    return msg;
}

tjac_code tjac_err_set(tjac_err *err, tjac_code code, const char *fmt, ...)
{
    if (err->code != TJAC_OK)
        return err->code;
    va_list args;
    va_start(args, fmt);
    *err = (tjac_err){.code = code, .msg = format(fmt, args)};
    va_end(args);
    return code;
}

tjac_code tjac_err_memory(tjac_err *err, const char *fmt, ...)
{
    if (err->code != TJAC_OK)
        return err->code;
    va_list args;
    va_start(args, fmt);
    *err = (tjac_err){.code = TJAC_EFAIL, .memory = true, .msg = format(fmt, args)};
    va_end(args);
    return TJAC_EFAIL;
}

const char *tjac_err_message(const tjac_err *err)
{
    if (err->msg != NULL)
        return err->msg;
    return err->code == TJAC_OK ? "no error" : "out of memory";
}

void tjac_err_clear(tjac_err *err)
{
    free(err->msg);
    *err = (tjac_err){0};
}
