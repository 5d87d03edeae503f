/*
 * Bounded for weeks: floods of what anybody can forge, tunnels that rekey every minute, and memory
 * that stays where it is. What matters outlives all of it.
 */
#include "dialogue.h"
#include "unit.h"

enum { MIB = 1 << 20, SPI_A = 0x1111, SPI_B = 0x2222 };

/* What the tracker told. */
struct told {
    unsigned forgotten, calls;
    uint32_t tunnel;
    bool holds; /* a pointer that nobody has asked back yet */
};

static void on_event(void *context, const struct es_event *event)
{
    struct told *told = context;
    if (event->kind != ES_EVENT_TUNNEL_FORGOTTEN)
        return;
    told->forgotten++;
    told->tunnel = event->tunnel->number;
    told->holds = true;
}

static void on_forget(void *context)
{
    struct told *told = context;
    told->calls++;
    told->holds = false;
}

static struct scene open_small(size_t bytes)
{
    return scene_open_with(&(struct es_tracker_options){
        .seed = {1, 2},
          .max_memory = bytes
    });
}

/* Counters, lists, and what leads from one to the other. */
static void assert_sound(const struct scene *scene)
{
    const struct es_model *model = scene_model(scene);
    uint32_t tunnels = 0, ike_sas = 0, children = 0, flows = 0, of_tunnels = 0;
    const struct es_tunnel *before = NULL;
    for (const struct es_tunnel *t = model->tunnels; t; before = t, t = t->next, tunnels++) {
        assert_ptr_equal(t->previous, before);
        assert_true(!before || before->number < t->number);
        assert_true(t->slot < model->tunnel_count);
        for (const struct es_flow *f = t->flows; f; f = f->next_in_tunnel)
            of_tunnels++;
        for (const struct es_child_sa *c = t->children; c; c = c->next_in_tunnel) {
            assert_ptr_equal(c->tunnel, t);
            of_tunnels++;
            assert_true(!c->rekeys || c->rekeys->number < c->number);
            assert_true(!c->ike_sa || c->ike_sa->tunnel == t);
        }
        const struct es_ike_sa *older = NULL;
        for (const struct es_ike_sa *sa = t->ike_sas; sa; older = sa, sa = sa->next_in_tunnel) {
            assert_ptr_equal(sa->older_in_tunnel, older);
            of_tunnels++;
        }
        assert_ptr_equal(t->last_ike_sa, older);
    }
    for (const struct es_ike_sa *sa = model->ike_sas; sa; sa = sa->next)
        ike_sas++;
    for (const struct es_child_sa *c = model->children; c; c = c->next)
        children++;
    for (const struct es_flow *f = model->flows; f; f = f->next)
        flows++;
    assert_int_equal(tunnels, model->tunnel_count);
    assert_int_equal(ike_sas, model->ike_sa_count);
    assert_int_equal(children, model->child_count);
    assert_int_equal(flows, model->flow_count);
    assert_int_equal(of_tunnels, ike_sas + children + flows);
    assert_true(model->memory <= model->memory_limit);
}

/* From here on packets come from addresses that a flood makes up: one for each number. */
static void forge_sender(struct scene *scene, uint32_t number)
{
    const uint8_t bytes[4] = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    scene->peers[A].address = es_address_v4(bytes);
}

static struct wire forged_init(struct scene *scene, uint32_t number)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ike.spi[0] = UINT64_C(0xf000000000000000) + number;
    return dialogue_init(&ike, 0);
}

/* A tunnel that is up, and then its peer does not answer: what a flood must not hide. */
static void begin_with_a_fault(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, SPI_A, SPI_B, 1, 20, 100);
    for (int i = 0; i < 3; i++) {
        scene_pause(scene, 5);
        dialogue_dpd(&ike, A);
    }
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, 0, 6, 8);
}

static void assert_fault_is_still_found(struct scene *scene)
{
    const struct es_tunnel *tunnel = scene_tunnel(scene, 1);
    const struct es_finding *finding = scene_finding(scene, "dpd-unanswered");
    assert_int_equal(es_tunnel_state(tunnel), ES_TUNNEL_ESTABLISHED);
    assert_non_null(finding);
    assert_ptr_equal(finding->tunnel, tunnel);
    assert_int_equal(scene_model(scene)->forgotten.proven, 0);
}

static void forged_ike_sas_go_before_a_tunnel_that_is_up(void **state)
{
    (void)state;
    struct scene scene = open_small(MIB);
    begin_with_a_fault(&scene);
    for (uint32_t i = 0; i < 3000; i++) {
        forge_sender(&scene, i);
        const struct wire init = forged_init(&scene, i);
        scene_ike(&scene, A, &init);
    }
    const struct es_model *model = scene_model(&scene);
    assert_sound(&scene);
    assert_fault_is_still_found(&scene);
    assert_true(model->forgotten.tunnels > 1000);
    assert_int_equal(model->tunnel_count + model->forgotten.tunnels, 3001);
    assert_int_equal(model->dropped, 0);
    scene_close(&scene);
}

static void forged_esp_goes_before_a_tunnel_that_is_up(void **state)
{
    (void)state;
    struct scene scene = open_small(MIB);
    begin_with_a_fault(&scene);
    for (uint32_t i = 0; i < 3000; i++) {
        forge_sender(&scene, i);
        scene_esp(&scene, A, 0x10000 + i, 1);
    }
    assert_sound(&scene);
    assert_fault_is_still_found(&scene);
    assert_true(scene_model(&scene)->forgotten.flows > 1000);
    scene_close(&scene);
}

static void forged_fragments_go_before_a_tunnel_that_is_up(void **state)
{
    (void)state;
    struct scene scene = open_small(MIB);
    begin_with_a_fault(&scene);
    for (uint32_t i = 0; i < 3000; i++) {
        forge_sender(&scene, i);
        const struct wire init = forged_init(&scene, i);
        scene_ike_first_fragment(&scene, A, &init);
    }
    assert_sound(&scene);
    assert_fault_is_still_found(&scene);
    assert_true(scene_model(&scene)->forgotten.tunnels > 1000);
    scene_close(&scene);
}

static void keepalives_and_icmp_from_everywhere_are_bounded(void **state)
{
    (void)state;
    struct scene scene = open_small(MIB);
    begin_with_a_fault(&scene);
    for (uint32_t i = 0; i < 3000; i++) {
        forge_sender(&scene, i);
        scene_keepalive(&scene, A);
        scene_icmp_esp(&scene, A, 0x10000 + i, 3, 1, 100, 0);
    }
    assert_sound(&scene);
    assert_fault_is_still_found(&scene);
    scene_close(&scene);
}

/* The flood comes with the addresses of the tunnel itself: it cannot be told by them. */
static void forged_spis_within_a_tunnel_leave_what_was_negotiated(void **state)
{
    (void)state;
    struct scene scene = open_small(16 * MIB);
    begin_with_a_fault(&scene);
    size_t early = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        scene_esp(&scene, i % 2 ? A : B, 0x10000 + i, 1 + i % 7);
        if (i == 2000)
            early = scene_model(&scene)->memory;
    }
    const struct es_model *model = scene_model(&scene);
    assert_sound(&scene);
    assert_true(model->memory <= early + early / 2);
    assert_int_equal(model->tunnel_count, 1);
    assert_non_null(scene_flow(&scene, SPI_A));
    assert_ptr_equal(scene_flow(&scene, SPI_A)->child, scene_flow(&scene, SPI_B)->child);
    assert_true(model->forgotten.flows > 10000);
    scene_close(&scene);
}

static void forged_ike_sas_within_a_tunnel_leave_the_real_one(void **state)
{
    (void)state;
    struct scene scene = open_small(16 * MIB);
    begin_with_a_fault(&scene);
    for (uint32_t i = 0; i < 5000; i++) {
        const struct wire init = forged_init(&scene, i);
        scene_ike(&scene, A, &init);
    }
    assert_sound(&scene);
    assert_fault_is_still_found(&scene);
    assert_true(scene_model(&scene)->ike_sa_count < 300);
    assert_int_equal(scene_ike_sa(&scene, 1)->state, ES_IKE_SA_ESTABLISHED);
    scene_close(&scene);
}

/* Three weeks, a rekey each minute; each hour the IKE SA is rekeyed, too. */
static void a_tunnel_that_rekeys_for_weeks_stays_small(void **state)
{
    (void)state;
    enum { MINUTES = 21 * 24 * 60, HOUR = 60, DAY = 24 * HOUR };
    struct scene scene = open_small(64 * MIB);
    struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm_modp);
    dialogue_establish(&ike);
    size_t early = 0, most = 0;
    for (uint32_t minute = 0; minute < MINUTES; minute++) {
        const uint32_t spi = 0x10000 + 2 * minute;
        scene_talk(&scene, spi, spi + 1, 1, 5, 100);
        if (minute % HOUR == HOUR - 1) {
            struct dialogue next = dialogue_rekey_ike(&ike, minute % 2, 2);
            next.spi[0] = UINT64_C(0xa000000000000000) + minute;
            next.spi[1] = UINT64_C(0xb000000000000000) + minute;
            dialogue_delete_ike(&ike, minute % 2);
            ike = next;
        }
        scene_pause(&scene, 55);
        dialogue_rekey_child(&ike, A);
        dialogue_delete_child(&ike, A);
        const size_t now = scene_model(&scene)->memory;
        most = now > most ? now : most;
        if (minute == 4 * DAY)
            early = most;
    }
    const struct es_model *model = scene_model(&scene);
    assert_sound(&scene);
    assert_int_equal(model->tunnel_count, 1);
    assert_int_equal(es_tunnel_state(scene_tunnel(&scene, 1)), ES_TUNNEL_ESTABLISHED);
    assert_true(most <= early + early / 50);
    assert_true(most < MIB);
    assert_int_equal(model->flow_count + model->forgotten.flows, 2 * MINUTES);
    assert_non_null(scene_finding(&scene, "child-rekey"));
    scene_close(&scene);
}

static void establish_from(struct scene *scene, uint32_t number)
{
    forge_sender(scene, number);
    struct dialogue ike = dialogue_of(scene, A, (uint8_t)(number % 15), &suite_gcm);
    ike.spi[0] += number;
    dialogue_establish(&ike);
    scene_talk(scene, SPI_A + 16 * number, SPI_B + 16 * number, 1, 3, 10);
}

static void of_tunnels_that_are_up_the_idle_one_goes_first(void **state)
{
    (void)state;
    struct told told = {0};
    struct scene scene = scene_open_with(&(struct es_tracker_options){
        .seed = {1,      2        },
        .max_tunnels = 4,
        .events = { on_event, &told, on_forget},
    });
    establish_from(&scene, 1);
    establish_from(&scene, 2);
    establish_from(&scene, 3);
    forge_sender(&scene, 1);
    scene_talk(&scene, SPI_A + 16, SPI_B + 16, 4, 3, 10);
    assert_int_equal(told.forgotten, 0);
    establish_from(&scene, 4);
    assert_sound(&scene);
    assert_true(told.calls > 0);
    assert_int_equal(told.forgotten, scene_model(&scene)->forgotten.proven);
    assert_int_equal(told.forgotten, 1);
    assert_int_equal(told.tunnel, 2);
    assert_false(told.holds);
    scene_close(&scene);
}

static void what_was_forgotten_may_come_back(void **state)
{
    (void)state;
    struct scene scene = scene_open_with(&(struct es_tracker_options){
        .seed = {1, 2},
        .max_tunnels = 2,
    });
    establish_from(&scene, 1);
    establish_from(&scene, 2);
    establish_from(&scene, 3);
    const struct es_model *model = scene_model(&scene);
    const uint32_t before = es_tunnels_ever(model);
    forge_sender(&scene, 1);
    scene_talk(&scene, SPI_A + 16, SPI_B + 16, 4, 40, 10);
    assert_sound(&scene);
    const struct es_flow *flow = scene_flow(&scene, SPI_A + 16);
    assert_non_null(flow);
    assert_int_equal(flow->packets, 40);
    assert_true(flow->tunnel->number > before);
    scene_close(&scene);
}

/* Old Child SAs of a tunnel in use go before any tunnel that was up. */
static void tunnels_that_are_up_are_shrunk_before_one_goes(void **state)
{
    (void)state;
    enum { TUNNELS = 20, REKEYS = 60 };
    struct scene scene = open_small(2 * MIB);
    for (uint32_t t = 1; t <= TUNNELS; t++) {
        forge_sender(&scene, t);
        struct dialogue ike = dialogue_of(&scene, A, (uint8_t)(t % 15), &suite_gcm);
        ike.spi[0] += t;
        dialogue_establish(&ike);
        for (uint32_t i = 0; i < REKEYS; i++) {
            const uint32_t spi = 0x10000 + t * 1000 + 2 * i;
            scene_talk(&scene, spi, spi + 1, 1, 3, 10);
            dialogue_rekey_child(&ike, A);
            dialogue_delete_child(&ike, A);
        }
    }
    const struct es_model *model = scene_model(&scene);
    assert_sound(&scene);
    assert_int_equal(model->tunnel_count, TUNNELS);
    assert_int_equal(model->forgotten.tunnels, 0);
    assert_true(model->forgotten.children > 0);
    scene_close(&scene);
}

/* Packets with a tunnel's own SPI, from address after address: the keys of the tunnel are few. */
static void a_tunnel_that_seems_to_move_all_the_time_stays_small(void **state)
{
    (void)state;
    struct scene scene = open_small(16 * MIB);
    begin_with_a_fault(&scene);
    const struct es_address own = scene.peers[A].address;
    size_t early = 0;
    for (uint32_t i = 0; i < 5000; i++) {
        forge_sender(&scene, i);
        scene_esp(&scene, A, SPI_A, 100 + i);
        if (i == 100)
            early = scene_model(&scene)->memory;
    }
    scene.peers[A].address = own;
    scene_esp(&scene, A, SPI_A, 6000);
    assert_sound(&scene);
    assert_int_equal(scene_model(&scene)->tunnel_count, 1);
    assert_true(scene_model(&scene)->memory <= early);
    scene_close(&scene);
}

/* --- negotiations that come to nothing --- */

static struct scene open_with_half_open(size_t most)
{
    return scene_open_with(&(struct es_tracker_options){
        .seed = {1, 2},
          .max_half_open = most
    });
}

static uint64_t half_open_of(const struct es_half_open *row)
{
    return (uint64_t)row->unanswered + row->answered;
}

static void what_nobody_answers_is_counted_by_the_peer_that_was_asked(void **state)
{
    (void)state;
    enum { MOST = 64, FLOOD = 1000 };
    struct scene scene = open_with_half_open(MOST);
    begin_with_a_fault(&scene);
    const uint64_t before = scene.packets;
    for (uint32_t i = 0; i < FLOOD; i++) {
        forge_sender(&scene, i);
        const struct wire init = forged_init(&scene, i);
        scene_ike(&scene, A, &init);
    }
    const struct es_model *model = scene_model(&scene);
    assert_sound(&scene);
    assert_fault_is_still_found(&scene);
    assert_int_equal(model->half_open_count, 1);
    const struct es_half_open *row = &model->half_open[0];
    assert_true(es_address_equal(&row->responder, &scene.peers[B].address));
    assert_int_equal(row->unanswered, FLOOD + 1 - model->tunnel_count);
    assert_int_equal(row->answered, 0);
    assert_int_equal(row->messages, row->unanswered);
    assert_int_equal(row->first.number, before + 1);
    assert_true(row->last.number > row->first.number);
    assert_in_range(model->tunnel_count, MOST / 2, MOST + 2);
    assert_int_equal(model->dropped, 0);
    scene_close(&scene);
}

static void an_answer_saves_a_negotiation_from_the_flood(void **state)
{
    (void)state;
    enum { MOST = 64, FLOOD = 1000 };
    struct scene scene = open_with_half_open(MOST);
    const struct es_address real = scene.peers[A].address;
    struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
    for (uint32_t i = 0; i < FLOOD; i++) {
        forge_sender(&scene, i);
        const struct wire init = forged_init(&scene, i);
        scene_ike(&scene, A, &init);
        if (i % (FLOOD / 4))
            continue;
        scene.peers[A].address = real;
        if (i == FLOOD / 4) {
            const struct wire request = dialogue_init(&ike, 0);
            const struct wire reply = dialogue_init_reply(&ike);
            scene_ike(&scene, A, &request);
            scene_ike(&scene, B, &reply);
        } else if (i == FLOOD / 2) {
            dialogue_authenticate(&ike);
        }
    }
    scene.peers[A].address = real;
    scene_talk(&scene, SPI_A, SPI_B, 1, 4, 100);
    unsigned established = 0;
    for (const struct es_ike_sa *sa = scene_model(&scene)->ike_sas; sa; sa = sa->next) {
        if (sa->state != ES_IKE_SA_ESTABLISHED)
            continue;
        established++;
        assert_true(sa->birth_seen);
        assert_int_equal(sa->messages[0] + sa->messages[1], 4);
    }
    assert_int_equal(established, 1);
    assert_sound(&scene);
    scene_close(&scene);
}

static void more_peers_than_rows_share_the_last_row(void **state)
{
    (void)state;
    enum { MOST = 16, PEERS = ES_HALF_OPEN_PEERS + 8, EACH = 8 };
    struct scene scene = open_with_half_open(MOST);
    for (uint32_t i = 0; i < PEERS * EACH; i++) {
        const uint8_t bytes[4] = {198, 51, 100, (uint8_t)(1 + i / EACH)};
        scene.peers[B].address = es_address_v4(bytes);
        forge_sender(&scene, i);
        const struct wire init = forged_init(&scene, i);
        scene_ike(&scene, A, &init);
    }
    const struct es_model *model = scene_model(&scene);
    uint64_t counted = 0;
    for (size_t i = 0; i <= ES_HALF_OPEN_PEERS; i++)
        counted += half_open_of(&model->half_open[i]);
    assert_int_equal(model->half_open_count, ES_HALF_OPEN_PEERS);
    assert_true(half_open_of(&model->half_open[ES_HALF_OPEN_PEERS]) > 0);
    assert_int_equal(counted + model->tunnel_count, PEERS * EACH);
    scene_close(&scene);
}

static void esp_is_no_negotiation(void **state)
{
    (void)state;
    struct scene scene = open_with_half_open(16);
    for (uint32_t i = 0; i < 200; i++) {
        forge_sender(&scene, i);
        scene_esp(&scene, A, 0x1000 + i, 1);
    }
    assert_int_equal(scene_model(&scene)->half_open_count, 0);
    assert_int_equal(scene_model(&scene)->tunnel_count, 200);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forged_ike_sas_go_before_a_tunnel_that_is_up),
        cmocka_unit_test(forged_esp_goes_before_a_tunnel_that_is_up),
        cmocka_unit_test(forged_fragments_go_before_a_tunnel_that_is_up),
        cmocka_unit_test(keepalives_and_icmp_from_everywhere_are_bounded),
        cmocka_unit_test(forged_spis_within_a_tunnel_leave_what_was_negotiated),
        cmocka_unit_test(forged_ike_sas_within_a_tunnel_leave_the_real_one),
        cmocka_unit_test(a_tunnel_that_rekeys_for_weeks_stays_small),
        cmocka_unit_test(of_tunnels_that_are_up_the_idle_one_goes_first),
        cmocka_unit_test(what_was_forgotten_may_come_back),
        cmocka_unit_test(tunnels_that_are_up_are_shrunk_before_one_goes),
        cmocka_unit_test(a_tunnel_that_seems_to_move_all_the_time_stays_small),
        cmocka_unit_test(what_nobody_answers_is_counted_by_the_peer_that_was_asked),
        cmocka_unit_test(an_answer_saves_a_negotiation_from_the_flood),
        cmocka_unit_test(more_peers_than_rows_share_the_last_row),
        cmocka_unit_test(esp_is_no_negotiation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
