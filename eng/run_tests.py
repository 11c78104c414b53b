"""Runs the built test executables and sums up their results. Called by test.sh, which builds first."""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HANG_MINUTES = 8  # a project that runs longer at every-commit size hangs
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
    options.ids = [i for i in options.id.split(",") if i]
    bad = [i for i in options.ids if not re.fullmatch(r"[A-Za-z0-9_-]+", i)]
    if bad:
        parser.error(f"'{bad[0]}' is not an identifier")
    return options


def test_projects(part):
    folder = os.path.join(ROOT, "tests")
    names = [n for n in sorted(os.listdir(folder)) if n.endswith(".Tests") and os.path.isfile(os.path.join(folder, n, n + ".csproj"))]
    return [n for n in names if part in n]


def environment(options):
    env = dict(os.environ, DAOS_TEST_TIER=options.tier, DAOS_REPOSITORY=ROOT)
    if options.seed is not None:
        env["DAOS_TEST_SEED"] = str(options.seed)
    if options.minutes is not None:
        env["DAOS_TEST_MINUTES"] = f"{options.minutes:g}"
    return env


def run_project(name, options):
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
        limit = HANG_MINUTES * 60 if options.tier == "T0" else None
        command = [path, "-noLogo", "-noColor", "-diagnostics", "-longRunning", str(LONG_TEST_SECONDS), "-xml", report] + filters
        try:
            done = subprocess.run(command, cwd=os.path.dirname(path), env=environment(options), stdin=subprocess.DEVNULL,
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
            outcome.failed.append((name, f"killed: still running after {HANG_MINUTES} minutes\n{last}"))
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
            if "." in method and method != outcome.name:
                extra = f" --tier {options.tier}" if options.tier != "T0" else ""
                extra += f" --seed {options.seed}" if options.seed is not None else ""
                print(f"replay: ./test.sh --project {outcome.name} --method {method}{extra}")
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


def main():
    options = parse_arguments(sys.argv[1:])
    names = test_projects(options.project)
    if not names:
        print(f"no test project is named like '{options.project}'", file=sys.stderr)
        return 2
    outcomes = []
    for name in names:
        outcome = run_project(name, options)
        outcomes.append(outcome)
        if outcome.ran or outcome.skipped or not options.ids:
            print(f"{name}: {outcome.passed} passed, {len(outcome.failed)} failed, {len(outcome.skipped)} skipped, "
                  f"{outcome.seconds:.1f} s", flush=True)
    report_failures(outcomes, options)
    reasons = verdict(outcomes, options)
    for identifier in options.ids:
        ran, line = id_line(identifier, outcomes)
        print(line)
        if ran == 0:
            reasons.append(f"{identifier} ran no test")
    for reason in reasons:
        print(f"not good: {reason}")
    passed = sum(o.passed for o in outcomes)
    failed = sum(len(o.failed) for o in outcomes)
    skipped = sum(len(o.skipped) for o in outcomes)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or reasons else 0


if __name__ == "__main__":
    sys.exit(main())
