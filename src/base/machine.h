/* machine.h: what this machine calls itself. */
#ifndef TJAC_MACHINE_H
#define TJAC_MACHINE_H

enum { TJAC_MACHINE_NAME = 128 };

/* The processor, "AMD EPYC 7B13", or the kind of it where the system does not say more. */
void tjac_machine_processor(char out[TJAC_MACHINE_NAME]);

#endif
