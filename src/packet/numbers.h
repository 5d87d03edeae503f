/*
 * Protocol numbers that layers name each other by. IANA's and IEEE's registries, the rows we use.
 */
#ifndef ES_PACKET_NUMBERS_H
#define ES_PACKET_NUMBERS_H

enum es_ethertype {
    ES_ETHERTYPE_MIN = 0x0600, /* below: an IEEE 802.3 length */
    ES_ETHERTYPE_IPV4 = 0x0800,
    ES_ETHERTYPE_IPV6 = 0x86dd,
    ES_ETHERTYPE_VLAN = 0x8100,      /* 802.1Q */
    ES_ETHERTYPE_VLAN_AD = 0x88a8,   /* 802.1ad service tag */
    ES_ETHERTYPE_VLAN_OLD1 = 0x9100, /* QinQ before 802.1ad */
    ES_ETHERTYPE_VLAN_OLD2 = 0x9200,
    ES_ETHERTYPE_VLAN_OLD3 = 0x9300,
    ES_ETHERTYPE_MPLS = 0x8847,
    ES_ETHERTYPE_MPLS_UPSTREAM = 0x8848,
    ES_ETHERTYPE_PPPOE = 0x8864, /* session stage */
    ES_ETHERTYPE_PPP = 0x880b,
    ES_ETHERTYPE_ETHERNET = 0x6558, /* transparent bridging, in GRE */
};

enum es_ip_protocol {
    ES_IP_HOP_BY_HOP = 0,
    ES_IP_ICMP = 1,
    ES_IP_IPV4 = 4,
    ES_IP_TCP = 6,
    ES_IP_UDP = 17,
    ES_IP_IPV6 = 41,
    ES_IP_ROUTING = 43,
    ES_IP_FRAGMENT = 44,
    ES_IP_GRE = 47,
    ES_IP_ESP = 50,
    ES_IP_AH = 51,
    ES_IP_ICMPV6 = 58,
    ES_IP_DESTINATION = 60,
    ES_IP_MOBILITY = 135,
    ES_IP_MPLS = 137,
    ES_IP_HIP = 139,
    ES_IP_SHIM6 = 140,
};

enum es_port {
    ES_PORT_IKE = 500,
    ES_PORT_NATT = 4500,
    ES_PORT_GTPU = 2152,
    ES_PORT_VXLAN = 4789,
};

#endif
