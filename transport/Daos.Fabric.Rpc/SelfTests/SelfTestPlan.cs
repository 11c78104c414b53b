namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>One measurement: so many calls of one shape, spread evenly over its endpoints. Immutable.</summary>
public sealed record SelfTestPlan
{
    /// <summary>What each call moves.</summary>
    public required SelfTestShape Shape { get; init; }

    /// <summary>Calls under way at any time, to all endpoints together.</summary>
    public int InFlight { get; init; } = 16;

    /// <summary>Calls that are counted, to all endpoints together.</summary>
    public int Repetitions { get; init; } = 10_000;

    /// <summary>Calls before those that are counted: connections, pools and compiled code are warm then.</summary>
    public int WarmUp { get; init; }

    /// <summary>How long one call may take, in ms.</summary>
    public uint CallTimeoutMs { get; init; } = 60_000;

    /// <summary>Everything is in range.</summary>
    public bool IsValid => Shape.IsValid
        && InFlight is >= 1 and <= SelfTestLimits.InFlightMax
        && Repetitions is >= 1 and <= SelfTestLimits.RepetitionsMax
        && WarmUp is >= 0 and <= SelfTestLimits.RepetitionsMax
        && CallTimeoutMs is >= 1 and <= RpcLimits.DeadlineMsMax;

    /// <summary>Memory that a run needs for its calls, in bytes.</summary>
    public long MemoryBytes => (long)InFlight * SelfTestRequest.MemoryBytes(Shape);
}
