/* Names of a state_dict without the words of wrappers. */
#include "test.h"
#include "base/json.h"
#include "model/state.h"

/* The state_dict of a JSON text, whose values do not matter. */
static tjac_code read_state(const char *text, tjac_doc **doc, tjac_state *out, tjac_err *err)
{
    tjac_value *v = NULL;
    tjac_code code = tjac_doc_new(doc, err);
    if (!code && !(code = tjac_json_parse(*doc, text, strlen(text), "state", &v, err)))
        code = tjac_state_read(v, "final.ckpt", out, err);
    return code;
}

static void plain(test *t, const char *stored, const char *name)
{
    char text[256];
    tjac_doc *doc = NULL;
    tjac_state s = {0};
    tjac_err err = {0};
    snprintf(text, sizeof text, "{\"%s\": 1}", stored);
    if (CHECK_OK(t, read_state(text, &doc, &s, &err), &err))
        CHECK_STRING(t, s.names.name[0], name);
    CHECK(t, tjac_state_find(&s, name) != NULL && tjac_state_find(&s, "x") == NULL);
    tjac_state_free(&s);
    tjac_doc_free(doc);
}

static void test_names(test *t)
{
    plain(t, "project_out.0.weight", "project_out.0.weight");
    plain(t, "module.project_out.0.weight", "project_out.0.weight");
    plain(t, "model.project_out.0.weight", "project_out.0.weight");
    plain(t, "_orig_mod.model.module.project_out.0.weight", "project_out.0.weight");
    plain(t, "transformer_backbone._orig_mod.norm.weight", "transformer_backbone.norm.weight");
    plain(t, "transformer_backbone.module.layers.0._orig_mod.mlp.up_proj.weight",
          "transformer_backbone.layers.0.mlp.up_proj.weight");
    plain(t, "_forward_module.a._fsdp_wrapped_module.b._checkpoint_wrapped_module.c", "a.b.c");
    plain(t, "transformer_backbone._orig_mod.base_model.model.norm.weight",
          "transformer_backbone.base_model.model.norm.weight");
    plain(t, "ema.module.norm", "ema.norm");
    plain(t, "model", "model");
    plain(t, "model.module", "module");
}

static void refused(test *t, const char *text, const char *says)
{
    tjac_doc *doc = NULL;
    tjac_state s = {0};
    tjac_err err = {0};
    CHECK(t, read_state(text, &doc, &s, &err) == TJAC_EINPUT && s.value == NULL);
    CHECK_ERROR(t, &err, TJAC_EINPUT, says);
    tjac_doc_free(doc);
}

int main(void)
{
    test t = {0};
    test_names(&t);
    refused(&t, "{\"a.b\": 1, \"c\": 1, \"module.a.b\": 2}",
            "'final.ckpt': the weights 'a.b' and 'module.a.b' are one to the model, 'a.b'");
    refused(&t, "{\"a._orig_mod.b\": 1, \"model.a.b\": 2}",
            "'a._orig_mod.b' and 'model.a.b' are one");
    return test_end(&t);
}
