using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Tests.Scattered;

/// <summary>The longest free runs, compared with a list of booleans.</summary>
public class LongestRunsTests
{
    [Fact]
    public void TryFind_InRandomBitmaps_TakesTheLongestAndNoMoreThanNeeded()
    {
        var random = new SeededRandom(1);
        var longest = new LongestRuns(int.MaxValue);
        int found = 0;
        for (int round = 0; round < 400; round++)
        {
            int blocks = 1 + random.Next(20_000);
            bool[] map = new bool[blocks];
            using var free = new FreeBlocks(blocks, blocks);
            for (int at = random.Next(200); at < blocks;)
            {
                int count = Math.Min(blocks - at, 1 + random.Next(random.Chance(0.1) ? 9000 : 70));
                free.Add(at, count);
                map.AsSpan(at, count).Fill(true);
                at += count + 1 + random.Next(random.Chance(0.1) ? 9000 : 70);
            }

            uint wanted = 1 + (uint)random.Next(blocks);
            int runsMax = 1 + random.Next(60);
            long[] lengths = [.. RunsOf(map).Select(run => run.Count).OrderDescending().Take(runsMax)];
            bool fits = lengths.Sum() >= wanted;
            Assert.Equal(fits, longest.TryFind(free, wanted, runsMax));
            if (!fits)
            {
                continue;
            }

            found++;
            int fewest = 1;
            while (lengths.Take(fewest).Sum() < wanted)
            {
                fewest++;
            }

            Assert.Equal(fewest, longest.Found.Length);
            Assert.Equal(wanted, longest.Found.ToArray().Sum(run => run.Blocks));
            ulong end = 0;
            foreach (DataExtent run in longest.Found)
            {
                Assert.True(run.Block >= end, "not in the order of their places");
                end = run.Block + run.Blocks;
                Assert.DoesNotContain(false, map[(int)run.Block..(int)end]);
            }
        }

        Assert.True(found > 50, $"only {found} rounds found something");
    }

    /// <summary>With more runs than one look takes, the next look goes on behind the last, and begins anew after the end.</summary>
    [Fact]
    public void TryFind_AmongMoreRunsThanOneLookTakes_GoesOnWithTheNext()
    {
        using var free = new FreeBlocks(10_000, 10_000);
        for (int run = 0; run < 25; run++)
        {
            free.Add(run * 100, run == 23 ? 50 : 2);
        }

        var longest = new LongestRuns(looksMax: 10);
        Assert.Equal([false, false, true, false, false, true], Enumerable.Range(0, 6).Select(_ => longest.TryFind(free, 40, 4)));
        Assert.Equal(new DataExtent(2300, 40), Assert.Single(longest.Found.ToArray()));
    }

    private static IEnumerable<(int Start, long Count)> RunsOf(bool[] map)
    {
        int start = -1;
        for (int i = 0; i <= map.Length; i++)
        {
            bool isFree = i < map.Length && map[i];
            if (isFree && start < 0)
            {
                start = i;
            }
            else if (!isFree && start >= 0)
            {
                yield return (start, i - start);
                start = -1;
            }
        }
    }
}
