"""Rows of the store alone: throughput, growth, memory, recovery. Each gives a function of no arguments for each side, as in rows.py."""
import contextlib
import os

import ours
from peers import Faster, Fio, RocksDb
from processes import CLIENT_CORE, SERVER_CORE, Failed

BOTH_CORES = f"{SERVER_CORE},{CLIENT_CORE}"
MIB = 1 << 20
GIB = 1 << 30
KEY_BYTES = 16
VALUE_BYTES = 64
AT_HAND = 16  # operations that a caller knows of before it makes the first


def store(keys, durability, arena="2g"):
    """Written once before it is measured; versions that nobody can read any more are reclaimed when a quarter of the arena is left."""
    return ours.STORE + [f"--size={VALUE_BYTES * keys}", f"--durability={durability}", f"--arena={arena}"]


@contextlib.contextmanager
def store_alone(read_percent, command, work, timing, note):
    """The store's public update and fetch in a loop against FASTER in a loop, each in a process of its own on the same core."""
    peer = Faster()
    options = store(1_000_000, "volatile")
    yield (lambda: ours.mixed_rate(options, read_percent, 1, timing.ramp, timing.run),
           lambda: peer.rate(command, 1_000_000, timing.ramp, timing.run))


@contextlib.contextmanager
def store_durable(inflight, work, timing, note):
    """One xstream with so many updates outstanding against as many threads that share RocksDB's commits; both may use both cores."""
    rocks = RocksDb(work)
    folder = os.path.join(work, "store")
    options = store(1_000_000, "durable") + [f"--directory={folder}"]
    ours.layout(options + ["--layout=0"])
    yield (lambda: ours.rate(options + ["--existing=1"], "randwrite", inflight, timing.ramp, timing.run, BOTH_CORES),
           lambda: rocks.puts(inflight, timing.ramp, timing.run))


@contextlib.contextmanager
def store_with_many_keys(many, few, work, timing, note):
    """
    Reads and writes in turn, with many keys and with few, by a caller that has some at hand and tells the store of them, as an engine does of
    requests that came together; each is made by itself. What it is without is printed.
    """
    def rate(keys, more):
        return ours.mixed_rate(store(keys, "volatile", "8g") + more, 50, 1, timing.ramp, timing.run)

    def side(keys):
        return lambda: rate(keys, [f"--lookahead={AT_HAND}"])

    one_by_one = rate(many, []) / rate(few, [])
    note(f"without looking ahead, one by one: {one_by_one:.2f}")

    yield side(many), side(few)


@contextlib.contextmanager
def store_memory(keys, bar_bytes, work, timing, note):
    """Memory of the process per key, beyond key and value: what it grew by from a hundredth of the keys to all of them."""
    few = keys // 100

    def peak(count):
        job = ours.dfio(store(count, "durable", "4g") + [f"--directory={os.path.join(work, str(count))}", "--rw=write", "--iodepth=128"])
        ours.remove(os.path.join(work, str(count)))
        return job["memory_peak_bytes"], job["store_metadata_bytes"]

    def our_side():
        all_bytes, all_metadata = peak(keys)
        few_bytes, few_metadata = peak(few)
        beyond = (all_bytes - few_bytes) / (keys - few) - KEY_BYTES - VALUE_BYTES
        blocks = (all_metadata - few_metadata) / (keys - few) - KEY_BYTES - VALUE_BYTES
        note(f"{beyond:.1f} bytes of memory per key beyond key and value, {blocks:.1f} of them in blocks in use")
        return bar_bytes / beyond

    yield our_side, lambda: 1.0


@contextlib.contextmanager
def store_recovery(log_bytes, work, timing, note):
    """
    Opening a store that ended without a last checkpoint, all of it, against reading as many bytes of the same log file. Nothing is closed, so
    that every opening finds the same log.
    """
    folder = os.path.join(work, "store")
    options = store(1_000_000, "durable", "4g") + [f"--directory={folder}", f"--logsize={log_bytes}"]
    fill = options + ["--rw=randwrite", "--iodepth=128", "--layout=0", "--time_based=1", "--runtime=600", "--number_ios=250000", "--abandon=1"]
    used = ours.dfio(fill)["store_log_used_bytes"]
    while used < 0.65 * log_bytes:
        # A checkpoint starts at three quarters.
        used = ours.dfio(fill + ["--existing=1"])["store_log_used_bytes"]
    peer = Fio.over(ours.log_file(folder))
    replayed = 0

    def our_side():
        nonlocal replayed
        job = ours.dfio(options + ["--existing=1", "--abandon=1", "--layout=0", "--rw=randread", "--number_ios=1"])
        replayed = job["store_bytes_replayed"]
        if replayed < log_bytes / 2:
            raise Failed(f"only {replayed} bytes of a log of {log_bytes} were replayed")
        return replayed / MIB / (job["store_open_ns"] / 1e9)

    our_side()
    yield our_side, lambda: peer.sequential_read(replayed) / MIB
    note_keys_per_second(options, note)


def note_keys_per_second(options, note):
    """A clean end writes everything into the checkpoint; opening it again is what a restart costs."""
    few = ["--layout=0", "--rw=randread", "--number_ios=1", "--existing=1"]
    ours.dfio(options + few)
    ours.dfio(options + ["--existing=1", "--layout=0", "--rw=write", "--iodepth=128"])
    job = ours.dfio(options + few)
    seconds = job["store_open_ns"] / 1e9
    note(f"from a checkpoint: {1_000_000 / seconds:.0f} keys per second, {job['store_pages_loaded'] * 4096 / MIB:.0f} MiB in {seconds:.2f} s")
