/*
 * Events: their names, and the way to whoever listens.
 */
#include "memory.h"

static const struct {
    const char *name, *title;
} kinds[] = {
    [ES_EVENT_IKE_SA_ESTABLISHED] = {"ike-sa-established", "IKE SA established"},
    [ES_EVENT_IKE_SA_FAILED] = {"ike-sa-failed",      "IKE SA failed"     },
    [ES_EVENT_IKE_SA_CLOSED] = {"ike-sa-closed",      "IKE SA closed"     },
    [ES_EVENT_IKE_SA_REKEYED] = {"ike-sa-rekeyed",     "IKE SA rekeyed"    },
    [ES_EVENT_CHILD_CREATED] = {"child-sa-created",   "Child SA created"  },
    [ES_EVENT_CHILD_DELETED] = {"child-sa-deleted",   "Child SA deleted"  },
    [ES_EVENT_FLOW_STARTED] = {"flow-started",       "ESP flow started"  },
    [ES_EVENT_FLOW_RESUMED] = {"flow-resumed",       "ESP flow resumed"  },
    [ES_EVENT_PEER_MOVED] = {"peer-moved",         "peer moved"        },
    [ES_EVENT_TUNNEL_FORGOTTEN] = {"tunnel-forgotten",   "tunnel forgotten"  },
};

const char *es_event_name(enum es_event_kind kind)
{
    return kinds[kind].name;
}

const char *es_event_title(enum es_event_kind kind)
{
    return kinds[kind].title;
}

void es_event_send(const struct es_tracker *tracker, const struct es_event *event)
{
    if (tracker->events.on)
        tracker->events.on(tracker->events.context, event);
}
