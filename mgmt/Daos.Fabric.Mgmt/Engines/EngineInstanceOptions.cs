using Daos.Fabric.Mgmt.Logging;
using Daos.Fabric.Mgmt.Storage;

namespace Daos.Fabric.Mgmt.Engines;

/// <summary>What an engine's life needs from outside. Immutable.</summary>
internal sealed record EngineInstanceOptions
{
    /// <summary>Its place in the configuration.</summary>
    internal required int Index { get; init; }

    /// <summary>Of this engine.</summary>
    internal required EngineStorage Storage { get; init; }

    /// <summary>Starts its process.</summary>
    internal required IEngineLauncher Launcher { get; init; }

    /// <summary>What it is started with, for a rank.</summary>
    internal required Func<uint, EngineLaunch> LaunchOf { get; init; }

    /// <summary>The system it belongs to.</summary>
    internal required IMembership Membership { get; init; }

    /// <summary>Clock and timers.</summary>
    internal required TimeProvider Time { get; init; }

    /// <summary>Of daos_server.</summary>
    internal required ServerLog Log { get; init; }

    /// <summary>A new engine's identity.</summary>
    internal Func<Guid> NewUuid { get; init; } = Guid.NewGuid;

    /// <summary>Unformatted storage is formatted without being asked, where nothing is in the way.</summary>
    internal bool AutoFormat { get; init; }

    /// <summary>An engine that dies is started again.</summary>
    internal bool Restarts { get; init; } = true;

    /// <summary>The least time between two restarts.</summary>
    internal TimeSpan RestartDelay { get; init; }

    /// <summary>Called with every change, in order and under the engine's lock: must be short and must not call back.</summary>
    internal Action<EngineSnapshot> Changed { get; init; } = static _ => { };
}
