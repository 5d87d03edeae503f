/*
 * Whom packets belong to, when all of them are known.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, UNHEARD = 0xcccc0001 };

/* A packet from A to B as the scene stands. */
static struct es_datagram packet(const struct scene *scene, enum es_datagram_kind kind,
                                 const struct wire *wire)
{
    struct es_datagram d = {.kind = kind};
    d.source = scene->peers[A].address;
    d.destination = scene->peers[B].address;
    d.source_port = scene->peers[A].port;
    d.destination_port = scene->peers[B].port;
    d.payload = es_cursor(wire->bytes, wire->length, wire->length);
    return d;
}

static struct es_owner owner_of(const struct scene *scene, const struct es_datagram *d)
{
    struct es_owner owner;
    es_tracker_owner(scene->tracker, d, &owner);
    return owner;
}

static void spis_decide(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 3, 1000);
    struct wire esp = {0};
    wire_u32(&esp, A1);
    wire_u32(&esp, 9);
    struct es_datagram d = packet(scene, ES_DATAGRAM_ESP, &esp);
    struct es_owner owner = owner_of(scene, &d);
    assert_ptr_equal(owner.flow, scene_flow(scene, A1));
    assert_ptr_equal(owner.tunnel, scene_tunnel(scene, 1));
    assert_int_equal(owner.spi, A1);

    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    struct wire message = {0};
    wire_u64(&message, sa->initiator_spi);
    wire_u64(&message, sa->responder_spi);
    d = packet(scene, ES_DATAGRAM_IKE, &message);
    /* From anywhere: the SPIs are the SA's. */
    d.source = scene_address("203.0.113.77");
    assert_ptr_equal(owner_of(scene, &d).ike_sa, sa);
    assert_ptr_equal(owner_of(scene, &d).tunnel, scene_tunnel(scene, 1));

    /* Quoted by an ICMP error, and no further than the first SPI. */
    message.length = 8;
    d = packet(scene, ES_DATAGRAM_ICMP_ERROR, &message);
    d.icmp.quoted_kind = ES_DATAGRAM_IKE;
    assert_ptr_equal(owner_of(scene, &d).ike_sa, sa);
}

static void addresses_decide_otherwise(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    const struct es_model *model = scene_model(scene);
    const uint32_t flows = model->flow_count;
    struct wire esp = {0};
    wire_u32(&esp, UNHEARD);
    wire_u32(&esp, 1);
    struct es_datagram d = packet(scene, ES_DATAGRAM_ESP, &esp);
    struct es_owner owner = owner_of(scene, &d);
    assert_null(owner.flow);
    assert_int_equal(owner.spi, UNHEARD);
    assert_ptr_equal(owner.tunnel, scene_tunnel(scene, 1));

    const struct wire nothing = {0};
    d = packet(scene, ES_DATAGRAM_KEEPALIVE, &nothing);
    assert_ptr_equal(owner_of(scene, &d).tunnel, scene_tunnel(scene, 1));
    d.source = scene_address("203.0.113.77");
    assert_null(owner_of(scene, &d).tunnel);
    /* Asking makes nothing. */
    assert_int_equal(model->tunnel_count, 1);
    assert_int_equal(model->flow_count, flows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(spis_decide),
        scene_test(addresses_decide_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
