#!/bin/sh
# Keys of every form become Wireshark's tables, which tshark, where it is installed, decrypts with;
# and no command prints a key.
export LC_ALL=C
root=$PWD
espial=$(cd "${BUILD:-build}" && pwd)/espial
captures=$(cd "${ESPIAL_CAPTURES:-../shared/captures}" 2>/dev/null && pwd)
passed=0 failed=0 skipped=0
tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT
cd "$tree" || exit 2

pass_if() { # STATUS WHAT: counts, and names what went wrong
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$2"
        cat err
    fi
}

# expect STATUS PATTERN -- arguments of espial: the status, and a line on standard error
expect() {
    status=$1 pattern=$2
    shift 3
    timeout 20 "$espial" "$@" >out 2>err </dev/null
    got=$?
    { [ $got -eq "$status" ] && grep -qE -e "$pattern" err; }
    pass_if $? "espial $*: status $got, not $status with: $pattern"
}

# gives FILE TABLE: that table is what the file becomes, and what was said holds no key
gives() {
    rm -rf tables
    "$espial" keys --to wireshark -w tables "$1" >out 2>err && cmp -s "tables/$2" expected &&
        [ "$(stat -c %a tables)" = 700 ] && [ "$(stat -c %a "tables/$2")" = 600 ] &&
        ! grep -qi "$key" out err
    pass_if $? "$1: not the table $2 that it should give"
}

key=000102030405060708090a0b0c0d0e0f
alt=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff
mac=${key}10111213
cam=${alt}e0e1e2e3

cat >expected <<T
0001020304050607,c02e7a3031a03188,$key,$alt,"AES-CBC-128 [RFC3602]",$mac,$cam,"HMAC_SHA1_96 [RFC2404]"
T
cat >tcpdump <<T
ikev2 I 0x0001020304050607 0xc02e7a3031a03188 sha1:0x$mac aes128:0x$key
ikev2 R 0x0001020304050607 0xc02e7a3031a03188 sha1:0x$cam aes128:0x$alt
T
gives tcpdump ikev2_decryption_table
sed 's/^/| /' tcpdump >pluto
gives pluto ikev2_decryption_table
cp expected wireshark
gives wireshark ikev2_decryption_table
cat >vpp <<T
iip 192.0.2.1 ispi 1020304050607 rip 198.51.100.1 rspi c02e7a3031a03188
 encr:aes-cbc-128 prf:hmac-sha1  integ:sha1-96  dh-group:modp-2048
 SK_d    $mac
 SK_a  i:$mac
       r:$cam
 SK_e  i:$key
       r:$alt
T
gives vpp ikev2_decryption_table
cat >charon <<'T'
1 06[NET] received packet: from 198.51.100.1[500] to 192.0.2.1[500] (272 bytes)
1 06[ENC] parsed IKE_SA_INIT response 0 [ SA KE No ]
1 06[CFG] selected proposal: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048
1 06[IKE] natd_chunk => 22 bytes @ 0x600040e0
1 06[IKE]    0: 00 01 02 03 04 05 06 07 C0 2E 7A 30 31 A0 31 88  ..........z01.1.
1 06[IKE]   16: C0 00 02 01 01 F4                                ......
T
dump() { # NAME HEX
    echo "1 06[IKE] $1 => $((${#2} / 2)) bytes @ 0x6000e0a0"
    echo "$2" | fold -w 32 | sed 's/../ &/g' | awk '
        { printf "1 06[IKE] %4d:%s%*s  ................\n", 16 * (NR - 1), toupper($0), 48 - length($0), "" }'
}
{
    dump 'Sk_d secret' "$mac"
    dump 'Sk_ai secret' "$mac"
    dump 'Sk_ar secret' "$cam"
    dump 'Sk_ei secret' "$key"
    dump 'Sk_er secret' "$alt"
} >>charon
gives charon ikev2_decryption_table

sa() { # SOURCE DESTINATION: the row of the SA that the next files hold
    echo "\"IPv4\",\"$1\",\"$2\",\"0x04c13c17\",\"AES-CBC [RFC3602]\",\"0x$key\",\"HMAC-SHA-1-96 [RFC2404]\",\"0x$mac\""
}
{
    sa 192.0.2.1 198.51.100.1
    sa '*' '*'
} >expected
cat >xfrm <<T
src 192.0.2.1 dst 198.51.100.1
	proto esp spi 0x04c13c17 reqid 1 mode tunnel
	replay-window 0 flag af-unspec
	auth-trunc hmac(sha1) 0x$mac 96
	enc cbc(aes) 0x$key
T
gives xfrm esp_sa
cat >setkey <<'T'
192.0.2.1 198.51.100.1
	esp mode=tunnel spi=79772695(0x04c13c17) reqid=0(0x00000000)
	E: aes-cbc  00010203 04050607 08090a0b 0c0d0e0f
	A: hmac-sha1  00010203 04050607 08090a0b 0c0d0e0f 10111213
T
gives setkey esp_sa
cat >fortigate <<T
name=OFFICE ver=1 serial=1 192.0.2.1:0->198.51.100.1:0 lgwy=static
  enc: spi=04c13c17 esp=aes key=16 $key
       ah=sha1 key=20 $mac
T
gives fortigate esp_sa
sa 192.0.2.1 198.51.100.1 >esp_sa
gives esp_sa esp_sa

echo "8001020304050607,${key}1011121314151617" >expected
cp expected ikev1
gives ikev1 ikev1_decryption_table

mkdir all
cp tcpdump xfrm ikev1 all/
echo nothing >all/other
"$espial" keys --to=wireshark -w tables all >out 2>err
pass_if $? "a folder is not read"
[ -f tables/esp_sa ] && [ -f tables/ikev1_decryption_table ] && [ -f tables/ikev2_decryption_table ]
pass_if $? "a folder does not give three tables"

expect 2 'needs -w DIR' -- keys ikev1
expect 2 'needs -w DIR' -- keys --to wireshark -w tables
expect 2 'did you mean wireshark' -- keys --to wireshrak -w tables ikev1
expect 2 'is not an option of keys' -- keys --json -w tables ikev1
expect 2 'is not an option of triage' -- triage -w tables ikev1
expect 3 'missing: No such file' -- keys -w tables missing
expect 3 'no keys in a form known here' -- keys -w tables all/other
expect 3 'no keys found' -- keys -w tables all/other
expect 3 '^espial: /nonexistent/tables: No such' -- keys -w /nonexistent/tables ikev1
echo 8001020304050607,zz >>ikev1
expect 0 'ikev1: 1 wrong or incomplete entry passed over' -- keys -w tables ikev1

# Real keys with real captures.
decrypted() { # KEYS CAPTURE FILTER: how many packets tshark shows that only the keys can show
    rm -rf profile
    mkdir profile
    "$espial" keys --to wireshark -w profile/wireshark "$1" >/dev/null 2>err || return
    XDG_CONFIG_HOME=$tree/profile tshark -n -o esp.enable_encryption_decode:TRUE -r "$2" \
        -Y "$3" 2>>err | grep -c ''
}
if command -v tshark >/dev/null && [ -d "$captures/keys" ]; then
    for keys in "$captures"/keys/*; do
        rm -rf tables
        "$espial" keys --to wireshark -w tables "$keys" >out 2>err && cat tables/* >got &&
            cmp -s got "$keys"
        pass_if $? "$keys: not written as it was read"
    done
    count=$(decrypted "$captures/keys/ikev2_decryption_table.openswan-sha256" \
        "$captures/openswan/libpluto__lp12-parentR2__parentI2.pcap" 'isakmp.id.type')
    [ "${count:-0}" -eq 1 ]
    pass_if $? "IKE_AUTH is not decrypted"
    count=$(decrypted "$captures/keys/ikev1_decryption_table.openswan-v1-rwnat" \
        "$captures/openswan-merged/v1-rwnat-main-quick.pcap" 'isakmp.ipsec.attr.type')
    [ "${count:-0}" -ge 1 ]
    pass_if $? "quick mode is not decrypted"
else
    skipped=$((skipped + 1))
fi

cd "$root" || exit 2
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
