# The first packets of a new SA are lost.

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP whose first packets from a get lost, as while a path is being set
up: a filter on m, in front of the capture, drops them for the first 4 s. What comes first on that SA
has a number above 1. The view is between the filter and b.
T
}

scenario() {
    m_drops -s "$a" -p esp
    capture esp-first-seq m:mb pcap
    event "m drops ESP from a"
    up
    ping_start a 1
    sleep 4
    m_passes -s "$a" -p esp
    event "m lets it pass"
    sleep 10
    ping_stop a
}

expected() {
    tunnel_record established
    finding_record esp-first-seq-not-1 ',"severity":"note"'
}
