#!/usr/bin/env python3
"""Hold what watchers said against what was done while they watched.

usage: watched.py OUTDIR

Reads OUTDIR as left by tests/lab/watch: the facts (what was done, when), and of each watcher
NAME.watch (its records, each with the time at which it came), NAME.complaints and NAME.declared (the
lines of `expected`; lib_watch.sh says what they mean).
"""

import json
import os
import re
import sys

RANK = {"note": 0, "warning": 1, "error": 2}


def read_facts(path):
    events, watchers, ended = {}, {}, {}
    for line in open(path, encoding="utf-8"):
        word, rest = line.rstrip("\n").split(" ", 1)
        if word == "event":
            time, text = rest.split(" ", 1)
            events[text] = float(time)
        elif word == "watcher":
            name, user, capabilities = rest.split()
            watchers[name] = (int(user), int(capabilities, 16))
        elif word == "ended":
            name, status = rest.split()
            ended[name] = int(status)
    return events, watchers, ended


def read_words(path):
    """(when it came, record) of each line."""
    words = []
    for line in open(path, encoding="utf-8"):
        time, record = line.rstrip("\n").split(" ", 1)
        words.append((float(time), json.loads(record)))
    return words


def ends(record, name):
    if record.get("id") != name:
        return False
    return record.get("event") == "finding-ended" or (
        record.get("state") == "changes" and record["severity"] == "note")


class Watcher:
    def __init__(self, folder, name, events):
        self.name = name
        self.events = events
        self.words = read_words(os.path.join(folder, name + ".watch"))
        self.complaints = open(os.path.join(folder, name + ".complaints"), encoding="utf-8").read()
        with open(os.path.join(folder, name + ".declared"), encoding="utf-8") as declared:
            self.declared = declared.read().splitlines()
        self.passed = self.failed = 0

    def judge(self, good, text):
        print("%s %s: %s" % ("ok  " if good else "FAIL", self.name, text))
        self.passed += good
        self.failed += not good

    def first(self, after, test):
        """How long after that time such a record came, or None."""
        return next((round(time - after, 2) for time, record in self.words
                     if time >= after and test(record)), None)

    def within(self, seconds, event, test, text):
        if event not in self.events:
            self.judge(False, '"%s" was never done' % event)
            return
        took = self.first(self.events[event], test)
        said = "never came" if took is None else "came after %.2f s" % took
        self.judge(took is not None and took <= seconds,
                   '%s %s of %s s at most (%s)' % (text, said, seconds, event))

    def begins(self):
        """The records of findings as they began: those of the report have no state."""
        return [record for _, record in self.words
                if record["type"] == "finding" and record.get("state") == "begins"]

    def report(self):
        return [record for _, record in self.words
                if record["type"] == "finding" and "state" not in record]

    def hold_to(self, line):
        word, rest = line.split(" ", 1)
        if word == "begins":
            name, seconds, event = rest.split(" ", 2)
            self.within(float(seconds), event, lambda r: r["type"] == "finding"
                        and r["id"] == name and r.get("state") == "begins", name)
        elif word == "ends":
            name, seconds, event = rest.split(" ", 2)
            self.within(float(seconds), event, lambda r: ends(r, name), "the end of " + name)
        elif word == "says":
            seconds, event, text = re.fullmatch(r"(\S+) ([^:]*): (.*)", rest).groups()
            self.within(float(seconds), event, lambda r: r["type"] == "event"
                        and r["event"] == "watching" and r["what"].startswith(text), text)
        elif word == "reports":
            self.judge(any(r["id"] == rest for r in self.report()), rest + " in the report")
        elif word != "may":
            sys.exit("not understood: " + line)

    def hold(self, privileges, status):
        for line in self.declared:
            self.hold_to(line)
        expected = {line.split()[1] for line in self.declared if line.split()[0] != "says"}
        others = {r["id"] for r in self.begins()
                  if RANK[r["severity"]] > 0 and r["id"] not in expected}
        self.judge(not others, "nothing else " + " ".join(sorted(others)))
        self.judge(self.words[-1][1]["type"] == "summary", "SIGTERM brings the report")
        self.judge(status in (0, 1), "status %s" % status)
        # All but the one that was told to keep its rights.
        if self.name == "kept":
            self.judge("--no-sandbox" in self.complaints, "it says that it keeps its rights")
        else:
            self.judge(privileges[0] > 0 and privileges[1] == 0,
                       "user %d, capabilities %x" % privileges)
            self.judge(not self.complaints, "no complaints " + self.complaints)


def main():
    folder = sys.argv[1]
    events, watchers, ended = read_facts(os.path.join(folder, "facts"))
    passed = failed = 0
    for name in watchers:
        watcher = Watcher(folder, name, events)
        watcher.hold(watchers[name], ended.get(name))
        passed += watcher.passed
        failed += watcher.failed
    print("%s: %d passed, %d failed" % (os.path.basename(folder), passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
