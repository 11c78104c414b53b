namespace Daos.Fabric.Engine.Targets;

/// <summary>An administrative change of a shard (a container, a snapshot), made to be durable before anybody hears of it.</summary>
internal static class ShardChange
{
    /// <summary>One attempt, without an await: DER_AGAIN asks for another. The position says where in the log the outcome stands.</summary>
    internal delegate DerCode Attempt(StoreShard store, out LogPosition position);

    /// <summary>
    /// Waits for room in the log, makes the change and waits until its outcome is stable, also the outcome that it was made before.
    /// Owner thread only. The change's code, or the log's error.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal static async ValueTask<DerCode> MakeAsync(StoreShard store, Attempt attempt)
    {
        DerCode code;
        LogPosition position;
        do
        {
            code = await store.AdmitAsync();
            if (code.IsError)
            {
                return code;
            }

            code = attempt(store, out position);
        }
        while (code == DerCode.Again);
        DerCode stable = await store.WaitStableAsync(position);
        return stable.IsError ? stable : code;
    }
}
