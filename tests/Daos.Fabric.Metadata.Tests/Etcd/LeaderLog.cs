using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>Which member became the leader of which term, as the members' logs say. Any thread.</summary>
internal sealed partial class LeaderLog
{
    private readonly ConcurrentDictionary<long, ConcurrentDictionary<string, bool>> _leaders = new();

    internal int Terms => _leaders.Count;

    /// <summary>A line of a log.</summary>
    internal void Hear(string line)
    {
        if (BecamePattern().Match(line) is { Success: true } became)
        {
            long term = long.Parse(became.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
            _leaders.GetOrAdd(term, _ => new ConcurrentDictionary<string, bool>())[became.Groups[1].Value] = true;
        }
    }

    /// <summary>Fails when a term had two leaders, or when no leader was ever seen.</summary>
    internal void Check()
    {
        Assert.NotEmpty(_leaders);
        Assert.All(_leaders, term => Assert.True(term.Value.Count == 1, $"term {term.Key} had the leaders {string.Join(", ", term.Value.Keys)}"));
    }

    [GeneratedRegex("([0-9a-f]{8,16}) became leader at term ([0-9]+)")]
    private static partial Regex BecamePattern();
}
