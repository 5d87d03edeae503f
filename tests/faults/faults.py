#!/usr/bin/env python3
"""Let one allocation after another fail, and outputs that cannot be written.

usage: faults.py PRELOAD WRAPPED [RUNS]

PRELOAD is the library that makes allocations fail, WRAPPED a sanitizer build of the command in which
they do. Every command is run with its n-th allocation failing, for n from 1 on, the first ones
densely and then sampled, at most RUNS times (0: each of them), once with that one alone and once
with all after it. What comes must be the whole report, one that says that memory was short, or a
clean error; never a crash, and no part of a file under its name.
"""

import concurrent.futures
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

ESPIAL = os.path.join(os.environ.get("BUILD", "build"), "espial")
DENSE = 40
TIMEOUT_S = 60
TOLD = 99  # the file that fail.c tells what it did
LINES_MAX = 6  # of complaints: each input may have one
FINDINGS = (0, 1)  # statuses of a report
UNREADABLE = 3

IKEV2 = "pcaps/healthy-fragments-ikev2.pcapng"
IKEV1 = "pcaps/healthy-fragments-ikev1.pcapng"
KEYS = "pcaps/healthy-fragments-ikev2.keys"
GZIP = "pcaps/esp-blocked-one-way.pcap.gz"
TCP = "pcaps/made-ike-over-tcp.pcap"

# OUT is a file of the command's own, DIR a folder.
QUIET = ["--no-sandbox", "--utc"]

COMMANDS = {
    "triage": [*QUIET, IKEV2],
    "triage of several": [*QUIET, GZIP, TCP, IKEV1],
    "triage --json": [*QUIET, "--json", TCP],
    "triage with keys": [*QUIET, "--json", "-k", KEYS, IKEV2],
    "triage --html": [*QUIET, "--html", "OUT", IKEV2],
    "triage --markdown": [*QUIET, "--markdown", IKEV1],
    "show": ["show", *QUIET, "-V", IKEV1],
    "show --json": ["show", *QUIET, "--json", IKEV2],
    "show --mermaid": ["show", *QUIET, "--mermaid", IKEV2],
    "keys": ["keys", "--to", "wireshark", "-w", "DIR", KEYS],
    "watch a file": ["watch", *QUIET, "--no-screen", "--json", "--metrics", "OUT", "-r", IKEV2],
    "explain": ["explain", "esp-one-way"],
    "help": ["--help"],
}


class Outcome:
    def __init__(self, status, out, err, failed, allocations, files):
        self.status, self.out, self.err = status, out, err
        self.failed, self.allocations, self.files = failed, allocations, files


def same_but_time(out):
    """Without what differs from run to run."""
    return b"\n".join(line for line in out.split(b"\n") if b'"elapsed_s"' not in line)


def run(program, arguments, environment=None, before=None, out=subprocess.PIPE):
    folder = tempfile.mkdtemp()
    words = [{"OUT": os.path.join(folder, "out"), "DIR": os.path.join(folder, "dir")}.get(word, word)
             for word in arguments]
    with tempfile.TemporaryFile() as told:
        def prepare():
            os.dup2(told.fileno(), TOLD)
            if before:
                before()
        process = subprocess.run([program] + words, stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=subprocess.PIPE, timeout=TIMEOUT_S, preexec_fn=prepare,
                                 close_fds=False, check=False,
                                 env={**os.environ, "LC_ALL": "C", **(environment or {})})
        told.seek(0)
        failures, _, count = told.read().partition(b"\n")
    files = sorted(os.path.relpath(os.path.join(at, name), folder)
                   for at, _, names in os.walk(folder) for name in names)
    shutil.rmtree(folder)
    return Outcome(process.returncode, same_but_time(process.stdout or b""), process.stderr,
                   failures == b"F", int(count or 0), files)


def opened_less(outcome, sound):
    """There was no memory to open a message or packet: the report counts those that stay closed."""
    ours, theirs = (re.search(rb'"keys":{[^}]*}', one.out) for one in (outcome, sound))
    return bool(ours and theirs and ours.group() != theirs.group())


def wrong_with(outcome, sound):
    """What must not be, or None."""
    if outcome.status < 0 or outcome.status > UNREADABLE:
        return "status %d" % outcome.status
    said = outcome.err.count(b"\n")
    if any(not line.startswith(b"espial: ") for line in outcome.err.splitlines()):
        return "standard error is not espial's"
    if outcome.status not in FINDINGS:
        return None if 1 <= said <= LINES_MAX else "status %d with %d lines" % (outcome.status, said)
    if b"memory" in outcome.err or b"memory" in outcome.out:
        return None
    if opened_less(outcome, sound):
        return None
    if outcome.out != sound.out:
        return "another report, and not a word about memory"
    if outcome.files != sound.files:
        return "other files, and not a word about memory"
    return "status %d" % outcome.status if outcome.status != sound.status else None


def numbers(count, most):
    """Which allocations fail: the first ones, then some."""
    if most == 0 or count <= most:
        return list(range(1, count + 1))
    dense = min(DENSE, most // 2)
    rest = most - dense
    return list(range(1, dense + 1)) + [dense + 1 + i * (count - dense) // rest for i in range(rest)]


def allocations(program, environment, most, pool):
    """(passed, failed, runs) of all commands."""
    passed = failed = runs = 0
    for name, arguments in COMMANDS.items():
        sound = run(program, arguments, environment)
        problems = {}
        if sound.status not in FINDINGS or not sound.allocations:
            problems["does not run: status %d, %s" % (sound.status, sound.err[:200])] = ["-"]
        jobs = {}
        for number in numbers(sound.allocations, most):
            for on in ({}, {"ESPIAL_FAIL_ON": "1"}):
                one = {**environment, "ESPIAL_FAIL_AT": str(number), **on}
                jobs[pool.submit(run, program, arguments, one)] = "%d%s" % (number, "+" if on else "")
        for job, which in jobs.items():
            runs += 1
            try:
                outcome = job.result()
                problem = wrong_with(outcome, sound)
            except subprocess.TimeoutExpired:
                problem = "does not end"
            if problem:
                problems.setdefault(problem, []).append(which)
        for problem, which in problems.items():
            print("%s: %s: %s at %s of %d" % (os.path.dirname(program), name, problem,
                                              ", ".join(which[:12]), sound.allocations))
        failed += bool(problems)
        passed += not problems
    return passed, failed, runs


# Commands that write files, and what of them stays when that fails.
FILES = ("triage --html", "keys", "watch a file")


def outputs():
    """(passed, failed): nobody reads, or the disk is full."""
    problems = []
    for name, arguments in COMMANDS.items():
        reader, writer = os.pipe()
        os.close(reader)
        outcome = run(ESPIAL, arguments, out=writer)
        os.close(writer)
        if outcome.status not in (-signal.SIGPIPE, UNREADABLE):
            problems.append("%s: status %d where nobody reads" % (name, outcome.status))
        with open("/dev/full", "wb") as full:
            outcome = run(ESPIAL, arguments, out=full)
        if outcome.status != UNREADABLE or not outcome.err.startswith(b"espial: "):
            problems.append("%s: status %d where the disk is full" % (name, outcome.status))
    for name in FILES:
        outcome = run(ESPIAL, COMMANDS[name],
                      before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16)))
        if outcome.status < 0 or b"File too large" not in outcome.err + outcome.out:
            problems.append("%s: status %d where files may not grow" % (name, outcome.status))
        if outcome.files:
            problems.append("%s: leaves %s" % (name, ", ".join(outcome.files)))
    for problem in problems:
        print(problem)
    return 2 * len(COMMANDS) + 2 * len(FILES) - len(problems), len(problems)


def main():
    preload, wrapped = sys.argv[1:3]
    most = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
        plain = allocations(ESPIAL, {"LD_PRELOAD": preload}, most, pool)
        below = allocations(wrapped, {"ASAN_OPTIONS": "detect_leaks=1"}, most // 4, pool)
    print("%d runs with allocations that fail, %d of them with sanitizers" % (plain[2] + below[2], below[2]))
    written = outputs()
    passed = plain[0] + below[0] + written[0]
    failed = plain[1] + below[1] + written[1]
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
