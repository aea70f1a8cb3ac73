/* blocks_parts.h: what blocks.c and blocks_warn.c share. */
#ifndef TJAC_BLOCKS_PARTS_H
#define TJAC_BLOCKS_PARTS_H

#include "plan/blocks.h"

/* What a user should know of a panel's blocks, as sentences. */
tjac_code blocks_warn(const tjac_panel *panel, const tjac_blocks_panel *blocks, tjac_names *out,
                      tjac_err *err);

#endif
