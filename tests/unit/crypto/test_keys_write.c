/*
 * Wireshark's tables written.
 */
#include "keys_text.h"

#include "espial/registry.h"

#include <sys/stat.h>

static char parent[] = "/tmp/es-tables-XXXXXX";
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(parent))
        return -1;
    snprintf(folder, sizeof(folder), "%s/wireshark", parent);
    return 0;
}

static const char *table_path(const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(table_path("ikev2_decryption_table"));
    unlink(table_path("ikev1_decryption_table"));
    unlink(table_path("esp_sa"));
    rmdir(folder);
    return rmdir(parent);
}

static void assert_table(const char *name, const char *expected)
{
    char text[4096];
    FILE *file = fopen(table_path(name), "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
    struct stat about;
    assert_int_equal(stat(table_path(name), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

#define IKEV2                                                                                      \
    "8001020304050607,debc583a8f40d0cf," HEX16 "," ALT16 ",\"AES-CBC-128 [RFC3602]\"," HEX20       \
    "," ALT20 ",\"HMAC_SHA1_96 [RFC2404]\"\n"                                                      \
    "8001020304050608,debc583a8f40d0cf," HEX36 "," ALT36                                           \
    ",\"AES-GCM-256 with 16 octet ICV [RFC5282]\",,,\"NONE [RFC4306]\"\n"                          \
    "8001020304050609,debc583a8f40d0cf," HEX24 "," ALT24                                           \
    ",\"3DES [RFC2451]\",,,\"ANY 96-bits of Authentication [No Checking]\"\n"
#define IKEV1 "8001020304050607," HEX24 "\n"
#define ESP                                                                                        \
    "\"IPv4\",\"192.0.2.1\",\"198.51.100.1\",\"0xd1234567\",\"TripleDES-CBC "                      \
    "[RFC2451]\",\"0x" HEX24 "\",\"ANY 96 bit authentication [no checking]\",\"\"\n"               \
    "\"IPv6\",\"2001:db8::1\",\"2001:db8::2\",\"0x00000100\",\"NULL\",\"\",\"HMAC-MD5-96 "         \
    "[RFC2403]\",\"0x" HEX16 "\"\n"
#define ESP_ANYWHERE                                                                               \
    "\"IPv6\",\"*\",\"*\",\"0x00000100\",\"NULL\",\"\",\"HMAC-MD5-96 [RFC2403]\",\"0x" HEX16 "\""  \
    "\n"

static void what_is_written_is_what_was_read(void **state)
{
    (void)state;
    struct es_keys_written written;
    struct es_error error;
    /* The third row's integrity has no name there; its key is not written. */
    struct reading r = read_text(
        "8001020304050607,debc583a8f40d0cf," HEX16 "," ALT16 ",aes-cbc," HEX20 "," ALT20 ",sha1\n"
        "8001020304050608,debc583a8f40d0cf," HEX36 "," ALT36 ",aes-gcm-16,,,none\n"
        "8001020304050609,debc583a8f40d0cf," HEX24 "," ALT24 ",3des," HEX16 "," ALT16
        ",aes-xcbc\n");
    assert_int_equal(r.found, 3);
    struct reading v1 = read_text(IKEV1);
    struct reading esp = read_text(ESP);
    assert_int_equal(esp.found, 2);
    es_keys_add_ike(r.keys, es_keys_ike_at(v1.keys, 0));
    es_keys_add_esp(r.keys, es_keys_esp_at(esp.keys, 0));
    es_keys_add_esp(r.keys, es_keys_esp_at(esp.keys, 1));
    assert_true(es_keys_write_wireshark(r.keys, folder, &written, &error));
    assert_int_equal(written.ikev2, 3);
    assert_int_equal(written.ikev1, 1);
    assert_int_equal(written.esp, 2);
    assert_int_equal(written.left_out, 0);
    assert_table("ikev2_decryption_table", IKEV2);
    assert_table("ikev1_decryption_table", IKEV1);
    assert_table("esp_sa", ESP ESP_ANYWHERE);
    struct stat about;
    assert_int_equal(stat(folder, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    es_keys_free(r.keys);
    es_keys_free(v1.keys);
    es_keys_free(esp.keys);
}

static void what_wireshark_cannot_hold_is_left_out(void **state)
{
    (void)state;
    struct es_keys_written written;
    struct es_error error;
    struct reading r =
        read_text("8001020304050607,debc583a8f40d0cf," HEX36 "," ALT36 ",chacha20poly1305,,,none\n"
                  "8001020304050608,debc583a8f40d0cf," HEX16 ",,aes," HEX20 ",,sha1\n");
    assert_int_equal(r.found, 2);
    const struct es_esp_keys camellia = {
        .spi = 9,
        .encr = ES_IKE_ENCR_CAMELLIA_CBC,
        .integ = ES_IKE_INTEG_HMAC_SHA1_96,
        .encryption = {16, {0}}
    };
    es_keys_add_esp(r.keys, &camellia);
    assert_true(es_keys_write_wireshark(r.keys, folder, &written, &error));
    assert_int_equal(written.ikev2 + written.ikev1 + written.esp, 0);
    assert_int_equal(written.left_out, 3);
    es_keys_free(r.keys);
}

static void a_folder_that_cannot_be_is_said(void **state)
{
    (void)state;
    struct es_error error;
    struct reading r = read_text(IKEV1);
    assert_false(es_keys_write_wireshark(r.keys, "/nonexistent/x/y", NULL, &error));
    assert_int_equal(error.kind, ES_ERROR_SYSTEM);
    assert_false(es_keys_write_wireshark(r.keys, "/dev/null", NULL, &error));
    es_keys_free(r.keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_what_was_read),
        cmocka_unit_test(what_wireshark_cannot_hold_is_left_out),
        cmocka_unit_test(a_folder_that_cannot_be_is_said),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
