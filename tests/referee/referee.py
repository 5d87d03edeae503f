#!/usr/bin/env python3
"""Hold espial against tshark on every capture at hand.

usage: referee.py [CAPTURE...]

Compared are every IKE message (packet, SPIs, version, exchange type, message ID, flags, length,
types of its payloads) and every ESP and AH flow (SPI, destination, packets). Where they differ on
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
FIELDS = (["frame.number", "frame.protocols", "ip.dst", "ipv6.dst", "esp.spi", "ah.spi"]
          + ["isakmp." + field for field in IKE_FIELDS] + ["isakmp.typepayload"])
INITIATOR, RESPONSE = 0x08, 0x20
ENCRYPTION, COMMIT, AUTHENTICATION = 0x01, 0x02, 0x04

Message = collections.namedtuple(
    "Message", "packet initiator_spi responder_spi version exchange_type message_id flags length")


def number(text):
    return int(text, 16) if text.startswith("0x") else int(text)


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
        protocols = row["frame.protocols"].split(":")
        # What an ICMP error quotes was not sent here.
        if "icmp" in protocols and ("isakmp" in protocols or "esp" in protocols or
                                    protocols.count("ip") > 1) or "icmpv6" in protocols:
            continue
        parts = {f: row["isakmp." + f].split(";") if row["isakmp." + f] else []
                 for f in IKE_FIELDS}
        for i in range(len(parts["length"])):
            version = number(parts["version"][i])
            messages.append(Message(
                int(row["frame.number"]), "0x" + parts["ispi"][i], "0x" + parts["rspi"][i],
                "%d.%d" % (version >> 4, version & 15), int(parts["exchangetype"][i]),
                number(parts["messageid"][i]), number(parts["flags"][i]),
                int(parts["length"][i])))
        # The innermost address is the one next to ESP: tunnels stand outside.
        destination = (row["ip.dst"] or row["ipv6.dst"]).split(";")
        for protocol in ("esp", "ah"):
            spis = row[protocol + ".spi"].split(";") if row[protocol + ".spi"] else []
            for spi in spis:
                depth = protocols[:protocols.index(protocol)]
                outer = sum(p in ("ip", "ipv6") for p in depth) - 1
                if "ipv6" in depth and not row["ip.dst"]:
                    destination = row["ipv6.dst"].split(";")
                flows[protocol, spi, destination[max(0, min(outer, len(destination) - 1))]] += 1
    return messages, flows


def lines_of_espial(*arguments):
    done = subprocess.run([ESPIAL, *arguments], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)
    return [json.loads(line) for line in done.stdout.splitlines()]


def flags_of(record):
    """The flags byte, from the names that it has in the record."""
    bits = {"initiator": INITIATOR, "response": RESPONSE, "encrypted": ENCRYPTION,
            "commit": COMMIT, "authentication_only": AUTHENTICATION}
    if record["version"].startswith("2."):
        bits = {"initiator": INITIATOR, "response": RESPONSE}
    return sum(bit for name, bit in bits.items() if record.get(name))


def from_espial(capture):
    messages = [Message(r["packet"], r["initiator_spi"], r["responder_spi"], r["version"],
                        r["exchange_type"], r["message_id"], flags_of(r), r["length"])
                for r in lines_of_espial("show", "--json", capture)]
    flows, totals = collections.Counter(), {}
    for record in lines_of_espial("triage", "--json", capture):
        if record["type"] == "flow":
            flows[record["protocol"], record["spi"], record["destination"]] += record["packets"]
        elif record["type"] == "capture":
            totals = {"ike": record["ike_packets"], "esp": record["esp_packets"],
                      "ah": record["ah_packets"]}
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
        if str(packet) in known or them == us:
            continue
        if len(them) != len(us):
            yield "packet %d: tshark has %d IKE messages, espial %d" % (packet, len(them), len(us))
            continue
        for one, other in zip(them, us):
            for field in Message._fields:
                if getattr(one, field) != getattr(other, field):
                    yield "packet %d: %s: tshark %s, espial %s" % (
                        packet, field, getattr(one, field), getattr(other, field))
    if "flows" not in known:
        for key in sorted(set(their_flows) | set(our_flows)):
            if their_flows[key] != our_flows[key]:
                yield "%s %s to %s: tshark %d packets, espial %d" % (
                    *key, their_flows[key], our_flows[key])
    for kind in ("esp", "ah"):
        flows = sum(n for key, n in our_flows.items() if key[0] == kind)
        if totals.get(kind) != flows and "totals" not in known:
            yield "%s packets: %s, but %d in flows" % (kind, totals.get(kind), flows)
    if totals.get("ike") != len(ours) and "totals" not in known:
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
