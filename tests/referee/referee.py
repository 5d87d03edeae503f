#!/usr/bin/env python3
"""Hold espial against tshark on every capture at hand.

usage: referee.py [CAPTURE...]

Compared are every IKE message (packet, SPIs, version, exchange type, message ID, flags, length) and every ESP and AH flow (SPI, destination, packets). Where they differ on
purpose, differences.tsv says why.
"""

import collections
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ESPIAL = os.path.join(os.environ.get("BUILD", "build"), "espial")
IKE_FIELDS = ["ispi", "rspi", "version", "exchangetype", "messageid", "flags", "length"]
FIELDS = ["frame.number", "frame.protocols", "ip.dst", "ipv6.dst", "esp.spi", "ah.spi"]
FIELDS += ["isakmp." + field for field in IKE_FIELDS]

Message = collections.namedtuple(
    "Message", "packet initiator_spi responder_spi version exchange_type message_id flags length")


def number(text):
    return None if text is None else int(text, 16 if text.startswith("0x") else 10)


def cookie(text):
    return None if text is None else "0x" + text


def many(text):
    return text.split(";") if text else []


def destination_of(row, protocol):
    """The destination of the IP header that the protocol's header stands behind, or None where
    that is the quote of an ICMP error: such a packet was not sent here."""
    addresses = {"ip": iter(many(row["ip.dst"])), "ipv6": iter(many(row["ipv6.dst"]))}
    last = None
    for layer in row["frame.protocols"].split(":"):
        if layer == protocol:
            return last
        if layer in ("icmp", "icmpv6"):
            return None
        if layer in addresses:
            last = next(addresses[layer], last)
    return None


def from_tshark(capture):
    """IKE messages, and packets by (protocol, SPI, destination)."""
    command = ["tshark", "-n", "-r", capture, "-T", "fields", "-E", "occurrence=a",
               "-E", "aggregator=;"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)
    messages, flows = [], collections.Counter()
    for line in done.stdout.splitlines():
        row = dict(zip(FIELDS, line.split("\t")))
        packet = int(row["frame.number"])
        parts = {field: many(row["isakmp." + field]) for field in IKE_FIELDS}
        for i in range(len(parts["ispi"]) if destination_of(row, "isakmp") else 0):
            # tshark gives up on some malformed headers midway: what it has not is None.
            read = {field: part[i] if i < len(part) else None for field, part in parts.items()}
            messages.append(Message(
                packet, cookie(read["ispi"]), cookie(read["rspi"]), number(read["version"]),
                number(read["exchangetype"]), number(read["messageid"]), number(read["flags"]),
                number(read["length"])))
        for protocol in ("esp", "ah"):
            destination = destination_of(row, protocol)
            for spi in many(row[protocol + ".spi"]) if destination else []:
                flows[protocol, spi, destination] += 1
    return messages, flows


def lines_of_espial(*arguments):
    done = subprocess.run([ESPIAL, *arguments], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)
    return [json.loads(line) for line in done.stdout.splitlines()]


# The flags that have names in each version; the record has no others.
FLAGS = {1: {"encrypted": 0x01, "commit": 0x02, "authentication_only": 0x04},
         2: {"initiator": 0x08, "response": 0x20}}


def names_of(version):
    return FLAGS[1 if version >> 4 == 1 else 2]


def version_of(record):
    major, minor = record["version"].split(".")
    return int(major) << 4 | int(minor)


def from_espial(capture):
    messages, first_fragments = [], set()
    for record in lines_of_espial("show", "--json", capture):
        if record.get("first_fragment"):
            first_fragments.add(record["packet"])
        version = version_of(record)
        flags = sum(bit for name, bit in names_of(version).items() if record[name])
        messages.append(Message(
            record["packet"], record["initiator_spi"], record["responder_spi"], version,
            record["exchange_type"], record["message_id"], flags, record["length"]))
    flows, totals = collections.Counter(), {}
    for record in lines_of_espial("triage", "--json", capture):
        if record["type"] == "flow":
            flows[record["protocol"], record["spi"], record["destination"]] += record["packets"]
        elif record["type"] == "capture":
            totals = {"ike": record["ike_packets"], "esp": record["esp_packets"],
                      "ah": record["ah_packets"]}
    totals["first_fragments"] = first_fragments
    return messages, flows, totals


def known_differences():
    """Capture -> packets or "flows" or "all" -> why."""
    known = collections.defaultdict(dict)
    with open(os.path.join(HERE, "differences.tsv"), encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#") and line.strip():
                name, where, why = line.rstrip("\n").split("\t")
                for one in where.split(","):
                    known[name][one] = why
    return known


def compare(capture, known):
    """Lines that say where the two differ."""
    theirs, their_flows = from_tshark(capture)
    ours, our_flows, totals = from_espial(capture)
    if "all" in known:
        return
    per_packet = collections.defaultdict(lambda: ([], []))
    for message in theirs:
        per_packet[message.packet][0].append(message)
    for message in ours:
        per_packet[message.packet][1].append(message)
    for packet, (them, us) in sorted(per_packet.items()):
        # tshark waits for the other fragments, and shows the message where it comes whole.
        waits = not them and packet in totals["first_fragments"]
        if str(packet) in known or waits:
            continue
        if len(them) != len(us):
            yield "packet %d: tshark has %d IKE messages, espial %d" % (packet, len(them), len(us))
            continue
        for one, other in zip(them, us):
            if one.flags is not None:
                one = one._replace(flags=one.flags & sum(names_of(other.version).values()))
            for field, theirs_is, ours_is in zip(Message._fields, one, other):
                if theirs_is not in (None, ours_is):
                    yield "packet %d: %s: tshark %s, espial %s" % (
                        packet, field, theirs_is, ours_is)
    if "flows" not in known:
        for key in sorted(set(their_flows) | set(our_flows)):
            if their_flows[key] != our_flows[key]:
                yield "%s %s to %s: tshark %d packets, espial %d" % (
                    *key, their_flows[key], our_flows[key])
    for kind in ("esp", "ah"):
        flows = sum(n for key, n in our_flows.items() if key[0] == kind)
        if totals.get(kind) != flows and "totals" not in known:
            yield "%s packets: %s, but %d in flows" % (kind, totals.get(kind), flows)
    # A first fragment is counted as a packet of IKE when the others never come.
    ended = len(ours) - totals.get("ike", 0)
    if not 0 <= ended <= len(totals["first_fragments"]) and "totals" not in known:
        yield "IKE packets: %s, but %d messages" % (totals.get("ike"), len(ours))


def check(task):
    name, capture, known = task
    try:
        return name, list(compare(capture, known))
    except (OSError, ValueError, KeyError, IndexError, subprocess.TimeoutExpired) as error:
        return name, [repr(error)]


def main():
    captures = sys.argv[1:]
    if not captures:
        captures = subprocess.run(["tests/lib/captures"], stdout=subprocess.PIPE, text=True,
                                  check=True).stdout.split()
    if not shutil.which("tshark") or not captures:
        print("no tshark" if captures else "no captures")
        print("0 passed, 0 failed, %d skipped" % max(1, len(captures)))
        return 0

    known = known_differences()
    # A capture is named by its folder and file: the rest of the path is different everywhere.
    names = ["/".join(capture.split("/")[-2:]) for capture in captures]
    tasks = [(name, capture, known[name]) for name, capture in zip(names, captures)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, problems in pool.map(check, tasks):
            failed += bool(problems)
            for problem in problems:
                print("%s: %s" % (name, problem))
    print("%d passed, %d failed" % (len(captures) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
