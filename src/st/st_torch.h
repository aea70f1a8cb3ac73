/* st_torch.h: the ST model over the shim, shared by its equations (st_forward.c) and its passes
 * (st.c). Shapes: B KDs, S cells, N >= S tokens, G inputs, H hidden, L numbers of the encoding, D
 * outputs, R regulators, T targets, P length of a KD's vector; `...` is any leading dimensions. */
#ifndef TJAC_ST_TORCH_H
#define TJAC_ST_TORCH_H

#include "model/model.h"
#include "shim/torch_capi.h"

/* What depends on a cell set alone. */
typedef struct {
    size_t S;
    tc_tensor *enc;   /* (S,L) every product in which X takes part */
    tc_tensor *batch; /* (S,H) or NULL */
} st_set;

typedef struct {
    const tjac_model *model;
    const tjac_arch *arch;
    tc_dtype dtype;
    tc_device device;
    tc_pullback_kind pullback;
    tc_scope *weights;  /* lives as long as the model */
    tc_tensor **weight; /* [model->n_weights] in the scope `weights` */
    tc_scope *sets;     /* what lives from begin to begin */
    tc_tensor *tap;     /* (L,R) enc = X tap_full' + const: d enc / d X_r is column r */
    size_t R, T;
    int64_t *target, *regulator; /* [T], [R] */
    st_set *set;
    size_t n_sets, cap_sets;
} st_torch;

/* The encoding of X, its product with the basal encoder's first layer and every other in which it
 * takes part: (S,G) -> (S,L). */
tc_tensor *st_enc(const st_torch *st, tc_scope *s, const tc_tensor *x);

/* d enc / d X: the columns of n inputs of those weights, (L,n). */
tc_tensor *st_tap(const st_torch *st, tc_scope *s, const int64_t *column, size_t n);

/* The first product of the KD encoder: (...,P) -> (...,H), without its bias when `linear`. */
tc_tensor *st_kd_product(const st_torch *st, tc_scope *s, const tc_tensor *kd, bool linear);

/* Y of the targets: enc (...,S,L), kd_product (...,1,H) -> (...,S,T). Steps as in
 * docs/models.md. */
tc_tensor *st_forward(const st_torch *st, tc_scope *s, const st_set *set, const tc_tensor *enc,
                      tc_tensor *kd_product);

/* The row of the batch encoder of each cell: (S,H). */
tc_tensor *st_batch_rows(const st_torch *st, tc_scope *s, const int64_t *batch, size_t S);

#endif
