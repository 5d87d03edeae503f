/*
 * base: what every room stands on. Knows nothing about networks.
 */
#ifndef ESPIAL_BASE_H
#define ESPIAL_BASE_H

#include "espial/base/arena.h"
#include "espial/base/cursor.h"
#include "espial/base/error.h"
#include "espial/base/output.h"
#include "espial/base/table.h"
#include "espial/base/text.h"
#include "espial/base/time.h"

#endif
