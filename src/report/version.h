/* version.h: the version of tjac, of its libraries, and its licence. */
#ifndef TJAC_VERSION_H
#define TJAC_VERSION_H

#include <stddef.h>

#define TJAC_VERSION "0.1.0"

typedef struct {
    const char *name; /* static */
    char version[48];
} tjac_library;

/* Library i of those that this process runs with; 0 after the last one. */
int tjac_version_library(size_t i, tjac_library *out);

extern const char tjac_version_licence[];

#endif
