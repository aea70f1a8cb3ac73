#include "base/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

void tjac_machine_processor(char out[TJAC_MACHINE_NAME])
{
    struct utsname u;
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(out, TJAC_MACHINE_NAME, "%s", uname(&u) == 0 ? u.machine : "unknown");
    while (f && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(out, TJAC_MACHINE_NAME, "%s", colon + 1 + strspn(colon + 1, " "));
        break;
    }
    if (f)
        fclose(f);
}
