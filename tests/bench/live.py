"""Measure espial watch on a veth pair between two network namespaces of its own.

`held`: how many packets a second it takes without a drop in the kernel, against `tcpdump -w
/dev/null` with the same filter, snap length and buffer. `soak`: a tunnel with a fault, replayed at
its own pace, in a flood of forged SPIs; memory has to stay where it was and the fault to be found.
"""

import contextlib
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SNAPLEN = 160  # what espial keeps of ESP
SECONDS = 2  # of a flood that measures
STEPS = 6  # halvings of the rate that is not known
SOAK_CAPTURE = "pcaps/spi-mismatch-after-rekey.pcapng"
SOAK_FINDING = "spi-mismatch-after-rekey"
SOAK_RATE = 20000
SOAK_LIMIT_MIB = 64
# Beside the limit: the program, its libraries, buffers, and what malloc() cannot give back.
SOAK_BESIDE_MIB = 48


class Absent(Exception):
    """What it takes is not here."""


@contextlib.contextmanager
def link():
    """Two namespaces and the names of their interfaces, "x" in the first and "y" in the second."""
    names = ["espial-bench-%d-%s" % (os.getpid(), end) for end in "xy"]
    made = []
    try:
        for name in names:
            if subprocess.run(["ip", "netns", "add", name], stderr=subprocess.DEVNULL,
                              check=False).returncode:
                raise Absent("no network namespaces here (root makes them)")
            made.append(name)
        for command in ("link add x netns %s type veth peer name y netns %s" % tuple(names),
                        "-n %s link set dev x up" % names[0], "-n %s link set dev y up" % names[1]):
            if subprocess.run(["ip", *command.split()], stderr=subprocess.DEVNULL,
                              check=False).returncode:
                raise Absent("no veth pairs here")
        yield names
    except FileNotFoundError as missing:
        raise Absent("no %s here" % missing.filename) from missing
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "del", name], check=False)


def inside(name, *command):
    return ["ip", "netns", "exec", name, *command]


class Espial:
    """A watch of y. What it writes goes to a file: nobody keeps it waiting."""
    def __init__(self, espial, name, *options):
        self.output = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            inside(name, espial, "watch", "--json", "--quiet", "-i", "y", *options),
            stdout=self.output)
        while not os.fstat(self.output.fileno()).st_size:  # "watching y"
            if self.process.poll() is not None:
                raise Absent("espial watch ends at once")
            time.sleep(0.05)

    def end(self):
        """(packets seen, packets dropped, all records)"""
        self.process.send_signal(signal.SIGTERM)
        _, _, self.usage = os.wait4(self.process.pid, 0)
        self.process.returncode = 0
        self.output.seek(0)
        records = [json.loads(line) for line in self.output]
        capture = next(r for r in records if r["type"] == "capture")
        return capture["packets"], capture.get("drops", 0), records


class Tcpdump:
    def __init__(self, espial, name):
        expression = subprocess.run([espial, "watch", "--print-filter"], check=True, text=True,
                                    stdout=subprocess.PIPE).stdout.strip()
        self.process = subprocess.Popen(
            inside(name, "tcpdump", "-n", "-i", "y", "-s", str(SNAPLEN), "-w", "/dev/null",
                   expression), stderr=subprocess.PIPE, text=True)
        while "listening on" not in self.process.stderr.readline():
            pass

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        text = self.process.communicate()[1]
        return (int(re.search(r"(\d+) packets captured", text).group(1)),
                int(re.search(r"(\d+) packets? dropped by kernel", text).group(1)), [])


def flood(flooder, name, kind, seconds, rate):
    """Packets a second that went out."""
    text = subprocess.run(inside(name, flooder, "x", kind, str(seconds), str(rate)), check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    sent, took = text.split()
    return int(sent) / float(took)


def one_flood(program, programs, names, rate):
    """(packets a second sent, those dropped)"""
    espial, flooder = programs
    watcher = program(espial, names[1])
    sent = flood(flooder, names[0], "tunnel", SECONDS, rate)
    time.sleep(0.7)
    _, dropped, _ = watcher.end()
    return sent, dropped


def held(program, programs, names):
    """The highest rate found without a drop; one drop may be anybody's fault, so twice."""
    best, drops = one_flood(program, programs, names, 0)
    if not drops:
        return best
    low, high = 0.0, best
    for _ in range(STEPS):
        rate = (low + high) / 2
        sent, drops = one_flood(program, programs, names, int(rate))
        if drops:
            sent, drops = one_flood(program, programs, names, int(rate))
        if drops:
            high = rate
        else:
            low = max(low, sent)
            high = max(high, low)
    return low


def measure_held(programs, rounds):
    pairs = []
    with link() as names:
        for number in range(rounds):
            order = [Espial, Tcpdump] if number % 2 else [Tcpdump, Espial]
            rate = {program: held(program, programs, names) for program in order}
            pairs.append((rate[Espial], rate[Tcpdump]))
    row = {"kind": "live", "against": "tcpdump", "rounds": rounds, "snaplen": SNAPLEN,
           "packets_per_s": round(statistics.median(a for a, _ in pairs)),
           "against_packets_per_s": round(statistics.median(b for _, b in pairs)),
           "ratio": round(statistics.median(a / b for a, b in pairs if b), 3)}
    print("live     held without drops: %d packets/s, tcpdump %d packets/s, ratio %.3f" % (
        row["packets_per_s"], row["against_packets_per_s"], row["ratio"]), flush=True)
    return row


def resident_mib(process):
    with open("/proc/%d/status" % process.pid, encoding="utf-8") as file:
        return int(re.search(r"VmRSS:\s*(\d+)", file.read()).group(1)) / 1024


def has_limit(espial):
    text = subprocess.run([espial, "watch", "--help"], check=True, stdout=subprocess.PIPE,
                          text=True).stdout
    return "--max-memory" in text


def soak(programs, seconds):
    """The row of figures, and what is wrong with them."""
    espial, flooder = programs
    limited = has_limit(espial)
    options = ["--max-memory", "%d" % SOAK_LIMIT_MIB] if limited else []
    memory = []
    with link() as names:
        watcher = Espial(espial, names[1], *options)
        others = [subprocess.Popen(inside(names[0], flooder, "x", "forged", str(seconds),
                                          str(SOAK_RATE)), stdout=subprocess.PIPE, text=True),
                  subprocess.Popen(inside(names[0], "tests/lib/replay.py", "x", SOAK_CAPTURE))]
        for _ in range(seconds):
            time.sleep(1)
            memory.append(resident_mib(watcher.process))
        sent = int(others[0].communicate()[0].split()[0])
        others[1].wait()
        packets, dropped, records = watcher.end()
    found = [r for r in records if r["type"] == "finding" and r["id"] == SOAK_FINDING]
    row = {"kind": "soak", "seconds": seconds, "forged": sent, "packets": packets,
           "drops": dropped, "memory_mib": [round(m, 1) for m in memory],
           "limit_mib": SOAK_LIMIT_MIB if limited else None,
           "found": any(r.get("state") == "begins" for r in found),
           "reported": any("state" not in r for r in found)}
    third = len(memory) // 3
    print("soak     %d s, %d forged packets (%d dropped): memory %.1f MiB after %d s, then at most "
          "%.1f MiB, at the end %.1f MiB; %s %s and %s in the report" % (
              seconds, sent, dropped, memory[third], third + 1, max(memory[third:]), memory[-1],
              SOAK_FINDING, "found" if row["found"] else "NOT found",
              "is" if row["reported"] else "is NOT"), flush=True)
    faults = []
    if limited and max(memory) > SOAK_LIMIT_MIB + SOAK_BESIDE_MIB:
        faults.append("memory went to %.1f MiB, the limit is %d" % (max(memory), SOAK_LIMIT_MIB))
    if not limited:
        print("soak     there is no --max-memory here: memory is only shown")
    if not row["found"] or not row["reported"]:
        faults.append("the tunnel's own fault was lost in the flood")
    return row, faults


def run(kind, espial, flooder, rounds, seconds):
    """Rows of figures; none where it cannot be measured. Ends the program when a soak fails."""
    try:
        if kind == "live":
            return [measure_held((espial, flooder), rounds)]
        row, faults = soak((espial, flooder), seconds)
    except Absent as why:
        print("%-8s skipped: %s" % (kind, why))
        return []
    if faults:
        sys.exit("soak: " + "; ".join(faults))
    return [row]
