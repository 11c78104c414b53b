namespace Daos.Fabric.Mgmt.Engines;

/// <summary>What an engine says when it serves.</summary>
/// <param name="Rank">As it was told.</param>
/// <param name="Uris">Addresses of its tag 0, the primary first.</param>
internal sealed record EngineReady(uint Rank, IReadOnlyList<string> Uris)
{
    /// <summary>Reads <c>ready rank=0 targets=2 uri=...</c>; null for any other line.</summary>
    internal static EngineReady? Parse(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string? rank = words.FirstOrDefault(static w => w.StartsWith("rank=", StringComparison.Ordinal));
        return words is ["ready", ..] && rank is not null && uint.TryParse(rank.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
            ? new EngineReady(number, [.. words.Where(static w => w.StartsWith("uri=", StringComparison.Ordinal)).Select(static w => w[4..])])
            : null;
    }
}
