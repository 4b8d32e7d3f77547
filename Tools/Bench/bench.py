"""What the measuring scripts share: a served store, wrk, and rows out of views."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Another build is measured by naming it.
ANNALS = os.environ.get("ANNALS_PROGRAM") or os.path.join(HERE, "..", "annals")


def note(text):
    print(text, file=sys.stderr, flush=True)


def need(program, package):
    if not shutil.which(program):
        sys.exit(f"{os.path.basename(sys.argv[0])}: there is no {program}: apt-get install {package}")


def lines(*arguments):
    """The lines of JSON that the program prints, as it prints them."""
    read = subprocess.Popen([ANNALS, *arguments, "--json"], stdout=subprocess.PIPE)
    for line in read.stdout:
        yield json.loads(line)
    if read.wait() != 0:
        sys.exit(f"annals {arguments[0]} failed")


class Server:
    """The program serving something until told to stop."""

    def __init__(self, *arguments):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([ANNALS, *arguments, "--http", "127.0.0.1:0"], stderr=self.log)
        for _ in range(1200):
            self.log.seek(0)
            found = re.search(r"serving (http://[^\s,]+)", self.log.read())
            if found:
                self.url = found.group(1)
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.log.seek(0)
        sys.exit("annals does not serve: " + self.log.read())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def fill(directory, events, mix="chat", users=None):
    """Imports made-up events; of the mix `chat`, more than three quarters are messages."""
    make = subprocess.Popen(
        [ANNALS, "generate", "--mix", mix, "--events", str(events), "--users", str(users or max(1_000, events // 60))],
        stdout=subprocess.PIPE)
    subprocess.run([ANNALS, "import", "-", "--data", directory], stdin=make.stdout, check=True, stdout=sys.stderr)
    make.wait()


def documents(collection, *where):
    """The documents of a collection as tables have them: dates and ids as text."""
    return map(plain, lines("query", collection, *where))


def plain(value):
    if isinstance(value, dict):
        if len(value) == 1:
            for name in ("$oid", "$date", "$numberLong", "$numberDecimal"):
                if name in value:
                    return value[name]
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def wrk(url, seconds, connections, method, path, body, keys):
    """Asks by so many connections, which wait for each answer. `%s` in the path and the body is a line of the file `keys`."""
    done = subprocess.run(
        ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s", "-s",
         os.path.join(HERE, "wrk.lua"), url, "--", method, path, body, keys],
        stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    if result["failed"] or not result["requests"]:
        # Told, not counted.
        note(f"{method} {path} {body}: {result['failed']} of {result['requests']} failed")
        result["rate"] = None
    return result
