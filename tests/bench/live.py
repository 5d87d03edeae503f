"""Measure espial watch on a veth pair between two network namespaces of its own.

`live`: how many packets a second it takes without a drop in the kernel, and what CPU time a packet
costs, against `tcpdump -w /dev/null` with the same filter, snap length and buffer. `soak`: a tunnel with a fault, replayed at
its own pace, in a flood of forged SPIs; memory has to stay where it was and the fault to be found.
"""

import contextlib
import multiprocessing
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
BUFFER_KIB = 16384  # and asks the kernel for
SECONDS = 2  # of a flood that measures
SENDERS_MAX = 4
STEPS = 6  # halvings of the rate that is not known
SOAK_CAPTURE = "pcaps/spi-mismatch-after-rekey.pcapng"
SOAK_FINDING = "spi-mismatch-after-rekey"
SOAK_RATE = 20000
SOAK_LIMIT_MIB = 64
SOAK_GROWTH = 1.1  # from a third of the time to its end
# Beside the limit: the program, its libraries, the kernel's buffer, and what malloc() cannot give
# back.
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


class Watcher:
    def kill(self):
        """SIGTERM and the CPU seconds that it took, those of the kernel for it too."""
        self.process.send_signal(signal.SIGTERM)
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = usage.ru_utime + usage.ru_stime


class Espial(Watcher):
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
        self.kill()
        self.output.seek(0)
        records = [json.loads(line) for line in self.output]
        capture = next(r for r in records if r["type"] == "capture")
        return capture["packets"], capture.get("drops", 0), records


class Tcpdump(Watcher):
    def __init__(self, espial, name):
        expression = subprocess.run([espial, "watch", "--print-filter"], check=True, text=True,
                                    stdout=subprocess.PIPE).stdout.strip()
        self.process = subprocess.Popen(
            inside(name, "tcpdump", "-n", "-i", "y", "-s", str(SNAPLEN), "-B", str(BUFFER_KIB),
                   "-w", "/dev/null", expression), stderr=subprocess.PIPE, text=True)
        while "listening on" not in self.process.stderr.readline():
            pass

    def end(self):
        self.kill()
        text = self.process.stderr.read()
        return (int(re.search(r"(\d+) packets captured", text).group(1)),
                int(re.search(r"(\d+) packets? dropped by kernel", text).group(1)), [])


def flood(flooder, name, rate):
    """Packets a second that went out, of as many senders as leave a processor to who watches."""
    senders = max(1, min(SENDERS_MAX, multiprocessing.cpu_count() - 1))
    running = [subprocess.Popen(inside(name, flooder, "x", "tunnel", str(SECONDS),
                                       str(rate // senders)), stdout=subprocess.PIPE, text=True)
               for _ in range(senders)]
    total = 0.0
    for process in running:
        sent, took = process.communicate()[0].split()
        total += int(sent) / float(took)
    return total


class Run:
    """One flood, and who watched it: the packets a second, those dropped, CPU time for each."""
    def __init__(self, program, programs, names, rate):
        espial, flooder = programs
        watcher = program(espial, names[1])
        self.sent = flood(flooder, names[0], rate)
        time.sleep(0.7)
        seen, self.dropped, _ = watcher.end()
        self.cpu_ns = watcher.cpu * 1e9 / max(seen, 1)


def held(program, programs, names):
    """The highest rate found without a drop (one may be anybody's fault, so twice), and the CPU time
    of a packet at the highest rate of all."""
    first = Run(program, programs, names, 0)
    if not first.dropped:
        return first.sent, first.cpu_ns
    low, high = 0.0, first.sent
    for _ in range(STEPS):
        rate = int((low + high) / 2)
        run = Run(program, programs, names, rate)
        if run.dropped:
            run = Run(program, programs, names, rate)
        if run.dropped:
            high = rate
        else:
            low = min(high, max(low, run.sent))
    return low, first.cpu_ns


def measure_held(programs, rounds):
    mine, theirs = [], []
    with link() as names:
        for number in range(rounds):
            for program in [Espial, Tcpdump] if number % 2 else [Tcpdump, Espial]:
                (mine if program is Espial else theirs).append(held(program, programs, names))
    row = {"kind": "live", "against": "tcpdump", "rounds": rounds, "snaplen": SNAPLEN,
           "packets_per_s": round(statistics.median(rate for rate, _ in mine)),
           "against_packets_per_s": round(statistics.median(rate for rate, _ in theirs)),
           "ratio": round(statistics.median(a / b for (a, _), (b, _) in zip(mine, theirs) if b), 3),
           "cpu_ns": round(statistics.median(cpu for _, cpu in mine)),
           "against_cpu_ns": round(statistics.median(cpu for _, cpu in theirs)),
           "cpu_ratio": round(statistics.median(a / b for (_, a), (_, b) in zip(mine, theirs)), 3)}
    print("live     held without drops: %d packets/s, tcpdump %d packets/s, ratio %.3f; CPU %d ns a "
          "packet, tcpdump %d ns, ratio %.3f" % (
              row["packets_per_s"], row["against_packets_per_s"], row["ratio"], row["cpu_ns"],
              row["against_cpu_ns"], row["cpu_ratio"]), flush=True)
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
    if limited and memory[-1] > memory[third] * SOAK_GROWTH:
        faults.append("memory goes on growing: %.1f MiB after %d s, then %.1f MiB" % (
            memory[third], third + 1, memory[-1]))
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
