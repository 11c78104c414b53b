"""Runs the built test executables and sums up their results. Called by test.sh, which builds first."""
import argparse
import fcntl
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HANG_MINUTES = 8  # a project that runs longer at every-commit size hangs
PART_MINUTES = 60  # a long run comes in parts of at most so long
PART_GRACE_MINUTES = 15  # for the unit that is under way when a part's time is up, and for tests without units
LONG_TEST_SECONDS = 60  # from then on the framework names a running test, so that a hang has a name


class Outcome:
    """What one project reported."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failed = []  # (method, message)
        self.skipped = set()
        self.ids = {}  # id -> [ran, failed]
        self.text = []  # what the process wrote; may carry "ID: key=value"
        self.output = []  # what tests wrote through the framework; the same
        self.seconds = 0.0

    @property
    def ran(self):
        return self.passed + len(self.failed)


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="./test.sh")
    parser.add_argument("--id", default="")
    parser.add_argument("--tier", choices=["T0", "T1"], default="T0")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--project", default="")
    parser.add_argument("--method", default="")
    options = parser.parse_args(arguments)
    if options.minutes is not None:
        if options.tier != "T1":
            parser.error("--minutes limits a part of a long run: it needs --tier T1")
        if not 0 < options.minutes < float("inf"):
            parser.error("--minutes needs a number above 0")
        if options.minutes > PART_MINUTES:
            print(f"a part takes {PART_MINUTES} minutes at most; the same command goes on where it ends", file=sys.stderr)
    if options.seed is not None and not 0 <= options.seed < 1 << 64:
        parser.error("--seed needs a number from 0 to 2^64 - 1")
    options.part_minutes = min(options.minutes or PART_MINUTES, PART_MINUTES)
    options.ids = [i for i in options.id.split(",") if i]
    bad = [i for i in options.ids if not re.fullmatch(r"[A-Za-z0-9_-]+", i)]
    if bad:
        parser.error(f"'{bad[0]}' is not an identifier")
    return options


def test_projects(part):
    folder = os.path.join(ROOT, "tests")
    names = [n for n in sorted(os.listdir(folder)) if n.endswith(".Tests") and os.path.isfile(os.path.join(folder, n, n + ".csproj"))]
    return [n for n in names if part in n]


def commit():
    """What is built: results of a long run belong to one commit."""
    git = ["git", "-c", "safe.directory=*", "-C", ROOT]
    try:
        head = subprocess.run(git + ["rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run(git + ["status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("-changed" if changed.strip() else "")


def state_directory(options, built):
    """Where a long run of this commit and seed keeps what it has done; removing it begins anew."""
    seed = "usual" if options.seed is None else str(options.seed)
    return os.path.join(ROOT, "artifacts", "long-runs", built, f"seed-{seed}")


def environment(options, state, minutes_left):
    env = dict(os.environ, DAOS_TEST_TIER=options.tier, DAOS_REPOSITORY=ROOT)
    for name in ("DAOS_TEST_SEED", "DAOS_TEST_MINUTES", "DAOS_TEST_STATE"):
        env.pop(name, None)
    if options.seed is not None:
        env["DAOS_TEST_SEED"] = str(options.seed)
    if state is not None:
        env["DAOS_TEST_STATE"] = state
        env["DAOS_TEST_MINUTES"] = f"{max(minutes_left, 0):.3f}"
    return env


def run_project(name, options, state=None, minutes_left=0.0):
    """Runs one executable; an executable that cannot be run or leaves no report counts as one failure."""
    outcome = Outcome(name)
    path = os.path.join(ROOT, "tests", name, "bin", "Checked", "net10.0", name)
    if not os.path.isfile(path):
        outcome.failed.append((name, f"{path} is not built"))
        return outcome
    filters = []
    for identifier in options.ids:
        filters += ["-trait", f"Id={identifier}"]
    if options.method:
        filters += ["-method", options.method]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "report.xml")
        limit = (HANG_MINUTES if state is None else max(minutes_left, 0) + PART_GRACE_MINUTES) * 60
        command = [path, "-noLogo", "-noColor", "-diagnostics", "-longRunning", str(LONG_TEST_SECONDS), "-xml", report] + filters
        try:
            done = subprocess.run(command, cwd=os.path.dirname(path), env=environment(options, state, minutes_left), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit, check=False)
            output, code = done.stdout, done.returncode
        except subprocess.TimeoutExpired as late:
            output, code = late.stdout or b"", None
        outcome.seconds = time.monotonic() - started
        outcome.text = output.decode("utf-8", "replace").splitlines()
        if os.path.isfile(report) and os.path.getsize(report) > 0:
            read_report(report, outcome)
        if code is None:
            running = [line.strip() for line in outcome.text if "[Long Running Test]" in line]
            last = "\n".join(running[-3:] or outcome.text[-3:])
            outcome.failed.append((name, f"killed: still running after {limit / 60:.0f} minutes\n{last}"))
        elif code != 0 and not outcome.failed:
            tail = "\n".join(outcome.text[-15:])
            outcome.failed.append((name, f"exit code {code} although no test failed:\n{tail}"))
    return outcome


def read_report(path, outcome):
    try:
        tests = ElementTree.parse(path).getroot().iter("test")
        for test in tests:
            read_test(test, outcome)
    except ElementTree.ParseError as error:
        outcome.failed.append((outcome.name, f"the report cannot be read: {error}"))


def read_test(test, outcome):
    method = f"{test.get('type')}.{test.get('method')}"
    result = test.get("result")
    for node in test.iter("output"):
        outcome.output += (node.text or "").splitlines()
    if result == "Skip":
        outcome.skipped.add(method)
        return
    ids = [t.get("value") for t in test.iter("trait") if t.get("name") == "Id"]
    for identifier in ids:
        outcome.ids.setdefault(identifier, [0, 0])[0] += 1
    if result == "Pass":
        outcome.passed += 1
        return
    for identifier in ids:
        outcome.ids[identifier][1] += 1
    message = test.findtext("failure/message") or result or "no message"
    stack = test.findtext("failure/stack-trace") or ""
    for node in test.iter("output"):
        message += "\noutput: " + (node.text or "").rstrip()
    outcome.failed.append((method, f"{test.get('name')}\n{message}\n{stack}".rstrip()))


def expected_skips():
    path = os.path.join(ROOT, "eng", "expected-skips.txt")
    with open(path, encoding="utf-8") as file:
        return {line.strip() for line in file if line.strip() and not line.startswith("#")}


def id_line(identifier, outcomes):
    """One line from all lines that the tests of an id wrote: equal keys are summed when they are numbers."""
    pattern = re.compile(rf"^\s*{re.escape(identifier)}: (.*\S)\s*$")
    lines = []
    for outcome in outcomes:
        captured = [m.group(1) for m in map(pattern.match, outcome.output) if m]
        written = [m.group(1) for m in map(pattern.match, outcome.text) if m]
        lines += captured + [w for w in written if w not in captured]
    values = {}
    for line in lines:
        for word in line.split():
            key, separator, value = word.partition("=")
            if not separator:
                continue
            old = values.get(key)
            if old is None:
                values[key] = value
            elif re.fullmatch(r"-?\d+", old) and re.fullmatch(r"-?\d+", value):
                values[key] = str(int(old) + int(value))
            elif value not in old.split(","):
                values[key] = f"{old},{value}"
    ran = sum(o.ids.get(identifier, [0, 0])[0] for o in outcomes)
    failed = sum(o.ids.get(identifier, [0, 0])[1] for o in outcomes)
    if not values:
        values["tests"] = str(ran)
    if failed:
        values["failed"] = str(failed)
    return ran, f"{identifier}: " + " ".join(f"{k}={v}" for k, v in values.items())


def report_failures(outcomes, options):
    for outcome in outcomes:
        for method, message in outcome.failed:
            print(f"\nFAILED {method}\n{message}")
            if "replay: ./test.sh" not in message and "." in method and method != outcome.name:
                extra = f" --tier {options.tier}" if options.tier != "T0" else ""
                extra += f" --seed {options.seed}" if options.seed is not None else ""
                print(f"replay: ./test.sh --project {outcome.name} --method '{method}'{extra}")
    print()


def verdict(outcomes, options):
    """Reasons besides failed tests why the run does not count."""
    reasons = []
    filtered = bool(options.ids or options.method)
    if not filtered:
        reasons += [f"{o.name} ran no test" for o in outcomes if o.ran == 0]
    if not any(o.ran for o in outcomes):
        reasons.append("no test ran")
    skipped = set().union(*(o.skipped for o in outcomes)) if outcomes else set()
    expected = expected_skips()
    reasons += [f"{name} was skipped, which eng/expected-skips.txt does not expect" for name in sorted(skipped - expected)]
    if not filtered and not options.project:
        reasons += [f"{name} was expected to skip and did not" for name in sorted(expected - skipped)]
    return reasons


def units_left(line):
    """How many units of an id's long run are still to do."""
    found = re.search(r" left=(\d+)", line)
    return int(found.group(1)) if found else 0


def ids_of(options, outcomes):
    """The ids to report: those that were asked for, or in a long run all that wrote something."""
    if options.ids or options.tier == "T0":
        return options.ids
    return sorted(set().union(*(o.ids for o in outcomes)))


def begin_part(state):
    """Opens the long run's state for this process alone; None when another one has it."""
    os.makedirs(state, exist_ok=True)
    lock = open(os.path.join(state, "lock"), "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def keep_report(state, lines):
    """A part's closing lines stay beside the state: part-1.txt, part-2.txt and so on."""
    number = 1 + sum(1 for name in os.listdir(state) if re.fullmatch(r"part-\d+\.txt", name))
    path = os.path.join(state, f"part-{number}.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write(time.strftime("%Y-%m-%dT%H:%M:%SZ\n", time.gmtime()) + "".join(line + "\n" for line in lines))
    return path


def main():
    options = parse_arguments(sys.argv[1:])
    names = test_projects(options.project)
    if not names:
        print(f"no test project is named like '{options.project}'", file=sys.stderr)
        return 2
    if options.tier == "T0":
        return run(options, names, None)
    state = state_directory(options, commit())
    lock = begin_part(state)
    if lock is None:
        print(f"another process does a part of this long run ('{state}' is locked); wait for it or give another --seed", file=sys.stderr)
        return 1
    with lock:
        return run(options, names, state)


def run(options, names, state):
    ends = time.monotonic() + options.part_minutes * 60
    outcomes = []
    for name in names:
        outcome = run_project(name, options, state, (ends - time.monotonic()) / 60)
        outcomes.append(outcome)
        if outcome.ran or outcome.skipped or not options.ids:
            print(f"{name}: {outcome.passed} passed, {len(outcome.failed)} failed, {len(outcome.skipped)} skipped, "
                  f"{outcome.seconds:.1f} s", flush=True)
    report_failures(outcomes, options)
    reasons = verdict(outcomes, options)
    closing = []
    for identifier in ids_of(options, outcomes):
        ran, line = id_line(identifier, outcomes)
        closing.append(line)
        if ran == 0:
            reasons.append(f"{identifier} ran no test")
    passed = sum(o.passed for o in outcomes)
    failed = sum(len(o.failed) for o in outcomes)
    skipped = sum(len(o.skipped) for o in outcomes)
    print("".join(line + "\n" for line in closing), end="")
    if state is not None:
        path = keep_report(state, closing + [f"{passed} passed, {failed} failed, {skipped} skipped"])
        unfinished = [line.split(":", 1)[0] for line in closing if units_left(line)]
        print(f"report of this part: {os.path.relpath(path, ROOT)}")
        if unfinished:
            print(f"to be continued by the same command: {', '.join(unfinished)}")
    for reason in reasons:
        print(f"not good: {reason}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or reasons else 0


if __name__ == "__main__":
    sys.exit(main())
