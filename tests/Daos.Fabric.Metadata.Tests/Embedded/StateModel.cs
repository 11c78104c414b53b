namespace Daos.Fabric.Metadata.Tests.Embedded;

/// <summary>What every revision of a store must hold, from the transactions in the order in which they were asked for.</summary>
internal sealed class StateModel
{
    private readonly SortedDictionary<long, Dictionary<string, string>> _states = new() { [1] = [] };

    internal long Revision => _states.Keys.Last();

    internal IReadOnlyDictionary<string, string> Now => _states[Revision];

    /// <summary>A transaction was asked for; a null value deletes. The revision that it will have.</summary>
    internal long Apply(IEnumerable<(string Key, string? Value)> operations)
    {
        var next = new Dictionary<string, string>(Now);
        bool changes = false;
        foreach ((string key, string? value) in operations)
        {
            changes |= value is not null || next.ContainsKey(key);
            _ = value is null ? next.Remove(key) : (next[key] = value) is not null;
        }

        if (changes)
        {
            _states.Add(Revision + 1, next);
        }

        return Revision;
    }

    /// <summary>The store came back at a revision: what was asked for behind it never happened.</summary>
    internal IReadOnlyDictionary<string, string> ReturnTo(long revision)
    {
        foreach (long lost in _states.Keys.Where(r => r > revision).ToArray())
        {
            _states.Remove(lost);
        }

        return Now;
    }
}
