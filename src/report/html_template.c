/*
 * Templates: files of src/report/html/ with slots in them.
 */
#include "html_asset.h"

#include "html.h"

#include <assert.h>
#include <string.h>

const struct es_html_asset *es_html_asset(const char *name)
{
    const struct es_html_asset *asset = es_html_assets;
    while (asset->name && strcmp(asset->name, name) != 0)
        asset++;
    assert(asset->name);
    return asset;
}

static void fill_slot(struct es_html *html, const struct es_html_slot *slots, const char *name,
                      size_t length)
{
    const struct es_html_slot *slot = slots;
    while (slot->name && (strlen(slot->name) != length || memcmp(slot->name, name, length) != 0))
        slot++;
    assert(slot->name); /* the template names what nobody writes */
    if (slot->name)
        slot->write(html);
}

void es_html_fill(struct es_html *html, const char *asset, const struct es_html_slot *slots)
{
    const char *at = es_html_asset(asset)->chars;
    const char *open;
    while ((open = strstr(at, "{{"))) {
        const char *close = strstr(open, "}}");
        if (!close)
            break;
        es_text_add_bytes(html->out, at, (size_t)(open - at));
        fill_slot(html, slots, open + 2, (size_t)(close - open) - 2);
        at = close + 2;
    }
    es_text_add(html->out, at);
}
