# The path changes bytes in some ESP packets.
keys=yes

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP; something on m changes four bytes in the encrypted part of one packet in
five from a to b. b drops these (authentication fails) and their pings are not answered. Without keys
that cannot be seen; with them the integrity check value is wrong.
T
}

scenario() {
    for _module in sch_prio cls_fw act_pedit; do
        /run/modprobe $_module
    done
    on m iptables-legacy -t mangle -A FORWARD -o mb -p esp -m statistic --mode nth --every 5 --packet 3 \
        -j MARK --set-mark 1
    on m tc qdisc add dev mb root handle 1: prio
    on m tc filter add dev mb parent 1: handle 1 fw \
        action pedit munge offset 60 u32 set 0x0badcafe
    capture esp-corrupted m:mb pcapng
    up
    ping_for a 25 0.5
}

expected() {
    tunnel_record established
    finding_record esp-auth-failed ',"only":"keyed"'
}
