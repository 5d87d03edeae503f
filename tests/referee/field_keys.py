"""Keys of captures: which files belong to one, and what its collection says that they show."""

import json
import os
import re
import shutil
import subprocess

ESPIAL = os.path.join(os.environ.get("BUILD", "build"), "espial")


class Keys:
    """The key files of a capture, and a folder of profiles for tshark."""

    def __init__(self, capture, name, folder):
        self.files, self.claims = [], ""
        self.profile = os.path.join(folder, name.replace("/", "__"))
        os.mkdir(self.profile)
        beside = re.sub(r"\.pcap(ng)?(\.gz|\.zst)?$", "", capture) + ".keys"
        collection = os.path.dirname(os.path.dirname(capture))
        if os.path.exists(beside):
            self.files = [beside]
            subprocess.run([ESPIAL, "keys", "--to", "wireshark", "-w", self.profile, beside],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
                           stdin=subprocess.DEVNULL)
        elif os.path.exists(os.path.join(collection, "INDEX.tsv")):
            self.from_index(collection, name)

    def from_index(self, collection, name):
        with open(os.path.join(collection, "INDEX.tsv"), encoding="utf-8") as index:
            rows = [line.rstrip("\n").split("\t") for line in index]
        self.claims = next((row[-1] for row in rows if row[0] == name), "")
        tables = re.findall(r"keys/([\w.-]+)", self.claims)
        tables += ["ikev2_decryption_table.openswan-" + digest
                   for digest in re.findall(r"keys (sha\w+)", self.claims)]
        tables += ESP_TABLES.get(name, [])
        for table in tables:
            path = os.path.join(collection, "keys", table)
            shutil.copy(path, os.path.join(self.profile, table.split(".")[0]))
            self.files.append(path)


ESP_TABLES = {
    "tcpdump/02-sunrise-sunset-esp.pcap": ["esp_sa.tcpdump-02-sunrise"],
    "tcpdump/08-sunrise-sunset-aes.pcap": ["esp_sa.tcpdump-08-sunrise-aes"],
    "tcpdump/08-sunrise-sunset-esp2.pcap": ["esp_sa.tcpdump-08-sunrise-esp2"],
    "tcpdump/espudp1.pcap": ["esp_sa.tcpdump-espudp1"],
}

# What the collection says in words: packet, payload type, fields among that payload's.
CLAIMS = {
    "openswan-merged/v1-rwnat-main-quick.pcap": [
        (6, 5, {"identity": "sun"}),
        (7, 1, {"proposals.0.spi": "0x12345678"}),
        (7, 5, {"address": "10.1.0.10", "netmask": "255.255.255.255"}),
        (7, 5, {"address": "10.2.0.0", "netmask": "255.255.0.0"})],
    "openswan-merged/v2-h2h-delete-nack-invalid-msgid.pcap": [
        (5, 42, {}), (6, 41, {"notify_type": 9})],
    "openswan-merged/v2-h2h-responder-delete.pcap": [(5, 42, {}), (6, 42, {})],
    "openswan-merged/v2-rekey-invalid-syntax.pcap": [(6, 41, {"notify_type": 7})],
    "wireshark-via-scapy/ikev2-decrypt-aes128ccm12-partial.pcap": [(3, 42, {})],
}
PAYLOAD_NAMES = {
    "Security Association": 33, "Key Exchange": 34, "Identification - Initiator": 35,
    "Identification - Responder": 36, "Certificate": 37, "Certificate Request": 38,
    "Authentication": 39, "Nonce": 40, "Notify": 41, "Delete": 42, "Vendor ID": 43,
    "Traffic Selector - Initiator": 44, "Traffic Selector - Responder": 45,
}


def has(messages, claim):
    packet, kind, fields = claim
    return any(payload["type"] == kind and
               all(payload["fields"].get(path) == [one] for path, one in fields.items())
               for _, payloads in messages.get(packet, []) for payload in payloads)


def substructures(payload):
    """Proposals and transforms of a payload, in order."""
    paths = {tuple(path.split(".")[:4 if ".transforms." in path else 2])
             for path in payload["fields"] if path.startswith("proposals.")}
    return ["Transform" if len(path) == 4 else "Proposal"
            for path in sorted(paths, key=lambda path: [int(n) for n in path[1::2]])]


def check_chain(said, messages):
    """The collection's list of decrypted payloads; behind them it has the transforms of messages
    in clear, if there are any."""
    expected = [re.sub(r" \S+ \(\d+\)$", "", part) for part in said.strip().split("|")]
    expected = [PAYLOAD_NAMES.get(part, part) for part in expected]
    shown, clear = [], []
    for header, payloads in messages:
        for payload in payloads[1:] if header["decrypted"] else []:
            shown += [payload["type"]] + substructures(payload)
        for payload in [] if header["decrypted"] else payloads:
            clear += [one for one in substructures(payload) if one == "Transform"]
    if expected not in (shown, shown + clear):
        yield "keys: to be shown are %s, shown are %s" % (expected, shown)


def check_esp(capture, keys):
    done = subprocess.run([ESPIAL, "triage", "--json", "-k", keys.files[0], capture],
                          capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    record = json.loads(done.stdout.splitlines()[0])
    counts = record["keys"]
    if counts["esp_opened"] != record["esp_packets"] or counts["esp_wrong_key"]:
        yield "keys: %d packets of ESP, %s" % (record["esp_packets"], counts)


def check_claims(name, capture, keys, messages):
    """Lines about what the collection says the keys show, and espial does not."""
    flat = [message for packet in sorted(messages) for message in messages[packet]]
    opened = any(header["decrypted"] for header, _ in flat)
    for claim in CLAIMS.get(name, []):
        if not has(messages, claim):
            yield "keys: not shown: packet %d, payload %d, %s" % claim
    said = re.search(r"decrypts \(ICV ok\) -> ([^;]*)", keys.claims)
    if said:
        yield from check_chain(said[1], flat)
    if name in ESP_TABLES:
        yield from check_esp(capture, keys)
    elif keys.files and opened == ("ICV incorrect" in keys.claims):
        yield "keys: what they should open stays closed, or the reverse"
