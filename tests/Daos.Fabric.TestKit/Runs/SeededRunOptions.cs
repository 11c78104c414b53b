namespace Daos.Fabric.TestKit.Runs;

/// <summary>Tier, seed, budget and state of a run: those of the process, unless a test of the runs says otherwise.</summary>
internal sealed record SeededRunOptions
{
    internal TestTier Tier { get; init; } = TestRun.Tier;

    internal ulong? Seed { get; init; } = TestRun.Seed;

    internal string? StateDirectory { get; init; } = TestRun.StateDirectory;

    internal Func<bool> IsTimeUp { get; init; } = () => TestRun.IsTimeUp;
}
