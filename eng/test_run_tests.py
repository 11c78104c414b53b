"""python3 -m unittest discover eng; the architecture tests run it too."""
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
        with self.assertRaises(SystemExit), open(os.devnull, "w", encoding="ascii") as null, mock.patch("sys.stderr", null):
            parse_arguments(["--id", "S1;rm"])


if __name__ == "__main__":
    unittest.main()
