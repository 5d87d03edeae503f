"""The captures that are measured: made once, kept in the build folder, the same each time."""

import os
import subprocess

MIB = 1 << 20
PCAP_HEADER = 24
PACKERS = {"gz": ["gzip", "-1c"], "zst": ["zstd", "-3qc"]}
UNPACKERS = {"gz": ["gzip", "-dc"], "zst": ["zstd", "-dqc"]}


class Captures:
    def __init__(self, build):
        self.folder = os.path.join(build, "bench")
        self.generator = os.path.join(build, "tests", "bench", "generate")

    def _made(self, name, source, make):
        """The path of `name`, which make(path) writes unless it is newer than `source`."""
        path = os.path.join(self.folder, name)
        if os.path.exists(path) and os.path.getmtime(path) >= os.path.getmtime(source):
            return path
        os.makedirs(self.folder, exist_ok=True)
        # The name's end tells the generator which format is wanted.
        new = os.path.join(self.folder, "new-" + name)
        make(new)
        os.replace(new, path)
        return path

    def generated(self, kind, size, count=None, form="pcap"):
        name = "-".join(str(part) for part in (kind, count, size) if part) + "." + form
        arguments = [str(count)] if count else []
        return self._made(name, self.generator, lambda path: subprocess.run(
            [self.generator, kind, str(size), path, *arguments], check=True))

    def packed(self, path, form):
        """A capture as gzip or zstd."""
        def pack(new):
            with open(new, "wb") as file:
                subprocess.run([*PACKERS[form], path], stdout=file, check=True)
        return self._made(os.path.basename(path) + "." + form, path, pack)

    def messages(self, size):
        """The IKE messages of a bundled tunnel over and over: every field is to be shown."""
        bundled = "pcaps/healthy-ikev2.pcapng"

        def repeat(new):
            once = new + ".once"
            subprocess.run(["tshark", "-r", bundled, "-Y", "isakmp", "-F", "pcap", "-w", once],
                           check=True, stderr=subprocess.DEVNULL)
            with open(once, "rb") as file:
                header, body = file.read(PCAP_HEADER), file.read()
            os.remove(once)
            with open(new, "wb") as file:
                file.write(header + body * (size // len(body)))
        return self._made("messages-%d.pcap" % size, bundled, repeat)


def warm(path):
    """Reads it, so that it comes from the page cache."""
    with open(path, "rb", buffering=0) as file:
        while file.read(MIB):
            pass
