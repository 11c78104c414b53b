namespace Daos.Fabric.Xstreams.Scheduling;

/// <summary>Reported when ULTs held their xstream too long. Any thread.</summary>
/// <param name="Names">The ULT, or the few that shared one reading of the clock, of which at least one was slow.</param>
/// <param name="DurationNs">How long, garbage collector's pauses subtracted.</param>
/// <param name="PausedNs">What was subtracted.</param>
public sealed record SlowSlice(string Names, long DurationNs, long PausedNs)
{
    /// <summary>One line for the log.</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Names} ran {DurationNs / 1e6:0.0} ms without yielding (limit {Limits.SliceMaxNs / 1e6:0} ms)");
}
