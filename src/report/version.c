#include "report/version.h"

#include <stdio.h>
#include "base/crc.h"
#include "base/h5.h"
#include "base/json.h"
#include "base/numeric.h"
#include "base/sha256.h"
#include "base/yaml.h"
#include "st/st.h"
#include "torchfile/zipfile.h"

const char tjac_version_licence[] = "The source is under the MIT licence. This binary is linked "
                                    "with GSL: as a whole it is governed "
                                    "by the GNU General Public License, version 3 or later.";

static void copy_version(char *buf, size_t n, const char *version)
{
    snprintf(buf, n, "%s", version);
}

int tjac_version_library(size_t i, tjac_library *out)
{
    static const char *const names[] = {"LibTorch", "HDF5",   "GSL",  "cJSON",
                                        "libyaml",  "libzip", "zlib", "OpenSSL"};
    size_t n = sizeof out->version;
    if (i >= sizeof names / sizeof *names)
        return 0;
    out->name = names[i];
    switch (i) {
    case 0:
        copy_version(out->version, n, tjac_st_version());
        break;
    case 1:
        tjac_h5_version(out->version, n);
        break;
    case 2:
        copy_version(out->version, n, tjac_numeric_version());
        break;
    case 3:
        copy_version(out->version, n, tjac_json_version());
        break;
    case 4:
        copy_version(out->version, n, tjac_yaml_version());
        break;
    case 5:
        copy_version(out->version, n, tjac_zip_version());
        break;
    case 6:
        copy_version(out->version, n, tjac_crc_version());
        break;
    default:
        copy_version(out->version, n, tjac_sha256_version());
    }
    return 1;
}
