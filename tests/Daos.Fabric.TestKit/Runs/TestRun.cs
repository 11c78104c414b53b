using System.Diagnostics;
using System.Globalization;

namespace Daos.Fabric.TestKit.Runs;

/// <summary>
/// What <c>./test.sh</c> asked for: tier, base seed, time budget and where long runs keep their state. The one place that reads these
/// variables; a value that means nothing is an error and never a default. Any thread.
/// </summary>
public static class TestRun
{
    private const string TierVariable = "DAOS_TEST_TIER";
    private const string SeedVariable = "DAOS_TEST_SEED";
    private const string MinutesVariable = "DAOS_TEST_MINUTES";
    private const string StateVariable = "DAOS_TEST_STATE";

    /// <summary>Sizes of this run; every-commit sizes when nobody asked.</summary>
    public static TestTier Tier { get; } = ParseTier(Environment.GetEnvironmentVariable(TierVariable));

    /// <summary>The base seed that was asked for; null when each test takes its own.</summary>
    public static ulong? Seed { get; } = ParseSeed(Environment.GetEnvironmentVariable(SeedVariable));

    /// <summary>How long seeded runs of this process may go on, counted from its start; null without a limit.</summary>
    public static TimeSpan? Budget { get; } = ParseMinutes(Environment.GetEnvironmentVariable(MinutesVariable));

    /// <summary>Where long runs keep what they have done; null when nothing is kept.</summary>
    public static string? StateDirectory { get; } = Environment.GetEnvironmentVariable(StateVariable) is { Length: > 0 } path ? path : null;

    /// <summary>True when the time budget is used up.</summary>
    public static bool IsTimeUp => Budget is { } budget && DateTime.Now - Process.GetCurrentProcess().StartTime >= budget;

    /// <summary>The base seed: what was asked for, else the test's own.</summary>
    public static ulong SeedOr(ulong usual) => Seed ?? usual;

    /// <summary>The size for this run's tier.</summary>
    public static int Size(int t0, int t1) => Tier == TestTier.T1 ? t1 : t0;

    internal static TestTier ParseTier(string? text) => text switch
    {
        null or "" or "T0" => TestTier.T0,
        "T1" => TestTier.T1,
        _ => throw new FormatException($"{TierVariable} is '{text}'; it is T0 or T1"),
    };

    internal static ulong? ParseSeed(string? text) => text is null or "" ? null
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed
        : throw new FormatException($"{SeedVariable} is '{text}'; it is a number from 0 to {ulong.MaxValue}");

    internal static TimeSpan? ParseMinutes(string? text) => text is null or "" ? null
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double minutes) && minutes <= 100_000
            ? TimeSpan.FromMinutes(minutes)
            : throw new FormatException($"{MinutesVariable} is '{text}'; it is a number of minutes");
}
