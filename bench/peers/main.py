"""Command line of bench/peers/run.sh: chooses rows, measures pairs in turn, prints one line for each."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import ours
from processes import ROOT, Absent, Failed, need_cores
from rows import ROWS, Timing
from statistics_of_pairs import line, measure

FULL = (7, Timing(3, 3))
QUICK = (3, Timing(1, 1))


def say(text):
    print(text, file=sys.stderr, flush=True)


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="bench/peers/run.sh", description="Measures us and the peer in turn and prints medians.")
    parser.add_argument("--list", action="store_true", help="print id, what, peer, at-least and stop")
    parser.add_argument("--quick", action="store_true", help="three pairs of 1 s instead of seven of 3 s")
    parser.add_argument("--markdown", action="store_true", help="print the results table of bench/README.md at the end")
    parser.add_argument("--no-build", action="store_true", help="use the Release build as it is")
    parser.add_argument("ids", nargs="*", metavar="ID")
    options = parser.parse_args(arguments)
    known = {row.row_id for row in ROWS}
    unknown = [i for i in options.ids if i not in known]
    if unknown:
        parser.error(f"unknown id '{unknown[0]}'; --list prints all of them")
    return options


def measure_row(row, options):
    """(line, passed)."""
    pairs, timing = QUICK if options.quick else FULL
    if row.row_id in ("path-alloc", "fabric-alloc"):
        pairs = 1
    parent = os.environ.get("PEERS_HOME", os.path.join(ROOT, "artifacts", "peers"))
    os.makedirs(parent, exist_ok=True)
    work = tempfile.mkdtemp(prefix=row.row_id + ".", dir=parent)

    def note(text):
        say(f"  {row.row_id}: {text}")

    try:
        need_cores()
        with row.prepare(work, timing, note) as (our_side, peer_side):
            summary = measure(lambda i: one_pair(i, our_side, peer_side, row, note), pairs, note)
        text = line(row.row_id, summary, row.unit, row.mode, row.inflight, row.at_least)
        return text, text.endswith(" pass")
    except Absent as absent:
        return f"{row.row_id} absent: {absent}", False
    except (Failed, ValueError, OSError, subprocess.TimeoutExpired) as failure:
        return f"{row.row_id} failed: {' '.join(str(failure).split())}", False
    finally:
        shutil.rmtree(work, ignore_errors=True)


def one_pair(index, our_side, peer_side, row, note):
    """Who goes first alternates, so that a drift of the machine favours nobody."""
    if index % 2 == 0:
        our_figure = our_side()
        peer_figure = peer_side()
    else:
        peer_figure = peer_side()
        our_figure = our_side()
    note(f"pair {index + 1}: ours {our_figure:.6g}, peer {peer_figure:.6g} {row.unit}, ratio {our_figure / peer_figure:.3f}")
    return our_figure, peer_figure


def markdown(results):
    rows = ["| id | what | peer | ours | peer's | unit | ratio | at least | outcome |", "|---|---|---|---|---|---|---|---|---|"]
    for row, text in results:
        values = dict(word.split("=", 1) for word in text.split() if "=" in word)
        if "ratio" in values:
            outcome = text.rsplit(" ", 1)[1]
            rows.append(f"| {row.row_id} | {row.what} | {row.peer} | {values['ours']} | {values['peer']} | {row.unit} | "
                        f"{values['ratio']} ({values['min']} to {values['max']}) | {row.at_least:g} | {outcome} |")
        else:
            rows.append(f"| {row.row_id} | {row.what} | {row.peer} | | | | | {row.at_least:g} | {text.split(' ', 1)[1]} |")
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        model = next((text.split(":", 1)[1].strip() for text in file if text.startswith("model name")), "unknown processor")
    rows.append(f"\nCommit {commit or 'unknown'}, {os.cpu_count()} cores of {model}, Linux {os.uname().release}.")
    return "\n".join(rows)


def main():
    options = parse_arguments(sys.argv[1:])
    if options.list:
        for row in ROWS:
            print(f"{row.row_id}\t{row.what}, {row.inflight} in flight, {row.mode}\t{row.peer}\tat-least={row.at_least:g}")
        return 0
    if not options.no_build:
        say("building")
        try:
            ours.build()
        except (Failed, OSError) as failure:
            say(f"run.sh: {failure}")
            return 1
    results = []
    passed = True
    for row in ROWS:
        if options.ids and row.row_id not in options.ids:
            continue
        say(f"{row.row_id}: {row.what} vs {row.peer}")
        text, good = measure_row(row, options)
        print(text, flush=True)
        results.append((row, text))
        passed = passed and good
    if options.markdown:
        print("\n" + markdown(results))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
