"""Traffic in the tunnel that ping cannot make.

usage: traffic.py serve ADDRESS            take TCP connections on port 5001 and say at the end of
                                           each how much came
       traffic.py send FROM TO BYTES       send that much over one, give up after 25 s
"""

import socket
import sys

PORT = 5001


def serve(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, PORT), family=family)
    while True:
        connection, _ = listener.accept()
        total = 0
        while data := connection.recv(65536):
            total += len(data)
        connection.sendall(b"%d" % total)
        connection.close()


def send(source, destination, count):
    with socket.create_connection((destination, PORT), 25, (source, 0)) as connection:
        connection.sendall(bytes(int(count)))
        connection.shutdown(socket.SHUT_WR)
        print(connection.recv(100).decode(), "of", count)


def main():
    what, *arguments = sys.argv[1:]
    {"serve": serve, "send": send}[what](*arguments)


main()
