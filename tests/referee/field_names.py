"""What tshark calls the fields of IKE payloads, and what espial does.

Both sides become flat: path of a field, by espial's names, to its values in order.
"""

import fnmatch
import ipaddress
import re

NUMBER_BYTES_MAX = 8
PROPOSAL, TRANSFORM = 2, 3
KEY_LENGTH = 14  # the attribute of IKEv2's transforms


# What tshark's values are made comparable with.

def number(field):
    """A field's value as a number; a bit field's is shifted already."""
    shown = field.get("show", "")
    if re.fullmatch(r"0x[0-9a-f]+|[0-9]+", shown):
        return int(shown, 0)
    return int(field.get("value") or "0", 16)


def hexadecimal(field):
    return field.get("value") or ""


def spi(field):
    """Those of other lengths, as IPCOMP's numbers, are bytes to espial."""
    data = hexadecimal(field)
    return "0x" + data if len(data) in (8, 16, 32) else data


def printable(data):
    """Text as espial writes it: what is no printable UTF-8 is escaped."""
    out = []
    for character in data.decode("utf-8", "surrogateescape"):
        code = ord(character)
        if 0xDC80 <= code <= 0xDCFF:
            out.append("\\x%02x" % (code - 0xDC00))
        elif code < 0x20 or 0x7F <= code < 0xA0:
            out += ["\\x%02x" % byte for byte in character.encode()]
        else:
            out.append(character)
    return "".join(out)


def text(field):
    return printable(bytes.fromhex(hexadecimal(field)))


def address(field):
    return str(ipaddress.ip_address(bytes.fromhex(hexadecimal(field))))


def value(field):
    """An attribute's: a number unless it is too long for one."""
    data = hexadecimal(field)
    return int(data, 16) if 0 < len(data) <= 2 * NUMBER_BYTES_MAX else data


# tshark's field -> espial's name and how the value is read; {n} counts those before.
FIELDS = {
    "sa.doi": ("doi", number),
    "sa.situation": ("situation", lambda field: int(hexadecimal(field), 16)),
    "prop.number": ("proposal", number),
    "prop.protoid": ("protocol_id", number),
    "prop.transforms": ("transform_count", number),
    "spisize": ("spi_size", number),
    "spi": ("spi", spi),
    "trans.number": ("transform", number),
    "trans.id": ("id", number),
    "tf.type": ("type", number),
    "tf.id": ("id", number),
    "tf.id.encr": ("id", number),
    "tf.id.prf": ("id", number),
    "tf.id.integ": ("id", number),
    "tf.id.dh": ("id", number),
    "tf.id.esn": ("id", number),
    "ike.attr.type": ("attribute", number),
    "ike.attr.value": ("value", value),
    "ipsec.attr.type": ("attribute", number),
    "ipsec.attr.value": ("value", value),
    "ike2.attr.type": ("attribute", number),
    "ike2.attr.value": ("value", value),
    "notify.data.resp_lifetime.ike.attr.type": ("attribute", number),
    "notify.data.resp_lifetime.ike.attr.value": ("value", value),
    "notify.data.resp_lifetime.ipsec.attr.type": ("attribute", number),
    "notify.data.resp_lifetime.ipsec.attr.value": ("value", value),
    "key_exchange.dh_group": ("ke_method", number),
    "key_exchange.data": ("key_exchange_data", hexadecimal),
    "nonce": ("nonce", hexadecimal),
    "id.type": ("id_type", number),
    "id.protoid": ("id_protocol", number),
    "id.port": ("id_port", number),
    "id.data.fqdn": ("identity", text),
    "id.data.user_fqdn": ("identity", text),
    "id.data.ipv4_addr": ("address", address),
    "id.data.ipv4_subnet": ("netmask", address),
    "id.data.ipv6_addr": ("address", address),
    "id.data.ipv6_subnet": ("netmask", address),
    "id.data.ipv4_range_start": ("start_address", address),
    "id.data.ipv4_range_end": ("end_address", address),
    "id.data.ipv6_range_start": ("start_address", address),
    "id.data.ipv6_range_end": ("end_address", address),
    "id.data.key_id": ("identity_data", hexadecimal),
    "ts.number": ("selector_count", number),
    "ts.type": ("type", number),
    "ts.protoid": ("protocol", number),
    "ts.start_port": ("start_port", number),
    "ts.end_port": ("end_port", number),
    "ts.start_ipv4": ("start_address", address),
    "ts.end_ipv4": ("end_address", address),
    "ts.start_ipv6": ("start_address", address),
    "ts.end_ipv6": ("end_address", address),
    "auth.method": ("auth_method", number),
    "auth.data": ("auth_data", hexadecimal),
    "auth.data.sig.asn1.len": ("algorithm_identifier_length", number),
    "auth.data.sig.asn1.data": ("algorithm_identifier", hexadecimal),
    "auth.data.sig.value": ("signature", hexadecimal),
    "hash": ("hash", hexadecimal),
    "sig": ("signature", hexadecimal),
    "cert.encoding": ("cert_encoding", number),
    "cert.x509.hash": ("cert_hash", hexadecimal),
    "cert.x509.url": ("cert_url", text),
    "certreq.type": ("cert_encoding", number),
    "ike.certreq.authority": ("authority_data", hexadecimal),
    "notify.doi": ("doi", number),
    "notify.protoid": ("protocol_id", number),
    "notify.msgtype": ("notify_type", number),
    "notify.data.accepted_dh_group": ("ke_method", number),
    "notify.data.signature_hash_algorithms": ("hash_algorithms.{n}.hash_algorithm", number),
    "notify.data.dpd.are_you_there": ("sequence", number),
    "notify.data.dpd.are_you_there_ack": ("sequence", number),
    "notify.data.ipcomp.cpi": ("cpi", number),
    "notify.data.ipcomp.transform_id": ("ipcomp_transform", number),
    "notify.data.redirect.gw_ident.type": ("gateway_type", number),
    "notify.data.redirect.gw_ident.len": ("gateway_length", number),
    "notify.data.redirect.new_resp_gw_ident.ipv4": ("gateway_address", address),
    "notify.data.redirect.new_resp_gw_ident.ipv6": ("gateway_address", address),
    "notify.data.redirect.new_resp_gw_ident.fqdn": ("gateway_name", text),
    "notify.data.redirect.org_resp_gw_ident.ipv4": ("gateway_address", address),
    "notify.data.redirect.org_resp_gw_ident.ipv6": ("gateway_address", address),
    "notify.data.redirect.nonce_data": ("nonce", hexadecimal),
    "notify.data.auth_lifetime": ("lifetime", number),
    "notify.data.ticket_opaque.lifetime": ("lifetime", number),
    "notify.data.ticket_opaque.data": ("ticket", hexadecimal),
    "notify.data.unity.load_balance": ("address", address),
    "notify.data.ha.nonce_data": ("sync_nonce", number),
    "notify.data.ha.expected_send_req_message_id": ("expected_send_id", number),
    "notify.data.ha.expected_recv_req_message_id": ("expected_receive_id", number),
    "notify.data.ha.incoming_ipsec_sa_delta_value": ("replay_counter_delta", value),
    "notify.data.qcd.token_secret_data": ("token", hexadecimal),
    "notify.data.rohc.attr.type": ("attribute", number),
    "notify.data.rohc.attr.value": ("value", value),
    "delete.doi": ("doi", number),
    "delete.protoid": ("protocol_id", number),
    "spinum": ("spi_count", number),
    "delete.spi": ("spis.{n}.spi", spi),
    "vid_bytes": ("vendor_id", hexadecimal),
    "ike.nat_hash": ("nat_detection_hash", hexadecimal),
    "ike.nat_original_address_ipv4": ("address", address),
    "ike.nat_original_address_ipv6": ("address", address),
    "cfg.type": ("cfg_type", number),
    "cfg.identifier": ("cfg_identifier", number),
    "cfg.attr.type": ("attribute", number),
    "cfg.attr.internal_ip4_address": ("address", address),
    "cfg.attr.internal_ip4_netmask": ("address", address),
    "cfg.attr.internal_ip4_dns": ("address", address),
    "cfg.attr.internal_ip4_nbns": ("address", address),
    "cfg.attr.internal_ip4_dhcp": ("address", address),
    "cfg.attr.internal_ip4_subnet_ip": ("address", address),
    "cfg.attr.internal_ip4_subnet_netmask": ("netmask", address),
    "cfg.attr.internal_ip6_address": ("address", address),
    "cfg.attr.internal_ip6_address.prefix": ("prefix_length", number),
    "cfg.attr.internal_ip6_netmask": ("address", address),
    "cfg.attr.internal_ip6_dns": ("address", address),
    "cfg.attr.internal_ip6_nbns": ("address", address),
    "cfg.attr.internal_ip6_dhcp": ("address", address),
    "cfg.attr.internal_ip6_subnet_ip": ("address", address),
    "cfg.attr.internal_ip6_subnet_prefix": ("prefix_length", number),
    "cfg.attr.internal_ip6_prefix_ip": ("address", address),
    "cfg.attr.internal_ip6_prefix_length": ("prefix_length", number),
    "cfg.attr.p_cscf_ip4_address": ("address", address),
    "cfg.attr.p_cscf_ip6_address": ("address", address),
    "cfg.attr.internal_address_expiry": ("seconds", number),
    "cfg.attr.application_version": ("text", text),
    "cfg.attr.supported_attributes": ("supported_attributes.{n}.attribute", number),
    "cfg.attr.xauth.type": ("value", number),
    "cfg.attr.xauth.user_name": ("text", text),
    "cfg.attr.xauth.message": ("text", text),
    "cfg.attr.xauth.challenge": ("value", hexadecimal),
    "cfg.attr.xauth.domain": ("text", text),
    "cfg.attr.xauth.status": ("value", number),
    "cfg.attr.unity.banner": ("text", text),
    "cfg.attr.unity.def_domain": ("text", text),
    "frag.packetid": ("fragment_id", number),
    "frag.seq": ("fragment_number", number),
    "frag.last": ("last_fragment", lambda field: bool(number(field))),
    "frag.number": ("fragment_number", number),
    "frag.total": ("fragment_total", number),
}

# tshark's groups -> espial's, each entry an object of the list.
GROUPS = {
    "ike.attr": "attributes",
    "ipsec.attr": "attributes",
    "ike2.attr": "attributes",
    "notify.data.resp_lifetime.ike.attr": "attributes",
    "notify.data.resp_lifetime.ipsec.attr": "attributes",
    "cfg.attr": "attributes",
    "ts.data": "traffic_selectors",
    "notify.data.rohc.attr": "rohc_attributes",
}

# What is compared otherwise, is said twice, or is no field of the payload: chain and padding,
# readings of a value that stands beside, guesses at the layout of what is encrypted.
PASSED_OVER = [
    "nextpayload", "reserved*", "payloadlength", "criticalpayload", "extradata", "sa.situation.*",
    "id.data", "id.data.der_asn1_dn", "cert.data", "ike.certreq.authority.sig", "datapayload",
    "notify.data", "notify.data.rohc.attr.*", "notify.data.secure_password_methods",
    "ts.selector_length", "*.attr.format", "*.attr.length", "ike.attr.*", "ipsec.attr.*",
    "ike2.attr.*", "*.resp_lifetime.ike.attr.*", "*.resp_lifetime.ipsec.attr.*", "cfg.attr.value",
    "cfg.attr.xauth.user_password", "cfg.attr.xauth.passcode", "enc.*", "eap.data", "vid_string",
    "vid.*", "sak.*", "fragment*", "reassembled.*",
]
# What holds other payloads, or what is read from another dissector's point of view.
NOT_ENTERED = ["enc.*", "vid.*", "cert.data", "id.data.der_asn1_dn"]


def any_of(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


class Flat(dict):
    """Path of a field -> its values, in order."""

    def put(self, path, one):
        if "{n}" in path:
            path = path.format(n=sum(fnmatch.fnmatchcase(known, path.format(n="*"))
                                     for known in self))
        self.setdefault(path, []).append(one)


def find(node, name):
    return node.find("field[@name='isakmp.%s']" % name)


def flat_theirs(node, flat, path=""):
    """The fields below a payload; substructures are groups, counted within the one around."""
    counts = {}

    def group(name):
        counts[name] = counts.get(name, -1) + 1
        return "%s%s.%d." % (path, name, counts[name])

    for field in node:
        name = field.get("name", "")
        if field.tag != "field" or not name.startswith("isakmp."):
            continue
        name = name[len("isakmp."):]
        if name == "typepayload":
            if number(field) not in (PROPOSAL, TRANSFORM):
                continue  # a payload of its own, from fragments
            is_proposal = number(field) == PROPOSAL
            flat_theirs(field, flat, group("proposals" if is_proposal else "transforms"))
        elif name == "ike2.attr" and number(find(field, name + ".type")) == KEY_LENGTH:
            flat.put(path + "key_length", value(find(field, name + ".value")))
        elif name in GROUPS:
            flat_theirs(field, flat, group(GROUPS[name]))
        else:
            if name in FIELDS and field.get("size") != "0":
                ours, read = FIELDS[name]
                flat.put(path + ours, read(field))
            elif name not in FIELDS and not any_of(name, PASSED_OVER):
                flat.put(path + "isakmp." + name, field.get("show"))
            if not any_of(name, NOT_ENTERED):
                flat_theirs(field, flat, path)


def flat_ours(group, flat, path=""):
    for key, one in group.items():
        for i, part in enumerate(one if isinstance(one, list) else [one]):
            if isinstance(part, dict):
                flat_ours(part, flat, "%s%s.%d." % (path, key, i))
            else:
                flat.put(path + key, part)
