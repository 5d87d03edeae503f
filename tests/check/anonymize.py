"""Anonymise captures and hold what comes out against what went in: see anonymize.sh.

usage: anonymize.py ESPIAL CAPTURE...
"""

import ipaddress
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

KEY = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef"
OTHER_KEY = KEY[::-1]
ADDRESS = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}(?!\w)"
                     r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w)")


passed = failed = 0


def check(good, what):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print("failed:", what)


class Run:
    """One capture, as it was and anonymised."""

    def __init__(self, espial, path, folder):
        self.path = path
        self.name = os.path.basename(path)
        self.out = os.path.join(folder, self.name + ".out.pcapng")
        command = [espial, "extract", "--anonymize", os.path.join(folder, "key"), "-q", "-w",
                   self.out, path]
        self.done = subprocess.run(command, capture_output=True, text=True)
        self.before = records(espial, path)
        self.after = records(espial, self.out) if os.path.exists(self.out) else []


def records(espial, path):
    lines = subprocess.run([espial, "--json", "--exit-zero", path], capture_output=True,
                           text=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def frames(path):
    """(link type, bytes) of a pcapng as espial writes it, or of a plain pcap."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] != b"\n\r\r\n":
        if data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\xc3\xd4",
                            b"\xa1\xb2\x3c\x4d"):
            return []
        order = "<" if data[0] in (0xD4, 0x4D) else ">"
        link, at, found = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF, 24, []
        while at + 16 <= len(data):
            held = struct.unpack_from(order + "I", data, at + 8)[0]
            found.append((link, data[at + 16:at + 16 + held]))
            at += 16 + held
        return found
    order, links, at, found = "<", [], 0, []
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\n\r\r\n":
            order, links = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">", []
        kind, length = struct.unpack_from(order + "II", data, at)
        if kind == 1:
            links.append(struct.unpack_from(order + "H", data, at + 8)[0])
        elif kind == 6:
            interface, held = struct.unpack_from(order + "I8xI", data, at + 8)
            found.append((links[interface], data[at + 28:at + 28 + held]))
        at += max(length, 12)
    return found


# --- the same findings ---

def addresses(text):
    return ADDRESS.sub("@", text)


def plain(record):
    """What must be the same: all of a finding but addresses and the names that IKE told."""
    if isinstance(record, dict):
        return {key: plain(value) for key, value in record.items()
                if key not in ("elapsed_s", "files", "identities", "redirected_to")}
    if isinstance(record, list):
        return [plain(one) for one in record]
    if isinstance(record, str):
        return record if re.match(r"\d{4}-\d\d-\d\dT", record) else addresses(record)
    return record


def same_findings(run):
    of = [[plain(record) for record in records if record["type"] in ("finding", "flow", "ike_sa")]
          for records in (run.before, run.after)]
    check(run.done.returncode == 0 and of[0] == of[1],
          f"{run.name}: the same findings, SAs and flows ({run.done.stderr.strip()})")


# --- addresses ---

def peers(records):
    for record in records:
        if record["type"] == "tunnel":
            for peer in record["peers"]:
                yield peer["address"]
        elif record["type"] == "flow":
            yield record["source"]
            yield record["destination"]


def stays(address):
    return (address.is_multicast or address.is_unspecified or address.is_loopback or
            int(address) >> (address.max_prefixlen - 8) in (0, 255))


def collect(run, mapping):
    """Adds what became what. False when an address became two, or stayed."""
    good = True
    for old, new in zip(peers(run.before), peers(run.after)):
        a, b = ipaddress.ip_address(old), ipaddress.ip_address(new)
        good &= mapping.setdefault(a, b) == b and (stays(a) or a != b)
        good &= a.is_private == b.is_private or not a.is_private or is_documentation(a)
    return good


def is_documentation(address):
    """Python calls these private; to peers they are like all others."""
    return any(address in ipaddress.ip_network(net) for net in
               ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15",
                "2001:db8::/32") if ipaddress.ip_network(net).version == address.version)


def shared(a, b):
    return a.max_prefixlen - (int(a) ^ int(b)).bit_length()


def check_prefixes(mapping):
    olds = list(mapping)
    for version in (4, 6):
        some = [address for address in olds if address.version == version]
        wrong = [(str(a), str(b)) for a in some for b in some
                 if shared(a, b) != shared(mapping[a], mapping[b])]
        check(not wrong and len(some) > 1, f"IPv{version}: {len(some)} addresses keep their prefixes: {wrong[:5]}")


# --- leaks ---

def names(records):
    for record in records:
        for identity in (record.get("identities") or {}).values():
            yield identity.split(" ", 1)[-1]


def leaks(run):
    with open(run.out, "rb") as file:
        data = file.read()
    found = []
    for address in set(map(ipaddress.ip_address, peers(run.before))):
        if stays(address):
            continue
        if address.packed in data or str(address).encode() in data:
            found.append(str(address))
    found += [name for name in set(names(run.before)) if len(name) > 3 and name.encode() in data]
    # Tunnels and names aside: no MAC, no IP address where it stood.
    befores, afters = frames(run.path), frames(run.out)
    if not befores:
        return found
    if len(befores) != len(afters):
        return found + [f"{len(befores)} frames became {len(afters)}"]
    for number, ((link, before), (_, after)) in enumerate(zip(befores, afters), 1):
        if len(before) != len(after):
            found.append(f"frame {number} became another length")
        if link != 1 or len(before) < 14:
            continue
        for at in (0, 6):
            mac = before[at:at + 6]
            if not mac[0] & 1 and any(mac) and mac == after[at:at + 6]:
                found.append(f"a MAC in frame {number}")
        if before[12:14] == b"\x08\x00" and before[26:30] in after and before[26] not in (0, 127):
            found.append(f"the source of frame {number}")
    return found


# --- checksums, as tshark sees them ---

def checksums(paths, folder, name):
    merged = os.path.join(folder, name)
    subprocess.run(["mergecap", "-a", "-w", merged, *paths], check=True, capture_output=True)
    fields = ["ip", "udp", "tcp", "icmp", "icmpv6"]
    command = ["tshark", "-n", "-r", merged, "-T", "fields", "-E", "occurrence=a"]
    command += [word for one in ("ip", "udp", "tcp") for word in
                ("-o", one + ".check_checksum:TRUE")]
    command += ["--disable-protocol", "tls", "-e", "frame.len"]
    command += [word for one in fields for word in ("-e", one + ".checksum.status")]
    return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()


def check_checksums(runs, folder):
    before = checksums([run.path for run in runs], folder, "before.pcapng")
    after = checksums([run.out for run in runs], folder, "after.pcapng")
    differ = [(number, a, b) for number, (a, b) in enumerate(zip(before, after), 1) if a != b]
    check(len(before) == len(after) and len(before) > 1000,
          f"tshark reads {len(before)} packets, then {len(after)}")
    check(not differ, f"checksums are as good as before: {differ[:5]}")
    check(sum("1" in line for line in after) > 1000, "and good ones are found")


# --- what a file says beside its packets ---

def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def talkative(path, frame):
    """A capture whose blocks tell a lot."""
    secrets = [b"secret-host-name", b"secret-interface", b"secret-comment", b"secret-resolved",
               b"secret-session", b"secret-filter", b"secret-custom"]
    end = struct.pack("<HH", 0, 0)
    section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + option(1, secrets[2]) + \
        option(2, secrets[0]) + end
    interface = struct.pack("<HHI", 1, 0, 0) + option(2, secrets[1]) + option(3, secrets[0]) + \
        option(4, b"\xc0\x00\x02\x01\xff\xff\xff\0") + option(6, b"\0\x1b\x21\x01\x02\x03") + \
        option(11, b"\0" + secrets[5]) + end
    packet = struct.pack("<IIIII", 0, 0, 1, len(frame), len(frame)) + frame + \
        b"\0" * (-len(frame) % 4) + option(1, secrets[2]) + end
    name = b"\xc0\x00\x02\x01" + secrets[3] + b"\0"
    resolution = struct.pack("<HH", 1, len(name)) + name + b"\0" * (-len(name) % 4) + end
    keys = struct.pack("<II", 0x544C534B, len(secrets[4])) + secrets[4]
    custom = struct.pack("<I", 32473) + secrets[6]
    with open(path, "wb") as file:
        for kind, body in ((0x0A0D0D0A, section), (1, interface), (4, resolution), (10, keys),
                           (0xBAD, custom), (6, packet), (0x40000BAD, custom), (4711, custom)):
            file.write(block(kind, body))
    return secrets + [b"\xc0\x00\x02\x01", b"\0\x1b\x21\x01\x02\x03"]


def extract(espial, folder, key, path, *more):
    out = os.path.join(folder, "one.pcapng")
    if os.path.exists(out):
        os.remove(out)
    done = subprocess.run([espial, "extract", "--anonymize", key, "-w", out, *more, path],
                          capture_output=True, text=True)
    if not os.path.exists(out):
        return done, b""
    with open(out, "rb") as file:
        return done, file.read()


def check_blocks(espial, folder, key):
    path = os.path.join(folder, "talkative.pcapng")
    ip = bytearray.fromhex("4500002400010000401100" "00c0000201c6336401")
    frame = b"\0\x1b\x21\x01\x02\x04\0\x1b\x21\x01\x02\x03\x08\0" + bytes(ip) + \
        struct.pack(">HHHH", 500, 500, 16, 0) + bytes(8)
    secrets = talkative(path, frame)
    done, data = extract(espial, folder, key, path, "--numbers")
    told = [secret for secret in secrets if secret in data]
    check(done.returncode == 0 and data and not told, f"blocks that tell: {told} {done.stderr}")


def check_keys(espial, folder, key, capture):
    other, wrong = os.path.join(folder, "other"), os.path.join(folder, "wrong")
    raw = os.path.join(folder, "raw")
    for path, data in ((other, OTHER_KEY.encode()), (wrong, b"hunter2\n"),
                       (raw, bytes.fromhex(KEY))):
        with open(path, "wb") as file:
            file.write(data)
    _, first = extract(espial, folder, key, capture)
    _, again = extract(espial, folder, key, capture)
    _, same = extract(espial, folder, raw, capture)
    _, different = extract(espial, folder, other, capture)
    check(first and first == again, "the same key does the same")
    check(first == same, "and so do its 32 bytes without hex")
    check(different and first != different, "another key does another thing")
    done, data = extract(espial, folder, wrong, capture)
    check(done.returncode == 2 and not data and "hunter2" not in done.stderr,
          f"no key, no file: {done.stderr}")
    done, data = extract(espial, folder, key, capture, "-k", key)
    check(done.returncode == 2 and not data and KEY not in done.stderr, "no keys to open with")
    check(KEY.encode() not in first, "the key is not in what was written")
    peer = next(peers(records(espial, capture)))
    done, data = extract(espial, folder, key, capture, "--peer", peer)
    check(data and peer.encode() not in data, "the comment does not say which peer was asked for")


def main():
    espial, paths = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        key = os.path.join(folder, "key")
        with open(key, "w") as file:
            file.write(KEY + "\n")
        with ThreadPoolExecutor(2) as pool:
            runs = list(pool.map(lambda path: Run(espial, path, folder), paths))
        mapping = {}
        for run in runs:
            same_findings(run)
            check(collect(run, mapping), f"{run.name}: one address becomes one other, of its kind")
            found = leaks(run) if run.after else ["nothing was written"]
            check(not found, f"{run.name}: {found[:5]} came through")
        check(len(set(mapping.values())) == len(mapping) > 20, "no two addresses become one")
        check_prefixes(mapping)
        check_checksums(runs, folder)
        check_blocks(espial, folder, key)
        check_keys(espial, folder, key, paths[0])
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
