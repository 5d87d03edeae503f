#!/usr/bin/env python3
"""Hold espial.schema.json against the records, and against records that are wrong.

The schema is one by the rules of its draft, and describes every field. Each record of `watch`,
each that a command of --on-finding gets and each beside saved evidence is as it says (run.py sees
to those of triage and show). And a record that lacks a field, has one more, or one of another kind is refused.
"""

import copy
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    jsonschema = None

HERE = os.path.dirname(os.path.abspath(__file__))
ESPIAL = os.path.join(os.environ.get("BUILD", "build"), "espial")
EVERY = 6  # of the captures, which are sorted by name: healthy and broken ones of each kind
# What shows kinds of records that few captures have.
ALSO = ["auth-recovered", "dpd-recovered", "nat-remap-blackhole", "redirected", "healthy-eap",
        "healthy-aggressive", "made-redirect-loop", "mobike-failed", "esp-one-way-raw"]

passed = failed = 0


def check(condition, problem):
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print(problem)


def run(*arguments):
    done = subprocess.run([ESPIAL, *arguments], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    return [json.loads(line) for line in done.stdout.splitlines()]


def undescribed(schema, path="", is_field=False):
    """Fields that say neither here nor where they refer to what they are."""
    if isinstance(schema, list):
        for i, item in enumerate(schema):
            yield from undescribed(item, "%s[%d]" % (path, i))
    elif isinstance(schema, dict):
        own = schema.get("description") or "definition" if "$ref" in schema else \
            schema.get("description")
        if is_field and not own:
            yield path
        for key, value in schema.items():
            if key == "properties" and not path.endswith((".if", ".then")):
                for name, field in value.items():
                    yield from undescribed(field, path + "." + name, True)
            else:
                yield from undescribed(value, path + "." + key)


def references(schema):
    if isinstance(schema, list):
        for item in schema:
            yield from references(item)
    elif isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"]
        for value in schema.values():
            yield from references(value)


def check_schema(schema):
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
        check(True, "")
    except jsonschema.SchemaError as error:
        check(False, "not a schema: %s" % error.message)
    missing = list(undescribed(schema))
    check(not missing, "not described: %s" % ", ".join(missing))
    definitions = {"#/$defs/" + name for name in schema["$defs"]}
    used = set(references(schema))
    check(used == definitions, "definitions used and made: %s" % (used ^ definitions))
    kinds = set(schema["properties"]["type"]["enum"])
    check(all(schema["$defs"][kind]["additionalProperties"] is False for kind in kinds),
          "a kind of record lets any field pass")


def check_readme(schema):
    """The table of fields in README.md names such as there are, of every kind of record."""
    named = {}
    with open("README.md", encoding="utf-8") as file:
        for kind, fields in re.findall(r"^\| `(\w+)` \| (`[^|]*) \|", file.read(), flags=re.M):
            if kind in schema["$defs"]:
                named.setdefault(kind, set()).update(re.findall(r"`(\w+)", fields))
    for kind, fields in sorted(named.items()):
        unknown = fields - set(schema["$defs"][kind]["properties"])
        check(not unknown, "README.md: no fields of %s: %s" % (kind, sorted(unknown)))
    kinds = set(schema["properties"]["type"]["enum"])
    check(not named or set(named) == kinds,
          "README.md: kinds of records without a row: %s" % (kinds - set(named)))


def errors_of(validator, record):
    return ["%s %s: %s" % (record.get("type"), error.json_path, error.message[:200])
            for error in validator.iter_errors(record)]


def check_records(validator, what, records):
    wrong = [error for record in records for error in errors_of(validator, record)]
    check(records and not wrong, "%s: %s" % (what, "; ".join(wrong[:5]) or "no records"))


def watched(capture):
    """The records of a watch, and those that its commands got or that stand beside evidence."""
    with tempfile.TemporaryDirectory() as folder:
        found = os.path.join(folder, "found.json")
        records = run("watch", "--json", "-o", "commands-a-minute=100", "--ring", folder,
                      "--on-finding", "cat >>'%s'" % found, "-r", capture)
        heard = []
        for path in glob.glob(os.path.join(folder, "*.json")):
            with open(path, encoding="utf-8") as lines:
                heard += [json.loads(line) for line in lines]
    return records, heard


def shape(value):
    """What tells records apart for mutation: which fields there are, not what they hold."""
    if isinstance(value, dict):
        return tuple(sorted((key, shape(inside)) for key, inside in value.items()))
    if isinstance(value, list):
        return tuple(sorted({shape(inside) for inside in value}, key=str))
    return type(value).__name__


def places(value, path=()):
    """Every object inside, with the way to it."""
    if isinstance(value, dict):
        yield path
        for key, inside in value.items():
            yield from places(inside, path + (key,))
    elif isinstance(value, list) and value:
        yield from places(value[0], path + (0,))


def at(record, path):
    for step in path:
        record = record[step]
    return record


# Maps whose keys are names of their own: algorithms.
OPEN = {"offered", "chosen"}


def mutants(record):
    """Records that are wrong in one way each, with words for it."""
    for path in places(record):
        for key in list(at(record, path)):
            where = ".".join(map(str, path + (key,)))
            for what, value in (("null", None), ("an object of nothing", {"nothing": {}}),
                                ("a number below zero", -1), ("a lone control", "\x1b")):
                mutant = copy.deepcopy(record)
                at(mutant, path)[key] = value
                yield "%s is %s" % (where, what), mutant
        if path and path[-1] in OPEN:
            continue
        mutant = copy.deepcopy(record)
        at(mutant, path)["not_a_field"] = 1
        yield "%s has a field more" % (".".join(map(str, path)) or "it"), mutant


def without_required(schema, record):
    for key in schema["$defs"][record["type"]]["required"]:
        mutant = copy.deepcopy(record)
        del mutant[key]
        yield "lacks %s" % key, mutant


def closed_sets(schema, record):
    """Fields with a closed set of values get another one."""
    for key, field in schema["$defs"][record["type"]]["properties"].items():
        field = schema["$defs"][field["$ref"][8:]] if "$ref" in field else field
        if key in record and ("enum" in field or "const" in field):
            mutant = copy.deepcopy(record)
            mutant[key] = "%sx" % record[key]
            yield "%s is %s" % (key, mutant[key]), mutant


def check_mutants(schema, validator, records):
    seen = set()
    for record in records:
        form = (record["type"], shape(record))
        if form in seen:
            continue
        seen.add(form)
        accepted = [what for wrong in (mutants(record), without_required(schema, record),
                                       closed_sets(schema, record))
                    for what, mutant in wrong if validator.is_valid(mutant)]
        check(not accepted, "%s is taken although: %s" % (record["type"], "; ".join(accepted)))


def main():
    if not jsonschema:
        print("no jsonschema for this Python\n0 passed, 0 failed, 1 skipped")
        return 0
    with open(os.path.join(HERE, "espial.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    check_schema(schema)
    check_readme(schema)
    validator = jsonschema.Draft202012Validator(schema)

    captures = sorted(glob.glob("pcaps/*.pcap*"))
    captures = captures[::EVERY] + [c for c in captures
                                    if os.path.basename(c).split(".")[0] in ALSO]
    samples, commands = {}, 0
    for capture in captures:
        records, heard = watched(capture)
        check_records(validator, "watch of %s" % capture, records)
        commands += len(heard)
        if heard:
            check_records(validator, "findings handed on from %s" % capture, heard)
        for record in records + heard:
            kind = (record["type"], record.get("event"), record.get("state"))
            if len(samples.setdefault(kind, [])) < 3:
                samples[kind].append(record)
    for capture in captures[::8]:
        samples.setdefault("message", []).extend(run("show", "--json", capture)[:12])
    check(commands >= 10, "only %d findings handed on" % commands)
    # A tunnel is forgotten only when memory runs out.
    events = {kind[1] for kind in samples if kind[0] == "event"}
    every = set(schema["$defs"]["event"]["properties"]["event"]["enum"]) - {"tunnel-forgotten"}
    check(events >= every, "events not seen: %s" % (every - events))
    check({kind[2] for kind in samples if kind[0] == "finding"} == {None, "begins", "changes"},
          "states of findings not seen")
    check_mutants(schema, validator, [record for some in samples.values() for record in some])
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
