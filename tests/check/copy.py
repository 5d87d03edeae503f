#!/usr/bin/env python3
"""espial annotate and espial extract, held against files that are read here, block by block, and
against tshark. What an extract is for: triage of it finds the same."""
import collections
import glob
import json
import os
import pty
import random
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

ESPIAL = os.path.abspath(os.path.join(os.environ.get("BUILD", "build"), "espial"))
PCAPS = "pcaps"
# Neither can be told from the packets of its tunnel alone, or from the beginnings of packets.
NEEDS_OTHERS = {"ike-no-initiator"}
NEEDS_BYTES = {"esp-seq-reset", "esp-seq-reuse"}
EPB, SPB, OPB, IDB, ISB, NRB, DSB, SHB = 6, 3, 2, 1, 5, 4, 10, 0x0A0D0D0A
FIXED = {EPB: 20, OPB: 20, IDB: 8, ISB: 12, SHB: 16}

passed = failed = 0


def check(what, good, more=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(what, more)


def run(*words, **more):
    return subprocess.run([ESPIAL, *words], capture_output=True, timeout=60, **more)


def records(path, *words):
    out = run("triage", "--json", "--exit-zero", *words, path).stdout
    return [json.loads(line) for line in out.splitlines()]


# --- captures, read and written here ---


class Packet:
    def __init__(self, time_ns, data, wire, link, interface=0, comments=(), resolution=6):
        self.time_ns, self.data, self.wire, self.link = time_ns, data, wire, link
        self.interface, self.comments, self.resolution = interface, list(comments), resolution

    def same(self, other):
        return (self.time_ns, self.data, self.wire, self.link) == (
            other.time_ns, other.data, other.wire, other.link)


def options_of(raw, order):
    at, found = 0, []
    while at + 4 <= len(raw):
        code, length = struct.unpack_from(order + "HH", raw, at)
        if code == 0:
            break
        found.append((code, raw[at + 4:at + 4 + length]))
        at += 4 + (length + 3) // 4 * 4
    return found


def blocks_of(raw):
    """Type, byte order and bytes of each block."""
    at, order = 0, "<"
    while at + 12 <= len(raw):
        kind = struct.unpack_from(order + "I", raw, at)[0]
        if kind == SHB:
            order = "<" if raw[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        length = struct.unpack_from(order + "I", raw, at + 4)[0]
        assert length % 4 == 0 and raw[at + 4:at + 8] == raw[at + length - 4:at + length], at
        yield kind, order, raw[at:at + length]
        at += length
    assert at == len(raw), "bytes behind the last block"


def split(kind, order, block):
    """Fixed part, packet, options of a block."""
    body = block[8:-4]
    fixed = body[:FIXED[kind]]
    held = struct.unpack_from(order + "I", body, 12)[0] if kind in (EPB, OPB) else 0
    rest = body[FIXED[kind]:]
    return fixed, rest[:held], options_of(rest[(held + 3) // 4 * 4:], order)


def read_pcapng(raw):
    packets, interfaces, last = [], [], 0
    for kind, order, block in blocks_of(raw):
        if kind == SHB:
            interfaces = []
        elif kind == IDB:
            fixed, _, options = split(kind, order, block)
            link, _, snap = struct.unpack(order + "HHI", fixed)
            resolution = dict(options).get(9, b"\x06")[0]
            offset = struct.unpack(order + "q", dict(options).get(14, bytes(8)))[0]
            interfaces.append((link, resolution, offset, snap))
        elif kind in (EPB, OPB):
            fixed, data, options = split(kind, order, block)
            number = struct.unpack_from(order + ("I" if kind == EPB else "H"), fixed)[0]
            high, low, _, wire = struct.unpack_from(order + "IIII", fixed, 4)
            link, resolution, offset, _ = interfaces[number]
            ticks = high << 32 | low
            unit = 2 ** (resolution & 127) if resolution & 128 else 10 ** resolution
            last = ticks * 10 ** 9 // unit + offset * 10 ** 9
            comments = [v.decode() for c, v in options if c == 1]
            packets.append(Packet(last, data, wire, link, number, comments, resolution))
        elif kind == SPB:
            wire = struct.unpack_from(order + "I", block, 8)[0]
            held = min(wire, interfaces[0][3] or wire)
            packets.append(Packet(last, block[12:12 + held], wire, interfaces[0][0]))
    return packets


def read_pcap(raw):
    big = raw[0] == 0xA1
    order = ">" if big else "<"
    magic, _, _, _, _, snap, link = struct.unpack_from(order + "IHHIIII", raw)
    nano = magic == 0xA1B23C4D
    at, packets = 24, []
    while at + 16 <= len(raw):
        sec, frac, held, wire = struct.unpack_from(order + "IIII", raw, at)
        packets.append(Packet(sec * 10 ** 9 + frac * (1 if nano else 1000),
                              raw[at + 16:at + 16 + held], wire, link & 0xFFFF,
                              resolution=9 if nano else 6))
        at += 16 + held
    return packets


def read(path):
    with open(path, "rb") as file:
        raw = file.read()
    return read_pcapng(raw) if raw[:4] == b"\x0a\x0d\x0d\x0a" else read_pcap(raw)


def pad(data):
    return data + bytes(-len(data) % 4)


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + pad(value)


def block_of(order, kind, body):
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def section(order, *options):
    body = struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + b"".join(options)
    return block_of(order, SHB, body + (bytes(4) if options else b""))


def interface(order, link, resolution=6, snap=0, *options):
    body = struct.pack(order + "HHI", link, 0, snap) + option(order, 9, bytes([resolution]))
    return block_of(order, IDB, body + b"".join(options) + bytes(4))


def enhanced(order, number, ticks, packet, *options):
    body = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(packet.data),
                       packet.wire) + pad(packet.data)
    return block_of(order, EPB, body + b"".join(options) + (bytes(4) if options else b""))


def pcap(packets, link=None, nano=False):
    out = struct.pack("<IHHIIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65535,
                      packets[0].link if link is None else link)
    for p in packets:
        fraction = p.time_ns % 10 ** 9
        out += struct.pack("<IIII", p.time_ns // 10 ** 9, fraction if nano else fraction // 1000,
                           len(p.data), p.wire) + p.data
    return out


def put(name, raw):
    path = os.path.join(tree, name)
    with open(path, "wb") as file:
        file.write(raw)
    return path


def out(name):
    path = os.path.join(tree, name)
    if os.path.exists(path):
        os.unlink(path)
    return path


# --- findings ---


def walk(findings):
    for finding in findings:
        yield finding
        yield from walk(finding.get("consequences", []))


def found(recs):
    """Ids with the addresses of their tunnels; a consequence is of its root's tunnel."""
    peers = {r["tunnel"]: frozenset(p["address"] for p in r["peers"])
             for r in recs if r["type"] == "tunnel"}
    result = set()
    for root in (r for r in recs if r["type"] == "finding"):
        for finding in walk([root]):
            result.add((finding["id"], peers.get(finding.get("tunnel", root.get("tunnel")))))
    return result


def evidence(recs):
    """Ids by packet."""
    by_packet = collections.defaultdict(collections.Counter)
    for finding in walk(r for r in recs if r["type"] == "finding"):
        for item in finding.get("evidence", []):
            by_packet[item["packet"]][finding["id"]] += 1
    return by_packet


def noted(packets):
    by_packet = collections.defaultdict(collections.Counter)
    for number, packet in enumerate(packets, 1):
        for comment in packet.comments:
            if comment.startswith("espial: "):
                by_packet[number][comment.split()[1]] += 1
    return by_packet


def same_packets(ours, theirs):
    return len(ours) == len(theirs) and all(a.same(b) for a, b in zip(ours, theirs))


def unannotated(raw):
    """Blocks as they were before: without our comments, and without what has to change."""
    for kind, order, block in blocks_of(raw):
        if kind not in FIXED:
            yield kind, block
            continue
        fixed, data, options = split(kind, order, block)
        if kind == SHB:
            fixed = fixed[:8]
        if kind in (SHB, EPB, OPB):
            options = [o for o in options if o[0] != 1 or not o[1].startswith(b"espial: ")]
            yield kind, fixed, data, tuple(options)
        else:
            yield kind, block


# --- every capture of ours ---


def annotate_all(captures):
    for path in captures:
        name = os.path.basename(path)
        recs = records(path)
        target = out("noted.pcapng")
        result = run("annotate", "-w", target, path)
        check(f"annotate {name}", result.returncode == 0, result.stderr)
        with open(path, "rb") as a, open(target, "rb") as b:
            before, after = a.read(), b.read()
        packets = read_pcapng(after)
        check(f"annotate {name}: packets are the same", same_packets(packets, read(path)))
        if before[:4] == b"\x0a\x0d\x0d\x0a":
            check(f"annotate {name}: blocks are the same",
                  list(unannotated(before)) == list(unannotated(after)))
        check(f"annotate {name}: comments are at the evidence", noted(packets) == evidence(recs),
              f"\n  {dict(noted(packets))}\n  {dict(evidence(recs))}")
        verdict = next(r["verdict"] for r in recs if r["type"] == "summary")
        kind, order, head = next(blocks_of(after))
        about = [v.decode() for c, v in split(kind, order, head)[2] if c == 1]
        check(f"annotate {name}: the verdict is there", f"espial: {verdict}" in about)


def extract_all(captures):
    """Triage of an extract finds what it was extracted for."""
    for turn, path in enumerate(captures):
        name = os.path.basename(path)
        recs = records(path, "--severity", "warning")
        wanted = {w for w in found(recs) if w[0] not in NEEDS_OTHERS}
        if not wanted:
            continue
        words = []
        if turn % 3 == 1:
            words = ["--snap-esp", "40"]
            wanted = {w for w in wanted if w[0] not in NEEDS_BYTES}
        for finding in sorted({w[0] for w in wanted}):
            words += ["--finding", finding]
        if turn % 3 == 2 and all(w[1] for w in wanted):
            words = [w for r in recs if r["type"] == "tunnel" for w in ("--tunnel", str(r["tunnel"]))]
        target = out("part.pcapng")
        result = run("extract", "-w", target, *words, path)
        check(f"extract {name} {' '.join(words)}", result.returncode == 0, result.stderr)
        if result.returncode == 0:
            missing = wanted - found(records(target))
            check(f"extract {name} {' '.join(words)}: triage finds it again", not missing, missing)


# --- tshark ---


def tshark(path, *fields):
    words = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=|", "-E", "aggregator=;"]
    for field in fields:
        words += ["-e", field]
    return subprocess.run(words, capture_output=True, text=True, timeout=60).stdout.splitlines()


def against_tshark():
    fields = ["frame.number", "frame.time_epoch", "frame.len", "frame.cap_len",
              "frame.interface_id", "frame.interface_name", "frame.encap_type"]
    for name in ("esp-one-way-raw", "dpd-unanswered", "ike-snaplen", "healthy-snaplen"):
        paths = glob.glob(f"{PCAPS}/{name}.pcap*")
        if not paths:
            continue
        target = out("noted.pcapng")
        run("annotate", "-w", target, paths[0])
        # A pcap file has no interfaces.
        asked = [f for f in fields if paths[0].endswith("ng") or "interface" not in f]
        check(f"tshark reads {name} as before", tshark(paths[0], *asked) == tshark(target, *asked))
        lines = tshark(target, "frame.number", "frame.comment")
        theirs = {int(n) for n, _, c in (line.partition("|") for line in lines) if "espial: " in c}
        check(f"tshark shows comments of {name}", theirs == set(evidence(records(paths[0]))) != set())


# --- files made here ---


def source_packets(name="esp-one-way-raw"):
    return read(glob.glob(f"{PCAPS}/{name}.pcap*")[0])


def odd_pcapng(order):
    """All that pcapng has, around the packets of a tunnel."""
    packets = source_packets()
    raw = section(order, option(order, 1, b"a comment of theirs"), option(order, 3, b"an OS"))
    raw += interface(order, 1, 6, 0, option(order, 2, b"eth0"), option(order, 8, bytes(range(8))))
    raw += interface(order, 1, 9, 262144, option(order, 2, b"eth1"),
                     option(order, 14, struct.pack(order + "q", 1000)))
    raw += interface(order, 1, 0x80 | 20, 0, option(order, 3, "größer".encode()))
    raw += block_of(order, NRB, struct.pack(order + "HH", 1, 12) + bytes([192, 0, 2, 1]) +
                    b"gateway\0" + bytes(4))
    raw += block_of(order, DSB, struct.pack(order + "II", 0x544C534B, 6) + pad(b"secret"))
    raw += block_of(order, 0xBAD, struct.pack(order + "I", 32473) + b"ours")
    raw += block_of(order, 0x7777, b"unknown ")
    for i, p in enumerate(packets):
        flags = option(order, 2, struct.pack(order + "I", 1))
        if i % 4 == 0:
            raw += enhanced(order, 0, p.time_ns // 1000, p, option(order, 1, b"old comment"), flags)
        elif i % 4 == 1:
            raw += enhanced(order, 1, p.time_ns - 10 ** 12, p)
        elif i % 4 == 2:
            raw += enhanced(order, 2, (p.time_ns << 20) // 10 ** 9, p, flags,
                            option(order, 4, struct.pack(order + "Q", 0)))
        else:
            ticks = p.time_ns // 1000
            body = struct.pack(order + "HHIIII", 0, 0xFFFF, ticks >> 32, ticks & 0xFFFFFFFF,
                               len(p.data), p.wire) + pad(p.data)
            raw += block_of(order, OPB, body)
    raw += block_of(order, ISB, struct.pack(order + "III", 0, 0, 0) +
                    option(order, 5, struct.pack(order + "Q", 0)) + bytes(4))
    return raw


def odd_files():
    for order, name in (("<", "little"), (">", "big")):
        raw = odd_pcapng(order)
        path = put(f"{name}.pcapng", raw)
        target = out("noted.pcapng")
        result = run("annotate", "-w", target, path)
        check(f"annotate {name}-endian", result.returncode == 0, result.stderr)
        with open(target, "rb") as file:
            after = file.read()
        check(f"annotate {name}-endian: blocks are the same",
              list(unannotated(raw)) == list(unannotated(after)))
        check(f"annotate {name}-endian: comments", noted(read(target)) == evidence(records(path))
              and len(noted(read(target))) > 0)
        target = out("part.pcapng")
        run("extract", "--tunnel", "1", "-w", target, path)
        with open(target, "rb") as file:
            kinds = [kind for kind, _, _ in blocks_of(file.read())]
        check(f"extract {name}-endian: no names, secrets and unknown blocks",
              set(kinds) <= {SHB, IDB, EPB, OPB, ISB} and kinds.count(IDB) == 3, kinds)
        wanted = {p.data for p in source_packets()}
        check(f"extract {name}-endian: times", all(
            p.same(q) for p in read(target) for q in read(path)
            if p.data == q.data and q.data in wanted and p.interface == q.interface
            and abs(p.time_ns - q.time_ns) < 1000))


def merged():
    """Packets in turn from a pcap, a little-endian and a big-endian pcapng file."""
    packets = source_packets()
    parts = [packets[i::3] for i in range(3)]
    little = section("<") + interface("<", 1, 6) + b"".join(
        enhanced("<", 0, p.time_ns // 1000, p) for p in parts[1])
    big = section(">") + interface(">", 1, 9) + b"".join(
        enhanced(">", 0, p.time_ns, p, option(">", 2, struct.pack(">I", 2))) for p in parts[2])
    paths = [put("a.pcap", pcap(parts[0])), put("b.pcapng", little), put("c.pcapng", big)]
    whole = put("whole.pcap", pcap(packets))
    for order in (paths, paths[::-1]):
        target = out("noted.pcapng")
        result = run("annotate", "-w", target, *order)
        ours = read(target)
        check("merged: annotated", result.returncode == 0, result.stderr)
        check("merged: packets are the same, in order", same_packets(ours, packets))
        check("merged: resolutions stay", [p.resolution for p in ours] ==
              [(6, 6, 9)[i % 3] for i in range(len(ours))])
        check("merged: comments", noted(ours) == evidence(records(whole)))
        check("merged: tshark reads it", len(tshark(target, "frame.number")) == len(packets))
    with open(target, "rb") as file:
        blocks = list(blocks_of(file.read()))
    order = blocks[0][1]
    flags = [o for kind, order, block in blocks if kind == EPB
             for o in split(kind, order, block)[2] if o[0] == 2]
    check("merged: flags in the other byte order",
          {v for _, v in flags} == {struct.pack(order + "I", 2)}, flags)


def fragments():
    """Fragments in the wrong order, and others' between them."""
    packets = source_packets("healthy-ike-ip-fragments")

    def ident(packet):
        eth = packet.data
        if eth[12:14] != b"\x08\0" or not struct.unpack_from(">H", eth, 20)[0] & 0x3FFF:
            return None
        return eth[18:20], eth[26:34]

    turned, run_of = [], []
    for packet in packets:
        if run_of and ident(packet) != ident(run_of[0]):
            turned += run_of[::-1]
            run_of = []
        if ident(packet):
            run_of.append(packet)
        else:
            turned.append(packet)
    turned += run_of[::-1]
    times = [p.time_ns for p in packets]
    turned = [Packet(t, p.data, p.wire, p.link) for t, p in zip(times, turned)]
    first = next(p for p in turned if ident(p))
    # The same with another destination, and a protocol that is none of ours (89).
    foreign = []
    for p in turned:
        if ident(p):
            data = bytearray(p.data)
            data[23], data[33] = 89, 77
            foreign.append(Packet(p.time_ns, bytes(data), p.wire, p.link))
    lone = bytearray(first.data)
    lone[18:20] = b"\xee\xee"
    struct.pack_into(">H", lone, 20, 0x2000 | 100)
    foreign.append(Packet(turned[-1].time_ns, bytes(lone), first.wire, first.link))
    mixed = sorted(turned + foreign, key=lambda p: p.time_ns)
    path = put("fragments.pcap", pcap(mixed))
    target = out("part.pcap")
    result = run("extract", "--tunnel", "1", "-w", target, path)
    ours = read(target)
    count = sum(1 for p in packets if ident(p))
    check("fragments: there are some", count > 3)
    check("fragments: those of the tunnel, in order",
          [p.data for p in ours if ident(p)] == [p.data for p in turned if ident(p)],
          f"{len(ours)} of {len(mixed)} {result.stderr}")
    check("fragments: one of nobody knows what is told of", b"fragments left out" in result.stderr,
          result.stderr)


def selectors():
    path = glob.glob(f"{PCAPS}/esp-one-way-raw.pcap*")[0]
    recs = records(path)
    flows = [r for r in recs if r["type"] == "flow"]
    ike = next(r for r in recs if r["type"] == "capture")["ike_packets"]
    packets = read(path)
    target = out("part.pcapng")
    run("extract", "--spi", flows[0]["spi"], "-w", target, path)
    after = records(target)
    check("--spi: this flow alone", [r["spi"] for r in after if r["type"] == "flow"] ==
          [flows[0]["spi"]])
    check("--spi: and the tunnel's IKE",
          next(r for r in after if r["type"] == "capture")["ike_packets"] == ike)
    sa = next(r for r in recs if r["type"] == "ike_sa")
    for word in ("1", sa["initiator_spi"], sa["responder_spi"][2:]):
        target = out("part.pcapng")
        result = run("extract", "--ike-sa", word, "-w", target, path)
        check(f"--ike-sa {word}", result.returncode == 0 and
              len([r for r in records(target) if r["type"] == "flow"]) == len(flows), result.stderr)
    begin = packets[0].time_ns
    for words, low, high in ((["--from", "10", "--to", "20"], 10, 20), (["--to", "+5.5"], 0, 5.5),
                             (["--from", "2026-11-23T14:03:41Z", "--tunnel", "1"], None, None),
                             (["--utc", "--from", "14:03:41"], None, None)):
        target = out("part.pcapng")
        result = run("extract", *words, "-w", target, path)
        ours = [p.time_ns for p in read(target)] if result.returncode == 0 else []
        if low is None:
            low, high = (1795442621 * 10 ** 9 - begin) / 10 ** 9, 1e6
        check(f"extract {' '.join(words)}", ours and min(ours) >= begin + low * 10 ** 9 and
              max(ours) <= begin + high * 10 ** 9, result.stderr)
    for words, status in ((["--tunnel", "1", "--peer", "192.0.2.1"], 0),
                          (["--tunnel", "1", "--peer", "192.0.2.9"], 1),
                          (["--finding", "dpd-unanswered"], 1), (["--finding", "no-such"], 2),
                          (["--tunnel", "7"], 2), (["--spi", "0x1234"], 1), (["--spi", "zz"], 2),
                          (["--from", "gestern"], 2), (["--from", "20", "--to", "10"], 2),
                          (["--ike-sa", "0123456789abcdef"], 1), ([], 2)):
        target = out("part.pcapng")
        result = run("extract", *words, "-w", target, path)
        check(f"extract {' '.join(words)}: status {status}", result.returncode == status and
              os.path.exists(target) == (status == 0) and (status == 0 or result.stderr),
              (result.returncode, result.stderr))
    target = out("part.pcapng")
    run("extract", "--numbers", "--from", "10", "--tunnel", "1", "-w", target, path)
    check("--numbers", all(packets[int(p.comments[-1].split()[1]) - 1].same(p)
                           for p in read(target)))


def around():
    """What goes with a tunnel: TCP segments, ICMP errors, keepalives; and what does not."""
    for pattern, is_its in (
            ("*tcp*", lambda p: p.data[12:14] == b"\x08\0" and p.data[23] == 6 and
             4500 in struct.unpack_from(">HH", p.data, 34)),
            ("icmp-frag-needed", lambda p: p.data[12:14] == b"\x08\0" and p.data[23] == 1),
            ("healthy-nat-keepalive", lambda p: p.data[12:14] == b"\x08\0" and p.data[23] == 17 and
             p.data[42:43] == b"\xff" and struct.unpack_from(">H", p.data, 38)[0] == 9)):
        seen = 0
        for path in sorted(glob.glob(f"{PCAPS}/{pattern}.pcap*"))[:4]:
            before = read(path)
            if before[0].link != 1:
                continue
            target = out("part.pcap")
            run("extract", *[w for r in records(path) if r["type"] == "tunnel"
                             for w in ("--tunnel", str(r["tunnel"]))], "-w", target, path)
            its = [p.data for p in before if is_its(p)]
            seen += len(its)
            check(f"{os.path.basename(path)}: all that goes with the tunnel",
                  its == [p.data for p in read(target) if is_its(p)])
        check(f"{pattern}: there is some", seen > 0)


def snapped():
    path = glob.glob(f"{PCAPS}/esp-one-way-raw.pcap*")[0]
    for suffix in ("pcap", "pcapng"):
        target = out(f"part.{suffix}")
        run("extract", "--tunnel", "1", "--snap-esp", "20", "-w", target, path)
        before = {(p.time_ns, p.wire): p.data for p in read(path)}
        ours = read(target)
        esp = [p for p in ours if p.data[23] == 50]
        check(f"--snap-esp {suffix}: headers and 20 bytes", esp and all(
            p.data == before[p.time_ns, p.wire][:34 + 20] for p in esp))
        check(f"--snap-esp {suffix}: IKE is whole", all(
            p.data == before[p.time_ns, p.wire] for p in ours if p.data[23] == 17))


def anonymized(captures):
    """Under a key: the same findings, and none of the addresses."""
    key = put("key", b"0123456789abcdef" * 4 + b"\n")
    for path in captures:
        name = os.path.basename(path)
        recs = records(path, "--severity", "warning")
        tunnels = [r for r in recs if r["type"] == "tunnel"]
        if not tunnels:
            continue
        target = out("part.pcapng")
        words = [w for r in tunnels for w in ("--tunnel", str(r["tunnel"]))]
        result = run("extract", "--anonymize", key, "-w", target, *words, path)
        check(f"--anonymize {name}", result.returncode == 0, result.stderr)
        if result.returncode:
            continue
        with open(target, "rb") as file:
            raw = file.read()
        told = [p["address"] for r in tunnels for p in r["peers"]
                if socket_bytes(p["address"]) in raw]
        check(f"--anonymize {name}: no address is left", not told, told)
        ours, theirs = ({i for i, _ in found(r)} - NEEDS_OTHERS
                        for r in (records(target, "--severity", "warning"), recs))
        check(f"--anonymize {name}: the same findings", ours >= theirs, theirs - ours)
    result = run("extract", "--anonymize", put("short", b"abc"), "--tunnel", "1", "-w",
                 out("part.pcapng"), captures[0])
    check("--anonymize: a key that is none", result.returncode == 2 and b"anonymize" in result.stderr)


def socket_bytes(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_pton(family, address)


# --- what goes wrong ---


def streams():
    path = glob.glob(f"{PCAPS}/esp-one-way-raw.pcap*")[0]
    target = out("noted.pcapng")
    run("annotate", "-w", target, path)
    with open(path, "rb") as file:
        raw = file.read()
    with open(target, "rb") as file:
        wanted = file.read()
    check("a pipe to a pipe", run("annotate", "-w", "-", "-", input=raw).stdout == wanted)
    with open(path, "rb") as file:
        check("a file as standard input",
              run("annotate", "-w", "-", "-", stdin=file).stdout == wanted)
    fifo = os.path.join(tree, "fifo")
    os.mkfifo(fifo)
    with subprocess.Popen(["cp", path, fifo]):
        check("a FIFO", run("annotate", "-w", "-", fifo).stdout == wanted)
    result = run("annotate", "-w", "-", fifo, "-", stdin=subprocess.DEVNULL)
    check("two pipes are one too many", result.returncode == 2 and b"pipes" in result.stderr)
    for packer, name in (("gzip", "p.pcapng.gz"), ("zstd", "p.pcapng.zst")):
        if shutil.which(packer):
            packed = subprocess.run([packer, "-c"], input=raw, capture_output=True).stdout
            check(f"packed by {packer}",
                  run("annotate", "-w", "-", put(name, packed)).stdout == wanted)
    cut = put("cut.pcapng", raw[:len(raw) * 2 // 3])
    target = out("noted.pcapng")
    result = run("annotate", "-w", target, cut)
    count = len(read(target))
    check("cut off midway: what there was is written, and it is told of", result.returncode == 3 and
          b"cut off" in result.stderr and 0 < count < len(read(path)), result.stderr)
    result = run("annotate", "-w", out("noted.pcapng"), put("none.pcap", b"nothing of the kind"))
    check("no capture", result.returncode == 3 and not os.path.exists(f"{tree}/noted.pcapng"))


def refusals():
    with open(glob.glob(f"{PCAPS}/esp-one-way-raw.pcap*")[0], "rb") as file:
        before = file.read()
    path = put("own.pcapng", before)
    link = os.path.join(tree, "link.pcapng")
    os.symlink(path, link)
    for words in (["-w", path, path], ["-w", link, path], ["-w", path, link], ["-w", path, tree]):
        result = run("annotate", *words)
        with open(path, "rb") as file:
            check(f"annotate {words}: an input stays", result.returncode == 2 and
                  file.read() == before, result.stderr)
    for words, why in ((["-w", "x.pcapng.gz"], b"unpacked"), (["-w", "x.pcap"], b"comments"),
                       (["-w", "/dev/null"], b"no file"), ([], b"-w OUT")):
        result = run("annotate", *words, path)
        check(f"annotate {words}", result.returncode == 2 and why in result.stderr, result.stderr)
    result = run("annotate", "-w", f"{tree}/no/such/folder.pcapng", path)
    check("no such folder", result.returncode == 3 and b"No such file" in result.stderr)
    leader, follower = pty.openpty()
    result = subprocess.run([ESPIAL, "annotate", "-w", "-", path], stdout=follower,
                            stderr=subprocess.PIPE, timeout=60)
    check("not to a terminal", result.returncode == 2 and b"terminal" in result.stderr)
    os.close(leader)
    os.close(follower)
    packets = source_packets()
    raw = put("raw.pcap", pcap([Packet(p.time_ns + 1000, p.data[14:], p.wire - 14, 101)
                                for p in packets], 101))
    target = out("part.pcap")
    result = run("extract", "--tunnel", "1", "-w", target, path, raw)
    check("two link types and one pcap file", result.returncode == 2 and
          b"link type" in result.stderr and not os.path.exists(target), result.stderr)
    target = out("part.pcapng")
    result = run("extract", "--tunnel", "1", "-w", target, path, raw)
    check("two link types and a pcapng file", result.returncode == 0 and
          {p.link for p in read(target)} == {1, 101}, result.stderr)


def full_disks():
    path = glob.glob(f"{PCAPS}/esp-one-way-raw.pcap*")[0]
    with open("/dev/full", "wb") as full:
        result = subprocess.run([ESPIAL, "annotate", "-w", "-", path], stdout=full,
                                stderr=subprocess.PIPE, timeout=60)
    check("standard output is full", result.returncode == 3 and b"No space" in result.stderr,
          result.stderr)

    def small():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    os.mkdir(f"{tree}/small")
    for words in (["annotate"], ["extract", "--tunnel", "1"]):
        target = f"{tree}/small/part.pcapng"
        result = run(*words, "-w", target, path, preexec_fn=small)
        check(f"{words[0]}: no room, no file", result.returncode == 3 and
              b"part.pcapng" in result.stderr and os.listdir(f"{tree}/small") == [], result.stderr)
    with open(path, "rb") as file:
        result = run("annotate", "-w", f"{tree}/small/x.pcapng", "-", input=file.read(),
                     preexec_fn=small, env={**os.environ, "TMPDIR": f"{tree}/small"})
    check("no room to keep a pipe", result.returncode == 3 and b"TMPDIR" in result.stderr and
          os.listdir(f"{tree}/small") == [], result.stderr)


def spoiled():
    """Whatever a file claims, what is written is sound, or there is none."""
    dice = random.Random(7)
    wrong = []
    for turn in range(60):
        raw = bytearray(odd_pcapng("<>"[turn % 2]))
        for _ in range(1 + turn % 4):
            at = dice.randrange(28, min(len(raw), 4000))
            raw[at] = dice.choice((0, 0xFF, raw[at] ^ 1 << dice.randrange(8)))
        path = put("spoiled.pcapng", raw)
        for words in (["annotate"], ["extract", "--tunnel", "1", "--snap-esp", "9", "--numbers"]):
            target = out("after.pcapng")
            result = run(*words, "-w", target, path)
            sound = result.returncode in (0, 1, 2, 3)
            if sound and os.path.exists(target):
                with open(target, "rb") as file:
                    for kind, order, block in blocks_of(file.read()):
                        if kind in FIXED:
                            split(kind, order, block)
            if not sound:
                wrong.append((turn, words, result.returncode, result.stderr))
    check("spoiled files", not wrong, wrong)


def changing():
    """The file grows while it is read: stopped once it is open, let on when it has changed."""
    packets = source_packets()
    span = packets[-1].time_ns - packets[0].time_ns + 10 ** 9
    one = pcap(packets)
    body = b"".join(pcap([Packet(p.time_ns + i * span, p.data, p.wire, 1) for p in packets])[24:]
                    for i in range(12000 // len(packets)))
    path = put("growing.pcap", one[:24] + body * 40)
    target = out("noted.pcapng")
    with subprocess.Popen([ESPIAL, "annotate", "-w", target, path], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and process.poll() is None:
            try:
                links = [os.readlink(f"/proc/{process.pid}/fd/{fd}")
                         for fd in os.listdir(f"/proc/{process.pid}/fd")]
            except OSError:
                links = []
            # Its draft shows that the second reading has begun, and the first was of less.
            if path in links and any(".noted.pcapng" in name for name in links):
                break
        process.send_signal(signal.SIGSTOP)
        with open(path, "ab") as file:
            file.write(body)
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=60)[1]
    check("a file that changes meanwhile is told of", process.returncode == 3 and
          b"changed between" in said and os.path.exists(target), (process.returncode, said))


def main():
    captures = sorted(p for p in glob.glob(f"{PCAPS}/*") if p.endswith((".pcap", ".pcapng")))
    if not captures:
        print("0 passed, 1 failed")
        return 1
    annotate_all(captures[::4])
    extract_all(captures)
    anonymized(captures[2::12])
    against_tshark()
    for test in (odd_files, merged, fragments, selectors, around, snapped, streams, refusals,
                 full_disks, spoiled, changing):
        test()
    print(f"{passed} passed, {failed} failed")
    return failed > 0


tree = tempfile.mkdtemp()
try:
    status = main()
finally:
    shutil.rmtree(tree)
sys.exit(status)
