/* jtable_parts.h: what the two makers of blocks share. Private to jtable.h's stage. */
#ifndef TJAC_JTABLE_PARTS_H
#define TJAC_JTABLE_PARTS_H

#include "tjac/jtable.h"

void tjac_j_block_free(tjac_j_block *block);

/* Of a KD in a panel: pathway, else unrelated, else control, else background. */
tjac_kd_class tjac_j_kd_class(const tjac_config_panel *panel, const char *kd, bool control);

#endif
