namespace Daos.Fabric.Bench.Options;

/// <summary>What one call of dfio is to do: the jobs and where the report goes.</summary>
internal sealed class RunOptions
{
    internal static readonly string[] Formats = ["normal", "json", "json+", "terse"];

    internal List<JobOptions> Jobs { get; } = [];

    /// <summary>Those of <see cref="Jobs"/> that stand in job files.</summary>
    internal List<JobOptions> FileJobs { get; } = [];

    internal string Format { get; set; } = "normal";

    internal string? OutputFile { get; set; }

    /// <summary>auto: the live line shows when standard error is a terminal; always; never.</summary>
    internal string Eta { get; set; } = "auto";

    internal bool ParseOnly { get; set; }

    internal bool ShowHelp { get; set; }

    internal bool ShowOptions { get; set; }

    internal bool ShowVersion { get; set; }
}
