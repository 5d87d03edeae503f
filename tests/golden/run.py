#!/usr/bin/env python3
"""Hold what espial reports of each capture in pcaps/ against what is known of how it was made.

usage: run.py [--table] [NAME...]

pcaps/NAME.expect.jsonl holds partial records, one a line. Each must be part of exactly one record
that espial prints for the capture beside it. A finding is named by its id, tunnel and SPIs; there
may be no second one of the same id and tunnel. The line

    {"type":"expect","max_other_severity":"note"}

says that no other finding may be worse than a note. With --table it also writes what was expected
and obtained into tests/lab/README.md; a whole run checks that what stands there is so. Every line of output, and every message of
`show --json`, has to be as espial.schema.json says.
"""

import glob
import json
import os
import subprocess
import sys

import score

try:
    import jsonschema
except ImportError:
    jsonschema = None

HERE = os.path.dirname(os.path.abspath(__file__))
SEVERITIES = ["note", "warning", "error"]
ORDER = ["capture", "tunnel", "ike_sa", "child_sa", "flow", "finding", "summary"]
# Lists whose order means nothing. What is expected of `spis` may be a part of them.
UNORDERED = {"peers"}
SUBSETS = {"spis"}
# What tells a record from its likes: shown with a mismatch, to compare with the nearest one.
IDENTITY = {"ike_sa": "initiator_spi", "flow": "spi", "finding": "id"}


def covers(actual, expected, name=""):
    """True when `expected` is part of `actual`."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            key in actual and covers(actual[key], value, key) for key, value in expected.items())
    if isinstance(expected, list):
        if not isinstance(actual, list):
            return False
        if name in SUBSETS:
            return set(expected) <= set(actual)
        if name in UNORDERED:
            return len(actual) == len(expected) and can_pair(actual, expected)
        if any(isinstance(item, dict) for item in expected):
            return all(any(covers(a, item) for a in actual) for item in expected)
        return actual[:len(expected)] == expected
    return type(actual) is type(expected) and actual == expected


def can_pair(actual, expected):
    """True when each expected item covers an actual one of its own."""
    if not expected:
        return True
    return any(covers(candidate, expected[0]) and can_pair(actual[:i] + actual[i + 1:], expected[1:])
               for i, candidate in enumerate(actual))


def compact(record):
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def differences(actual, expected, path=""):
    """Lines that say where `expected` is not part of `actual`."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            where = path + "." + key if path else key
            if key not in actual:
                yield "%s: absent, expected %s" % (where, compact(value))
            elif not covers(actual[key], value, key):
                yield from differences(actual[key], value, where)
    else:
        yield "%s: %s, expected %s" % (path, compact(actual), compact(expected))


def likeness(actual, expected):
    """How many fields agree; what gives the record its identity counts most."""
    identity = IDENTITY.get(expected["type"])
    return sum((10 if key == identity else 1) for key, value in expected.items()
               if key in actual and covers(actual[key], value, key))


class Case:
    def __init__(self, name, validator, tally):
        self.name = name
        self.tally = tally
        self.validator = validator
        self.problems = []

    def check(self, condition, problem):
        if not condition:
            self.problems.append(problem)

    def espial(self, *arguments):
        command = [os.path.join(os.environ.get("BUILD", "build"), "espial"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)
        self.check(not done.stderr, "standard error: " + done.stderr.strip())
        records = []
        for number, line in enumerate(done.stdout.splitlines(), 1):
            try:
                record = json.loads(line)
            except ValueError as error:
                self.check(False, "line %d is no JSON: %s" % (number, error))
                continue
            if self.validator:
                for error in self.validator.iter_errors(record):
                    self.check(False, "line %d (%s): %s: %s" % (
                        number, record.get("type"), ".".join(map(str, error.absolute_path)),
                        error.message[:200]))
            records.append(record)
        return records, done.returncode

    def run(self):
        """A capture, and again with the keys beside it when there are any."""
        self.run_with("", [])
        keys = "pcaps/%s.keys" % self.name
        if os.path.exists(keys):
            self.run_with(".keyed", ["-k", keys])

    def run_with(self, suffix, options):
        captures = [path for path in glob.glob(glob.escape("pcaps/%s." % self.name) + "pcap*")]
        if len(captures) != 1:
            self.check(False, "there should be one capture, not %s" % captures)
            return
        try:
            with open("pcaps/%s%s.expect.jsonl" % (self.name, suffix), encoding="utf-8") as lines:
                expected = [json.loads(line) for line in lines if line.strip()]
        except ValueError as error:
            self.check(False, "expect.jsonl: %s" % error)
            return

        records, status = self.espial("triage", "--json", *options, captures[0])
        self.check_form(records)
        limit = "error"
        for record in expected:
            if record["type"] == "expect":
                limit = record["max_other_severity"]
            elif record["type"] == "finding":
                self.check_finding(record, records)
            else:
                self.check_record(record, records)
        findings = [r for r in expected if r["type"] == "finding"]
        self.check_others(findings, records, limit)
        self.tally.add(self.name, bool(suffix), findings,
                       [r for r in records if r["type"] == "finding"], limit)

        # What was expected gives the status; where it leaves a severity open, what was found does.
        if not all("severity" in f for f in findings):
            findings = [r for r in records if r["type"] == "finding"]
        alarm = any(f["severity"] != "note" for f in findings)
        self.check(status == alarm, "exit status %d, not %d" % (status, alarm))

        messages, status = self.espial("show", "--json", *options, captures[0])
        self.check(status == 0, "show: exit status %d" % status)
        self.check(all(r["type"] == "message" for r in messages), "show: more than messages")

    def check_form(self, records):
        """Order of records, references between them, and packets that exist."""
        kinds = [r.get("type") for r in records]
        if kinds.count("capture") != 1 or kinds.count("summary") != 1:
            self.check(False, "not one capture and one summary: %s" % kinds)
            return
        self.check(kinds == sorted(kinds, key=lambda k: ORDER.index(k) if k in ORDER else -1),
                   "records out of order: %s" % kinds)
        findings = [r for r in records if r["type"] == "finding"]
        ranks = [SEVERITIES.index(f["severity"]) for f in findings]
        self.check(ranks == sorted(ranks, reverse=True), "findings not by severity")
        packets = records[0]["packets"]
        known = {kind: {r[kind] for r in records if r["type"] == kind} for kind in ORDER[1:5]}
        for finding in findings:
            for proof in [finding] + finding.get("consequences", []):
                for evidence in proof["evidence"]:
                    self.check(1 <= evidence["packet"] <= packets, "%s: evidence packet %d of %d" % (
                        proof["id"], evidence["packet"], packets))
            self.check(finding["evidence"], "%s: no evidence" % finding["id"])
        for record in records:
            for kind, numbers in known.items():
                self.check(kind not in record or record[kind] in numbers,
                           "%s refers to a %s that is not there" % (record["type"], kind))
        summary = records[-1]
        for severity in SEVERITIES:
            count = sum(f["severity"] == severity for f in findings)
            self.check(summary[severity + "s"] == count, "summary: %d %ss, not %d" % (
                summary[severity + "s"], severity, count))

    def check_record(self, expected, records):
        kin = [r for r in records if r["type"] == expected["type"]]
        matches = [r for r in kin if covers(r, expected)]
        if len(matches) == 1:
            return
        if matches:
            self.check(False, "%d records match %s" % (len(matches), compact(expected)))
            return
        self.check(False, "no record matches %s" % compact(expected))
        if kin:
            nearest = max(kin, key=lambda r: likeness(r, expected))
            for line in differences(nearest, expected):
                self.check(False, "    nearest: " + line)

    def check_finding(self, expected, records):
        kin = [r for r in records if r["type"] == "finding" and r["id"] == expected["id"]]
        if not any(covers(r, expected) for r in kin):
            self.check_record(expected, records)
        same = [r for r in kin if r.get("tunnel") == expected.get("tunnel", r.get("tunnel"))]
        self.check(len(same) < 2, "%s %d times in one tunnel" % (expected["id"], len(same)))

    def check_others(self, expected, records, limit):
        for record in records:
            if record["type"] != "finding" or any(covers(record, e) for e in expected):
                continue
            self.check(SEVERITIES.index(record["severity"]) <= SEVERITIES.index(limit),
                       "not expected: %s %s: %s" % (record["severity"], record["id"],
                                                    record["summary"]))


LAB_README = "tests/lab/README.md"


def compare_table(tally, write):
    """Whether the table in the lab's README is that of this run; writes it when asked to."""
    with open(LAB_README, encoding="utf-8") as file:
        text = file.read()
    before, mark, after = text.partition(score.BEGIN)
    if write:
        with open(LAB_README, "w", encoding="utf-8") as file:
            file.write(before + tally.table())
        return True
    return bool(mark) and mark + after == tally.table()


def main():
    write_table = "--table" in sys.argv
    given = [name for name in sys.argv[1:] if name != "--table"]
    names = given or sorted(os.path.basename(path)[:-len(".expect.jsonl")]
                                   for path in glob.glob("pcaps/*.expect.jsonl")
                                   if not path.endswith(".keyed.expect.jsonl"))
    validator = None
    if jsonschema:
        with open(os.path.join(HERE, "espial.schema.json"), encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)

    failed = 0
    tally = score.Score()
    for name in names:
        case = Case(name, validator, tally)
        try:
            case.run()
        except (OSError, subprocess.TimeoutExpired, KeyError) as error:
            case.check(False, repr(error))
        if case.problems:
            failed += 1
            print("%s:" % name)
            for problem in case.problems:
                print("    " + problem)
    print(tally.line())
    if not given and not compare_table(tally, write_table):
        failed += 1
        print("the table in %s is another one: tests/golden/run.py --table" % LAB_README)
    if not validator:
        print("no jsonschema for this Python: the form of the records was not tested")
    print("%d passed, %d failed%s" % (len(names) + (not given) - failed, failed, "" if validator else ", 1 skipped"))
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main())
