namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>Where the run of a master stands.</summary>
public enum SelfTestState : byte
{
    /// <summary>Calls are under way.</summary>
    Running = 1,

    /// <summary>The figures are there.</summary>
    Done = 2,
}
