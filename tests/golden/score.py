"""What was expected of the captures against what was obtained: a table, precision and recall.

A finding counts by its id. Expected are the findings of an .expect.jsonl; obtained are those that
were expected or are warnings or errors, apart from severities that the file leaves open.
"""

SEVERITIES = ["note", "warning", "error"]
BEGIN = "<!-- made by tests/golden/run.py --table -->"


class Score:
    def __init__(self):
        self.rows = []  # (capture, with keys, expected, obtained), ids in order

    def add(self, name, keyed, expected, obtained, limit):
        wanted = {record["id"] for record in expected}
        rank = max(SEVERITIES.index(limit), SEVERITIES.index("note"))
        found = {record["id"] for record in obtained
                 if record["id"] in wanted or SEVERITIES.index(record["severity"]) > rank}
        self.rows.append((name, keyed, sorted(wanted), sorted(found)))

    def by_id(self):
        """id to (captures where it is expected, found there, found elsewhere)."""
        counts = {}
        for _, _, expected, obtained in self.rows:
            for one in set(expected) | set(obtained):
                right = counts.setdefault(one, [0, 0, 0])
                right[0] += one in expected
                right[1] += one in expected and one in obtained
                right[2] += one in obtained and one not in expected
        return counts

    def totals(self):
        counts = self.by_id().values()
        return tuple(sum(column) for column in zip(*counts)) if counts else (0, 0, 0)

    def line(self):
        expected, right, wrong = self.totals()
        silent = sum(not expected for _, _, expected, _ in self.rows)
        quiet = sum(not expected and not obtained for _, _, expected, obtained in self.rows)
        precision = right / (right + wrong) if right + wrong else 1
        recall = right / expected if expected else 1
        return ("%d captures, %d findings expected, %d of them obtained, %d others: "
                "precision %.3f, recall %.3f; of %d captures without any, %d silent" % (
                    len(self.rows), expected, right, wrong, precision, recall, silent, quiet))

    def table(self):
        out = [BEGIN, "", self.line() + ".", "",
               "| finding | captures that have it | found there | found elsewhere |",
               "|---|---|---|---|"]
        for one, (expected, right, wrong) in sorted(self.by_id().items()):
            out.append("| %s | %d | %d | %d |" % (one, expected, right, wrong))
        out += ["", "| capture | expected | obtained |", "|---|---|---|"]
        for name, keyed, expected, obtained in self.rows:
            out.append("| %s%s | %s | %s |" % (
                name, " (with keys)" if keyed else "", ", ".join(expected) or "none",
                "the same" if expected == obtained else ", ".join(obtained) or "none"))
        return "\n".join(out) + "\n"
