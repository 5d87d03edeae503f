/*
 * Which findings the page shows, and whose they are. All lists are made in one walk: with ten
 * thousand tunnels nobody may look for a tunnel's findings among all.
 */
#include "html.h"

#include "selection.h"

#include <stdlib.h>

static size_t count_findings(const struct es_report *report)
{
    size_t count = 0;
    const struct es_finding *f = es_diagnosis_findings(report->diagnosis);
    for (; (f = es_report_finding_next(report, f)); f = f->next)
        count++;
    return count;
}

static void add(struct es_html *html, const struct es_finding *finding, bool on_page)
{
    struct es_html_toll *toll = &html->tolls[finding->tunnel ? finding->tunnel->number : 0];
    html->findings[html->finding_count++] = (struct es_html_finding){finding, 0, on_page};
    const uint32_t number = (uint32_t)html->finding_count;
    if (toll->last)
        html->findings[toll->last - 1].next = number;
    else
        toll->first = number;
    toll->last = number;
    toll->counts[finding->severity]++;
}

bool es_html_roll_init(struct es_html *html)
{
    const struct es_report *report = html->report;
    uint64_t on_page[ES_CATEGORY_POSTURE + 1] = {0};
    html->findings = calloc(count_findings(report) + 1, sizeof(*html->findings));
    html->tolls = calloc((size_t)es_tunnels_ever(report->model) + 1, sizeof(*html->tolls));
    if (!html->findings || !html->tolls)
        return false;
    const struct es_finding *f = es_diagnosis_findings(report->diagnosis);
    for (; (f = es_report_finding_next(report, f)); f = f->next) {
        const enum es_category category = f->rule->category;
        const uint64_t most =
            category == ES_CATEGORY_FAULT ? ES_HTML_CARDS_MAX : ES_HTML_ASIDES_MAX;
        add(html, f, on_page[category]++ < most);
    }
    return true;
}

const struct es_html_toll *es_html_toll(const struct es_html *html, const struct es_tunnel *tunnel)
{
    return &html->tolls[tunnel ? tunnel->number : 0];
}

const char *es_html_worst(const struct es_html *html, const struct es_tunnel *tunnel)
{
    const struct es_html_toll *toll = es_html_toll(html, tunnel);
    for (int s = ES_SEVERITY_ERROR; s >= ES_SEVERITY_NOTE; s--) {
        if (toll->counts[s])
            return es_severity_name((enum es_severity)s);
    }
    return "none";
}

size_t es_html_finding_number(const struct es_html *html, const struct es_finding *finding)
{
    while (finding->root)
        finding = finding->root;
    uint32_t number = es_html_toll(html, finding->tunnel)->first;
    while (number && html->findings[number - 1].finding != finding)
        number = html->findings[number - 1].next;
    return number && html->findings[number - 1].on_page ? number : 0;
}
