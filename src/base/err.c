/* err.c: see err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

tjac_code tjac_err_set(tjac_err *err, tjac_code code, const char *fmt, ...)
{
    if (err->code != TJAC_OK)
        return err->code;
    err->code = code;

    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0)
        return code;
    err->msg = malloc((size_t)n + 1);
    if (err->msg == NULL)
        return code;
    va_start(args, fmt);
    vsnprintf(err->msg, (size_t)n + 1, fmt, args);
    va_end(args);
    return code;
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
    err->msg = NULL;
    err->code = TJAC_OK;
}
