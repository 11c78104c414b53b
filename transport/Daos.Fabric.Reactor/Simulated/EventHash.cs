using System.Numerics;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// 64 bits that depend on every event of a run and on their order, so that two runs can be compared. Never uses HashCode, whose seed
/// differs from process to process. Owned by the simulator's thread.
/// </summary>
public sealed class EventHash
{
    private ulong _value = 0x9E3779B97F4A7C15;

    /// <summary>The hash of everything mixed in so far.</summary>
    public ulong Value => _value;

    /// <summary>Events mixed in so far.</summary>
    public long Count { get; private set; }

    /// <summary>Mixes in one event.</summary>
    public void Mix(SimulatedEventKind kind, long timeNs, long a, long b)
    {
        Count++;
        Fold((ulong)kind);
        Fold((ulong)timeNs);
        Fold((ulong)a);
        Fold((ulong)b);
    }

    private void Fold(ulong word)
    {
        _value = BitOperations.RotateLeft(_value ^ (word * 0xBF58476D1CE4E5B9), 29) * 0x94D049BB133111EB;
        _value ^= _value >> 32;
    }
}
