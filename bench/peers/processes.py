"""Programs of both sides: compiling, starting, pinning, waiting for readiness, stopping. Kills only what it started."""
import os
import shutil
import signal
import socket
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(ROOT, "bench", "peers")
SERVER_CORE = 0
CLIENT_CORE = 1


class Absent(Exception):
    """A peer cannot be had on this machine; the text says why."""


class Failed(Exception):
    """A side did not do its work; the text says what it printed."""


def need(command, package):
    """Installs a Debian package when its command or file is missing."""
    present = os.path.exists(command) if command.startswith("/") else shutil.which(command)
    if present:
        return
    script = f'. "{ROOT}/eng/common.sh"; install_packages {package}'
    done = subprocess.run(["bash", "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if not (os.path.exists(command) if command.startswith("/") else shutil.which(command)):
        why = " ".join(done.stderr.split()) or "apt-get failed"
        raise Absent(f"the package {package} is missing and could not be installed ({why})")


def need_cores():
    cores = os.sched_getaffinity(0)
    if SERVER_CORE not in cores or CLIENT_CORE not in cores:
        raise Absent(f"server and client need cores {SERVER_CORE} and {CLIENT_CORE}, this process may use {sorted(cores)}")


def run(command, core=None, timeout=600, allowed=(0,)):
    """Runs a program to its end and gives its standard output; any other exit code is a failure that carries what it said."""
    if core is not None:
        command = ["taskset", "-c", str(core)] + command
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode not in allowed:
        said = (done.stderr.strip() or done.stdout.strip())[-600:]
        raise Failed(f"`{' '.join(command)}` ended with {done.returncode}: {said}")
    return done.stdout


class Server:
    """A process that serves until stopped, as a context manager."""

    def __init__(self, command, log, core=None, ready=None, port=None, taken=None, environment=None):
        self.command = (["taskset", "-c", str(core)] if core is not None else []) + command
        self.log = log
        self.ready = ready
        self.port = port
        self.taken = taken
        self.environment = environment
        self.process = None

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        os.makedirs(os.path.dirname(self.log), exist_ok=True)
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                            env={**os.environ, **(self.environment or {})})
        limit = time.monotonic() + 60
        while not self._is_ready():
            if self.process.poll() is not None:
                raise Failed(f"`{' '.join(self.command)}` ended with {self.process.returncode}: {self._said()}")
            if time.monotonic() > limit:
                self.__exit__(None, None, None)
                raise Failed(f"`{' '.join(self.command)}` is not ready after 60 s: {self._said()}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def io_bytes(self):
        """(read, written): what the kernel counts as media traffic of the process."""
        with open(f"/proc/{self.pid}/io", encoding="ascii") as file:
            values = dict(line.split(": ") for line in file.read().splitlines())
        return int(values["read_bytes"]), int(values["write_bytes"])

    def memory_peak_bytes(self):
        """The most memory of the process that ever was in use at once (VmHWM)."""
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as file:
            values = dict(line.split(":", 1) for line in file.read().splitlines())
        return int(values["VmHWM"].split()[0]) * 1024

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def cpu_share(self, seconds):
        """Share of one core used over some seconds in which nobody asks for anything."""
        time.sleep(2)
        before = self.cpu_seconds()
        time.sleep(seconds)
        return (self.cpu_seconds() - before) / seconds

    def _said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read().strip()[-600:]

    def _is_ready(self):
        if self.ready is not None and any(text.startswith(self.ready) for text in self._said().splitlines()):
            return True
        if self.taken is not None:
            # For a server that serves the first who connects, which a probe must not be.
            return not _is_free(self.taken)
        if self.port is None:
            return False
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def free_ports(count=1):
    """The first of some ports in a row that nobody listens on: an engine uses one port for each of its tags."""
    for _ in range(1000):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = probe.getsockname()[1]
        if first + count <= 65536 and all(_is_free(port) for port in range(first, first + count)):
            return first
    raise Failed(f"no {count} free ports in a row")


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False
