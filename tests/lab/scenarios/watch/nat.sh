# A NAT in front of a, which is worth a note; then it maps a to another port and b's ESP does not
# follow, and then it does.
. "${LAB_LIB:-/run/src}/lib_watch.sh"
nat=yes
keep_alive=4s

scenario() {
    watch root m:ma
    # A port that the NAT does not know: most say nothing.
    on n iptables-legacy -A INPUT -i nm -j DROP
    event "a initiates through the NAT"
    up
    ping_for a 6 0.5
    nat_remap 40000
    event "the NAT maps a to another port"
    sleep 7
    sa_edit b "$b" "$a_outside" encap espinudp 4500 4500 0.0.0.0
    event "b sends ESP to the old port"
    ping_for a 16 0.5
    # Nothing may want the SA while it is edited.
    sa_edit b "$b" "$a_outside" encap espinudp 4500 40000 0.0.0.0
    event "b sends ESP to the new port"
    ping_for a 16 0.5
    watches_end
}

expected() {
    echo "begins natt-in-use $look a initiates through the NAT"
    echo "begins nat-remap-blackhole $((5 + look)) b sends ESP to the old port"
    echo "ends nat-remap-blackhole $((hold + look)) b sends ESP to the new port"
    echo "reports natt-in-use"
}
