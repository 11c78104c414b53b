"""python3 -m unittest discover bench/peers; the architecture tests run it too."""
import unittest

from rows import ROWS
from statistics_of_pairs import line, measure, number, summarise


class Statistics(unittest.TestCase):
    def test_ratio_is_the_median_of_the_pairs_not_of_the_sides(self):
        summary = summarise([(10, 10), (100, 50), (30, 10)])
        self.assertEqual(summary.ratio, 2)
        self.assertEqual(summary.ours, 30)
        self.assertEqual(summary.peer, 10)
        self.assertEqual((summary.lowest, summary.highest), (1, 3))

    def test_even_count_takes_the_middle(self):
        self.assertEqual(summarise([(1, 1), (2, 1)]).ratio, 1.5)

    def test_nothing_to_compare_with_is_an_error(self):
        for pairs in ([], [(1, 0)], [(1, 1), (1, -1)]):
            with self.assertRaises(ValueError):
                summarise(pairs)

    def test_wide_spread_measures_once_more_and_keeps_the_second_set(self):
        values = iter([(10, 10), (16, 10), (10, 10), (20, 10), (21, 10), (22, 10)])
        notes = []
        summary = measure(lambda i: next(values), 3, notes.append)
        self.assertEqual(summary.ratio, 2.1)
        self.assertEqual(len(notes), 1)

    def test_wide_spread_twice_is_accepted(self):
        values = iter([(10, 10), (20, 10)] * 2)
        self.assertEqual(measure(lambda i: next(values), 2).spread, 2)
        self.assertIsNone(next(values, None))

    def test_narrow_spread_measures_once(self):
        values = iter([(10, 10), (15, 10)])
        self.assertEqual(measure(lambda i: next(values), 2).ratio, 1.25)

    def test_our_side_at_zero_is_short_not_an_error(self):
        summary = summarise([(0, 10), (5, 10)])
        self.assertEqual(summary.spread, float("inf"))
        self.assertTrue(line("x", summary, "op/s", "durable", 1, 0.3).endswith(" short"))

    def test_line_has_the_form_that_scripts_read(self):
        text = line("path-kv-put", summarise([(350_000, 1_000_000)]), "op/s", "volatile", 128, 0.35)
        self.assertEqual(text, "path-kv-put ours=350000 peer=1000000 unit=op/s mode=volatile inflight=128 "
                               "ratio=0.350 min=0.350 max=0.350 at-least=0.35 pass")

    def test_a_ratio_that_only_rounds_up_is_short(self):
        self.assertTrue(line("x", summarise([(0.7999, 1)]), "u", "durable", 1, 0.8).endswith("ratio=0.800 min=0.800 max=0.800 at-least=0.8 short"))

    def test_numbers_keep_four_digits_without_exponent(self):
        self.assertEqual([number(v) for v in (0, 0.12345, 12.3456, 999.96, 123456.7, 2e9)],
                         ["0", "0.1235", "12.35", "1000", "123457", "2000000000"])

    def test_rows_are_those_of_the_table(self):
        expected = {"path-rpc-1": 0.7, "path-rpc-256": 0.12, "path-bulk": 0.8, "path-kv-put": 0.35, "path-kv-get": 0.45,
                    "rpc-shm-1": 0.25, "rpc-shm-64": 0.2, "bulk-shm": 0.6, "bcast-64": 1,
                    "rpc-tcp-1": 0.9, "rpc-tcp-blocked": 0.8, "rpc-tcp-256": 0.25, "rpc-tcp-tls-256": 0, "bulk-tcp": 0.95, "bulk-unix": 0.95,
                    "bulk-tcp-tls": 0, "rpc-p99-bulk": 0.33, "conn-1000": 0.8, "fabric-alloc": 1,
                    "path-kv-durable": 0.8, "path-array-write": 0.8, "path-array-read": 0.8, "path-embedded-128": 0.8,
                    "path-embedded-1": 0.6, "path-sdk-32": 0.25,
                    "store-put": 0.2, "store-get": 0.3, "store-aggregation": 0.5, "store-scrub": 0.85, "kv-put": 0.5, "kv-get": 0.7,
                    "store-durable": 1.5, "kv-durable": 1.2, "array-write": 0.9, "array-read": 0.9, "array-randread": 0.8,
                    "store-10m": 0.6, "store-memory": 1, "store-recovery": 0.5,
                    "ofi-tcp-1": 0.7, "ofi-shm-1": 0.4, "ofi-tcp-rma": 0.9, "ofi-shm-rma": 0.9, "meta-etcd": 0.5, "path-alloc": 1}
        self.assertEqual({row.row_id: row.at_least for row in ROWS}, expected)


if __name__ == "__main__":
    unittest.main()
