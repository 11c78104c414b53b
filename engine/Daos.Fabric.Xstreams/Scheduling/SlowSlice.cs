namespace Daos.Fabric.Xstreams.Scheduling;

/// <summary>
/// Reported when ULTs held their xstream too long. A value, so that reporting allocates nothing: names are made where they are read. Keeps
/// the few objects it names from being collected. Any thread.
/// </summary>
public readonly struct SlowSlice
{
    private readonly SlowSubjects _subjects;
    private readonly int _subjectCount;

    internal SlowSlice(ReadOnlySpan<object?> subjects, long durationNs, long pausedNs)
    {
        // The objects themselves, although they are used again: even to ask for a type may allocate.
        subjects.CopyTo(_subjects);
        _subjectCount = subjects.Length;
        DurationNs = durationNs;
        PausedNs = pausedNs;
    }

    /// <summary>The ULT, or the few that shared one reading of the clock, of which at least one was slow. Allocates.</summary>
    public string Names
    {
        get
        {
            var names = new List<string>(_subjectCount);
            for (int i = 0; i < _subjectCount; i++)
            {
                string name = UltName.Of(_subjects[i]!);
                if (!names.Contains(name))
                {
                    names.Add(name);
                }
            }

            return string.Join(" or ", names);
        }
    }

    /// <summary>How long, garbage collector's pauses subtracted.</summary>
    public long DurationNs { get; }

    /// <summary>What was subtracted.</summary>
    public long PausedNs { get; }

    /// <summary>One line for the log.</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Names} ran {DurationNs / 1e6:0.0} ms without yielding (limit {Limits.SliceMaxNs / 1e6:0} ms)");

    [InlineArray(Limits.ItemsPerReading)]
    private struct SlowSubjects
    {
        private object? _first;
    }
}
