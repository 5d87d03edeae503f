/*
 * What a mistyped word was most likely meant to be.
 */
#include "options.h"

#include <string.h>

enum { WORD_MAX = 40 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * Letters to insert, leave out, change or swap with their neighbour to make one word the other
 * (optimal string alignment). Three rows of the matrix are enough.
 */
static size_t distance(const char *a, const char *b)
{
    const size_t a_length = strlen(a);
    const size_t b_length = strlen(b);
    if (a_length > WORD_MAX || b_length > WORD_MAX)
        return WORD_MAX;
    size_t rows[3][WORD_MAX + 1];
    for (size_t k = 0; k <= b_length; k++)
        rows[0][k] = k;
    for (size_t i = 1; i <= a_length; i++) {
        const size_t *above = rows[(i - 1) % 3];
        size_t *row = rows[i % 3];
        row[0] = i;
        for (size_t k = 1; k <= b_length; k++) {
            const size_t change = a[i - 1] != b[k - 1];
            row[k] = least(least(above[k], row[k - 1]) + 1, above[k - 1] + change);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                row[k] = least(row[k], rows[(i - 2) % 3][k - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *es_options_nearest(const char *wrong, const char *const *names)
{
    const size_t length = strlen(wrong);
    const char *nearest = NULL;
    size_t best = length / 3 + 1;
    for (; length && *names; names++) {
        const bool begins = strncmp(*names, wrong, length) == 0;
        const size_t far = begins ? 0 : distance(wrong, *names);
        if (far < best || (far == best && !nearest)) {
            best = far;
            nearest = *names;
        }
    }
    return nearest;
}
