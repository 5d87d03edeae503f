/*
 * The report as one HTML page: what stands where, and what the browser may do with it.
 */
#include "html.h"

#include "html_asset.h"
#include "selection.h"

#include "espial/crypto.h"

#include <stdlib.h>

/* RFC 4648, 4. */
static void add_base64(struct es_text *out, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        uint32_t three = 0;
        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (i + k < count ? bytes[i + k] : 0);
        char four[4];
        for (size_t k = 0; k < 4; k++)
            four[k] = i + k <= count ? digits[three >> (18 - 6 * k) & 63] : '=';
        es_text_add_bytes(out, four, sizeof(four));
    }
}

/* "'sha256-…'": the one style and the one script that the browser is to obey. */
static void add_source(struct es_text *out, const char *chars, size_t length)
{
    uint8_t digest[ES_DIGEST_BYTES_MAX];
    const size_t count = es_digest(ES_DIGEST_SHA256, chars, length, digest);
    if (!count) {
        es_text_add(out, "'none'");
        return;
    }
    es_text_add(out, "'sha256-");
    add_base64(out, digest, count);
    es_text_add(out, "'");
}

/* Both files, as they stand in the page's one <style>. */
static void add_style(struct es_text *out)
{
    es_text_add(out, es_html_asset("page.css")->chars);
    es_text_add(out, es_html_asset("picture.css")->chars);
}

static void write_policy(struct es_html *html)
{
    struct es_text style;
    es_text_init(&style);
    add_style(&style);
    const struct es_html_asset *script = es_html_asset("page.js");
    es_text_add(html->out, "default-src 'none'; style-src ");
    add_source(html->out, es_text_chars(&style), style.length);
    es_text_add(html->out, "; script-src ");
    add_source(html->out, script->chars, script->length);
    es_text_add(html->out, "; base-uri 'none'; form-action 'none'");
    html->out->failed |= style.failed;
    es_text_fini(&style);
}

static void write_style(struct es_html *html)
{
    add_style(html->out);
}

static void write_script(struct es_html *html)
{
    es_text_add(html->out, es_html_asset("page.js")->chars);
}

static void write_version(struct es_html *html)
{
    es_text_add(html->out, ES_VERSION);
}

static void write_verdict(struct es_html *html)
{
    es_html_text(html->out, es_diagnosis_verdict(html->report->diagnosis));
}

static void write_worst(struct es_html *html)
{
    const struct es_report *report = html->report;
    es_text_add(html->out, es_report_count(report, ES_SEVERITY_ERROR)     ? "error"
                           : es_report_count(report, ES_SEVERITY_WARNING) ? "warning"
                                                                          : "none");
}

static void write_tunnels(struct es_html *html)
{
    es_text_add_bytes(html->out, es_text_chars(html->tunnels), html->tunnels->length);
}

static const struct es_html_slot page_slots[] = {
    {"policy",   write_policy         },
    {"version",  write_version        },
    {"title",    es_html_title        },
    {"style",    write_style          },
    {"script",   write_script         },
    {"worst",    write_worst          },
    {"verdict",  write_verdict        },
    {"counts",   es_html_counts       },
    {"capture",  es_html_capture      },
    {"caveats",  es_html_caveats      },
    {"contents", es_html_contents     },
    {"findings", es_html_finding_cards},
    {"asides",   es_html_asides       },
    {"tunnels",  write_tunnels        },
    {NULL,       NULL                 },
};

/* The tunnels come first, though below: what links to their packets asks whether they are there. */
bool es_report_html(const struct es_report *report, struct es_text *out)
{
    struct es_text tunnels;
    es_text_init(&tunnels);
    struct es_html html = {
        .out = &tunnels,
        .report = report,
        .chronicle = report->chronicle,
        .tunnels = &tunnels,
    };
    es_text_init(&html.words);
    if (es_html_roll_init(&html)) {
        es_html_tunnel_sections(&html);
        html.out = out;
        es_html_fill(&html, "page.html", page_slots);
    } else {
        out->failed = true;
    }
    out->failed |= tunnels.failed;
    es_text_fini(&tunnels);
    es_text_fini(&html.words);
    free(html.findings);
    free(html.tolls);
    free(html.anchors);
    free(html.sections);
    return !out->failed;
}
