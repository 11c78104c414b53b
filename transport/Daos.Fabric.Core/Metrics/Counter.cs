namespace Daos.Fabric.Core.Metrics;

/// <summary>A count that one owner thread raises and any thread reads; a reader may see it a moment late.</summary>
public sealed class Counter(string name)
{
    private long _value;

    /// <summary>The metric's name, such as <c>rpc_received</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The count now.</summary>
    public long Value => Volatile.Read(ref _value);

    /// <summary>Adds; owner thread only.</summary>
    public void Add(long amount = 1) => Volatile.Write(ref _value, _value + amount);
}
