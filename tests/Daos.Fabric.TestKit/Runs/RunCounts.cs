using System.Globalization;

namespace Daos.Fabric.TestKit.Runs;

/// <summary>Named counts in the order of their first mention. One thread.</summary>
public sealed class RunCounts
{
    private readonly List<string> _names = [];
    private readonly Dictionary<string, long> _values = [];

    /// <summary>The names, in order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>One count; 0 when it was never mentioned.</summary>
    public long this[string name] => _values.GetValueOrDefault(name);

    /// <summary>Adds to a count; adding 0 mentions it.</summary>
    public void Add(string name, long count)
    {
        if (!_values.TryAdd(name, count))
        {
            _values[name] += count;
            return;
        }

        _names.Add(name);
    }

    /// <summary>Adds all counts of another.</summary>
    public void Add(RunCounts other)
    {
        foreach (string name in other._names)
        {
            Add(name, other._values[name]);
        }
    }

    /// <summary>As in an identifier's line: <c>images=300 lost=0</c>.</summary>
    public override string ToString() =>
        string.Join(' ', _names.Select(name => string.Create(CultureInfo.InvariantCulture, $"{name}={_values[name]}")));
}
