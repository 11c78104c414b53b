namespace Daos.Fabric.Mgmt.Engines;

/// <summary>What an engine is started with. Immutable.</summary>
internal sealed record EngineLaunch
{
    /// <summary>Its place in the configuration.</summary>
    internal required int Index { get; init; }

    /// <summary>The configuration file of daos_engine, to be written before the start.</summary>
    internal required string ConfigPath { get; init; }

    /// <summary>That file's text.</summary>
    internal required string ConfigText { get; init; }

    /// <summary>Its whole environment.</summary>
    internal required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>File that its lines are added to; empty: daos_server's log.</summary>
    internal required string LogFile { get; init; }
}
