namespace Daos.Fabric.Mgmt.Configuration;

/// <summary>The configuration of a server, checked. Immutable.</summary>
internal sealed record ServerConfig
{
    /// <summary>Of the system.</summary>
    internal required string Name { get; init; }

    /// <summary>Hosts with a replica of the management service; empty: this one alone.</summary>
    internal IReadOnlyList<string> Replicas { get; init; } = [];

    /// <summary>Empty: superblocks lie in the engines' first tiers.</summary>
    internal string MetadataPath { get; init; } = "";

    /// <summary>Empty: the path is a directory of a file system that is there.</summary>
    internal string MetadataDevice { get; init; } = "";

    /// <summary>Port of the control plane.</summary>
    internal required int Port { get; init; }

    /// <summary>No certificates.</summary>
    internal required bool AllowsInsecure { get; init; }

    /// <summary>Authority, certificate and key, PEM files.</summary>
    internal required (string Ca, string Certificate, string Key) Certificates { get; init; }

    /// <summary>Of sockets and of what is written for engines.</summary>
    internal required string SocketDirectory { get; init; }

    /// <summary>Bits of core(5), or null when the file does not say.</summary>
    internal long? CoreDumpFilter { get; init; }

    /// <summary>Bytes left to the system.</summary>
    internal required long ReservedRamBytes { get; init; }

    /// <summary>Devices that are never used.</summary>
    internal IReadOnlyList<string> ExcludedDevices { get; init; } = [];

    /// <summary>Of daos_server's lines.</summary>
    internal required string LogMask { get; init; }

    /// <summary>Empty: standard error.</summary>
    internal required string LogFile { get; init; }

    /// <summary>Lines are JSON.</summary>
    internal required bool LogJson { get; init; }

    /// <summary>Engines that die are started again.</summary>
    internal required bool RestartsEngines { get; init; }

    /// <summary>The least time between two restarts of one engine.</summary>
    internal required TimeSpan RestartDelay { get; init; }

    /// <summary>Run with a support archive's path; empty: none.</summary>
    internal required string TransferProgram { get; init; }

    /// <summary>In the file's order.</summary>
    internal required IReadOnlyList<EngineConfig> Engines { get; init; }
}
