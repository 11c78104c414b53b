"""What users would pick instead of us, at its best settings. Every function gives one figure, more is better."""
import json
import os
import re
import socket

from processes import CLIENT_CORE, HERE, ROOT, SERVER_CORE, Absent, Failed, Server, free_ports, need, run

KEYS = 1_000_000
VALUE_BYTES = 64


def compile_c(name, work, libraries=()):
    need("gcc", "gcc")
    target = os.path.join(work, name)
    if not os.path.exists(target):
        run(["gcc", "-O2", "-pthread", "-o", target, os.path.join(HERE, name + ".c")] + list(libraries))
    return target


def figure(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise Failed(f"no figure in: {text.strip()[-300:]}")
    return float(found.group(1))


class Tcprr:
    """Raw C over loopback sockets; it pins its server to core 0 and its client to core 1 by itself."""

    def __init__(self, work):
        self.program = compile_c("tcprr", work)

    def round_trips(self, inflight, seconds, busy=True):
        text = run([self.program, "rr", "1", str(inflight), "64", "64", str(seconds)] + (["busy"] if busy else []))
        return figure(r": (\d+) ops/s", text)

    def stream(self, scheme, chunk_bytes, seconds):
        """GB/s (10^9) over a tcp or unix socket."""
        return figure(r": ([\d.]+) GB/s", run([self.program, "st", str(chunk_bytes), str(seconds)] + (["unix"] if scheme == "unix" else [])))


class Shmrr:
    """Raw C over two rings in shared memory, one cache line per message; it pins both sides by itself."""

    def __init__(self, work):
        self.program = compile_c("shmrr", work)

    def round_trips(self, inflight, seconds):
        return figure(r"ops/s=(\d+)", run([self.program, str(inflight), str(seconds)]))


class Memcpy:
    """Raw C: memcpy on one thread between two working sets of the size of ours, piece by piece."""

    def __init__(self, work):
        self.program = compile_c("memcopy", work)

    def bandwidth(self, piece_bytes, from_bytes, to_bytes, seconds):
        """GB/s (10^9)."""
        return figure(r"GB/s=([\d.]+)", run([self.program, str(piece_bytes), str(from_bytes), str(to_bytes), str(seconds)], CLIENT_CORE))


class Libfabric:
    """libfabric by itself: Debian's fi_pingpong for round trips, raw C for one-sided transfers. Both sides poll, one core each."""

    def __init__(self, work, provider):
        need("fi_pingpong", "libfabric-bin")
        need("/usr/include/rdma/fabric.h", "libfabric-dev")
        self.provider = provider
        self.work = work
        self.program = compile_c("ofirma", work, ["-lfabric"])

    def round_trips(self, seconds):
        """Of 64 bytes, one in flight. The tool counts transfers instead of seconds: a short run says how many fit."""
        rate = self._pingpong(2000)
        return self._pingpong(max(2000, int(rate * seconds)))

    def transfers(self, kind, chunk_bytes, inflight, seconds):
        """GB/s (10^9)."""
        return figure(r": ([\d.]+) GB/s", run([self.program, kind, self.provider, str(chunk_bytes), str(inflight), str(seconds)]))

    def _pingpong(self, count):
        port = free_ports()
        command = ["fi_pingpong", "-p", self.provider, "-e", "rdm", "-S", "64", "-I", str(count), "-B", str(port)]
        with Server(command, os.path.join(self.work, "pingpong.log"), SERVER_CORE, taken=port):
            text = run(["fi_pingpong", "-p", self.provider, "-e", "rdm", "-S", "64", "-I", str(count), "-P", str(port), "127.0.0.1"], CLIENT_CORE)
        # A transfer is one way.
        return 1e6 / (2 * figure(r"\n64\s+\S+\s+\S+\s+\S+\s+\S+\s+\S+\s+([\d.]+)", text))


class Redis:
    """One server on core 0; durable means that every reply waits for fsync (group commit)."""

    def __init__(self, work, durable):
        need("redis-server", "redis-server")
        need("redis-benchmark", "redis-tools")
        self.port = free_ports()
        folder = os.path.join(work, "redis-durable" if durable else "redis")
        os.makedirs(folder, exist_ok=True)
        settings = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--maxclients", "512"]
        if durable:
            settings += ["--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"]
        else:
            settings += ["--appendonly", "no"]
        self.server = Server(["redis-server"] + settings, os.path.join(work, "redis.log"), SERVER_CORE, port=self.port)

    def __enter__(self):
        self.server.__enter__()
        self._load()
        return self

    def __exit__(self, *_):
        self.server.__exit__()

    def rate(self, command, clients, pipeline, ramp, seconds):
        """Operations per second; the benchmark counts requests, so its count is chosen to last long enough."""
        guess = self._benchmark(command, clients, pipeline, 20_000)
        guess = self._benchmark(command, clients, pipeline, max(20_000, int(guess * max(ramp, 0.5))))
        return self._benchmark(command, clients, pipeline, max(20_000, int(guess * seconds * 1.1)))

    def _benchmark(self, command, clients, pipeline, requests):
        text = run(["redis-benchmark", "-p", str(self.port), "-t", command, "-r", str(KEYS), "-d", str(VALUE_BYTES), "-n", str(requests),
                    "-c", str(clients), "-P", str(pipeline), "--csv"], CLIENT_CORE)
        return figure(rf'"{command.upper()}","([\d.]+)"', text)

    def _load(self):
        """Sets every key, so that all gets hit: random sets would leave a third of them out."""
        with socket.create_connection(("127.0.0.1", self.port)) as link:
            reader = link.makefile("rb")
            step = 10_000
            for start in range(0, KEYS, step):
                batch = b"".join(b"*3\r\n$3\r\nSET\r\n$16\r\nkey:%012d\r\n$%d\r\n%s\r\n" % (i, VALUE_BYTES, b"%064d" % i)
                                 for i in range(start, start + step))
                link.sendall(batch)
                replies = reader.read(5 * step)
                if replies != b"+OK\r\n" * step:
                    raise Failed("redis refused the load: " + replies[:100].decode("ascii", "replace"))


class Etcd(Server):
    """One member on core 0, which writes every change to its disk before it answers."""

    def __init__(self, work):
        need("etcd", "etcd-server")
        port = free_ports(2)
        self.endpoint = f"http://127.0.0.1:{port}"
        peer = f"http://127.0.0.1:{port + 1}"
        super().__init__(["etcd", "--name", "one", "--data-dir", os.path.join(work, "etcd"), "--listen-client-urls", self.endpoint,
                          "--advertise-client-urls", self.endpoint, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                          "--initial-cluster", f"one={peer}"], os.path.join(work, "etcd.log"), SERVER_CORE, port=port)


class Fio:
    """io_uring with O_DIRECT on a laid-out file of incompressible data."""

    def __init__(self, work, size_bytes):
        need("fio", "fio")
        self.file = os.path.join(work, "fio.data")
        self.size_bytes = size_bytes
        run(["fio", "--name=layout", f"--filename={self.file}", f"--size={size_bytes}", "--rw=write", "--bs=1M", "--ioengine=io_uring",
             "--iodepth=8", "--direct=1", "--refill_buffers", "--end_fsync=1"])

    @classmethod
    def over(cls, file):
        """Over a file that is there already."""
        need("fio", "fio")
        made = cls.__new__(cls)
        made.file = file
        made.size_bytes = os.path.getsize(file)
        return made

    def sequential_read(self, size_bytes):
        """Bytes per second of reading so much of the file once, from its start."""
        text = run(["fio", "--name=peer", f"--filename={self.file}", f"--size={size_bytes // 4096 * 4096}", "--rw=read", "--bs=1M",
                    "--ioengine=io_uring", "--iodepth=8", "--direct=1", "--readonly", "--output-format=json"], CLIENT_CORE)
        return json.loads(text[text.index("{"):])["jobs"][0]["read"]["bw_bytes"]

    def bandwidth(self, pattern, depth, ramp, seconds, block="1M"):
        """Bytes per second of random transfers of one block."""
        text = run(["fio", "--name=peer", f"--filename={self.file}", f"--size={self.size_bytes}", f"--rw={pattern}", f"--bs={block}",
                    "--ioengine=io_uring", f"--iodepth={depth}", "--direct=1", "--refill_buffers", "--time_based", f"--runtime={seconds}",
                    f"--ramp_time={ramp}", "--output-format=json"], SERVER_CORE)
        job = json.loads(text[text.index("{"):])["jobs"][0]
        return job["write" if "write" in pattern else "read"]["bw_bytes"]


class RocksDb:
    """Synchronous puts from as many threads as we have callers."""

    def __init__(self, work):
        need("/usr/include/rocksdb/c.h", "librocksdb-dev")
        self.program = compile_c("rocksput", work, ["-lrocksdb"])
        self.folder = os.path.join(work, "rocksdb")

    def puts(self, threads, ramp, seconds):
        return figure(r"ops/s=(\d+)", run([self.program, self.folder, str(threads), str(ramp), str(seconds)]))


class Faster:
    """Microsoft.FASTER.Core in memory, one thread, on the core that our store has."""

    def __init__(self):
        self.program = os.path.join(ROOT, "bench", "Daos.Fabric.FasterPeer", "bin", "Release", "net10.0", "faster_peer")
        if not os.path.exists(self.program):
            raise Absent("bench/Daos.Fabric.FasterPeer is not built; run without --no-build")

    def rate(self, command, keys, ramp, seconds):
        return figure(r"ops/s=(\d+)", run([self.program, command, str(keys), str(ramp), str(seconds)], CLIENT_CORE))
