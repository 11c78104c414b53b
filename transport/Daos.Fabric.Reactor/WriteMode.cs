namespace Daos.Fabric.Reactor;

/// <summary>What a file write promises when it completes.</summary>
public enum WriteMode : byte
{
    /// <summary>Nothing until a later flush completes.</summary>
    Plain,

    /// <summary>The bytes survive a power cut (RWF_DSYNC). Says nothing about other writes.</summary>
    Durable,
}
