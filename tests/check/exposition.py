"""A strict reader of Prometheus's text exposition format, version 0.0.4, as promtool lints it.

exposition.py FILE ['NAME{label="value"} VALUE']...: the file is sound and holds those samples.
"""

import re
import sys

NAME = r"[a-zA-Z_][a-zA-Z0-9_]*"
VALUE = r"[0-9]+(?:\.[0-9]+)?"  # all that espial needs; no NaN, no signs, no exponents
SAMPLE = re.compile(rf"({NAME})(\{{.*\}})? ({VALUE})")
LABEL = re.compile(rf'({NAME})="((?:[^"\\\n]|\\\\|\\"|\\n)*)"')
TYPES = ("counter", "gauge")
UNITS_THAT_ARE_NOT_BASE = ("_ms", "_milliseconds", "_us", "_minutes", "_kib", "_mib", "_percent")


class Fault(Exception):
    pass


def require(condition, line, why):
    if not condition:
        raise Fault(f"{why}: {line!r}")


def read_labels(text, line):
    labels = {}
    if not text:
        return labels
    rest = text[1:-1]
    while rest:
        match = LABEL.match(rest)
        require(match, line, "bad label")
        name, value = match.groups()
        require(name not in labels, line, "label twice")
        require(not name.startswith("__"), line, "reserved label")
        require(name != "spi", line, "a label that grows for ever")
        labels[name] = value
        rest = rest[match.end():]
        require(rest == "" or (rest[0] == "," and len(rest) > 1), line, "bad end of a label")
        rest = rest[1:]
    return labels


def check_name(name, kind, line):
    require(name.startswith("espial_"), line, "a foreign name")
    require((kind == "counter") == name.endswith("_total"), line, "_total is for counters")
    require(not name.endswith(UNITS_THAT_ARE_NOT_BASE), line, "no base unit")


def read(text):
    """The samples, by name and sorted labels."""
    require(text.endswith("\n"), text[-40:], "no newline at the end")
    samples, helps, kinds = {}, {}, {}
    family, done = None, set()
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            _, _, name, words = line.split(" ", 3)
            require(re.fullmatch(NAME, name) and words.strip(), line, "bad HELP")
            require(name not in helps, line, "HELP twice")
            helps[name] = words
            done.add(family)
            family = name
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            require(name == family and name not in kinds, line, "TYPE not behind its HELP")
            require(kind in TYPES, line, "unknown type")
            check_name(name, kind, line)
            kinds[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            require(match, line, "no sample")
            name, labels, value = match.groups()
            require(name == family and name in kinds, line, "a sample outside its family")
            require(name not in done, line, "a family in two places")
            key = (name, tuple(sorted(read_labels(labels, line).items())))
            require(key not in samples, line, "a series twice")
            samples[key] = float(value)
    return samples


def wanted(words):
    match = SAMPLE.fullmatch(words)
    require(match, words, "not a sample to look for")
    name, labels, value = match.groups()
    return (name, tuple(sorted(read_labels(labels, words).items()))), float(value)


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        samples = read(file.read())
    for words in sys.argv[2:]:
        key, value = wanted(words)
        require(samples.get(key) == value, words, f"it is {samples.get(key)}")


if __name__ == "__main__":
    try:
        main()
    except (Fault, OSError, ValueError) as fault:
        sys.exit(str(fault))
