/*
 * espial keys: key material from any known form, written as Wireshark's tables.
 */
#include "command.h"

#include "espial/crypto.h"

/* Reads all that is named. False when there is nothing to go on with. */
static bool read_all(const struct es_options *options, struct es_keys *keys, enum es_exit *status)
{
    for (size_t i = 0; i < options->argument_count; i++) {
        const char *path = options->arguments[i];
        struct es_error error;
        size_t found, skipped;
        if (!es_keys_read(keys, path, &found, &skipped, &error)) {
            es_complain("%s", error.text);
            *status = ES_EXIT_INPUT;
        }
        if (skipped > 0)
            es_complain("%s: %zu wrong or incomplete %s passed over", path, skipped,
                        skipped == 1 ? "entry" : "entries");
    }
    if (es_keys_ike_count(keys) + es_keys_esp_count(keys) > 0)
        return true;
    es_complain("no keys found");
    *status = ES_EXIT_INPUT;
    return false;
}

static void print_row(size_t count, const char *table)
{
    if (count > 0)
        printf("%s: %zu %s\n", table, count, count == 1 ? "SA" : "SAs");
}

static enum es_exit write_all(const struct es_options *options, const struct es_keys *keys,
                              enum es_exit status)
{
    struct es_error error;
    struct es_keys_written written;
    if (!es_keys_write_wireshark(keys, options->write, &written, &error)) {
        es_complain("%s", error.text);
        return ES_EXIT_INPUT;
    }
    print_row(written.ikev2, "ikev2_decryption_table");
    print_row(written.ikev1, "ikev1_decryption_table");
    print_row(written.esp, "esp_sa");
    if (written.left_out > 0)
        es_complain("%zu %s left out: Wireshark cannot hold %s algorithm, or a key is missing",
                    written.left_out, written.left_out == 1 ? "SA" : "SAs",
                    written.left_out == 1 ? "its" : "their");
    return status;
}

enum es_exit es_keys(const struct es_options *options)
{
    if (!options->write || !options->argument_count) {
        es_complain("keys needs -w DIR and a file or folder; see espial keys --help");
        return ES_EXIT_USAGE;
    }
    enum es_exit status = ES_EXIT_CLEAN;
    struct es_keys *keys = es_keys_new();
    if (!keys) {
        es_complain("no memory");
        return ES_EXIT_INPUT;
    }
    if (read_all(options, keys, &status))
        status = write_all(options, keys, status);
    es_keys_free(keys);
    return status;
}
