#!/usr/bin/env python3
"""Measure espial on captures made for the purpose: against a bound, tcpdump, tshark and unpackers.

usage: run.py [--quick] [--bytes N] [--rounds N] [--seconds N] [--json OUT] [KIND...]

The programs of a comparison read the same file in turn, from the page cache; CPU time is user and
system together, memory the peak resident set. What counts is the median of the ratios of the
rounds: the machine may be slow or fast, and change in between. `bound` is the hand-written loop of
bound.c. tshark is too slow for the whole file: it gets a small one of the same kind, its start is
taken off, and the time that a byte takes is compared. BUILD is the folder of the variant to measure.

kinds: tunnel, tunnels, mixed, initiators: see generate.c; pcapng: each of them in both formats;
gzip, zstd: against unpacking alone, by the clock; curve: what a packet costs with more and more
SPIs; messages, fields: espial show against tshark -V; live, soak: on an interface, see live.py.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

import live
from captures import MIB, UNPACKERS, Captures, warm

BUILD = os.environ.get("BUILD", "build")
PROGRAMS = os.path.join(BUILD, "tests", "bench")
ESPIAL = os.path.join(BUILD, "espial")
QUICK_BYTES, QUICK_ROUNDS = 64 << 20, 3
INITIATORS_BYTES = 256 << 20  # some 500,000
TSHARK_BYTES, TSHARK_TUNNELS, TSHARK_ROUNDS = 32 << 20, 300, 3
TSHARK_FIELDS = ["ip.src", "ip.dst", "isakmp.ispi", "isakmp.rspi", "isakmp.exchangetype",
                 "isakmp.messageid", "isakmp.typepayload", "esp.spi", "esp.sequence"]
MESSAGES_BYTES = 16 << 20
SHOWN = {"messages": [], "fields": ["-V"]}  # how much of each IKE message
CURVE_COUNTS = [1, 100, 10_000, 1_000_000]
CURVE_BYTES = 640 << 20  # four packets and a half for each of a million SPIs

# The most that espial is to take of the others' CPU time, and of memory in MiB.
GOALS = {
    "tunnel": {"bound": 1.5, "tcpdump": 0.4, "tshark": 0.01, "memory": 8},
    "mixed": {"bound": 1.5, "tcpdump": 0.45, "tshark": 0.01, "memory": 8},
    "tunnels": {"bound": 1.5, "tcpdump": 0.75, "tshark": 0.01, "memory": 48},
    "initiators": {"bound": 2, "tcpdump": 2.5, "tshark": 0.02, "memory": 64},
}
PCAPNG_GOAL = 1.15
UNPACKING_GOAL = 1.1


def measure(command):
    """CPU seconds, seconds, and peak memory in MiB of one run."""
    text = subprocess.run([os.path.join(PROGRAMS, "measure"), *command], stdout=subprocess.PIPE,
                          check=True).stdout
    cpu, wall, memory, status = text.split()
    if int(status) not in (0, 1):
        sys.exit("%s: status %s" % (" ".join(command), status.decode()))
    return {"cpu": float(cpu), "wall": float(wall), "memory": int(memory) / 1024}


def interleaved(commands, rounds):
    """For each name in `commands` its measurements; who begins changes from round to round."""
    results = {name: [] for name in commands}
    names = list(commands)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            results[name].append(measure(commands[name]))
    return results


def ratio(mine, theirs, what="cpu", scale=1.0):
    return [a[what] / b[what] * scale for a, b in zip(mine, theirs) if b[what]]


def median(runs, what):
    return statistics.median(run[what] for run in runs)


class Report:
    """Lines for people as they come, rows for machines at the end."""
    def __init__(self):
        self.rows = []
        print("%-10s %9s  %-12s %10s %10s  %-26s %-12s %s" % (
            "capture", "size", "against", "espial", "other", "ratio, median (range)", "goal",
            "peak memory"))

    def add(self, kind, size, against, mine, theirs, goal=None, what="cpu", scale=1.0):
        ratios = ratio(mine, theirs, what, scale)
        row = {"kind": kind, "bytes": size, "against": against, "rounds": len(ratios),
               "measured": what, "espial_s": round(median(mine, what), 4),
               "against_s": round(median(theirs, what), 4),
               "ratio": round(statistics.median(ratios), 5), "ratio_min": round(min(ratios), 5),
               "ratio_max": round(max(ratios), 5),
               "mib_per_s": round(size / MIB / median(mine, what), 1),
               "memory_mib": round(max(run["memory"] for run in mine), 1),
               "against_memory_mib": round(max(run["memory"] for run in theirs), 1)}
        if goal:
            row.update(goal=goal, reached=row["ratio"] <= goal)
        self.rows.append(row)
        print("%-10s %5d MiB  %-12s %8.3f s %8.3f s  %6.3f (%.3f to %.3f) %5s %-12s "
              "%.1f MiB, other %.1f" % (
                  kind, size // MIB, against, row["espial_s"], row["against_s"], row["ratio"],
                  row["ratio_min"], row["ratio_max"], "", self.judged(row), row["memory_mib"],
                  row["against_memory_mib"]), flush=True)

    @staticmethod
    def judged(row):
        if "goal" not in row:
            return ""
        return "%g %s" % (row["goal"], "reached" if row["reached"] else "MISSED")

    def add_memory(self, kind, size, mine, goal):
        row = {"kind": kind, "bytes": size, "measured": "memory", "goal": goal,
               "memory_mib": round(max(run["memory"] for run in mine), 1)}
        row["reached"] = row["memory_mib"] <= goal
        self.rows.append(row)
        print("%-10s %5d MiB  %-12s %6.1f MiB %38s %-12s" % (
            kind, size // MIB, "(memory)", row["memory_mib"], "", self.judged(row)), flush=True)

    def lacks(self, kind, program):
        print("%-10s %9s  %-12s is not here" % (kind, "", program))


def triage(path):
    return [ESPIAL, "triage", "--json", path]


def present(commands, kind, report):
    for name in [name for name, command in commands.items() if not shutil.which(command[0])]:
        report.lacks(kind, name)
        del commands[name]
    return commands


def size_of(kind, options):
    return min(options.bytes, INITIATORS_BYTES) if kind == "initiators" else options.bytes


def compare_file(kind, captures, options, report):
    size = size_of(kind, options)
    path = captures.generated(kind, size)
    warm(path)
    commands = {"espial": triage(path), "bound": [os.path.join(PROGRAMS, "bound"), path],
                "tcpdump": ["tcpdump", "-nr", path, "-w", "/dev/null"]}
    results = interleaved(present(commands, kind, report), options.rounds)
    mine = results.pop("espial")
    goals = GOALS[kind]
    for name, theirs in results.items():
        report.add(kind, size, name, mine, theirs, goals[name])
    report.add_memory(kind, size, mine, goals["memory"])
    compare_tshark(kind, captures, mine, size, report)


def compare_tshark(kind, captures, mine, size, report):
    """The time that a byte takes, since tshark gets fewer of them."""
    if not shutil.which("tshark"):
        report.lacks(kind, "tshark")
        return
    count = TSHARK_TUNNELS if kind == "tunnels" else None
    small = min(TSHARK_BYTES, size)
    fields = [word for field in TSHARK_FIELDS for word in ("-e", field)]
    commands = {name: ["tshark", "-n", "-r", path, "-T", "fields", *fields] for name, path in
                [("whole", captures.generated(kind, small, count)),
                 ("start", captures.generated(kind, 1, 1))]}
    results = interleaved(commands, TSHARK_ROUNDS)
    start = median(results["start"], "cpu")
    theirs = [dict(run, cpu=max(run["cpu"] - start, 1e-6)) for run in results["whole"]]
    typical = {"cpu": median(mine, "cpu"), "memory": max(run["memory"] for run in mine)}
    report.add(kind, size, "tshark (*)", [typical] * len(theirs), theirs, GOALS[kind]["tshark"],
               scale=small / size)


def compare_pcapng(captures, options, report):
    for kind in GOALS:
        size = size_of(kind, options)
        paths = {form: captures.generated(kind, size, form=form) for form in ("pcapng", "pcap")}
        for path in paths.values():
            warm(path)
        results = interleaved({form: triage(path) for form, path in paths.items()}, options.rounds)
        report.add(kind, size, "pcap", results["pcapng"], results["pcap"], PCAPNG_GOAL)


def compare_packed(form, name, captures, options, report):
    for kind in ("tunnel", "mixed"):
        command = UNPACKERS[form]
        if not shutil.which(command[0]):
            report.lacks(kind, name)
            return
        path = captures.packed(captures.generated(kind, options.bytes), form)
        warm(path)
        results = interleaved({"espial": triage(path), name: [*command, path]}, options.rounds)
        report.add(kind, options.bytes, " ".join(command), results["espial"], results[name],
                   UNPACKING_GOAL, what="wall")


def packets_of(path):
    text = subprocess.run([os.path.join(PROGRAMS, "bound"), path], stdout=subprocess.PIPE,
                          check=True, text=True).stdout
    return int(text.split()[0])


def curve(captures, options, report):
    """What a packet costs with more and more SPIs; the bound's cache misses grow likewise."""
    size = CURVE_BYTES if not options.quick else CURVE_BYTES // 4
    for count in CURVE_COUNTS:
        path = captures.generated("spis", size, count)
        warm(path)
        packets = packets_of(path)
        results = interleaved({"espial": triage(path),
                               "bound": [os.path.join(PROGRAMS, "bound"), path]},
                              min(options.rounds, QUICK_ROUNDS))
        report.add("spis", size, "bound", results["espial"], results["bound"])
        row = report.rows[-1]
        row.update(spis=count, packets=packets,
                   ns_per_packet=round(row["espial_s"] * 1e9 / packets, 1),
                   against_ns_per_packet=round(row["against_s"] * 1e9 / packets, 1))
        print("%-10s %9d SPIs: %.0f ns a packet, bound %.0f ns" % (
            "", count, row["ns_per_packet"], row["against_ns_per_packet"]), flush=True)


def compare_show(kind, captures, options, report):
    if not shutil.which("tshark"):
        report.lacks(kind, "tshark")
        return
    path = captures.messages(MESSAGES_BYTES)
    warm(path)
    results = interleaved({"espial": [ESPIAL, "show", *SHOWN[kind], path],
                           "tshark": ["tshark", "-n", "-r", path, "-V", "-Y", "isakmp"]},
                          options.rounds)
    report.add(kind, MESSAGES_BYTES, "tshark -V", results["espial"], results["tshark"])


def measure_live(kind, options, report):
    report.rows += live.run(kind, ESPIAL, os.path.join(PROGRAMS, "flood"), min(options.rounds, 3),
                            options.seconds)


KINDS = {
    **{kind: lambda c, o, r, kind=kind: compare_file(kind, c, o, r) for kind in GOALS},
    "pcapng": compare_pcapng,
    "gzip": lambda c, o, r: compare_packed("gz", "gzip", c, o, r),
    "zstd": lambda c, o, r: compare_packed("zst", "zstd", c, o, r),
    "curve": curve,
    **{kind: lambda c, o, r, kind=kind: compare_show(kind, c, o, r) for kind in SHOWN},
    "live": lambda c, o, r: measure_live("live", o, r),
    "soak": lambda c, o, r: measure_live("soak", o, r),
}


def machine():
    model = "unknown"
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        model = names[0] if names else model
    return {"system": " ".join(os.uname()[i] for i in (0, 2, 4)), "processor": model,
            "processors": os.cpu_count()}


def main():
    parser = argparse.ArgumentParser(description="espial against a bound, tcpdump and tshark")
    parser.add_argument("--quick", action="store_true", help="small files, few rounds")
    parser.add_argument("--bytes", type=int, help="of each file; 1 GiB unless --quick")
    parser.add_argument("--rounds", type=int, help="5 unless --quick")
    parser.add_argument("--seconds", type=int, default=60, help="of a soak")
    parser.add_argument("--json", default=os.path.join(BUILD, "bench", "results.json"),
                        help="where the figures go, too")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=" ".join(KINDS))
    options = parser.parse_args()
    options.bytes = options.bytes or (QUICK_BYTES if options.quick else 1 << 30)
    options.rounds = options.rounds or (QUICK_ROUNDS if options.quick else 5)
    unknown = set(options.kinds) - set(KINDS)
    if unknown:
        parser.error("unknown: %s; known: %s" % (" ".join(sorted(unknown)), " ".join(KINDS)))

    captures = Captures(BUILD)
    report = Report()
    for kind in options.kinds or KINDS:
        KINDS[kind](captures, options, report)
    print("(*) with fields of IKE and ESP, on a file of %d MiB, by the byte" % (TSHARK_BYTES // MIB))
    os.makedirs(os.path.dirname(options.json) or ".", exist_ok=True)
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"schema": 2, "machine": machine(), "results": report.rows}, file, indent=2)
        file.write("\n")
    print("figures: %s" % options.json)


if __name__ == "__main__":
    main()
