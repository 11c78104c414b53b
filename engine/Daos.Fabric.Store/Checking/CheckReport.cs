namespace Daos.Fabric.Store.Checking;

/// <summary>
/// What a check found: sentences that name a place and what is wrong there, and counts of what was looked at. Bounded: of very many
/// findings the first are kept and all are counted. One owner thread.
/// </summary>
public sealed class CheckReport
{
    /// <summary>Findings kept in words, count.</summary>
    public const int KeptMax = 1000;

    private readonly List<CheckFinding> _findings = [];
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>The findings, in the order of the walk.</summary>
    public IReadOnlyList<CheckFinding> Findings => _findings;

    /// <summary>Findings in total, also those that are not kept.</summary>
    public long FindingCount { get; private set; }

    /// <summary>Damage: what was promised is gone, or the structure cannot be trusted.</summary>
    public long DamageCount { get; private set; }

    /// <summary>What was looked at, by name.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Notes damage.</summary>
    internal void Damage(string where, string what)
    {
        DamageCount++;
        Add(new CheckFinding(CheckSeverity.Damage, where, what));
    }

    /// <summary>Notes something that costs nothing yet, such as one bad copy of two.</summary>
    internal void Warn(string where, string what) => Add(new CheckFinding(CheckSeverity.Warning, where, what));

    /// <summary>Counts what was looked at.</summary>
    internal void Count(string name, long count = 1) => _counts[name] = _counts.GetValueOrDefault(name) + count;

    private void Add(CheckFinding finding)
    {
        FindingCount++;
        if (_findings.Count < KeptMax)
        {
            _findings.Add(finding);
        }
    }
}
