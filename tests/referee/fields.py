#!/usr/bin/env python3
"""Hold espial's decoding of IKE payloads against tshark's, field by field.

usage: fields.py [CAPTURE...]

Compared are header, payload chain and every field that tshark has, by espial's names; what tshark
shows and no table maps is a failure too. Keys that belong to a capture (NAME.keys beside it, or
those its collection's INDEX.tsv speaks of) are given to both, and then what was encrypted is
compared as well. Where they differ and tshark is at fault, field_differences.tsv says why.
"""

import concurrent.futures
import fnmatch
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import made
from field_keys import ESPIAL, Keys, check_claims
from field_names import Flat, find, flat_ours, flat_theirs, hexadecimal, number

HERE = os.path.dirname(os.path.abspath(__file__))
GENERIC_BYTES = 4
NOTIFIES = {11, 41}
IKEV1_FRAGMENT = 132
FRAGMENT = 53
SEALED = {46, FRAGMENT}


# Where a payload's own keys are: a field of the same name has a number behind it.
OWN = {"type", "name", "offset", "length", "critical", "malformed", "cut_short"}

# How many bytes the numbers take that the data of notifies is made of.
DATA_BYTES = {
    "unsupported_payload": 1, "invalid_message_id": 4, "ke_method": 2, "window_size": 4, "cpi": 2,
    "ipcomp_transform": 1, "source_port": 2, "destination_port": 2, "lifetime": 4,
    "gateway_type": 1, "gateway_length": 1, "sync_nonce": 4, "expected_send_id": 4,
    "expected_receive_id": 4, "hash_algorithm": 2, "password_method": 2, "sender_ids": 4, "prf": 2,
    "difficulty": 1, "ppk_id_type": 1, "sequence": 4,
}
NOTIFY_HEAD = {"doi", "protocol_id", "spi_size", "notify_type", "notify", "spi"}


def data_of(group, skip):
    """The bytes that the fields of a group were read from, or None where that cannot be told."""
    out = b""
    for key, one in group.items():
        if key in skip or (key.endswith("_name") and key[:-len("_name")] in group):
            continue
        for part in one if isinstance(one, list) else [one]:
            if isinstance(part, dict):
                part = data_of(part, ())
            elif isinstance(part, bool):
                part = None
            elif isinstance(part, int):
                part = part.to_bytes(DATA_BYTES[key], "big") if key in DATA_BYTES else None
            elif key.endswith("address"):
                part = ipaddress.ip_address(part).packed
            elif key == "gateway_name":
                part = part.encode()
            elif re.fullmatch(r"(0x)?([0-9a-f]{2})*", part):
                part = bytes.fromhex(part[2:] if part.startswith("0x") else part)
            else:
                part = None
            if part is None:
                return None
            out += part
    return out


# Both sides as (packet, header, payloads); a payload is its type, length, fields and rest.

def payloads_of(node, around=None):
    """The payloads below a node, whether clear or decrypted, in order; not substructures."""
    for field in node:
        kind = None
        if field.get("name") == "isakmp.typepayload":
            kind = number(field)
            if around in (None, FRAGMENT):
                yield field
        yield from payloads_of(field, kind)


HEADER = {"exchange_type": "exchangetype", "flags": "flags", "message_id": "messageid",
          "length": "length"}


def message_of(proto):
    header = {"malformed": None}
    for ours, theirs in HEADER.items():
        field = find(proto, theirs)
        header[ours] = None if field is None else number(field)
    payloads = []
    closed = any("[incorrect" in field.get("showname", "") for field in
                 proto.iter("field") if field.get("name") == "isakmp.enc.icd")
    for field in payloads_of(proto):
        length = find(field, "payloadlength")
        if length is None:
            continue  # tshark gave up here
        critical = find(field, "criticalpayload")
        flat = Flat()
        flat_theirs(field, flat)
        if find(field, "cert.data") is not None:
            # The certificate is another dissector's: its bytes are behind the encoding.
            flat.put("cert_data", hexadecimal(field)[2 * (GENERIC_BYTES + 1):])
        data = find(field, "notify.data")
        payloads.append({
            "type": number(field), "length": number(length), "fields": flat,
            "critical": critical is not None and number(critical) == 1,
            "data": None if data is None else hexadecimal(data)})
        if closed and payloads[-1]["type"] in SEALED:
            break  # what fails the integrity check is shown by tshark nevertheless
    return header, payloads


def from_tshark(capture, profile):
    """Messages by packet; those that ICMP errors quote are left out."""
    command = ["tshark", "-n", "-r", capture, "-T", "pdml", "-J", "isakmp"]
    environment = dict(os.environ, WIRESHARK_CONFIG_DIR=profile)
    messages = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          stdin=subprocess.DEVNULL, env=environment) as process:
        for _, packet in ElementTree.iterparse(process.stdout):
            if packet.tag != "packet":
                continue
            quoted = False
            for proto in packet.findall("proto"):
                quoted |= proto.get("name") in ("icmp", "icmpv6")
                if proto.get("name") == "geninfo":
                    at = int(proto.find("field[@name='num']").get("show"))
                elif proto.get("name") == "isakmp" and not quoted:
                    messages.setdefault(at, []).append(message_of(proto))
                elif proto.get("name") == "_ws.malformed" and at in messages:
                    messages[at][-1][0]["malformed"] = True
            packet.clear()
    return messages


def from_espial(capture, keys):
    command = [ESPIAL, "show", "--json", capture]
    for path in keys:
        command += ["-k", path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)
    messages = {}
    for line in done.stdout.splitlines():
        record = json.loads(line)
        payloads = []
        for one in record["payloads"]:
            rest = {key: part for key, part in one.items() if key not in OWN}
            flat = Flat()
            flat_ours(rest, flat)
            data = data_of(rest, NOTIFY_HEAD) if one["type"] in NOTIFIES else None
            payloads.append({
                "type": one["type"], "length": one["length"], "fields": flat,
                "critical": one.get("critical", False),
                "data": None if data is None else data.hex()})
        header = {field: record[field] for field in HEADER}
        header["malformed"] = "malformed" in record or "cut_short" in record
        header["decrypted"] = record.get("decrypted", False)
        header["first_fragment"] = record.get("first_fragment", False)
        messages.setdefault(record["packet"], []).append((header, payloads))
    return messages


# The comparison.

class Known:
    """Rows of field_differences.tsv for one capture; which of them were met."""

    def __init__(self, rows):
        self.rows, self.met = rows, set()

    def covers(self, packet, what):
        for row in self.rows:
            _, packets, field, _ = row
            if fnmatch.fnmatchcase(what, field) and str(packet) in packets.split(","):
                self.met.add(tuple(row))
                return True
        return False


def fields_of(payload):
    """What is a list on one side and one field on the other made one; what is said twice, once."""
    fields = dict(payload["fields"])
    keys = [fields[path][0] for path in fields if path.startswith("authorities.")]
    if keys or "authority_data" in fields:
        fields["authority_data"] = ["".join(keys or fields["authority_data"])]
    if "algorithm_identifier" in fields:
        fields.pop("auth_data", None)
    return fields


def compare_payload(one, other):
    for part in ("length", "critical", "data"):
        if one[part] != other[part] and None not in (one[part], other[part]):
            yield part, one[part], other[part]
    theirs, ours = fields_of(one), fields_of(other)
    for path, values in theirs.items():
        if ours.get(path) != values:
            yield path, values, ours.get(path)


def joined(one):
    """What was cut up by IKEv1's vendors takes the place of its last fragment at espial; tshark has
    it behind that one, and shows no header of it."""
    header, payloads = one
    if len(payloads) > 1 and payloads[0]["type"] == IKEV1_FRAGMENT:
        return dict(header, length=None), payloads[1:]
    return one


def compare_message(one, other):
    one = joined(one)
    for field in one[0]:
        if one[0][field] not in (None, other[0][field]):
            yield field, one[0][field], other[0][field]
    theirs, ours = [[payload["type"] for payload in side[1]] for side in (one, other)]
    if theirs != ours:
        yield "payloads", theirs, ours
    for i, pair in enumerate(zip(one[1], other[1])):
        if pair[0]["type"] != pair[1]["type"]:
            break
        for what, them, us in compare_payload(*pair):
            yield "%d:%d.%s" % (i, pair[0]["type"], what), them, us


def compare(name, capture, known, folder):
    keys = Keys(capture, name, folder)
    theirs = from_tshark(capture, keys.profile)
    ours = from_espial(capture, keys.files)
    yield from check_claims(name, capture, keys, ours)
    for packet in sorted(set(theirs) | set(ours)):
        them, us = theirs.get(packet, []), ours.get(packet, [])
        # tshark waits for the other fragments, and shows the message where it comes whole.
        waits = not them and all(header["first_fragment"] for header, _ in us)
        if len(them) != len(us):
            if not waits and not known.covers(packet, "messages"):
                yield "packet %d: tshark has %d IKE messages, espial %d" % (
                    packet, len(them), len(us))
            continue
        for one, other in zip(them, us):
            for what, they_have, we_have in compare_message(one, other):
                if not known.covers(packet, what):
                    yield "packet %d: %s: tshark %s, espial %s" % (
                        packet, what, they_have, we_have)


def check(task):
    name, capture, known, folder = task
    try:
        problems = list(compare(name, capture, known, folder))
    except (OSError, ValueError, KeyError, IndexError, AttributeError, ElementTree.ParseError,
            subprocess.SubprocessError) as error:
        problems = [repr(error)]
    # Another version of tshark may have learned: that is no failure.
    notes = ["not met: " + ", ".join(row[1:]) for row in known.rows if tuple(row) not in known.met]
    return name, problems, notes


def known_differences():
    with open(os.path.join(HERE, "field_differences.tsv"), encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file
                if line.strip() and not line.startswith("#")]


def main():
    captures = sys.argv[1:]
    if not captures:
        captures = subprocess.run(["tests/lib/captures"], stdout=subprocess.PIPE, text=True,
                                  check=True).stdout.split()
    if not shutil.which("tshark") or not captures:
        print("no tshark" if captures else "no captures")
        print("0 passed, 0 failed, %d skipped" % max(1, len(captures)))
        return 0

    rows = known_differences()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) == 1:
            captures += made.make(os.path.join(folder, "made"))
        # A capture is named by its folder and file: the rest of the path is different everywhere.
        names = ["/".join(capture.split("/")[-2:]) for capture in captures]
        tasks = [(name, capture, Known([row for row in rows if row[0] == name]), folder)
                 for name, capture in zip(names, captures)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for name, problems, notes in pool.map(check, tasks):
                failed += bool(problems)
                for problem in problems + notes:
                    print("%s: %s" % (name, problem))
    print("%d passed, %d failed" % (len(captures) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
