/*
 * The files of src/report/html/, as the build put them into the library.
 */
#ifndef ES_REPORT_HTML_ASSET_H
#define ES_REPORT_HTML_ASSET_H

#include <stddef.h>

struct es_html_asset {
    const char *name;  /* "page.css" */
    const char *chars; /* ends in NUL */
    size_t length;     /* without the NUL */
};

/* Ended by one without a name. */
extern const struct es_html_asset es_html_assets[];

/* The one with this name, which must be there. */
const struct es_html_asset *es_html_asset(const char *name);

#endif
