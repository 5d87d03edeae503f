#!/usr/bin/env python3
"""Measure espial against tcpdump and tshark on captures made for the purpose.

usage: run.py [--bytes N] [--rounds N] [--seconds N] [--json OUT] [KIND...]

espial and `tcpdump -nr FILE -w /dev/null` read the same file in turn, from the page cache; CPU time
is user and system together, memory the peak resident set. What counts is the median of the ratios
of the rounds: the machine may be slow or fast, and change in between. tshark is too slow for the
whole file; it gets a small one of the same kind, and its rate is compared. BUILD is the folder of
the variant to measure.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

import live

BUILD = os.environ.get("BUILD", "build")
FOLDER = os.path.join(BUILD, "bench")
PROGRAMS = os.path.join(BUILD, "tests", "bench")
KINDS = ["tunnel", "tunnels", "mixed", "messages", "fields", "live", "soak"]
LIVE = ["live", "soak"]  # on an interface, see live.py
SHOWN = {"messages": [], "fields": ["-V"]}  # how much of each IKE message
TSHARK_BYTES = 32 << 20
MESSAGES_BYTES = 16 << 20
PCAP_HEADER = 24
MIB = 1 << 20


def capture(kind, size):
    path = os.path.join(FOLDER, "%s-%d.pcap" % (kind, size))
    generator = os.path.join(PROGRAMS, "generate")
    fresh = os.path.exists(path) and os.path.getmtime(path) > os.path.getmtime(generator)
    if not fresh:
        os.makedirs(FOLDER, exist_ok=True)
        subprocess.run([generator, kind, str(size), path + ".new"], check=True)
        os.replace(path + ".new", path)
    return path


def messages(size):
    """The IKE messages of a bundled tunnel over and over: every field of them is to be shown."""
    path = os.path.join(FOLDER, "messages-%d.pcap" % size)
    if not os.path.exists(path):
        os.makedirs(FOLDER, exist_ok=True)
        once = os.path.join(FOLDER, "messages-once.pcap")
        subprocess.run(["tshark", "-r", "pcaps/healthy-ikev2.pcapng", "-Y", "isakmp", "-F", "pcap",
                        "-w", once], check=True, stderr=subprocess.DEVNULL)
        with open(once, "rb") as file:
            header, body = file.read(PCAP_HEADER), file.read()
        with open(path + ".new", "wb") as file:
            file.write(header + body * (size // len(body)))
        os.replace(path + ".new", path)
    return path


def warm(path):
    with open(path, "rb", buffering=0) as file:
        while file.read(MIB):
            pass


def measure(command):
    """CPU seconds and peak memory in MiB of one run."""
    text = subprocess.run([os.path.join(PROGRAMS, "measure"), *command], stdout=subprocess.PIPE,
                          check=True).stdout
    cpu, memory, status = text.split()
    if int(status) not in (0, 1):
        sys.exit("%s: status %s" % (" ".join(command), status.decode()))
    return float(cpu), int(memory) / 1024


def commands(kind, path):
    if kind in SHOWN:
        return {"espial": [os.path.join(BUILD, "espial"), "show", *SHOWN[kind], path],
                "tshark": ["tshark", "-n", "-r", path, "-V", "-Y", "isakmp"]}
    return {"espial": [os.path.join(BUILD, "espial"), "triage", "--json", path],
            "tcpdump": ["tcpdump", "-nr", path, "-w", "/dev/null"],
            "tshark": ["tshark", "-n", "-r", path]}


def pairs(kind, path, other, rounds):
    """(espial's CPU, the other's CPU, espial's memory) of each round; who begins alternates."""
    command = commands(kind, path)
    results = []
    for number in range(rounds):
        order = ["espial", other] if number % 2 else [other, "espial"]
        run = {name: measure(command[name]) for name in order}
        results.append((run["espial"][0], run[other][0], run["espial"][1], run[other][1]))
    return results


def summary(kind, size, other, results):
    mine, theirs, memory, their_memory = zip(*results)
    return {"kind": kind, "bytes": size, "against": other, "rounds": len(results),
            "cpu_s": round(statistics.median(mine), 4),
            "against_cpu_s": round(statistics.median(theirs), 4),
            "cpu_ratio": round(statistics.median(a / b for a, b in zip(mine, theirs)), 4),
            "cpu_ratio_min": round(min(a / b for a, b in zip(mine, theirs)), 4),
            "cpu_ratio_max": round(max(a / b for a, b in zip(mine, theirs)), 4),
            "mib_per_cpu_s": round(size / MIB / statistics.median(mine), 1),
            "memory_mib": round(max(memory), 1),
            "against_memory_mib": round(max(their_memory), 1)}


def show(row):
    print("%-8s %6d MiB  %-8s %8.3f s %8.3f s  %6.3f (%.3f to %.3f)  %7.1f MiB %7.1f MiB" % (
        row["kind"], row["bytes"] // MIB, row["against"], row["cpu_s"], row["against_cpu_s"],
        row["cpu_ratio"], row["cpu_ratio_min"], row["cpu_ratio_max"], row["memory_mib"],
        row["against_memory_mib"]), flush=True)


def main():
    parser = argparse.ArgumentParser(description="espial against tcpdump and tshark")
    parser.add_argument("--bytes", type=int, default=1 << 30)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=60, help="of a soak")
    parser.add_argument("--json", help="write the figures there too")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=" ".join(KINDS))
    options = parser.parse_args()
    unknown = set(options.kinds) - set(KINDS)
    if unknown:
        parser.error("unknown: %s; known: %s" % (" ".join(sorted(unknown)), " ".join(KINDS)))

    print("%-8s %10s  %-8s %10s %10s  %-24s %11s %11s" % (
        "capture", "size", "against", "espial", "other", "CPU ratio, median", "espial", "other"))
    rows = []
    for kind in options.kinds or KINDS:
        if kind in LIVE:
            rows += live.run(kind, os.path.join(BUILD, "espial"), os.path.join(PROGRAMS, "flood"),
                             min(options.rounds, 3), options.seconds)
            continue
        against = [("tcpdump", options.bytes), ("tshark", min(TSHARK_BYTES, options.bytes))]
        if kind in SHOWN:
            against = [("tshark", MESSAGES_BYTES)]
        for other, size in against:
            if not shutil.which(other):
                print("%-8s %10s  %-8s is not here" % (kind, "", other))
                continue
            path = messages(size) if kind in SHOWN else capture(kind, size)
            warm(path)
            rows.append(summary(kind, size, other, pairs(kind, path, other, options.rounds)))
            show(rows[-1])
    text = json.dumps({"schema": 1, "results": rows}, indent=2)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
