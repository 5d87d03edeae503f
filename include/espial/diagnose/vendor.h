/*
 * Peers' own words: for each kind of finding, the command or log to look at on a vendor's equipment
 * and the text to expect there.
 */
#ifndef ESPIAL_DIAGNOSE_VENDOR_H
#define ESPIAL_DIAGNOSE_VENDOR_H

enum es_vendor {
    ES_VENDOR_PANOS,
    ES_VENDOR_CISCO_IOS,
    ES_VENDOR_CISCO_ASA,
    ES_VENDOR_FORTIGATE,
    ES_VENDOR_JUNIPER,
    ES_VENDOR_CHECK_POINT,
    ES_VENDOR_STRONGSWAN,
    ES_VENDOR_LIBRESWAN,
    ES_VENDOR_AWS,
    ES_VENDOR_AZURE,
    ES_VENDORS,
    ES_VENDOR_NONE = ES_VENDORS
};

/* "panos", as it is given on the command line; "PAN-OS", for people. Static. */
const char *es_vendor_name(enum es_vendor vendor);
const char *es_vendor_title(enum es_vendor vendor);

/* The vendor of that name, in either form and any case; ES_VENDOR_NONE when there is none. */
enum es_vendor es_vendor_find(const char *name);

/* The vendor of a product that a vendor ID gave away (struct es_peer); NULL is none. */
enum es_vendor es_vendor_of(const char *product);

struct es_vendor_words {
    const char *ids;    /* the findings it belongs to, apart by blanks */
    const char *look;   /* a command, a log or a page */
    const char *expect; /* what stands there when the finding is right */
};

/*
 * The next row of a vendor about a finding behind `after` (NULL: the first one); NULL when there is
 * no more. Static.
 */
const struct es_vendor_words *es_vendor_words_next(enum es_vendor vendor, const char *id,
                                                   const struct es_vendor_words *after);

#endif
