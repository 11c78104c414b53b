namespace Daos.Fabric.Store.Results;

/// <summary>What is remembered of a client outside the arena. Owned by one xstream.</summary>
internal sealed class ClientState(ulong record)
{
    /// <summary>Offset of the client's <see cref="ClientDf"/>.</summary>
    public readonly ulong Record = record;

    /// <summary>Answers to everything below have arrived; never goes back.</summary>
    public ulong LowestUnanswered;

    /// <summary>Epoch of the newest result, to tell idle clients.</summary>
    public ulong NewestEpoch;
}
