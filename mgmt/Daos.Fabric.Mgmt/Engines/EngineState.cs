namespace Daos.Fabric.Mgmt.Engines;

/// <summary>The life of an engine and its rank, in DAOS's words.</summary>
internal enum EngineState
{
    /// <summary>Nothing is known yet.</summary>
    Unknown,

    /// <summary>Its storage is not formatted.</summary>
    AwaitFormat,

    /// <summary>Its process runs and does not serve yet.</summary>
    Starting,

    /// <summary>It serves and belongs to no system yet.</summary>
    Ready,

    /// <summary>It serves as a rank of its system.</summary>
    Joined,

    /// <summary>It was asked to end.</summary>
    Stopping,

    /// <summary>It ended because it was asked to.</summary>
    Stopped,

    /// <summary>The system took its rank out of the map.</summary>
    Excluded,

    /// <summary>It could not start, or ended by itself; the message says why.</summary>
    Errored,

    /// <summary>It runs and does not answer.</summary>
    Unresponsive,

    /// <summary>An administrator took its rank out.</summary>
    AdminExcluded,
}
