namespace Daos.Fabric.Mgmt.Engines;

/// <summary>Which state may follow which. Pure functions.</summary>
internal static class EngineStates
{
    /// <summary>A state may follow itself: the message changes.</summary>
    internal static bool MayFollow(EngineState now, EngineState next) => now == next || next switch
    {
        EngineState.AwaitFormat => now is EngineState.Unknown or EngineState.Errored or EngineState.Stopped,
        EngineState.Starting => now is EngineState.Unknown or EngineState.AwaitFormat or EngineState.Errored or EngineState.Stopped,
        EngineState.Ready => now is EngineState.Starting,
        EngineState.Joined => now is EngineState.Ready or EngineState.Excluded or EngineState.Unresponsive,
        EngineState.Stopping => now is EngineState.Starting or EngineState.Ready or EngineState.Joined or EngineState.Excluded or EngineState.Unresponsive,
        EngineState.Stopped => now is not EngineState.Starting,
        EngineState.Excluded => now is EngineState.Joined or EngineState.Errored or EngineState.Stopped or EngineState.Unresponsive,
        EngineState.Errored => now is not EngineState.Stopped,
        EngineState.Unresponsive => now is EngineState.Ready or EngineState.Joined,
        EngineState.AdminExcluded => now is not EngineState.AwaitFormat and not EngineState.Unknown,
        _ => false,
    };
}
