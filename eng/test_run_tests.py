"""python3 -m unittest discover eng; the architecture tests run it too."""
import io
import os
import tempfile
import unittest
from unittest import mock

import run_tests
from run_tests import Outcome, expected_skips, id_line, parse_arguments, read_report, verdict

REPORT = """<assemblies><assembly><collection>
<test name="A.B.Good" type="A.B" method="Good" result="Pass"><traits><trait name="Id" value="S1"/></traits><output>S1: kills=5 lost=0</output></test>
<test name="A.B.Bad(x: 1)" type="A.B" method="Bad" result="Fail"><traits><trait name="Id" value="S1"/></traits>
<failure><message>expected 1</message><stack-trace>at B</stack-trace></failure><output>S1: kills=7 lost=1</output></test>
<test name="A.B.Skips" type="A.B" method="Skips" result="Skip"><reason>no device</reason></test>
</collection></assembly></assemblies>"""


def outcome_of(text):
    outcome = Outcome("P.Tests")
    with tempfile.NamedTemporaryFile("w", suffix=".xml", delete=False) as file:
        file.write(text)
    try:
        read_report(file.name, outcome)
    finally:
        os.unlink(file.name)
    return outcome


class RunTests(unittest.TestCase):
    def test_report_is_counted(self):
        outcome = outcome_of(REPORT)
        self.assertEqual(outcome.passed, 1)
        self.assertEqual([method for method, _ in outcome.failed], ["A.B.Bad"])
        self.assertIn("expected 1", outcome.failed[0][1])
        self.assertEqual(outcome.skipped, {"A.B.Skips"})
        self.assertEqual(outcome.ids, {"S1": [2, 1]})

    def test_broken_report_is_a_failure(self):
        self.assertEqual(len(outcome_of("<assemblies><te").failed), 1)

    def test_id_line_sums_what_the_tests_wrote(self):
        outcome = outcome_of(REPORT)
        outcome.text = ["S1: kills=5 lost=0", "S1: seconds=3", "S10: kills=100", "noise"]
        self.assertEqual(id_line("S1", [outcome]), (2, "S1: kills=12 lost=1 seconds=3 failed=1"))

    def test_id_that_ran_nothing_says_so(self):
        self.assertEqual(id_line("S2", [outcome_of(REPORT)]), (0, "S2: tests=0"))

    def test_skips_must_be_the_expected_ones(self):
        outcome = outcome_of(REPORT)
        options = parse_arguments([])
        with mock.patch.object(run_tests, "expected_skips", return_value=set()):
            self.assertTrue(any("A.B.Skips was skipped" in r for r in verdict([outcome], options)))
        with mock.patch.object(run_tests, "expected_skips", return_value={"A.B.Skips"}):
            self.assertEqual(verdict([outcome], options), [])
        with mock.patch.object(run_tests, "expected_skips", return_value={"A.B.Skips", "A.B.Other"}):
            self.assertTrue(any("A.B.Other was expected to skip" in r for r in verdict([outcome], options)))

    def test_project_without_tests_does_not_count(self):
        with mock.patch.object(run_tests, "expected_skips", return_value={"A.B.Skips"}):
            reasons = verdict([outcome_of(REPORT), Outcome("Empty.Tests")], parse_arguments([]))
        self.assertEqual(reasons, ["Empty.Tests ran no test"])

    def test_nothing_at_all_does_not_count(self):
        self.assertIn("no test ran", verdict([Outcome("Empty.Tests")], parse_arguments(["--id", "S1"])))

    def test_expected_skips_ignores_comments(self):
        self.assertFalse(any(name.startswith("#") or " " in name for name in expected_skips()))

    def test_ids_are_checked(self):
        self.assertEqual(parse_arguments(["--id", "S1,W2"]).ids, ["S1", "W2"])
        self.refused("--id", "S1;rm")

    def test_minutes_belong_to_long_runs(self):
        self.assertEqual(parse_arguments(["--tier", "T1", "--minutes", "0.5"]).part_minutes, 0.5)
        self.assertEqual(parse_arguments(["--tier", "T1"]).part_minutes, 60)
        with open(os.devnull, "w", encoding="ascii") as null, mock.patch("sys.stderr", null):
            self.assertEqual(parse_arguments(["--tier", "T1", "--minutes", "90"]).part_minutes, 60)
        self.refused("--minutes", "5")
        self.refused("--tier", "T1", "--minutes", "0")
        self.refused("--tier", "T1", "--minutes", "nan")
        self.refused("--seed", "-1")

    def test_environment_of_an_every_commit_run_keeps_no_state(self):
        with mock.patch.dict(os.environ, {"DAOS_TEST_SEED": "9", "DAOS_TEST_STATE": "/elsewhere", "DAOS_TEST_MINUTES": "1"}):
            env = run_tests.environment(parse_arguments([]), None, 0)
            self.assertFalse({"DAOS_TEST_SEED", "DAOS_TEST_STATE", "DAOS_TEST_MINUTES"} & set(env))
            env = run_tests.environment(parse_arguments(["--tier", "T1", "--seed", "7"]), "/state", 12.5)
        self.assertEqual((env["DAOS_TEST_TIER"], env["DAOS_TEST_SEED"], env["DAOS_TEST_STATE"], env["DAOS_TEST_MINUTES"]), ("T1", "7", "/state", "12.500"))

    def test_long_run_has_one_state_for_commit_and_seed(self):
        usual = run_tests.state_directory(parse_arguments(["--tier", "T1"]), "abc")
        self.assertTrue(usual.endswith("artifacts/long-runs/abc/seed-usual"))
        self.assertNotEqual(usual, run_tests.state_directory(parse_arguments(["--tier", "T1", "--seed", "0"]), "abc"))

    def test_state_is_used_by_one_process_and_keeps_the_reports(self):
        with tempfile.TemporaryDirectory() as folder:
            with run_tests.begin_part(folder):
                self.assertIsNone(run_tests.begin_part(folder))
                first = run_tests.keep_report(folder, ["S3: images=12"])
            with run_tests.begin_part(folder):
                second = run_tests.keep_report(folder, ["S3: images=24"])
            self.assertEqual([os.path.basename(first), os.path.basename(second)], ["part-1.txt", "part-2.txt"])
            with open(first, encoding="utf-8") as file:
                self.assertIn("S3: images=12\n", file.read())

    def test_unfinished_lines_are_told_from_finished_ones(self):
        self.assertEqual(run_tests.units_left("S3: images=12 seeds=1 parts=1 left=2083"), 2083)
        self.assertEqual(run_tests.units_left("S3: images=12 seeds=1"), 0)

    def test_a_seeded_failure_brings_its_own_replay_line(self):
        outcome = Outcome("P.Tests")
        outcome.failed = [("A.B.Seeded", "seed 7 failed\nreplay: ./test.sh --id S3 --method '*.Seeded' --seed 7"), ("A.B.Plain", "no")]
        said = io.StringIO()
        with mock.patch("sys.stdout", said):
            run_tests.report_failures([outcome], parse_arguments([]))
        self.assertEqual(said.getvalue().count("replay:"), 2)
        self.assertIn("replay: ./test.sh --project P.Tests --method 'A.B.Plain'", said.getvalue())

    def refused(self, *arguments):
        with self.assertRaises(SystemExit) as ended, open(os.devnull, "w", encoding="ascii") as null, mock.patch("sys.stderr", null):
            parse_arguments(list(arguments))
        self.assertEqual(ended.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
