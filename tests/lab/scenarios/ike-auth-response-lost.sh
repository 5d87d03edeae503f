# b answers IKE_AUTH, a never gets it.

about() {
    cat <<'T'
IKEv2: m, the router between the peers, drops b's answers to IKE_AUTH; a asks again, b repeats its
answer each time and believes that the tunnel is up.
T
    case $1 in
    *-b-side) echo "This is the view between b and the filter: each request is answered." ;;
    *) echo "This is the view between a and the filter: IKE_AUTH stays unanswered." ;;
    esac
}

scenario() {
    capture ike-auth-response-lost m:ma pcap
    capture ike-auth-response-lost-b-side m:mb pcapng
    ike_drop m FORWARD 35 -s "$b"
    event "a initiates"
    swan a --initiate --child net --timeout 16 || event "a gives up soon"
}

expected() {
    id=ike-auth-no-response peer=@b@
    case $1 in
    *-b-side) id=ike-response-lost peer=@a@ ;;
    esac
    sed "s/ID/$id/; s/PEER/$peer/" <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"none"}
{"type":"finding","id":"ID","severity":"error","tunnel":1,"peer_to_check":{"address":"PEER"}}
J
}
