#!/usr/bin/env python3
"""Write what a program that reads a lab capture has to report about it.

usage: expect.py OUTDIR NAME DEST

Reads OUTDIR as left by tests/lab/run: the daemons' logs (SPIs and states), the facts (addresses,
times of what was done), NAME.about and NAME.declared (text and records of the scenario), and the
capture through tshark (packet counts, who set the initiator flag). Writes into DEST the capture,
NAME.expect.jsonl and NAME.md.
"""

import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap

FIELDS = ("frame.number", "frame.time_epoch", "frame.protocols", "ip.src", "ip.dst", "ipv6.src",
          "ipv6.dst", "esp.spi", "isakmp.ispi", "isakmp.rspi", "isakmp.version", "isakmp.flags",
          "isakmp.exchangetype", "isakmp.messageid", "ah.spi")


class Packet:
    def __init__(self, row):
        field = dict(zip(FIELDS, row))
        self.number = int(field["frame.number"])
        self.time = float(field["frame.time_epoch"])
        self.source = field["ip.src"] or field["ipv6.src"]
        self.destination = field["ip.dst"] or field["ipv6.dst"]
        # An ICMP error quotes ESP or IKE, but is neither.
        quoted = re.search(r":icmp(v6)?:ip", field["frame.protocols"])
        self.esp = "" if quoted else field["esp.spi"] or field["ah.spi"]
        self.protocol = "ah" if field["ah.spi"] else "esp"
        self.encapsulation = "udp" if "udpencap" in field["frame.protocols"] else "raw"
        self.ike = None if quoted or not field["isakmp.ispi"] else field
        self.initiator_spi = "0x" + field["isakmp.ispi"]
        self.responder_spi = "0x" + field["isakmp.rspi"]


def read_packets(path):
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "occurrence=f"]
    for name in FIELDS:
        command += ["-e", name]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout
    return [Packet(line.split("\t")) for line in text.splitlines()]


def read_facts(path):
    values, captures, events = {}, {}, []
    for line in open(path, encoding="utf-8"):
        word, rest = line.rstrip("\n").split(" ", 1)
        if word == "scenario":
            values["scenario"] = rest
        elif word == "value":
            key, value = rest.split(" ", 1)
            values[key] = value
        elif word == "capture":
            name, point, form, *pcap_filter = rest.split()
            captures[name] = (point, form, " ".join(pcap_filter))
        elif word == "event":
            time, text = rest.split(" ", 1)
            events.append((float(time), text))
    return values, captures, events


# The daemons' ways to write the time (UTC) in front of a log line; pluto leaves out the year.
LOG_LINES = ((re.compile(r"(\d+\.\d+) \S+ (.*)"), lambda text, year: float(text)),
             (re.compile(r"(\w{3} +\d+ \d\d:\d\d:\d\d\.\d+): (.*)"),
              lambda text, year: datetime.datetime.strptime(f"{year} {text} +0000",
                                                            "%Y %b %d %H:%M:%S.%f %z").timestamp()))


def read_log(path, end):
    """The lines of a daemon's log up to the end of the capture, as (time, text)."""
    year = datetime.datetime.fromtimestamp(end, datetime.timezone.utc).year
    lines = []
    for line in open(path, encoding="utf-8", errors="replace"):
        for pattern, seconds in LOG_LINES:
            if match := pattern.match(line):
                when = seconds(match[1], year)
                if when <= end:
                    lines.append((when, match[2]))
                break
    return lines


def ike_sas(log, packets):
    """IKE SAs that a daemon logged and the capture shows, in the order of the log."""
    spis, state = {}, {}
    for _, text in log:
        match = re.search(r"checkin IKEv[12] SA \S+?\[(\d+)\] with SPIs (\w{16})_i (\w{16})_r",
                          text)
        if match:
            spis[match[1]] = ("0x" + match[2], "0x" + match[3])
        match = re.search(r"IKE_SA \S+?\[(\d+)\] state change: \w+ => (\w+)", text)
        if match and match[2] != "DESTROYING":
            state[match[1]] = match[2]
    for unique, (initiator_spi, responder_spi) in spis.items():
        ours = [p for p in packets if p.ike and p.initiator_spi == initiator_spi]
        seen = {p.responder_spi for p in ours}
        if not ours:
            continue
        record = {"type": "ike_sa", "initiator_spi": initiator_spi}
        if responder_spi in seen and int(responder_spi, 16):
            record["responder_spi"] = responder_spi
        version = int(ours[0].ike["isakmp.version"], 16) >> 4
        record["version"] = version
        initiators = set()
        for packet in ours:
            # IKEv2 marks each message of the initiator; in IKEv1 it is who sent the first one.
            if version == 2:
                forward = int(packet.ike["isakmp.flags"], 16) & 0x08
            elif int(packet.responder_spi, 16) == 0:
                forward = True
            else:
                continue
            pair = (packet.source, packet.destination)
            initiators.add(pair if forward else pair[::-1])
        if len(initiators) == 1:
            record["initiator"], record["responder"] = initiators.pop()
        last = state.get(unique, "")
        if last == "ESTABLISHED":
            record["state"] = "established"
        elif last in ("REKEYED", "DELETING"):
            record["state"] = "closed"
        yield record


# How the daemons say that a Child SA is there: strongSwan, pluto, iked (in either order).
STRONGSWAN_CHILD = re.compile(r"CHILD_SA \S+ established with SPIs (?P<inbound>\w{8})_i"
                              r" (?P<outbound>\w{8})_o and TS (?P<own>\S+) === (?P<others>\S+)")
CHILDREN = (STRONGSWAN_CHILD,
            re.compile(r"\{ESP\S*=>0x(?P<outbound>\w{8}) <0x(?P<inbound>\w{8}) "),
            re.compile(r"loaded SPIs: 0x(?P<inbound>\w{8}), 0x(?P<outbound>\w{8}) "),
            re.compile(r"loaded SPIs: 0x(?P<outbound>\w{8}), 0x(?P<inbound>\w{8}) "))


def child_sas(log, other_log):
    """SPI pairs of the Child SAs as (from a's peer to a, from a to its peer), with a's networks
    and its peer's."""
    mirrored = {(m["outbound"], m["inbound"]) for _, text in other_log for pattern in CHILDREN
                if (m := pattern.search(text))}
    pairs = {}
    for _, text in log:
        match = STRONGSWAN_CHILD.search(text)
        if match and (match[1], match[2]) in mirrored:
            pairs.setdefault((match[1], match[2]), (match[3], match[4]))
    return [("0x" + inbound, "0x" + outbound, own, others)
            for (inbound, outbound), (own, others) in pairs.items()]


def flows(packets, uncounted, moved):
    counts = {}
    wrapped = {}
    for packet in packets:
        if packet.esp:
            ends = ("", "") if moved else (packet.source, packet.destination)
            key = (packet.esp, *ends, packet.protocol)
            counts[key] = counts.get(key, 0) + 1
            wrapped.setdefault(key, set()).add(packet.encapsulation)
    records = []
    for key, count in counts.items():
        spi, source, destination, protocol = key
        record = {"type": "flow", "spi": spi, "source": source, "destination": destination,
                  "protocol": protocol}
        # One flow whose encapsulation changes: which to name is for the reader to say.
        if len(wrapped[key]) == 1:
            record["encapsulation"] = min(wrapped[key])
        record["packets"] = count
        if moved:
            # One flow whose ends change; where it is at the end is for the reader to say.
            del record["source"], record["destination"]
        if uncounted:
            # Whether a copy, or a fragment without the others, counts is for the reader to say.
            del record["packets"]
        records.append(record)
    return records


def declared(path, values):
    text = open(path, encoding="utf-8").read()
    text = re.sub(r"@(\w+)@", lambda match: values[match[1]], text)
    return [json.loads(line) for line in text.splitlines() if line]


def describe(out, name, values, capture, events, packets, logs):
    point, _, pcap_filter = capture
    first, last = packets[0].time, packets[-1].time
    text = open(os.path.join(out, name + ".about"), encoding="utf-8").read()
    namespace, interface = point.split(":")
    where = {"m:ma": "on the router m, towards a", "m:mb": "on the router m, towards b",
             "m:any": "on the router m, device any",
             "n:na": "on the NAT router, inside"}.get(point, f"in {namespace} on {interface}")
    if pcap_filter:
        where += f', filter "{pcap_filter}"'
    text += "\n"
    scenario, daemon_b = values["scenario"], values.get("daemon_b")
    daemons = f"strongSwan 5.9.8 (a) and {daemon_b} (b)" if daemon_b else "strongSwan 5.9.8"
    lines = (f"Made by `tests/lab/run {scenario}` ({daemons} on Linux 6.1); captured "
             f"{where}; {len(packets)} packets in {last - first:.1f} s. ")
    steps = []
    for time, what in events:
        before = sum(1 for packet in packets if packet.time < time)
        place = "before packet 1" if before == 0 else f"after packet {before}"
        steps.append(f"{time - first:+.1f} s ({place}) {what}")
    lines += "Seconds from the first packet: " + "; ".join(steps) + ". "
    probes = [sum(1 for time, line in log if "sending DPD request" in line and time >= first)
              for log in logs]
    if daemon_b:
        lines += f"DPD requests by a's log meanwhile: {probes[0]}." if probes[0] else ""
    elif any(probes):
        lines += f"DPD requests by the daemons' logs meanwhile: a {probes[0]}, b {probes[1]}."
    return text + textwrap.fill(lines, 100, break_on_hyphens=False) + "\n"


def write(path, records):
    with open(path, "w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, separators=(",", ":")) + "\n")


def main():
    out, name, dest = sys.argv[1:4]
    with_keys = "--keys" in sys.argv[4:]
    values, captures, events = read_facts(os.path.join(out, "facts"))
    path = os.path.join(out, f"{name}.{captures[name][1]}")
    packets = read_packets(path)
    end = packets[-1].time
    logs = [read_log(os.path.join(out, peer + ".log"), end) for peer in "ab"]

    records = declared(os.path.join(out, name + ".declared"), values)
    result = [record for record in records if record["type"] == "tunnel"]
    sas = list(ike_sas(logs[0], packets))
    if not any("state" in record for record in result):
        # The scenario leaves open what can be known of the state at the end.
        for record in sas:
            record.pop("state", None)
    result += sas
    flow_records = flows(packets, captures[name][0] == "m:any" or "--uncounted" in sys.argv[4:],
                         "--moved" in sys.argv[4:])
    seen = {record["spi"] for record in flow_records}
    # Directions are named after the initiator of the IKE SA; leave out what is ambiguous.
    sides = {record.get("initiator") for record in sas}
    local = {values["a"], values["a_outside"]}
    inferred, opened = [], []
    for inbound, outbound, own, others in child_sas(*logs):
        if sides <= local:
            spis = {"initiator_to_responder": outbound, "responder_to_initiator": inbound}
            networks = {"initiator": [own], "responder": [others]}
        elif sides == {values["b"]}:
            spis = {"initiator_to_responder": inbound, "responder_to_initiator": outbound}
            networks = {"initiator": [others], "responder": [own]}
        else:
            continue
        opened.append({"type": "child_sa", "spis": spis, "provenance": "decrypted"})
        if result[0].get("ike_version") == 2:
            opened[-1]["traffic_selectors"] = networks
        if inbound in seen and outbound in seen and "--unpaired" not in sys.argv[4:]:
            inferred.append({"type": "child_sa", "spis": spis, "provenance": "inferred"})
    findings = [record for record in records if record["type"] == "finding"]
    # "keyed" holds what keys make of a finding; "only" names what it takes to see it at all.
    surer = [(record.pop("only", ""), record, record.pop("keyed", {})) for record in findings]
    keyless = [record for only, record, _ in surer if only != "keyed"]
    keyed = [{**record, **more} for only, record, more in surer if only != "keyless"]
    rest = [record for record in records if record["type"] == "expect"] or [
        {"type": "expect", "max_other_severity": "note"}]

    os.makedirs(dest, exist_ok=True)
    shutil.copy(path, dest)
    write(os.path.join(dest, name + ".expect.jsonl"),
          result + inferred + flow_records + keyless + rest)
    if with_keys:
        shutil.copy(os.path.join(out, "a.private.log"), os.path.join(dest, name + ".keys"))
        write(os.path.join(dest, name + ".keyed.expect.jsonl"),
              result + opened + flow_records + keyed + rest)
    with open(os.path.join(dest, name + ".md"), "w", encoding="utf-8") as file:
        file.write(describe(out, name, values, captures[name], events, packets, logs))


main()
