#!/usr/bin/env python3
"""Hold what an encrypted message can be without keys against what the keys say that it is.

usage: classes.py [-v] [NAME...]

Every capture in pcaps/ with NAME.keys beside it is shown with and without the keys. The class of a
message follows here from the payloads that the keys reveal; `could_be`, from its length alone, must
hold it. Prints by suite and class how often the length left nothing else open.
"""

import collections
import glob
import json
import os
import subprocess
import sys

INFORMATIONAL_V1, QUICK, IKE_AUTH, CREATE_CHILD, INFORMATIONAL, FOLLOWUP = 5, 32, 35, 36, 37, 44
MAIN, AGGRESSIVE = 2, 4
SA, AUTH, NOTIFY, DELETE, KE_V2 = {1: 1, 2: 33}, 39, {1: 11, 2: 41}, {1: 12, 2: 42}, 34
SEALED, HASH_V1, IKE = (46, 53), 8, 1
R_U_THERE = (36136, 36137)
# Notifies of MOBIKE and of the NAT detection that goes with it (RFC 4555).
MOBIKE = {16388, 16389, 16397, 16398, 16399, 16400, 16401, 40, 41}


def show(capture, *keys):
    command = [os.path.join(os.environ.get("BUILD", "build"), "espial"), "show", "--json",
               *keys, capture]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)
    return [record for record in map(json.loads, done.stdout.splitlines())
            if record.get("type") == "message"]


def informational(message, inner, version):
    deletes = [p for p in inner if p["type"] == DELETE[version]]
    notifies = [p for p in inner if p["type"] == NOTIFY[version]]
    types = {p.get("notify_type") for p in notifies}
    if deletes:
        protocols = {p.get("protocol_id") for p in deletes}
        return "delete-ike" if IKE in protocols else "delete-child"
    if not inner:
        return "empty" if version == 2 else None
    if version == 1 and types & set(R_U_THERE):
        return "r-u-there"
    if version == 2 and types & MOBIKE:
        return "mobike"
    return "notify" if len(notifies) == len(inner) == 1 else None


def auth(message, inner):
    types = [p["type"] for p in inner]
    if AUTH not in types:
        # EAP, or the lone error that refuses all.
        return "auth-refused" if message.get("response") and types == [NOTIFY[2]] else None
    return "child-refused" if message.get("response") and SA[2] not in types else "auth"


def new_sa(inner, version):
    for payload in inner:
        if payload["type"] == SA[version]:
            protocols = {p.get("protocol_id") for p in payload.get("proposals", [])}
            return "new-ike" if protocols == {IKE} else "new-child"
    if inner and all(p["type"] == NOTIFY[version] for p in inner):
        return "notify" if len(inner) == 1 else None
    return "quick-hash" if version == 1 and not inner else None


def class_of(message):
    """The class by what is inside; None: one that lengths are not asked about."""
    version = int(message["version"][0])
    inner = [p for p in message["payloads"]
             if p["type"] not in SEALED and not (version == 1 and p["type"] == HASH_V1)]
    exchange = message["exchange_type"]
    if exchange in (INFORMATIONAL, INFORMATIONAL_V1):
        return informational(message, inner, version)
    if exchange == IKE_AUTH:
        return auth(message, inner)
    if exchange in (CREATE_CHILD, QUICK, FOLLOWUP):
        return new_sa(inner, version)
    return "auth" if exchange in (MAIN, AGGRESSIVE) else None


def is_fragment(message):
    return any(p["type"] == 53 or (message["version"][0] == "1" and p["type"] == 132)
               for p in message["payloads"])


def main():
    verbose = "-v" in sys.argv
    names = [a for a in sys.argv[1:] if a != "-v"] or sorted(
        os.path.basename(path)[:-5] for path in glob.glob("pcaps/*.keys"))
    tally = collections.defaultdict(lambda: [0, 0])  # class: messages, of them unique
    passed = failed = 0
    for name in names:
        captures = [p for p in glob.glob("pcaps/%s.pcap*" % name) if os.path.isfile(p)]
        for capture in captures:
            known = {m["packet"]: m for m in show(capture, "-k", "pcaps/%s.keys" % name)}
            for message in show(capture):
                opened = known.get(message["packet"])
                could_be = message.get("could_be")
                if not could_be or not opened or not opened.get("decrypted") or \
                        is_fragment(message):
                    continue
                truth = class_of(opened)
                if truth is None:
                    continue
                tally[(message["version"][0], truth)][0] += 1
                tally[(message["version"][0], truth)][1] += could_be == [truth]
                if truth in could_be:
                    passed += 1
                    continue
                failed += 1
                print("%s packet %d: %s, length %d, is %s, but could be %s" % (
                    os.path.basename(capture), message["packet"], message["exchange"],
                    message["length"], truth, ", ".join(could_be)))
    if verbose or failed == 0:
        for (version, truth), (count, unique) in sorted(tally.items()):
            print("IKEv%s %-13s %4d messages, %4d by length alone (%d %%)" % (
                version, truth, count, unique, 100 * unique // count))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
