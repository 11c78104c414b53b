namespace Daos.Fabric.Simulation.Tests.Path;

/// <summary>
/// What one key may hold: the newest acknowledged version, or one whose outcome the client never learned. It lives outside of everything
/// that crashes. Version 0 means no value.
/// </summary>
internal sealed class Ledger(string name)
{
    private readonly HashSet<ulong> _unknown = [];
    private ulong _acknowledged;

    internal string Name { get; } = name;

    internal bool MayBeMissing => Allows(0);

    /// <summary>A write was acknowledged: what came before it cannot come back, and what is unknown may still follow.</summary>
    internal void Acknowledge(ulong version) => _acknowledged = version;

    /// <summary>A write ended without an answer.</summary>
    internal void LeaveOpen(ulong version) => _unknown.Add(version);

    /// <summary>True when a read may find this.</summary>
    internal bool Allows(ulong version) => version == _acknowledged || _unknown.Contains(version);

    internal string Expected => _unknown.Count == 0 ? $"{_acknowledged}" : $"{_acknowledged} or one of {string.Join(", ", _unknown.Order())}";
}
