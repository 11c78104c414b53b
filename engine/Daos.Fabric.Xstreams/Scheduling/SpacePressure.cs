namespace Daos.Fabric.Xstreams.Scheduling;

/// <summary>How full the target of an xstream is, as the scheduler cares.</summary>
public enum SpacePressure : byte
{
    /// <summary>Plenty of room.</summary>
    None,

    /// <summary>Room gets short: collecting garbage gets a fair share.</summary>
    Tight,

    /// <summary>Nearly full: collecting garbage goes first, updates are slowed.</summary>
    Critical,
}
