/* arch_backbone.h: the transformer part of an architecture. Private to the model stage. */
#ifndef TJAC_ARCH_BACKBONE_H
#define TJAC_ARCH_BACKBONE_H

#include "model/arch.h"
#include "model/hyper.h"

/* Fills the backbone, attention and LoRA fields of *arch, whose other fields are set. */
tjac_code tjac_arch_read_backbone(const tjac_hyper *hyper, const tjac_config_override *choice,
                                  tjac_arch *arch);

#endif
