"""Our side: daos_engine as it is shipped, and dfio. Every command line of ours stands in this file."""
import contextlib
import json
import os
import shutil
import signal

from processes import CLIENT_CORE, ROOT, SERVER_CORE, Failed, Server, free_ports, need, run

DFIO = os.path.join(ROOT, "bench", "Daos.Fabric.Bench", "bin", "Release", "net10.0", "dfio")
SELF_TEST = os.path.join(ROOT, "bench", "Daos.Fabric.SelfTest", "bin", "Release", "net10.0", "self_test")
ETCD_RATE = os.path.join(ROOT, "bench", "Daos.Fabric.EtcdRate", "bin", "Release", "net10.0", "etcd_rate")
ENGINE = os.path.join(ROOT, "engine", "Daos.Fabric.Engine.Host", "bin", "Release", "net10.0", "daos_engine")

# 1,000,000 keys of 64 B values, drawn uniformly with repetition; arrays as one file of 4 GiB. Blocks are laid out once by layout().
KEY_VALUE = ["--ioengine=kv", "--bs=64", "--size=64000000", "--norandommap=1", "--layout=0"]
STORE = ["--ioengine=store", "--bs=64", "--norandommap=1", "--disable_slat=1"]
ARRAY = ["--ioengine=array", "--size=4g", "--layout=0", "--direct=1"]


def build():
    for project in ("bench/Daos.Fabric.Bench", "bench/Daos.Fabric.EtcdRate", "bench/Daos.Fabric.FasterPeer", "bench/Daos.Fabric.SelfTest",
                    "engine/Daos.Fabric.Engine.Host"):
        run(["dotnet", "build", os.path.join(ROOT, project), "-c", "Release", "-v", "q"])


def address(scheme, work):
    """Where an engine listens."""
    if scheme == "unix":
        return f"unix://{os.path.join(work, 'engine.sock')}"
    if scheme in ("shm", "ofi+shm"):
        return f"{scheme}://peers-{os.getpid()}"
    return f"{scheme}://127.0.0.1:{free_ports(3)}"


class Engine(Server):
    """The shipped engine on core 0 with one target; default options except polling and a pool that holds the array rows."""

    def __init__(self, work, scheme, durable, polling="busy", tls=False):
        self.polling = polling
        os.makedirs(work, exist_ok=True)
        self.uri = address(scheme, work)
        settings = {
            "storage": os.path.join(work, "engine"),
            "listen": [self.uri],
            "targets": 1,
            "volatile": not durable,
            "polling": polling,
            "pool_defaults": {"data_mib": 6144},
        }
        self.tls = certificates(work) if tls else {}
        if tls:
            settings["tls"] = self.tls
        config = os.path.join(work, "engine.yml")
        with open(config, "w", encoding="utf-8") as file:
            json.dump(settings, file)  # every JSON document is YAML
        super().__init__([ENGINE, "--config", config], os.path.join(work, "engine.log"), SERVER_CORE, ready="ready ")

    @contextlib.contextmanager
    def stopped(self):
        """While a peer uses both cores: an engine that polls would take half of one of them."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def options(self):
        return [f"--uri={self.uri}", f"--polling={self.polling}"] + [f"--tls_{name}={path}" for name, path in self.tls.items()]


def certificates(work):
    """One certificate for both sides that is its own authority, as files."""
    need("openssl", "openssl")
    files = {name: os.path.join(work, name + ".pem") for name in ("ca", "cert", "key")}
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=peers",
         "-keyout", files["key"], "-out", files["cert"]])
    shutil.copy(files["cert"], files["ca"])
    return files


def embedded(folder, durability):
    """A system inside dfio's process, called through the public API by ordinary application threads."""
    return [f"--directory={folder}", f"--durability={durability}", "--submit=app"]


def dfio(options, ramp=None, seconds=None, core=CLIENT_CORE):
    """Runs one job and gives its entry of the JSON document."""
    command = [DFIO, "--name=ours", "--output-format=json", "--randseed=1"] + options
    if seconds is not None:
        command += ["--time_based=1", f"--runtime={seconds}", f"--ramp_time={ramp}"]
    text = run(command, core, timeout=1800)
    try:
        jobs = json.loads(text)["jobs"]
    except (ValueError, KeyError) as error:
        raise Failed(f"dfio printed no JSON document ({error}): {text[:300]}") from error
    failed = [job for job in jobs if job.get("error", 0) != 0]
    if failed:
        raise Failed(f"dfio reported error {failed[0]['error']} for `{' '.join(command)}`")
    return jobs[0]


def broadcast(ranks, tree, repetitions):
    """What self_test says of collective requests over so many ranks. It exits with 1 when they went wrong, which is a figure here."""
    command = [SELF_TEST, f"--broadcast={ranks}", f"--tree={tree}", f"--repetitions-per-size={repetitions}", "--warm-up=200", "--json"]
    text = run(command, CLIENT_CORE, timeout=300, allowed=(0, 1))
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failed(f"self_test printed no JSON document ({error}): {text[:300]}") from error


def swaps(side_name, endpoint, callers, ramp, seconds):
    """Compare-and-swap writes per second of so many callers: "store" through the metadata store, "plain" without it."""
    text = run([ETCD_RATE, side_name, endpoint, str(callers), str(ramp), str(seconds)], CLIENT_CORE)
    try:
        return float(text.rsplit("ops/s=", 1)[1])
    except (IndexError, ValueError) as error:
        raise Failed(f"etcd_rate printed no rate: {text[:300]}") from error


def layout(options):
    """Writes every block or key once, so that reads hit and writes overwrite."""
    dfio(options + ["--rw=write", "--iodepth=8" if "--bs=1m" in options else "--iodepth=128"])


def remove(folder):
    """Between two jobs that each make a store there."""
    shutil.rmtree(folder, ignore_errors=True)


def log_file(folder):
    """The log of the one store below a folder that dfio was given."""
    return os.path.join(folder, "dfio-store-0", "log")


def check_contents(options):
    """Writes every block and reads it back with a checksum over all of it, once, outside the measurement."""
    dfio(options + ["--rw=write", "--iodepth=4", "--verify=crc32c"])
    dfio(options + ["--rw=read", "--iodepth=4", "--verify=crc32c"])


def side(job, pattern):
    return job["write" if "write" in pattern else "read"]


def rate(options, pattern, inflight, ramp, seconds, core=CLIENT_CORE):
    return side(dfio(options + [f"--rw={pattern}", f"--iodepth={inflight}"], ramp, seconds, core), pattern)["iops"]


def mixed_rate(options, read_percent, inflight, ramp, seconds, core=CLIENT_CORE):
    """Reads and writes together, on blocks that the job itself wrote once before."""
    job = dfio(options + ["--rw=randrw", f"--rwmixread={read_percent}", f"--iodepth={inflight}"], ramp, seconds, core)
    return job["read"]["iops"] + job["write"]["iops"]


def scrubbed_rate(options, read_percent, inflight, ramp, seconds, core=CLIENT_CORE):
    """(operations per second of reads and writes together, bytes per second that a scrubber checked beside them)."""
    job = dfio(options + ["--rw=randrw", f"--rwmixread={read_percent}", f"--iodepth={inflight}"], ramp, seconds, core)
    return job["read"]["iops"] + job["write"]["iops"], job["beside_bytes"] * 1000 / max(1, job["job_runtime"])


def bandwidth(options, pattern, inflight, ramp, seconds, engine=None):
    """Bytes per second. With an engine, what the kernel counts for it must cover what the job reports."""
    before = engine.io_bytes() if engine else None
    job = side(dfio(options + [f"--rw={pattern}", f"--iodepth={inflight}"], ramp, seconds), pattern)
    if engine:
        index = 1 if "write" in pattern else 0
        counted = engine.io_bytes()[index] - before[index]
        if counted < job["io_bytes"]:
            raise Failed(f"the job reports {job['io_bytes']} bytes, but the kernel counted {counted} for the engine: not from media")
    return job["bw_bytes"]


def latency_p99_us(options, ramp, seconds):
    """(p99 of 64 B calls one at a time in us, bytes per second moved beside them)."""
    job = dfio(options + ["--rw=randwrite", "--iodepth=1", "--percentile_list=50:99:99.9"], ramp, seconds)
    return job["write"]["clat_ns"]["percentile"]["99.000000"] / 1000, job["beside_bytes"] * 1000 / max(1, job["write"]["runtime"])


def allocated_bytes(options, inflight, operations, warm_up, planted=0, core=CLIENT_CORE):
    """(client, engine): managed bytes that their owner threads allocated between two marks so many operations apart."""
    extra = [f"--iodepth={inflight}", f"--number_ios={operations}", f"--ramp_time={warm_up}"]
    extra += [f"--plant_alloc={planted}"] if planted else []
    job = dfio(options + extra, core=core)
    done = job["read"]["total_ios"] + job["write"]["total_ios"]
    if done < operations:
        raise Failed(f"{done} operations instead of {operations} between the marks for {' '.join(options)}")
    for field, who in (("allocated_bytes_per_op", "the client"), ("engine_allocated_bytes_per_op", "the engine")):
        if job[field] is None:
            raise Failed(f"dfio gives no allocation of {who} for {' '.join(options)}")
    return job["allocated_bytes_per_op"] * done, job["engine_allocated_bytes_per_op"] * done
