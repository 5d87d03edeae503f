# libreswan initiates with a major version that nobody speaks.
peer_b=libreswan

about() {
    cat <<'T'
b (libreswan, impaired: major-version-bump) initiates with IKE version 3.0; a answers
INVALID_MAJOR_VERSION.
T
}

scenario() {
    capture libreswan-major-version m:ma pcap
    whack --impair major-version-bump
    event "b initiates"
    whack --initiate --asynchronous --name lab
    sleep 14
}

expected() {
    cat <<'J'
{"type":"finding","id":"ike-version-mismatch","severity":"error","tunnel":1}
J
}
