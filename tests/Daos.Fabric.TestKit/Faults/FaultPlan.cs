namespace Daos.Fabric.TestKit.Faults;

/// <summary>What a <see cref="FaultProxy"/> does to each direction of each connection. Immutable.</summary>
public sealed record FaultPlan
{
    /// <summary>Bytes pass as they come.</summary>
    public static FaultPlan None { get; } = new();

    /// <summary>How long everything takes more than it would.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Up to so much more, drawn for each piece; the order stays.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Bytes a second at most in each direction; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>What happens, one of these at a time; empty for nothing.</summary>
    public IReadOnlyList<StreamFault> Faults { get; init; } = [];

    /// <summary>Bytes from one fault (or the beginning) to the next at least.</summary>
    public int GapBytesMin { get; init; } = 1_000;

    /// <summary>Bytes from one fault to the next at most.</summary>
    public int GapBytesMax { get; init; } = 200_000;

    /// <summary>Bytes that are left out or come twice at most.</summary>
    public int FaultBytesMax { get; init; } = 300;
}
