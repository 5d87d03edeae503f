"""Asks a running watch for its metrics over HTTP, well and badly. scrape.py PORT"""

import http.client
import socket
import sys
import time

import exposition

CLIENTS_OF_ONE_ADDRESS = 8
PATIENCE_S = 20


def ask(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response, text


def expect(condition, what):
    if not condition:
        sys.exit(what)


def ask_well(port):
    response, text = ask(port, "GET", "/metrics")
    expect(response.status == 200, f"GET: {response.status}")
    kind = response.headers["Content-Type"]
    expect(kind == "text/plain; version=0.0.4; charset=utf-8", f"type {kind}")
    expect(exposition.read(text), "no samples")
    response, text = ask(port, "HEAD", "/metrics")
    expect(response.status == 200 and text == "", "HEAD")


def ask_badly(port):
    for path in ("/", "/metrics/", "/..%2fetc/passwd", "/" + "x" * 4000):
        response, _ = ask(port, "GET", path)
        expect(response.status == 404, f"GET {path[:20]}: {response.status}")
    for method, body in (("POST", "x" * 100000), ("PUT", "x"), ("DELETE", None)):
        response, _ = ask(port, method, "/metrics", body)
        expect(response.status == 405, f"{method}: {response.status}")
        expect(response.headers["Allow"] == "GET, HEAD", f"{method} without Allow")
    for garbage in (b"\x00\xff\r\n\r\n", b"GET\r\n\r\n", b"A" * 20000 + b"\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
            try:
                raw.sendall(garbage)
                raw.shutdown(socket.SHUT_WR)
                answer = raw.recv(100)
                expect(b" 200 " not in answer, f"{garbage[:10]} was answered: {answer}")
            except OSError:
                pass  # refused without a word


def hold_on(port):
    """Clients that say a byte now and then have their connections only for so long."""
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(CLIENTS_OF_ONE_ADDRESS)]
    until = time.monotonic() + PATIENCE_S
    answered = False
    while not answered and time.monotonic() < until:
        for client in slow:
            try:
                client.sendall(b"G")
            except OSError:
                pass  # sent away: another one gets its place
        try:
            answered = ask(port, "GET", "/metrics")[0].status == 200
        except OSError:
            time.sleep(0.5)
    for client in slow:
        client.close()
    expect(answered, "clients that hold on keep others out")


def main():
    port = int(sys.argv[1])
    ask_well(port)
    ask_badly(port)
    hold_on(port)
    ask_well(port)


if __name__ == "__main__":
    main()
