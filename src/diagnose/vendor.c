/*
 * Vendors' words: one table a vendor (vendor_*.def), rows of finding ids, where to look, and what
 * to expect there.
 */
#include "espial/diagnose/vendor.h"

#include "vendor_topics.h"

#include "espial/base.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define X(ids, look, expect) {ids, look, expect},
static const struct es_vendor_words panos[] = {
#include "vendor_panos.def"
};
static const struct es_vendor_words cisco_ios[] = {
#include "vendor_cisco_ios.def"
};
static const struct es_vendor_words cisco_asa[] = {
#include "vendor_cisco_asa.def"
};
static const struct es_vendor_words fortigate[] = {
#include "vendor_fortigate.def"
};
static const struct es_vendor_words juniper[] = {
#include "vendor_juniper.def"
};
static const struct es_vendor_words check_point[] = {
#include "vendor_check_point.def"
};
static const struct es_vendor_words strongswan[] = {
#include "vendor_strongswan.def"
};
static const struct es_vendor_words libreswan[] = {
#include "vendor_libreswan.def"
};
static const struct es_vendor_words aws[] = {
#include "vendor_aws.def"
};
static const struct es_vendor_words azure[] = {
#include "vendor_azure.def"
};
#undef X

#define WORDS(rows) rows, ES_COUNT(rows)
static const struct {
    const char *name, *title;
    const char *product; /* how the products of a vendor ID begin; NULL: none is known */
    const struct es_vendor_words *rows;
    size_t count;
} vendors[] = {
    [ES_VENDOR_PANOS] = {"panos",      "PAN-OS",      "Palo Alto",   WORDS(panos)      },
    [ES_VENDOR_CISCO_IOS] = {"cisco",      "Cisco IOS",   "Cisco",       WORDS(cisco_ios)  },
    [ES_VENDOR_CISCO_ASA] = {"asa",        "Cisco ASA",   "Cisco ASA",   WORDS(cisco_asa)  },
    [ES_VENDOR_FORTIGATE] = {"fortigate",  "FortiGate",   "Forti",       WORDS(fortigate)  },
    [ES_VENDOR_JUNIPER] = {"juniper",    "Juniper SRX", "Juniper",     WORDS(juniper)    },
    [ES_VENDOR_CHECK_POINT] = {"checkpoint", "Check Point", "Check Point", WORDS(check_point)},
    [ES_VENDOR_STRONGSWAN] = {"strongswan", "strongSwan",  "strongSwan",  WORDS(strongswan) },
    [ES_VENDOR_LIBRESWAN] = {"libreswan",  "libreswan",   "libreswan",   WORDS(libreswan)  },
    [ES_VENDOR_AWS] = {"aws",        "AWS",         NULL,          WORDS(aws)        },
    [ES_VENDOR_AZURE] = {"azure",      "Azure",       NULL,          WORDS(azure)      },
};
_Static_assert(ES_COUNT(vendors) == ES_VENDORS, "a row for each vendor");

const char *es_vendor_name(enum es_vendor vendor)
{
    return vendors[vendor].name;
}

const char *es_vendor_title(enum es_vendor vendor)
{
    return vendors[vendor].title;
}

enum es_vendor es_vendor_find(const char *name)
{
    for (enum es_vendor v = 0; v < ES_VENDORS; v++) {
        if (strcasecmp(vendors[v].name, name) == 0 || strcasecmp(vendors[v].title, name) == 0)
            return v;
    }
    return ES_VENDOR_NONE;
}

/* Of several that fit ("Cisco", "Cisco ASA") the longest is meant. */
enum es_vendor es_vendor_of(const char *product)
{
    enum es_vendor best = ES_VENDOR_NONE;
    size_t longest = 0;
    for (enum es_vendor v = 0; product && v < ES_VENDORS; v++) {
        const char *begin = vendors[v].product;
        const size_t length = begin ? strlen(begin) : 0;
        if (length > longest && strncmp(product, begin, length) == 0) {
            best = v;
            longest = length;
        }
    }
    return best;
}

static bool names(const char *ids, const char *id)
{
    const size_t length = strlen(id);
    for (const char *at = ids; (at = strstr(at, id)) != NULL; at += length) {
        const bool begins = at == ids || at[-1] == ' ';
        if (begins && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

const struct es_vendor_words *es_vendor_words_next(enum es_vendor vendor, const char *id,
                                                   const struct es_vendor_words *after)
{
    const struct es_vendor_words *row = after ? after + 1 : vendors[vendor].rows;
    const struct es_vendor_words *end = vendors[vendor].rows + vendors[vendor].count;
    while (row < end && !names(row->ids, id))
        row++;
    return row < end ? row : NULL;
}
