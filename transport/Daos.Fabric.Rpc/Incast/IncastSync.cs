namespace Daos.Fabric.Rpc.Incast;

/// <summary>How an update is synchronised (CART: crt_iv_sync_t). Immutable.</summary>
/// <param name="Mode">When.</param>
/// <param name="Event">What.</param>
/// <param name="IsBidirectional">
/// The value that the root returns travels back to the caller and refreshes everybody on the way; with <see cref="IncastSyncMode.None"/> only.
/// </param>
public readonly record struct IncastSync(IncastSyncMode Mode, IncastSyncEvent Event = IncastSyncEvent.Update, bool IsBidirectional = false)
{
    /// <summary>Nobody else is told.</summary>
    public static IncastSync None => default;

    internal bool IsValid => Mode <= IncastSyncMode.Lazy && Event <= IncastSyncEvent.Notify && (!IsBidirectional || Mode == IncastSyncMode.None);
}
