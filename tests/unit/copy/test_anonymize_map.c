/*
 * Prefix-preserving addresses: the published construction with its sample key and addresses, and
 * the classes that stay.
 */
#include "anonymize_map.h"
#include "unit.h"

#include <stdbool.h>

static const uint8_t sample_key[ES_ANONYMIZE_KEY_BYTES] = {
    21,  34,  23,  141, 51,  164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16,
    216, 152, 143, 131, 121, 121, 101, 39,  98, 87, 76, 45, 42, 132, 34,  2,
};
static const uint64_t seed[2] = {1, 2};

static struct es_address address(const char *chars)
{
    struct es_address out;
    assert_true(es_address_parse(chars, &out));
    return out;
}

static void check(struct es_address_map *map, const char *from, const char *to)
{
    const struct es_address old = address(from), expected = address(to);
    const struct es_address new = es_address_map_find(map, &old);
    assert_memory_equal(new.bytes, expected.bytes, sizeof(new.bytes));
}

static unsigned shared_bits(const struct es_address *a, const struct es_address *b)
{
    unsigned bits = 0;
    while (bits < 128 && !((a->bytes[bits / 8] ^ b->bytes[bits / 8]) >> (7 - bits % 8) & 1))
        bits++;
    return bits;
}

/* Of the trace that came with the reference implementation, and IPv6 as others extended it. */
static void without_classes_it_is_crypto_pan(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"128.11.68.132",   "135.242.180.132"                      },
        {"129.118.74.4",    "134.136.186.123"                      },
        {"130.132.252.244", "133.68.164.234"                       },
        {"192.102.249.13",  "252.138.62.131"                       },
        {"198.200.171.101", "249.199.68.213"                       },
        {"212.206.130.201", "228.69.242.193"                       },
        {"24.0.250.221",    "100.15.198.226"                       },
        {"64.39.15.238",    "0.219.7.41"                           },
        {"10.185.25.118",   "117.161.29.118"                       },
        {"::1",             "78ff:f001:9fc0:20df:8380:b1f1:704:ed" },
        {"::2",             "78ff:f001:9fc0:20df:8380:b1f1:704:ef" },
        {"2001:db8::1",     "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e"},
        {"2001:db8::2",     "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c"},
    };
    struct es_address_map *map = es_address_map_new(sample_key, false, seed);
    assert_non_null(map);
    for (size_t i = 0; i < ES_COUNT(pairs); i++)
        check(map, pairs[i][0], pairs[i][1]);
    check(map, pairs[0][0], pairs[0][1]); /* remembered now */
    es_address_map_free(map);
}

static void what_names_no_host_stays(void **state)
{
    (void)state;
    static const char *const stays[] = {
        "0.0.0.0", "127.0.0.1", "224.0.0.18", "255.255.255.255", "::", "::1", "ff02::1", "ff02::fb",
    };
    struct es_address_map *map = es_address_map_new(sample_key, true, seed);
    for (size_t i = 0; i < ES_COUNT(stays); i++)
        check(map, stays[i], stays[i]);
    es_address_map_free(map);
}

/* The first `bits` stay, the address does not, and nothing from outside comes into a class. */
static void classes_stay_and_addresses_do_not(void **state)
{
    (void)state;
    static const struct {
        const char *address, *class;
        unsigned bits; /* with the 96 in front of an IPv4 address */
    } rows[] = {
        {"10.20.30.40",       "10.0.0.0",        96 + 8 },
        {"172.16.99.1",       "172.16.0.0",      96 + 12},
        {"192.168.1.1",       "192.168.0.0",     96 + 16},
        {"100.64.3.4",        "100.64.0.0",      96 + 10},
        {"169.254.7.7",       "169.254.0.0",     96 + 16},
        {"239.1.2.3",         "224.0.0.0",       96 + 4 },
        {"240.0.0.77",        "240.0.0.0",       96 + 4 },
        {"fe80::12:34ff:5",   "fe80::",          64     },
        {"fd12:3456:789a::1", "fd00::",          8      },
        {"2001:db8::1",       "2000::",          3      },
        {"ff02::1:ff12:3456", "ff02::",          16     },
        {"64:ff9b::c000:201", "64:ff9b::",       96     },
        {"::ffff:10.1.2.3",   "::ffff:10.0.0.0", 96 + 8 },
    };
    for (uint8_t k = 0; k < 8; k++) {
        uint8_t key[ES_ANONYMIZE_KEY_BYTES];
        memcpy(key, sample_key, sizeof(key));
        key[0] = k;
        struct es_address_map *map = es_address_map_new(key, true, seed);
        for (size_t i = 0; i < ES_COUNT(rows); i++) {
            const struct es_address old = address(rows[i].address);
            const struct es_address class = address(rows[i].class);
            const struct es_address new = es_address_map_find(map, &old);
            assert_false(es_address_equal(&old, &new));
            if (shared_bits(&new, &class) < rows[i].bits)
                fail_msg("%s left its class", rows[i].address);
        }
        /* Neighbours of the private ranges, in the tree of prefixes. */
        static const char *const outside[] = {"11.0.0.1",    "172.32.0.1",  "172.15.0.1",
                                              "192.169.0.1", "100.128.0.1", "8.8.8.8",
                                              "192.0.2.1",   "223.255.0.1", "198.51.100.1"};
        static const char *const inside[] = {"10.0.0.0",  "172.16.0.0", "192.168.0.0", "100.64.0.0",
                                             "127.0.0.0", "224.0.0.0",  "169.254.0.0"};
        static const unsigned lengths[] = {8, 12, 16, 10, 8, 3, 16};
        for (size_t i = 0; i < ES_COUNT(outside); i++) {
            const struct es_address old = address(outside[i]);
            const struct es_address new = es_address_map_find(map, &old);
            for (size_t n = 0; n < ES_COUNT(inside); n++) {
                const struct es_address class = address(inside[n]);
                assert_true(shared_bits(&new, &class) < 96 + lengths[n]);
            }
        }
        es_address_map_free(map);
    }
}

/* Random pairs that share a random prefix share as much, and no more, afterwards. */
static void prefixes_are_kept(void **state)
{
    (void)state;
    struct es_address_map *map = es_address_map_new(sample_key, true, seed);
    uint64_t random = 88172645463325252u;
    for (unsigned turn = 0; turn < 20000; turn++) {
        uint8_t bytes[2][16];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes[i / 16][i % 16] = (uint8_t)(random >> 32);
        }
        const bool v4 = turn % 2;
        const size_t same = (size_t)(random >> 8) % (v4 ? 5 : 17);
        memcpy(bytes[1], bytes[0], same);
        bytes[0][0] = bytes[1][0] = v4 ? bytes[0][0] : 0x20;
        const struct es_address a = v4 ? es_address_v4(bytes[0]) : es_address_v6(bytes[0]);
        const struct es_address b = v4 ? es_address_v4(bytes[1]) : es_address_v6(bytes[1]);
        if (v4 && (bytes[0][0] == 0 || bytes[0][0] == 127))
            continue;
        const struct es_address x = es_address_map_find(map, &a), y = es_address_map_find(map, &b);
        assert_int_equal(shared_bits(&a, &b), shared_bits(&x, &y));
    }
    assert_false(es_address_map_failed(map));
    es_address_map_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_classes_it_is_crypto_pan),
        cmocka_unit_test(what_names_no_host_stays),
        cmocka_unit_test(classes_stay_and_addresses_do_not),
        cmocka_unit_test(prefixes_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
