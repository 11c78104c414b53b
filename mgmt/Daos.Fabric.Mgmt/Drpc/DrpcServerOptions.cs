using Daos.Fabric.Metadata;

namespace Daos.Fabric.Mgmt.Drpc;

/// <summary>Where a <see cref="DrpcServer"/> listens and whom it serves. Immutable.</summary>
internal sealed record DrpcServerOptions
{
    /// <summary>The directory of sockets; exists.</summary>
    internal required string SocketDirectory { get; init; }

    /// <summary>Who hears of engines.</summary>
    internal required IEngineNotices Engines { get; init; }

    /// <summary>The metadata that engines may ask for, not owned; null for none.</summary>
    internal IMetadataStore? Metadata { get; init; }

    /// <summary>Time.</summary>
    internal required TimeProvider Time { get; init; }

    /// <summary>Told a sentence at a time, by several threads.</summary>
    internal required Action<string> Log { get; init; }
}
