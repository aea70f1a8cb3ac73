/* maps.h: the maps of KDs and batches of a model folder. Private to the model stage. */
#ifndef TJAC_MAPS_H
#define TJAC_MAPS_H

#include "model/model.h"

/* Opens the map of KDs and reads its names. Its values must be vectors of pert_dim numbers:
 * torch's, NumPy's or lists. No map: TJAC_EINPUT. */
tjac_code tjac_maps_read_kds(tjac_model *m, tjac_err *err) TJAC_MUST_USE;

/* Opens the map of batches and reads its names and rows: the place of a vector's one largest
 * number, or a whole number (true: 1), as `state tx infer` takes them. */
tjac_code tjac_maps_read_batches(tjac_model *m, tjac_err *err) TJAC_MUST_USE;

#endif
