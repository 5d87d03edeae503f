#!/usr/bin/env python3
"""Hold the Markdown report of each bundled capture against its records.

It is drawn with GitHub's own library (cmark-gfm): headings, tables and lists have to hold the
findings of --json, in their order and word by word; what a capture or a file name says has become
neither a link nor a tag; the ladder is Mermaid's text, its messages in order and within bounds.
"""

import glob
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ESPIAL = os.path.abspath(os.path.join(os.environ.get("BUILD", "build"), "espial"))
COMMENT_MAX = 65536  # characters of a comment on GitHub
DIAGRAM_MAX = 50000  # of a diagram: Mermaid's maxTextSize
APART = "\u200b"
PLAIN = {"p", "h2", "ul", "li", "strong", "code", "pre", "table", "thead", "tbody", "tr", "th", "td"}

passed = failed = 0


def check(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print("%s: %s" % (name, problem))
    else:
        passed += 1


class Drawing(html.parser.HTMLParser):
    """Headings, list items, table rows and code of what Markdown makes of a text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.blocks, self.rows, self.texts = set(), [], [], []
        self.in_code = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.in_code |= tag == "code"
        if tag in ("p", "h2", "li", "td", "th", "pre"):
            self.blocks.append([tag, ""])
        if tag == "tr":
            self.rows.append(0)
        if tag in ("td", "th"):
            self.rows[-1] += 1

    def handle_data(self, data):
        if not self.in_code:
            self.texts.append(data)
        if self.blocks and self.blocks[-1][0] != "done":
            self.blocks[-1][1] += data

    def handle_endtag(self, tag):
        self.in_code &= tag != "code"
        if self.blocks and self.blocks[-1][0] == tag:
            self.blocks.append(["done", ""])

    def of(self, tag):
        return [text.replace(APART, "") for kind, text in self.blocks if kind == tag]


def run(*arguments, **options):
    return subprocess.run([ESPIAL, *arguments], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, **options)


def draw(text):
    done = subprocess.run(["cmark-gfm", "--unsafe", "-e", "table", "-e", "strikethrough",
                           "-e", "autolink"], input=text, capture_output=True, text=True)
    return Drawing(done.stdout)


def harm(drawing):
    """What formats, or what GitHub and GitLab would take for someone or something of theirs."""
    if drawing.tags - PLAIN:
        return "tags: %s" % (drawing.tags - PLAIN)
    for text in drawing.texts:
        found = re.search(r"(?<![\w&])[@#!$%~]\w|https?://|www\.\w", text)
        if found:
            return "links: %r" % text[max(0, found.start() - 20):found.end() + 20]
    return None


def is_subsequence(some, all_of_them):
    rest = iter(all_of_them)
    return all(any(item == one for one in rest) for item in some)


def words(text):
    return " ".join(text.split())


def findings_of(records):
    return [r for r in records if r["type"] == "finding" and r["category"] == "fault"]


def check_findings(name, drawing, records):
    findings = findings_of(records)
    wanted = ["%s: %s" % (f["severity"].capitalize(), f["title"]) for f in findings]
    shown = [h for h in drawing.of("h2") if re.match("(Error|Warning|Note): ", h)]
    check(name, None if shown == wanted else "findings %s, not %s" % (shown, wanted))
    paragraphs = [words(p).rstrip(".") for p in drawing.of("p")]
    check(name, None if is_subsequence([words(f["summary"]).rstrip(".") for f in findings],
                                       paragraphs) else "a summary is missing")
    cells = drawing.of("td")
    proof = [cell for f in findings for e in f["evidence"]
             for cell in (str(e["packet"]), words(e["what"]))]
    check(name, None if is_subsequence(proof, map(words, cells)) else "evidence is missing")
    items = [words(item) for item in drawing.of("li")]
    check(name, None if is_subsequence([words(c) for f in findings for c in f["checks"]], items)
          else "a check is missing")
    hence = ["%s: %s" % (c["id"], words(c["summary"]))
             for f in findings for c in f["consequences"][:8]]
    check(name, None if all(any(i.startswith(h) for i in items) for h in hence)
          else "a consequence is missing")
    verdict = words(records[-1]["verdict"])
    check(name, None if paragraphs[0] == words("Verdict: " + verdict).rstrip(".") else "no verdict")


LINE = re.compile(r"    (participant T(\d+)[LR] as \2: .+|Note over T\d+L(,T\d+R)?: .+"
                  r"|T(\d+)([LR])(->>|-x)T\4[LR]: #35;(\d+) .+)")


def check_ladders(name, text, records, messages):
    asked = {}
    for diagram in re.findall(r"^```mermaid\n(.*?)^```$", text, flags=re.M | re.S):
        lines = diagram.splitlines()
        problem = None if lines[0] == "sequenceDiagram" and len(diagram) < DIAGRAM_MAX else "no head"
        packets = []
        for line in lines[1:]:
            match = LINE.fullmatch(line)
            plain = re.sub(r"#\d+;", "", line)
            if not match or set(plain) & set('#;<"\\$`{}'):
                problem = problem or "not Mermaid: %s" % line
            elif match.group(7):
                packets.append(int(match.group(7)))
                message = messages.get(packets[-1])
                first = next(r for r in records if r["type"] == "tunnel" and
                             r["tunnel"] == int(match.group(4)))
                sides = [peer["address"] for peer in first["peers"]]
                # An address may be another one by now.
                if not message or message["source"] in sides and \
                        sides.index(message["source"]) != "LR".index(match.group(5)):
                    problem = problem or "wrong way: %s" % line
                if match.group(6) == "-x":
                    asked[packets[-1]] = message
        if packets != sorted(packets):
            problem = problem or "out of order: %s" % packets
        check(name, problem or (None if packets or " ESP " in diagram or " AH " in diagram
                                else "an empty ladder"))
    answered = {m.get("response_to") for m in messages.values()}
    check(name, None if not set(asked) & answered else "said not to be answered, but is")
    return set(asked)


def check_capture(capture):
    name = os.path.basename(capture)
    records = [json.loads(line) for line in run("--json", capture).stdout.splitlines()]
    text = run("--utc", "--markdown", capture).stdout
    messages = {m["packet"]: m for m in
                map(json.loads, run("show", "--json", capture).stdout.splitlines())}
    drawing = draw(text)
    check(name, harm(drawing))
    check(name, None if len(text) < COMMENT_MAX else "%d characters" % len(text))
    check_findings(name, drawing, records)
    return check_ladders(name, text, records, messages)


def check_hostile():
    """Names of files stand in the report when there are two of them."""
    names = ["@admin #12 !3 <b>x <script>", "a|b `c` *d* _e_ ~~f~~ $g$ [h](j) ![i](k)", "www.i.com"]
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            capture = glob.glob("pcaps/esp-one-way-raw.pcapng")[0]
            one, two = os.path.join(folder, name + ".pcap"), os.path.join(folder, "b.pcap")
            shutil.copy(capture, one)
            shutil.copy("pcaps/auth-failed.pcapng", two)
            text = run("--utc", "--markdown", os.path.basename(one), "b.pcap", cwd=folder).stdout
            drawing = draw(text)
            check(name, harm(drawing))
            shown = [cell for cell in drawing.of("td") if cell.startswith(name + ".pcap:")]
            check(name, None if len(shown) >= 2 else "the file's name is not shown as it is")


def check_usage():
    capture = "pcaps/auth-failed.pcapng"
    done = run("--json", "--markdown", capture)
    check("--json --markdown", None if done.returncode == 2 and not done.stdout else "is taken")
    done = run("--markdown", "--html", "-", capture)
    check("--markdown --html -", None if done.returncode == 2 and not done.stdout else "is taken")
    with tempfile.TemporaryDirectory() as folder:
        page = os.path.join(folder, "page.html")
        done = run("--utc", "--markdown", "--html", page, capture)
        check("--markdown --html FILE", None if os.path.getsize(page) > 1000 and
              done.stdout == run("--utc", "--markdown", capture).stdout else "not both")
    done = run("--markdown", "-q", capture)
    check("-q", None if "mermaid" not in done.stdout and "## Error: " in done.stdout else "not less")


def main():
    if not shutil.which("cmark-gfm"):
        print("no cmark-gfm\n0 passed, 0 failed, 1 skipped")
        return 0
    asked = {}
    for capture in sorted(glob.glob("pcaps/*.pcap*")):
        asked[os.path.basename(capture)] = check_capture(capture)
    check("dpd-unanswered-ikev2.pcapng", None if asked["dpd-unanswered-ikev2.pcapng"] == {25}
          else "the request without an answer is not marked")
    check_hostile()
    check_usage()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
