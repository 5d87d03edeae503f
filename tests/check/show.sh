#!/bin/sh
# `espial show` on the bundled captures: order, arrows, marks and events of the ladder, the same
# content in -V and --json, and Mermaid text that Mermaid can read.
export LC_ALL=C.UTF-8 TZ=UTC
unset NO_COLOR COLUMNS
espial=${BUILD:-build}/espial
tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT
passed=0 failed=0

result() { # what, status
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1"
    fi
}

# The ladder of a capture holds lines that match these expressions, in this order.
ladder() { # what, capture, expressions…
    what=$1
    "$espial" show --utc "pcaps/$2" >"$tree/ladder" 2>&1
    shift 2
    printf '%s\n' "$@" | awk -v ladder="$tree/ladder" '
        { want[NR] = $0 }
        END {
            next_one = 1
            while ((getline line < ladder) > 0)
                if (next_one <= NR && line ~ want[next_one])
                    next_one++
            if (next_one <= NR)
                print "not found, or not in this place: " want[next_one]
            exit next_one <= NR
        }'
    result "$what" $?
}

ladder 'an IKEv2 tunnel from its first message on' healthy-ikev2.pcapng \
    '^[0-9-]+ UTC$' \
    '^Tunnel 1  192[.]0[.]2[.]1:500 ↔ 198[.]51[.]100[.]1:500  IKEv2$' \
    ' → IKE_SA_INIT 0 request SA[(]AES_CBC-256 .*MODP-2048[)] KE[(]MODP-2048[)] No N[(]NATD' \
    ' ← IKE_SA_INIT 0 response to #[0-9]+ SA[(]' \
    ' → IKE_AUTH 1 request SK[(]240 bytes: AUTH[)]' \
    ' ← IKE_AUTH 1 response to #[0-9]+ SK[(]' \
    '^ +● IKE SA 1 established' \
    '^ +● Child SA 1 created [(]inferred: ' \
    ' → ESP [0-9a-f]+ starts, Child SA 1$' \
    ' ← ESP [0-9a-f]+ starts, Child SA 1$' \
    ' ← INFORMATIONAL 0 request SK[(]48 bytes: probably empty[)]' \
    ' → INFORMATIONAL 0 response to #[0-9]+ SK[(]48 bytes: probably empty[)]' \
    ' → CREATE_CHILD_SA 2 request SK[(].*: new Child SA[)]' \
    '^ +● Child SA 2 created, replaces Child SA 1 [(]inferred' \
    '^ +● Child SA 1 deleted by 192[.]0[.]2[.]1 [(]inferred' \
    ' CREATE_CHILD_SA [0-9]+ request SK[(].*: new IKE SA[)]' \
    '^ +● IKE SA 1 closed by ' \
    '^ +● IKE SA 1 rekeyed: IKE SA 2 replaces it' \
    '^At the end$' \
    ' → ESP [0-9a-f]+ last of [0-9]+ packets, sequence [0-9]+$'

ladder 'retransmissions, and what nobody answered' dpd-unanswered-ikev2.pcapng \
    ' ← INFORMATIONAL 1 request' \
    ' → INFORMATIONAL 1 response to #[0-9]+ SK' \
    ' → INFORMATIONAL 2 request SK' \
    ' → INFORMATIONAL 2 request again, #[0-9]+ [+]1[.][0-9]s$' \
    ' → INFORMATIONAL 2 request again, #[0-9]+ [+]4[.][0-9]s$' \
    ' → INFORMATIONAL 2 request again, #[0-9]+ [+][0-9.]+s$' \
    '^At the end$' \
    ' → never answered: INFORMATIONAL 2, sent 4 times over '

ladder 'ESP that rests and goes on' healthy-ikev1.pcap \
    'ESP [0-9a-f]+ starts' \
    'ESP [0-9a-f]+ goes on, silent for 1[0-9]'

ladder 'the messages of IKEv1 by their place' healthy-ikev1.pcap \
    ' IKEv1$' \
    '→ Main Mode 1 of 6 SA[(]AES_CBC-128 SHA1 MODP-2048 auth PSK[)]' \
    '← Main Mode 2 of 6 to #[0-9]+ ' \
    '→ Main Mode 5 of 6 encrypted[(]' \
    '← Main Mode 6 of 6 to #[0-9]+ encrypted[(]' \
    '● IKE SA 1 established' \
    '→ Quick Mode 1 of 3 id [0-9a-f]+ encrypted[(]' \
    '← Quick Mode 2 of 3 id [0-9a-f]+ to #[0-9]+ ' \
    '● Child SA 1 created' \
    '→ Quick Mode 3 of 3 id [0-9a-f]+ encrypted[(]'

ladder 'a failed negotiation' auth-failed.pcapng \
    '← IKE_AUTH 1 response to #[0-9]+ SK[(]48 bytes: refusal[)]' \
    '● IKE SA 1 failed: refused by 198[.]51[.]100[.]1' \
    '→ IKE_SA_INIT 0 request'

"$espial" show --tunnel 1 --utc pcaps/healthy-ikev2.pcapng >"$tree/one"
"$espial" show --utc pcaps/healthy-ikev2.pcapng | cmp -s - "$tree/one"
result '--tunnel of the only tunnel changes nothing' $?
"$espial" show --tunnel 9 pcaps/healthy-ikev2.pcapng >/dev/null 2>"$tree/error"
[ $? -eq 2 ] && grep -q 'no tunnel 9' "$tree/error"
result '--tunnel of a tunnel that is not there is a wrong usage' $?
"$espial" show --json --mermaid pcaps/healthy-ikev2.pcapng >/dev/null 2>&1
[ $? -eq 2 ]
result '--json and --mermaid at once is a wrong usage' $?
[ "$("$espial" show -c 4 --json pcaps/healthy-ikev2.pcapng | wc -l)" -eq 2 ]
result '-c stops after so many packets' $?

# Wrapped, a ladder keeps to the width, and no colour comes unasked.
for columns in 80 120 160; do
    COLUMNS=$columns "$espial" show -V pcaps/healthy-ikev2.pcapng >"$tree/wide"
    sed 's/[^ -~]/?/g' "$tree/wide" |
        awk -v most="$columns" 'length($0) > most { bad = 1 } END { exit bad }'
    result "no line is longer than $columns columns" $?
done
! grep -q "$(printf '\033')" "$tree/wide"
result 'no colour where nobody looks' $?

# Each capture: -V has a line of the same offset and value for every field that JSON has, each
# record is one, and every line of Mermaid's text is of a form that it knows.
cat >"$tree/agree.py" <<'P'
import json, re, subprocess, sys

def fields(value):
    for key, inside in value.items():
        for one in inside if isinstance(inside, list) else [inside]:
            if isinstance(one, dict):
                yield from fields(one)
            else:
                yield key, one

def unique(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key twice: {keys}"
    return dict(pairs)

derived = {"name", "type", "offset", "length", "critical", "malformed", "cut_short"}

def show(capture, *options):
    return subprocess.run([sys.argv[1], "show", *options, capture], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, errors="strict").stdout

def check_message(record, block):
    shown = {}
    for key, value in re.findall(r"^ *(?:\d+ +\d+|-) +([a-z0-9_]+): (.*)$", block, flags=re.M):
        shown.setdefault(key, []).append(value)
    for payload in record["payloads"]:
        head = rf"^ *{payload['offset']} +{payload['length']}  .*type {payload['type']}"
        assert re.search(head, block, flags=re.M), f"#{record['packet']}: no payload {payload}"
        inside = {key: value for key, value in payload.items() if key not in derived}
        for key, value in fields(inside):
            if key.endswith("name") or key in ("notify", "reason", "offset"):
                continue
            text = str(value).lower() if isinstance(value, bool) else str(value)
            key = re.sub(r"_\d$", "", key)
            assert any(one == text or one.startswith(text + " ") for one in shown.get(key, [])), \
                f"#{record['packet']}: {key} {text} is not in -V"

# A response goes back to where its request came from, and has the same message ID.
def check_pairs(records):
    before = {}
    for record in records:
        packet = f"#{record['packet']}"
        if "response_to" in record and "retransmission_of" not in record:
            request = before.get(record["response_to"])
            assert request, f"{packet} answers what did not come before"
            assert record["time"] >= request["time"] or record["packet"] > request["packet"]
            if record["version"] == "2.0":
                assert record["response"] and not request["response"], f"{packet} is no response"
                assert record["message_id"] == request["message_id"], f"{packet}: another exchange"
        if "retransmission_of" in record:
            first = before.get(record["retransmission_of"])
            assert first, f"{packet} repeats what did not come before"
            assert record["message_id"] == first["message_id"], f"{packet} is no repetition"
        before.setdefault(record["packet"], record)

def check(capture):
    records = [json.loads(line, object_pairs_hook=unique)
               for line in show(capture, "--json").splitlines()]
    blocks = re.split(r"^ *0 +28  IKE header$", show(capture, "-V", "--no-color"), flags=re.M)[1:]
    assert len(records) == len(blocks), f"{len(records)} records, {len(blocks)} messages"
    for record, block in zip(records, blocks):
        check_message(record, block)
    check_pairs(records)
    for line in show(capture, "--mermaid").splitlines():
        plain = re.sub(r"#\d+;", "", line)
        assert not set(plain) & set('#;<"\\'), f"not escaped: {line}"
        assert re.fullmatch(r"sequenceDiagram|    participant T\d+[LR] as .+"
                            r"|    T\d+[LR]->>T\d+[LR]: .+|    Note over T\d+L(,T\d+R)?: .+",
                            plain), line

failed = 0
for capture in sys.argv[2:]:
    try:
        check(capture)
    except (AssertionError, ValueError) as error:
        failed += 1
        print(f"{capture}: {error}")
sys.exit(failed > 0)
P
# shellcheck disable=SC2046 # names without spaces
"$(tests/lib/python)" "$tree/agree.py" "$espial" $(tests/lib/captures)
result 'text, JSON and Mermaid of every capture agree' $?

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
