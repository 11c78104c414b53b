"""The table of claims: what is measured against whom, and the ratio that is asked for."""
import contextlib
import functools
import os
from dataclasses import dataclass
from typing import Callable

import ours
from peers import Etcd, Fio, Libfabric, Memcpy, Redis, RocksDb, Shmrr, Tcprr
from processes import CLIENT_CORE, SERVER_CORE, Failed
from store_rows import store, store_alone, store_durable, store_memory, store_recovery, store_with_many_keys

BOTH_CORES = f"{SERVER_CORE},{CLIENT_CORE}"
MIB = 1 << 20
GIB = 1 << 30
MERCURY_ROUND_TRIPS = 1_100_000  # Mercury na+sm, polling, on a machine like this one; quoted, not run
CART_ROUND_TRIPS = 90_000  # CART self_test over ofi+tcp at 64 in flight and more, on a machine like this one; quoted, not run

CONNECTIONS = 1000
ACTIVE = 4
CONNECTION_BYTES_MAX = 32 * 1024
BESIDE_BYTES_MIN = 200_000_000  # a second: far below what any machine moves, far above a stream that stands still
AGGREGATED_MIN = 1000

SCRUB_RATE = 100 * MIB  # bytes per second
SCRUB_BYTES_MIN = 60 * MIB  # a second: below it the scrub was held back too much to be called one at its rate
SCRUB_DATA_BYTES = GIB  # more than is scrubbed while one side is measured

# What dfio is told for 64 B calls (one clock read each, as fio recommends for such rates) and for one-sided transfers of 1 MiB. The C stream
# sends and receives one chunk's memory over and over, which stays in its cache: ours has as many chunks as are in flight, and no more.
ECHO = ["--ioengine=rpc", "--bs=64", "--disable_slat=1"]
# Rates only: the C peers do not time single calls either. An echo has no place, so blocks come in order: drawing them at random would
# measure the drawing, a tenth of our client's time.
ECHO_RATE = ["--ioengine=rpc", "--bs=64", "--gtod_reduce=1"]
BULK = ["--ioengine=bulk", "--bs=1m", "--size=4m", "--layout=0"]


@dataclass(frozen=True)
class Timing:
    """Seconds before and during each measurement."""
    ramp: float
    run: float


@dataclass(frozen=True)
class Row:
    """One claim. `prepare(work, timing, note)` is a context manager that gives a function of no arguments for each side."""
    row_id: str
    what: str
    peer: str
    at_least: float
    unit: str
    mode: str
    inflight: int
    prepare: Callable


def alone(engine, peer):
    """The peer's figure with our engine stopped: one that polls would take half of a core from it."""
    def measured():
        with engine.stopped():
            return peer()

    return measured


@contextlib.contextmanager
def round_trips(inflight, work, timing, note, polling="busy"):
    tcprr = Tcprr(work)
    with ours.Engine(work, "tcp", durable=False, polling=polling) as engine:
        options = ECHO_RATE + engine.options()

        def our_side():
            value = ours.rate(options, "write", inflight, timing.ramp, timing.run)
            if inflight > 1:
                note(f"{value / CART_ROUND_TRIPS:.1f} times CART's 90 k/s over ofi+tcp")
            return value

        yield our_side, alone(engine, lambda: tcprr.round_trips(inflight, timing.ramp + timing.run, busy=polling == "busy"))


def blocked_round_trips(work, timing, note):
    return round_trips(1, work, timing, note, polling="sleep")


@contextlib.contextmanager
def bulk(scheme, inflight, work, timing, note):
    tcprr = Tcprr(work)
    with ours.Engine(work, scheme, durable=False) as engine:
        options = BULK + engine.options()
        ours.check_contents(options)
        yield (lambda: ours.bandwidth(options, "write", inflight, timing.ramp, timing.run) / 1e9,
               alone(engine, lambda: tcprr.stream(scheme, MIB, timing.ramp + timing.run)))


@contextlib.contextmanager
def tls_round_trips(inflight, work, timing, note):
    """Two engines share a core, so neither spins while it has nothing to do."""
    with (ours.Engine(os.path.join(work, "tls"), "tcp", durable=False, polling="adaptive", tls=True) as sealed,
          ours.Engine(os.path.join(work, "plain"), "tcp", durable=False, polling="adaptive") as plain):
        yield (lambda: ours.rate(ECHO_RATE + sealed.options(), "write", inflight, timing.ramp, timing.run),
               lambda: ours.rate(ECHO_RATE + plain.options(), "write", inflight, timing.ramp, timing.run))


@contextlib.contextmanager
def tls_bulk(inflight, work, timing, note):
    tcprr = Tcprr(work)
    with ours.Engine(work, "tcp", durable=False, tls=True) as engine:
        options = BULK + engine.options()
        ours.check_contents(options)
        yield (lambda: ours.bandwidth(options, "write", inflight, timing.ramp, timing.run) / 1e9,
               alone(engine, lambda: tcprr.stream("tcp", MIB, timing.ramp + timing.run)))


@contextlib.contextmanager
def calls_beside_bulk(work, timing, note):
    """Figures are calls per second as the 99th percentile would allow them, one at a time: so more is better on both sides."""
    with ours.Engine(work, "tcp", durable=False) as engine:
        options = ECHO + engine.options()

        def side(more, what):
            p99_us, beside = ours.latency_p99_us(options + more, timing.ramp, timing.run)
            if more and beside < BESIDE_BYTES_MIN:
                raise Failed(f"only {beside / 1e6:.0f} MB/s were moved beside the calls: that is not back to back")
            note(f"p99 {p99_us:.1f} us {what}" + (f", {beside / 1e9:.2f} GB/s beside" if more else ""))
            return 1e6 / p99_us

        yield lambda: side(["--bulk_beside=1"], "with 1 MiB transfers back to back"), lambda: side([], "alone")


@contextlib.contextmanager
def many_connections(inflight, work, timing, note):
    """Some active connections of 1,000, and one alone, with as many calls in flight in all."""
    with ours.Engine(os.path.join(work, "many"), "tcp", durable=False) as engine:
        options = ECHO_RATE + engine.options()

        def many():
            return ours.rate(options + [f"--connections={ACTIVE}", f"--idle_connections={CONNECTIONS - ACTIVE}"], "write", inflight,
                             timing.ramp, timing.run)

        def one():
            return ours.rate(options, "write", inflight, timing.ramp, timing.run)

        one()
        before = engine.memory_peak_bytes()
        many()
        each = (engine.memory_peak_bytes() - before) / CONNECTIONS
        note(f"{each / 1024:.1f} KiB of the engine's memory per connection (under 32)")
        if each >= CONNECTION_BYTES_MAX:
            raise Failed(f"{each / 1024:.1f} KiB per connection, 32 at most")
        yield many, one


@contextlib.contextmanager
def shared_round_trips(inflight, work, timing, note):
    shmrr = Shmrr(work)
    with ours.Engine(work, "shm", durable=False) as engine:
        options = ECHO_RATE + engine.options()

        def our_side():
            value = ours.rate(options, "write", inflight, timing.ramp, timing.run)
            if inflight > 1:
                note(f"{value / MERCURY_ROUND_TRIPS:.2f} times Mercury's 1.1 M/s over na+sm")
            return value

        yield our_side, alone(engine, lambda: shmrr.round_trips(inflight, timing.run))


@contextlib.contextmanager
def shared_bulk(inflight, work, timing, note):
    memcpy = Memcpy(work)
    with ours.Engine(work, "shm", durable=False) as engine:
        options = BULK + engine.options()
        ours.check_contents(options)
        # The engine pulls from the jobs' buffers, as many as are in flight, into the 64 MiB of its own.
        yield (lambda: ours.bandwidth(options, "write", inflight, timing.ramp, timing.run) / 1e9,
               alone(engine, lambda: memcpy.bandwidth(MIB, inflight * MIB, 64 * MIB, timing.run)))


@contextlib.contextmanager
def fabric_round_trips(provider, work, timing, note):
    peer = Libfabric(work, provider)
    with ours.Engine(work, f"ofi+{provider}", durable=False) as engine:
        options = ["--ioengine=rpc", "--bs=64"] + engine.options()

        yield (lambda: ours.rate(options, "write", 1, timing.ramp, timing.run),
               alone(engine, lambda: peer.round_trips(timing.run)))


@contextlib.contextmanager
def fabric_transfers(provider, inflight, work, timing, note):
    """The smaller of write and read, each against its own and over the same 4 MiB: the figure is the ratio, the peer is 1."""
    peer = Libfabric(work, provider)
    with ours.Engine(work, f"ofi+{provider}", durable=False) as engine:
        options = ["--ioengine=bulk", "--bs=1m", "--size=4m", "--layout=0"] + engine.options()
        ours.check_contents(options)

        def smaller_ratio():
            ratios = []
            for pattern, kind in (("write", "read"), ("read", "write")):
                # The engine starts the transfers: what a client writes, the engine reads out of the client's memory.
                mine = ours.bandwidth(options, pattern, inflight, timing.ramp, timing.run) / 1e9
                with engine.stopped():
                    theirs = peer.transfers(kind, MIB, inflight, timing.run)
                note(f"RMA {kind}: {mine:.2f} GB/s, C {theirs:.2f} GB/s")
                ratios.append(mine / theirs)
            return min(ratios)

        yield smaller_ratio, lambda: 1.0


@contextlib.contextmanager
def key_value(pattern, command, inflight, work, timing, note):
    with Redis(work, durable=False) as redis, ours.Engine(work, "tcp", durable=False) as engine:
        options = ours.KEY_VALUE + engine.options()
        ours.layout(options)
        yield (lambda: ours.rate(options, pattern, inflight, timing.ramp, timing.run),
               alone(engine, lambda: redis.rate(command, 1, inflight, timing.ramp, timing.run)))


@contextlib.contextmanager
def key_value_and_echo(inflight, work, timing, note):
    """Gets against redis; beside it, printed, our own calls without a store."""
    with key_value("randread", "get", inflight, work, timing, note) as (our_gets, peer), \
            ours.Engine(os.path.join(work, "echo"), "tcp", durable=False, polling="adaptive") as engine:

        def our_side():
            value = our_gets()
            echo = ours.rate(ECHO + engine.options(), "randwrite", inflight, timing.ramp, timing.run)
            note(f"{value / echo:.2f} of our own echo at {inflight}, {echo:.0f}/s")
            return value

        yield our_side, alone(engine, peer)


@contextlib.contextmanager
def store_aggregation(work, timing, note):
    """Figures are puts per second as the 99th percentile would allow them, one at a time: so more is better on both sides."""
    # So many keys that one way through them takes half a second at the pace of an engine with room: several in a run, behind all of them.
    options = store(10_000, "durable") + ["--iodepth=16", "--percentile_list=50:99:99.9"]

    def side(more, what):
        job = ours.dfio(options + ["--rw=randrw", "--rwmixread=0"] + more, timing.ramp, timing.run)
        p99_us = job["write"]["clat_ns"]["percentile"]["99.000000"] / 1000
        freed = job["beside_bytes"] // 64
        if more and freed < AGGREGATED_MIN:
            raise Failed(f"only {freed} versions were taken away beside the puts: that is no aggregation")
        note(f"p99 {p99_us:.1f} us {what}" + (f", {freed} versions taken away" if more else ""))
        return 1e6 / p99_us

    yield lambda: side(["--aggregate=100"], "with aggregation"), lambda: side([], "without")


@contextlib.contextmanager
def store_scrub(work, timing, note):
    """Puts and gets beside a timed scrub, and the same without it. The arrays that are checked are there on both sides."""
    options = store(100_000, "volatile", "1g") + [f"--datasize={2 * SCRUB_DATA_BYTES}", f"--scrub_data={SCRUB_DATA_BYTES}", f"--directory={work}"]

    def side(more):
        value, scrubbed = ours.scrubbed_rate(options + more, 50, 1, timing.ramp, timing.run)
        if more:
            if scrubbed < SCRUB_BYTES_MIN:
                raise Failed(f"only {scrubbed / MIB:.0f} MiB/s were scrubbed: nothing is measured")
            note(f"{scrubbed / MIB:.1f} MiB/s scrubbed, {scrubbed * timing.run / MIB:.0f} MiB in all")
        return value

    yield lambda: side([f"--scrub={SCRUB_RATE}"]), lambda: side([])


@contextlib.contextmanager
def key_value_durable(inflight, work, timing, note):
    with Redis(work, durable=True) as redis, ours.Engine(work, "tcp", durable=True, polling="adaptive") as engine:
        options = ours.KEY_VALUE + engine.options()
        ours.layout(options)

        def better_of_two():
            pipeline = redis.rate("set", 1, inflight, timing.ramp, timing.run)
            connections = redis.rate("set", inflight, 1, timing.ramp, timing.run)
            note(f"redis: {pipeline:.0f}/s with -P {inflight} -c 1, {connections:.0f}/s with -c {inflight} -P 1")
            return max(pipeline, connections)

        yield lambda: ours.rate(options, "randwrite", inflight, timing.ramp, timing.run), alone(engine, better_of_two)


@contextlib.contextmanager
def array(pattern, inflight, work, timing, note, block="1m"):
    fio = Fio(work, 4 * GIB)
    with ours.Engine(work, "unix", durable=True, polling="adaptive") as engine:
        options = ours.ARRAY + [f"--bs={block}"] + engine.options()
        ours.layout(options)
        if "write" in pattern:
            # Overwrites move through the free third of the data file: touch it once, as the peer's file was.
            ours.layout(options)
        yield (lambda: ours.bandwidth(options, pattern, inflight, timing.ramp, timing.run, engine) / MIB,
               alone(engine, lambda: fio.bandwidth(pattern, inflight, timing.ramp, timing.run, block) / MIB))


@contextlib.contextmanager
def embedded(inflight, work, timing, note):
    rocks = RocksDb(work)
    options = ours.KEY_VALUE + ours.embedded(os.path.join(work, "embedded"), "durable")
    ours.layout(options)
    yield (lambda: ours.rate(options, "randwrite", inflight, timing.ramp, timing.run, BOTH_CORES),
           lambda: rocks.puts(inflight, timing.ramp, timing.run))
    if inflight == 1:
        note_latency_and_idle_use(work, timing, note)


def note_latency_and_idle_use(work, timing, note):
    """Two figures that are printed beside the rows: embedded get latency, and what an idle engine costs."""
    for name, poll in (("spinning", 1), ("blocked", 0)):
        options = ours.KEY_VALUE + ours.embedded(os.path.join(work, "latency"), "volatile") + [f"--poll={poll}", "--layout=1", "--size=640000"]
        spin = [] if poll else ["--spin=0"]
        job = ours.dfio(options + spin + ["--rw=randread", "--iodepth=1"], timing.ramp, timing.run, BOTH_CORES)
        p50_us = job["read"]["clat_ns"]["percentile"]["50.000000"] / 1000
        note(f"embedded get, volatile, {name}: p50 {p50_us:.1f} us" + (" (at most 20)" if poll else ""))
    with ours.Engine(os.path.join(work, "idle"), "tcp", durable=True, polling="adaptive") as engine:
        used = engine.cpu_share(10)
        note(f"idle daos_engine: {used * 100:.2f} % of a core (under 1)")


@contextlib.contextmanager
def public_api(inflight, work, timing, note):
    with ours.Engine(work, "tcp", durable=False) as engine:
        options = ours.KEY_VALUE + engine.options()
        ours.layout(options)
        yield (lambda: ours.rate(options + ["--submit=app"], "randread", inflight, timing.ramp, timing.run),
               lambda: ours.rate(options, "randread", inflight, timing.ramp, timing.run))


@contextlib.contextmanager
def allocation(work, timing, note):
    """Exactly zero on every path; one planted array per thousand operations must be seen on each. The figure is 1 or 0, the peer is 1."""
    quick = timing.run < 3
    operations, warm_up = (100_000, 2) if quick else (1_000_000, 5)
    with ours.Engine(work, "tcp", durable=False) as engine:
        array_job = ["--ioengine=array", "--bs=4k", "--size=256m", "--layout=0"]
        object_job = ["--ioengine=object", "--bs=64", "--size=6400000", "--norandommap=1", "--layout=0"]
        app = ["--submit=app"]
        paths = {
            "rpc": ["--ioengine=rpc", "--bs=64", "--rw=randwrite"],
            "kv": ours.KEY_VALUE + ["--rw=randrw"],
            "array": array_job + ["--rw=randrw"],
            "object": object_job + ["--rw=randrw"],
            "sdk kv": ours.KEY_VALUE + ["--rw=randrw"] + app,
            "sdk array": array_job + ["--rw=randrw"] + app,
            "sdk object": object_job + ["--rw=randrw"] + app,
        }
        for job in (ours.KEY_VALUE, array_job, object_job):
            ours.layout(job + engine.options())

        def check():
            clean = True
            for name, options in paths.items():
                # What happens now and then (trimming, say) happens once before: the first call of a method allocates its literals.
                ours.allocated_bytes(options + engine.options(), 128, operations, warm_up)
                for inflight in (1, 16, 128):
                    client, server = ours.allocated_bytes(options + engine.options(), inflight, operations, warm_up)
                    note(f"{name}, {inflight} in flight: client {client:.0f}, engine {server:.0f} bytes in {operations} operations")
                    clean = clean and client + server == 0
                client, server = ours.allocated_bytes(options + engine.options(), 16, operations // 10, warm_up, planted=1000)
                note(f"{name}, 16 in flight, planted: client {client:.0f}, engine {server:.0f} bytes in {operations // 10} operations")
                if client + server == 0:
                    raise Failed(f"an allocation planted on the {name} path was not seen: the check proves nothing")
            return 1.0 if clean else 0.0

        yield check, lambda: 1.0


@contextlib.contextmanager
def broadcast(ranks, work, timing, note):
    """Every rank runs every broadcast exactly once, and no way from the root is longer than the logarithm. The figure is 1 or 0."""
    def check():
        good = True
        for tree in ("knomial:2", "knomial:4", "kary:2"):
            figures = ours.broadcast(ranks, tree, 200 if timing.run < 3 else 2000)
            note(f"{tree}: depth {figures['depth']} (at most {figures['depth_limit']}), {figures['broadcasts_per_second']:.0f}/s, "
                 f"p50 {figures['p50_ns'] / 1000:.0f} us, {figures['allocated_bytes_per_broadcast_and_rank']:.0f} bytes per broadcast and rank")
            good = good and figures["failed"] == 0 and figures["once_each"] and figures["depth"] <= figures["depth_limit"]
        return 1.0 if good else 0.0

    yield check, lambda: 1.0


@contextlib.contextmanager
def no_server(*_):
    """Loopback: the other side is a thread of dfio. Both its threads count, and take both cores."""
    yield ["--uri=loopback://peers", "--polling=adaptive"], BOTH_CORES


@contextlib.contextmanager
def engine_over(scheme, tls, work):
    with ours.Engine(os.path.join(work, "alloc"), scheme, durable=False, tls=tls) as engine:
        yield engine.options(), CLIENT_CORE


# Every provider: what makes it reachable, as dfio's options and the cores of dfio.
PROVIDERS = {
    "tcp": functools.partial(engine_over, "tcp", False),
    "tcp with TLS": functools.partial(engine_over, "tcp", True),
    "unix": functools.partial(engine_over, "unix", False),
    "shm": functools.partial(engine_over, "shm", False),
    "ofi tcp;ofi_rxm": functools.partial(engine_over, "ofi+tcp;ofi_rxm", False),
    "ofi shm": functools.partial(engine_over, "ofi+shm", False),
    "loopback": no_server,
}


@contextlib.contextmanager
def provider_allocation(work, timing, note):
    """Exactly zero for calls and transfers over every provider; a planted array must be seen on each. The figure is 1 or 0, the peer is 1."""
    operations, warm_up = (100_000, 2) if timing.run < 3 else (1_000_000, 5)
    jobs = {"calls": (ECHO + ["--rw=randwrite"], 1, (1, 16, 128)),
            "transfers": (["--ioengine=bulk", "--bs=64k", "--size=8m", "--rw=randrw"], 10, (1, 16))}

    def check():
        clean = True
        for provider, reach in PROVIDERS.items():
            with reach(work) as (options, core):
                for what, (job, fewer, depths) in jobs.items():
                    count = operations // fewer
                    for inflight in depths:
                        client, server = ours.allocated_bytes(job + options, inflight, count, warm_up, core=core)
                        note(f"{provider}, {what}, {inflight} in flight: client {client:.0f}, engine {server:.0f} bytes in {count} operations")
                        clean = clean and client + server == 0
                    client, server = ours.allocated_bytes(job + options, 16, 5_000, warm_up, planted=1000, core=core)
                    if client + server == 0:
                        raise Failed(f"an allocation planted on {provider}, {what}, was not seen: the check proves nothing")
        return 1.0 if clean else 0.0

    yield check, lambda: 1.0


@contextlib.contextmanager
def metadata(callers, work, timing, note):
    """The metadata store and a plain loop in turn, each with a process of its own, on the same etcd."""
    with Etcd(work) as etcd:
        def side(name):
            return lambda: ours.swaps(name, etcd.endpoint, callers, timing.ramp, timing.run)

        yield side("store"), side("plain")


def _bind(function, *arguments):
    return lambda work, timing, note: function(*arguments, work, timing, note)


ROWS = [
    Row("path-rpc-1", "RPC echo 64 B over tcp, 1 in flight, both polling", "raw C, busy epoll (tcprr)", 0.7,
        "op/s", "volatile", 1, _bind(round_trips, 1)),
    Row("path-rpc-256", "RPC echo 64 B over tcp, 256 in flight, both polling", "raw C, busy epoll (tcprr)", 0.12,
        "op/s", "volatile", 256, _bind(round_trips, 256)),
    Row("path-bulk", "bulk 1 MiB one-sided over a unix socket", "raw C stream (tcprr)", 0.8,
        "GB/s", "volatile", 4, _bind(bulk, "unix", 4)),
    Row("rpc-tcp-1", "RPC echo 64 B over tcp, 1 in flight, both polling", "raw C, busy epoll (tcprr)", 0.9,
        "op/s", "volatile", 1, _bind(round_trips, 1)),
    Row("rpc-tcp-blocked", "RPC echo 64 B over tcp, 1 in flight, both sleeping while idle", "raw C, blocking epoll (tcprr)", 0.8,
        "op/s", "volatile", 1, blocked_round_trips),
    Row("rpc-tcp-256", "RPC echo 64 B over tcp, 256 in flight, both polling", "raw C, busy epoll (tcprr)", 0.25,
        "op/s", "volatile", 256, _bind(round_trips, 256)),
    Row("rpc-tcp-tls-256", "RPC echo 64 B over tcp with TLS 1.3, 256 in flight (printed only)", "ours without TLS", 0,
        "op/s", "volatile", 256, _bind(tls_round_trips, 256)),
    Row("bulk-tcp", "bulk 1 MiB one-sided over tcp", "raw C stream (tcprr)", 0.95,
        "GB/s", "volatile", 4, _bind(bulk, "tcp", 4)),
    Row("bulk-unix", "bulk 1 MiB one-sided over a unix socket", "raw C stream (tcprr)", 0.95,
        "GB/s", "volatile", 4, _bind(bulk, "unix", 4)),
    Row("bulk-tcp-tls", "bulk 1 MiB one-sided over tcp with TLS 1.3 (printed only)", "raw C stream without TLS (tcprr)", 0,
        "GB/s", "volatile", 4, _bind(tls_bulk, 4)),
    Row("rpc-p99-bulk", "1 / p99 of 64 B calls with 1 MiB transfers back to back on the same connection", "the same calls alone (dfio)", 0.33,
        "1/s", "volatile", 1, calls_beside_bulk),
    Row("conn-1000", "RPC echo 64 B on 4 active ones of 1,000 connections, 256 in flight in all", "one connection alone, 256 in flight (dfio)", 0.8,
        "op/s", "volatile", 256, _bind(many_connections, 256)),
    Row("fabric-alloc", "managed bytes per call and transfer over tcp, TLS, unix, shm, libfabric and loopback, both sides (1 = none)",
        "none: exactly 0 bytes", 1, "clean", "volatile", 128, provider_allocation),
    Row("rpc-shm-1", "RPC echo 64 B over shared memory, 1 in flight, both polling", "raw C, two rings (shmrr)", 0.25,
        "op/s", "volatile", 1, _bind(shared_round_trips, 1)),
    Row("rpc-shm-64", "RPC echo 64 B over shared memory, 64 in flight, both polling", "raw C, two rings (shmrr)", 0.2,
        "op/s", "volatile", 64, _bind(shared_round_trips, 64)),
    Row("bulk-shm", "bulk 1 MiB one-sided over shared memory", "raw C memcpy of the same working set, one thread", 0.6,
        "GB/s", "volatile", 4, _bind(shared_bulk, 4)),
    Row("bcast-64", "broadcast over 64 ranks: each rank once, depth logarithmic (1 = so)", "none: exactly so", 1,
        "clean", "volatile", 1, _bind(broadcast, 64)),
    Row("ofi-tcp-1", "RPC echo 64 B over libfabric tcp;ofi_rxm, 1 in flight, both polling", "fi_pingpong", 0.7,
        "op/s", "volatile", 1, _bind(fabric_round_trips, "tcp;ofi_rxm")),
    Row("ofi-shm-1", "RPC echo 64 B over libfabric shm, 1 in flight, both polling", "fi_pingpong", 0.4,
        "op/s", "volatile", 1, _bind(fabric_round_trips, "shm")),
    Row("ofi-tcp-rma", "1 MiB RMA write and read over tcp;ofi_rxm, the smaller ratio", "raw C over libfabric (ofirma)", 0.9,
        "ratio", "volatile", 4, _bind(fabric_transfers, "tcp;ofi_rxm", 4)),
    Row("ofi-shm-rma", "1 MiB RMA write and read over shm, the smaller ratio", "raw C over libfabric (ofirma)", 0.9,
        "ratio", "volatile", 4, _bind(fabric_transfers, "shm", 4)),
    Row("path-kv-put", "kv put 64 B over tcp, one connection", "redis without persistence, -P 128 -c 1", 0.35,
        "op/s", "volatile", 128, _bind(key_value, "randwrite", "set", 128)),
    Row("path-kv-get", "kv get 64 B over tcp, one connection", "redis without persistence, -P 128 -c 1", 0.45,
        "op/s", "volatile", 128, _bind(key_value, "randread", "get", 128)),
    Row("path-kv-durable", "kv put 64 B durable over tcp, one connection", "redis appendfsync always, better of -P 128 and -c 128", 0.8,
        "op/s", "durable", 128, _bind(key_value_durable, 128)),
    Row("path-array-write", "array write 1 MiB durable over a unix socket", "fio io_uring O_DIRECT", 0.8,
        "MiB/s", "durable", 4, _bind(array, "randwrite", 4)),
    Row("path-array-read", "array read 1 MiB over a unix socket", "fio io_uring O_DIRECT", 0.8,
        "MiB/s", "durable", 4, _bind(array, "randread", 4)),
    Row("store-put", "store alone, put 64 B in a loop: transaction, new version, crc32c", "FASTER with spans, upserts in place, one thread", 0.2,
        "op/s", "volatile", 1, _bind(store_alone, 0, "put")),
    Row("store-get", "store alone, get 64 B in a loop, verified", "FASTER with spans, one thread", 0.3,
        "op/s", "volatile", 1, _bind(store_alone, 100, "get")),
    Row("store-aggregation", "1 / p99 of durable puts of 64 B, 16 in flight, with aggregation of all that is older than 100 ms", "the same without (dfio)", 0.5,
        "1/s", "durable", 16, store_aggregation),
    Row("store-scrub", "store alone, put and get 64 B in a loop with a timed scrub at 100 MiB/s", "the same without a scrub (dfio)", 0.85,
        "op/s", "volatile", 1, store_scrub),
    Row("kv-put", "kv put 64 B over tcp, one connection", "redis without persistence, -P 128 -c 1", 0.5,
        "op/s", "volatile", 128, _bind(key_value, "randwrite", "set", 128)),
    Row("kv-get", "kv get 64 B over tcp, one connection", "redis without persistence, -P 128 -c 1", 0.7,
        "op/s", "volatile", 128, _bind(key_value_and_echo, 128)),
    Row("store-durable", "store alone, durable put 64 B on one xstream", "RocksDB, sync writes from 128 threads", 1.5,
        "op/s", "durable", 128, _bind(store_durable, 128)),
    Row("kv-durable", "kv put 64 B durable over tcp, one connection", "redis appendfsync always, better of -P 128 and -c 128", 1.2,
        "op/s", "durable", 128, _bind(key_value_durable, 128)),
    Row("array-write", "array write 1 MiB durable, checksummed, over a unix socket", "fio io_uring O_DIRECT", 0.9,
        "MiB/s", "durable", 4, _bind(array, "randwrite", 4)),
    Row("array-read", "array read 1 MiB, checksummed, over a unix socket", "fio io_uring O_DIRECT", 0.9,
        "MiB/s", "durable", 4, _bind(array, "randread", 4)),
    Row("array-randread", "array read 4 KiB, checksummed, over a unix socket", "fio io_uring O_DIRECT", 0.8,
        "MiB/s", "durable", 32, functools.partial(array, "randread", 32, block="4k")),
    Row("store-10m", "store alone, put and get 64 B with 10,000,000 keys, the store told of 16 at hand", "the same with 10,000 keys", 0.6,
        "op/s", "volatile", 1, _bind(store_with_many_keys, 10_000_000, 10_000)),
    Row("store-memory", "200 bytes / memory of the process per key of 16 B with 64 B, beyond both", "none: 200 bytes", 1,
        "ratio", "durable", 128, _bind(store_memory, 2_000_000, 200)),
    Row("store-recovery", "opening a store with two thirds of 1 GiB of log to replay", "fio reads as much of the log, io_uring O_DIRECT", 0.5,
        "MiB/s", "durable", 1, _bind(store_recovery, 1 << 30)),
    Row("path-embedded-128", "embedded put through the SDK from application threads", "RocksDB, sync writes from 128 threads", 0.8,
        "op/s", "durable", 128, _bind(embedded, 128)),
    Row("path-embedded-1", "embedded put through the SDK from one application thread", "RocksDB, sync writes from one thread", 0.6,
        "op/s", "durable", 1, _bind(embedded, 1)),
    Row("path-sdk-32", "get 64 B by 32 async callers on the thread pool, public API over tcp", "dfio's own thread, 32 in flight", 0.25,
        "op/s", "volatile", 32, _bind(public_api, 32)),
    Row("meta-etcd", "compare-and-swap of 64 B through the metadata store on etcd, exactly once", "compare-and-swap puts on the same etcd from a C# loop", 0.5,
        "op/s", "durable", 16, _bind(metadata, 16)),
    Row("path-alloc", "managed bytes per operation on rpc, kv, array, object and SDK paths, client and engine (1 = none)", "none: exactly 0 bytes", 1,
        "clean", "volatile", 128, allocation),
]
