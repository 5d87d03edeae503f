/*
 * IP protocols: which layer each number starts, and which are IPv6 extension headers.
 */
#include "ip.h"
#include "numbers.h"

static const uint8_t layer_of[256] = {
    [ES_IP_ICMP] = ES_LAYER_ICMP,       [ES_IP_IPV4] = ES_LAYER_IP_IN_IP,
    [ES_IP_TCP] = ES_LAYER_TCP,         [ES_IP_UDP] = ES_LAYER_UDP,
    [ES_IP_IPV6] = ES_LAYER_IP_IN_IPV6, [ES_IP_GRE] = ES_LAYER_GRE,
    [ES_IP_ESP] = ES_LAYER_ESP,         [ES_IP_AH] = ES_LAYER_AH,
    [ES_IP_MPLS] = ES_LAYER_MPLS,       [ES_IP_ICMPV6] = ES_LAYER_ICMPV6,
};

static const bool extension[256] = {
    [ES_IP_HOP_BY_HOP] = true, [ES_IP_ROUTING] = true, [ES_IP_DESTINATION] = true,
    [ES_IP_MOBILITY] = true,   [ES_IP_HIP] = true,     [ES_IP_SHIM6] = true,
};

enum es_layer es_ip_protocol_layer(uint8_t protocol)
{
    return (enum es_layer)layer_of[protocol];
}

bool es_ip_protocol_is_ipsec(uint8_t protocol)
{
    return protocol == ES_IP_ESP || protocol == ES_IP_AH;
}

bool es_ipv6_is_extension(uint8_t protocol)
{
    return extension[protocol];
}
