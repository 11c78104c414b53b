namespace Daos.Fabric.TestKit.Runs;

/// <summary>One part of a long run: which units it did and what it counted.</summary>
/// <param name="From">First unit.</param>
/// <param name="To">First unit that it did not do.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Counts">What it counted, by name, in order of first mention.</param>
internal sealed record RunPart(long From, long To, double Seconds, List<KeyValuePair<string, long>> Counts);
