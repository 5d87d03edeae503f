# b accepts none of a's IKE proposals, until somebody sets that right.
. "${LAB_LIB:-/run/src}/lib_watch.sh"
ike_b=aes128gcm16-prfsha384-ecp384

scenario() {
    watch root m:ma
    event "a offers what b refuses"
    up
    sleep 8
    ike_b=$ike_a
    peer_conf b "$b" "$a" "$net_b" "$net_a"
    swan b --load-all --file /run/lab/b/swanctl.conf
    event "b accepts"
    up
    ping_for a 16 0.5
    watches_end
}

expected() {
    echo "begins ike-proposal-mismatch $look a offers what b refuses"
    echo "ends ike-proposal-mismatch $((hold + look)) b accepts"
}
