namespace Daos.Fabric.Client.Tests;

public sealed class SequenceWindowTests
{
    [Fact]
    public void LowestUnanswered_AnswersOutOfOrder_PassesOnlyWhatIsAnsweredWithoutGap()
    {
        var window = new SequenceWindow();
        ulong[] numbers = Enumerable.Range(0, 5).Select(_ => Take(window)).ToArray();
        Assert.Equal([1UL, 2, 3, 4, 5], numbers);

        window.Answered(3);
        window.Answered(2);
        Assert.Equal(1UL, window.LowestUnanswered);
        window.Answered(1);
        Assert.Equal(4UL, window.LowestUnanswered);
        window.Answered(5);
        window.Answered(4);
        Assert.Equal(6UL, window.LowestUnanswered);
    }

    [Fact]
    public void TryTake_OldestUnanswered_RefusesAtTheWindowsEnd()
    {
        var window = new SequenceWindow();
        for (int i = 0; i < ClientLimits.SequenceWindow; i++)
        {
            Take(window);
        }

        Assert.False(window.TryTake(out _));
        window.Answered(2);
        Assert.False(window.TryTake(out _));
        window.Answered(1);
        Assert.Equal((ulong)ClientLimits.SequenceWindow + 1, Take(window));
    }

    [Fact]
    public void Window_RandomAnswers_AgreesWithASet()
    {
        var random = new SeededRandom(7);
        var window = new SequenceWindow();
        var open = new SortedSet<ulong>();
        ulong next = 1;
        for (int step = 0; step < 100_000; step++)
        {
            if ((open.Count == 0 || random.Chance(0.5)) && window.TryTake(out ulong taken))
            {
                Assert.Equal(next++, taken);
                open.Add(taken);
            }
            else if (open.Count > 0)
            {
                ulong some = open.ElementAt(random.Next(Math.Min(open.Count, 8)));
                open.Remove(some);
                window.Answered(some);
            }

            Assert.Equal(open.Count == 0 ? next : open.Min, window.LowestUnanswered);
        }
    }

    private static ulong Take(SequenceWindow window)
    {
        Assert.True(window.TryTake(out ulong sequence));
        return sequence;
    }
}
