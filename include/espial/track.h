/*
 * track: memory. Turns messages and ESP packets, in time order, into a model of tunnels, IKE SAs,
 * exchanges, Child SAs and flows. What the wire does not say in clear is inferred, and marked so.
 */
#ifndef ESPIAL_TRACK_H
#define ESPIAL_TRACK_H

#include "espial/track/event.h"
#include "espial/track/model.h"
#include "espial/track/tracker.h"

#endif
