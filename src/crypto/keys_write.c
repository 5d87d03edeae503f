/*
 * Wireshark's tables written, as its version 4.0 reads them; one wrong row there spoils the table,
 * so that keys whose algorithm it has no name for are left out.
 */
#include "keys_form.h"

#include "espial/base/output.h"
#include "espial/registry.h"

#include <openssl/crypto.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Its name for an algorithm; in IKE's names %u stands for the bits of the key. */
struct name {
    uint16_t id;
    uint8_t salt; /* bytes of the key that are no key bits */
    const char *name;
};

static const struct name ike_encrs[] = {
    {ES_IKE_ENCR_3DES,       0, "3DES [RFC2451]"                        },
    {ES_IKE_ENCR_NULL,       0, "NULL [RFC2410]"                        },
    {ES_IKE_ENCR_AES_CBC,    0, "AES-CBC-%u [RFC3602]"                  },
    {ES_IKE_ENCR_AES_CCM_8,  3, "AES-CCM-%u with 8 octet ICV [RFC5282]" },
    {ES_IKE_ENCR_AES_CCM_12, 3, "AES-CCM-%u with 12 octet ICV [RFC5282]"},
    {ES_IKE_ENCR_AES_CCM_16, 3, "AES-CCM-%u with 16 octet ICV [RFC5282]"},
    {ES_IKE_ENCR_AES_GCM_8,  4, "AES-GCM-%u with 8 octet ICV [RFC5282]" },
    {ES_IKE_ENCR_AES_GCM_12, 4, "AES-GCM-%u with 12 octet ICV [RFC5282]"},
    {ES_IKE_ENCR_AES_GCM_16, 4, "AES-GCM-%u with 16 octet ICV [RFC5282]"},
};

static const struct name ike_integs[] = {
    {ES_IKE_INTEG_HMAC_MD5_96,       0, "HMAC_MD5_96 [RFC2403]"      },
    {ES_IKE_INTEG_HMAC_SHA1_96,      0, "HMAC_SHA1_96 [RFC2404]"     },
    {ES_IKE_INTEG_HMAC_MD5_128,      0, "HMAC_MD5_128 [RFC4595]"     },
    {ES_IKE_INTEG_HMAC_SHA1_160,     0, "HMAC_SHA1_160 [RFC4595]"    },
    {ES_IKE_INTEG_HMAC_SHA2_256_128, 0, "HMAC_SHA2_256_128 [RFC4868]"},
    {ES_IKE_INTEG_HMAC_SHA2_384_192, 0, "HMAC_SHA2_384_192 [RFC4868]"},
    {ES_IKE_INTEG_HMAC_SHA2_512_256, 0, "HMAC_SHA2_512_256 [RFC4868]"},
};

static const struct name esp_encrs[] = {
    {0,                      0, "NULL"                               },
    {ES_IKE_ENCR_NULL,       0, "NULL"                               },
    {ES_IKE_ENCR_DES,        0, "DES-CBC [RFC2405]"                  },
    {ES_IKE_ENCR_3DES,       0, "TripleDES-CBC [RFC2451]"            },
    {ES_IKE_ENCR_CAST,       0, "CAST5-CBC [RFC2144]"                },
    {ES_IKE_ENCR_BLOWFISH,   0, "BLOWFISH-CBC [RFC2451]"             },
    {ES_IKE_ENCR_AES_CBC,    0, "AES-CBC [RFC3602]"                  },
    {ES_IKE_ENCR_AES_CTR,    0, "AES-CTR [RFC3686]"                  },
    {ES_IKE_ENCR_AES_GCM_8,  0, "AES-GCM with 8 octet ICV [RFC4106]" },
    {ES_IKE_ENCR_AES_GCM_12, 0, "AES-GCM with 12 octet ICV [RFC4106]"},
    {ES_IKE_ENCR_AES_GCM_16, 0, "AES-GCM with 16 octet ICV [RFC4106]"},
};

static const struct name esp_integs[] = {
    {ES_IKE_INTEG_HMAC_MD5_96,       0, "HMAC-MD5-96 [RFC2403]"     },
    {ES_IKE_INTEG_HMAC_SHA1_96,      0, "HMAC-SHA-1-96 [RFC2404]"   },
    {ES_IKE_INTEG_HMAC_SHA2_256_128, 0, "HMAC-SHA-256-128 [RFC4868]"},
    {ES_IKE_INTEG_HMAC_SHA2_384_192, 0, "HMAC-SHA-384-192 [RFC4868]"},
    {ES_IKE_INTEG_HMAC_SHA2_512_256, 0, "HMAC-SHA-512-256 [RFC4868]"},
};

#define SHA256_96 "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]"

static const struct name *find(const struct name *names, size_t count, uint16_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].id == id)
            return &names[i];
    }
    return NULL;
}

static void add_secret(struct es_text *text, const struct es_secret *secret)
{
    es_text_add_hex(text, secret->bytes, secret->length);
}

static void add_ike_encr(struct es_text *text, const struct name *name, size_t key_bytes)
{
    const char *bits = strstr(name->name, "%u");
    es_text_add(text, "\"");
    if (bits) {
        es_text_add_bytes(text, name->name, (size_t)(bits - name->name));
        es_text_addf(text, "%zu", (key_bytes - name->salt) * 8);
        es_text_add(text, bits + 2);
    } else {
        es_text_add(text, name->name);
    }
    es_text_add(text, "\"");
}

/* False when Wireshark cannot hold it. */
static bool add_ikev2(struct es_text *text, const struct es_ike_keys *ike)
{
    const struct name *encr = find(ike_encrs, ES_COUNT(ike_encrs), ike->encr);
    const struct name *integ = find(ike_integs, ES_COUNT(ike_integs), ike->integ);
    const uint8_t icv = es_integ_icv(ike->integ);
    if (!encr || ike->sk_ei.length != ike->sk_er.length || ike->sk_ei.length < encr->salt)
        return false;
    es_text_addf(text, "%016llx,%016llx,", (unsigned long long)ike->initiator_spi,
                 (unsigned long long)ike->responder_spi);
    add_secret(text, &ike->sk_ei);
    es_text_add(text, ",");
    add_secret(text, &ike->sk_er);
    es_text_add(text, ",");
    add_ike_encr(text, encr, ike->sk_ei.length);
    es_text_add(text, ",");
    if (integ && ike->sk_ai.length > 0 && ike->sk_ar.length > 0) {
        add_secret(text, &ike->sk_ai);
        es_text_add(text, ",");
        add_secret(text, &ike->sk_ar);
        es_text_addf(text, ",\"%s\"\n", integ->name);
    } else if (ike->integ != 0 && icv > 0)
        es_text_addf(text, ",,\"ANY %u-bits of Authentication [No Checking]\"\n", icv * 8U);
    else
        es_text_add(text, ",,\"NONE [RFC4306]\"\n");
    return true;
}

static bool add_ikev1(struct es_text *text, const struct es_ike_keys *ike)
{
    if (ike->sk_ei.length == 0)
        return false;
    es_text_addf(text, "%016llx,", (unsigned long long)ike->initiator_spi);
    add_secret(text, &ike->sk_ei);
    es_text_add(text, "\n");
    return true;
}

static const uint8_t any_address[16];

static bool is_any(const uint8_t address[16])
{
    return memcmp(address, any_address, sizeof(any_address)) == 0;
}

static bool is_v4(const uint8_t address[16])
{
    static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(address, v4_prefix, sizeof(v4_prefix)) == 0;
}

static void add_address(struct es_text *text, const uint8_t address[16])
{
    char chars[INET6_ADDRSTRLEN] = "*";
    if (is_v4(address))
        inet_ntop(AF_INET, address + 12, chars, sizeof(chars));
    else if (!is_any(address))
        inet_ntop(AF_INET6, address, chars, sizeof(chars));
    es_text_addf(text, "\"%s\",", chars);
}

/* The name of an SA's integrity algorithm; without one, of so many bytes that are not checked. */
static const char *esp_integ_name(const struct es_esp_keys *esp, const struct name *encr)
{
    const uint8_t own = es_integ_icv(esp->integ);
    const uint8_t icv = esp->icv_bytes ? esp->icv_bytes : own;
    const struct name *integ = find(esp_integs, ES_COUNT(esp_integs), esp->integ);
    const struct es_encr *about = es_encr_find(encr->id);
    if ((about && about->icv > 0) || icv == 0)
        return "NULL";
    if (integ && icv == own)
        return integ->name;
    if (esp->integ == ES_IKE_INTEG_HMAC_SHA2_256_128 && icv == 12)
        return SHA256_96;
    switch (icv) {
    case 8:
        return "ANY 64 bit authentication [no checking]";
    case 12:
        return "ANY 96 bit authentication [no checking]";
    case 16:
        return "ANY 128 bit authentication [no checking]";
    case 24:
        return "ANY 192 bit authentication [no checking]";
    case 32:
        return "ANY 256 bit authentication [no checking]";
    default:
        return NULL;
    }
}

static void add_esp_row(struct es_text *text, const char *family, const struct es_esp_keys *esp,
                        const char *encr, const char *integ)
{
    es_text_addf(text, "\"%s\",", family);
    add_address(text, esp->source);
    add_address(text, esp->destination);
    if (esp->spi == 0)
        es_text_addf(text, "\"*\",\"%s\",\"", encr);
    else
        es_text_addf(text, "\"0x%08x\",\"%s\",\"", esp->spi, encr);
    if (esp->encryption.length > 0) {
        es_text_add(text, "0x");
        add_secret(text, &esp->encryption);
    }
    es_text_addf(text, "\",\"%s\",\"", integ);
    if (esp->integrity.length > 0 && strncmp(integ, "HMAC", 4) == 0) {
        es_text_add(text, "0x");
        add_secret(text, &esp->integrity);
    }
    es_text_add(text, "\"\n");
}

/*
 * The row of an SA, and at the table's end, where Wireshark looks last, one for any addresses: a
 * NAT makes others of those that the peers know. Not without an integrity check, which would tell
 * a packet of somebody else's SA.
 */
static bool add_esp(struct es_text *rows, struct es_text *any_rows, const struct es_keys *keys,
                    const struct es_esp_keys *esp)
{
    const struct name *encr = find(esp_encrs, ES_COUNT(esp_encrs), esp->encr);
    const char *integ = encr ? esp_integ_name(esp, encr) : NULL;
    if (!integ)
        return false;
    const uint8_t *address = is_any(esp->destination) ? esp->source : esp->destination;
    const bool any = is_any(address);
    if (any || is_v4(address))
        add_esp_row(rows, "IPv4", esp, encr->name, integ);
    if (any || !is_v4(address))
        add_esp_row(rows, "IPv6", esp, encr->name, integ);
    const bool checks = esp->integ != 0 || es_encr_combined(esp->encr);
    if (any || !checks || !es_keys_spi_is_unique(keys, esp->spi))
        return true;
    struct es_esp_keys anywhere = *esp;
    memset(anywhere.source, 0, sizeof(anywhere.source));
    memset(anywhere.destination, 0, sizeof(anywhere.destination));
    add_esp_row(any_rows, is_v4(address) ? "IPv4" : "IPv6", &anywhere, encr->name, integ);
    OPENSSL_cleanse(&anywhere, sizeof(anywhere));
    return true;
}

/*
 * Writes a file that only its owner reads, whole or not at all: a table that is there already is
 * not lost to a full disk. What has its name by then, a link even, is replaced and not followed.
 */
static bool write_file(const char *path, const struct es_text *text, struct es_error *error)
{
    struct es_output output;
    if (!es_output_open(&output, path, error))
        return false;
    if (fchmod(output.fd, S_IRUSR | S_IWUSR) != 0)
        es_error_set(error, ES_ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    else if (es_output_write(&output, text->chars, text->length, error))
        return es_output_keep(&output, false, error);
    es_output_drop(&output);
    return false;
}

static bool write_table(const char *folder, const char *name, const struct es_text *text,
                        struct es_error *error)
{
    struct es_text path;
    bool done;
    if (text->failed)
        return es_error_set(error, ES_ERROR_MEMORY, "no memory for the table %s", name);
    if (text->length == 0)
        return true;
    es_text_init(&path);
    es_text_addf(&path, "%s/%s", folder, name);
    done = path.failed ? es_error_set(error, ES_ERROR_MEMORY, "no memory to write %s", name)
                       : write_file(path.chars, text, error);
    es_text_fini(&path);
    return done;
}

/* A text that holds keys is wiped; what growing left behind is not in reach. */
static void forget(struct es_text *text)
{
    if (text->chars)
        OPENSSL_cleanse(text->chars, text->capacity);
    es_text_fini(text);
}

bool es_keys_write_wireshark(const struct es_keys *keys, const char *folder,
                             struct es_keys_written *written, struct es_error *error)
{
    struct es_keys_written count = {0};
    struct es_text ikev2, ikev1, esp, esp_any;
    es_text_init(&ikev2);
    es_text_init(&ikev1);
    es_text_init(&esp);
    es_text_init(&esp_any);
    for (size_t i = 0; i < es_keys_ike_count(keys); i++) {
        const struct es_ike_keys *ike = es_keys_ike_at(keys, i);
        if (ike->major == 1 ? add_ikev1(&ikev1, ike) : add_ikev2(&ikev2, ike))
            (*(ike->major == 1 ? &count.ikev1 : &count.ikev2))++;
        else
            count.left_out++;
    }
    for (size_t i = 0; i < es_keys_esp_count(keys); i++) {
        if (add_esp(&esp, &esp_any, keys, es_keys_esp_at(keys, i)))
            count.esp++;
        else
            count.left_out++;
    }
    es_text_add_bytes(&esp, es_text_chars(&esp_any), esp_any.length);
    esp.failed |= esp_any.failed;
    bool done = mkdir(folder, S_IRWXU) == 0 || errno == EEXIST ||
                es_error_set(error, ES_ERROR_SYSTEM, "%s: %s", folder, strerror(errno));
    done = done && write_table(folder, "ikev2_decryption_table", &ikev2, error) &&
           write_table(folder, "ikev1_decryption_table", &ikev1, error) &&
           write_table(folder, "esp_sa", &esp, error);
    forget(&ikev2);
    forget(&ikev1);
    forget(&esp);
    forget(&esp_any);
    if (written)
        *written = count;
    return done;
}
