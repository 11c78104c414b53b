namespace Daos.Fabric.Metadata;

/// <summary>Changes of a range, in order. One caller at a time, any thread. Ends when disposed.</summary>
public interface IMetadataWatch : IAsyncDisposable
{
    /// <summary>
    /// Waits for the next changes. DER_EP_OLD when the watch fell behind what the store remembers: read the range and watch anew.
    /// DER_SHUTDOWN when watch or store were disposed. DER_CANCELED: nothing was lost, call again. Any other code ends the watch.
    /// </summary>
    Task<DerResult<MetadataChanges>> NextAsync(CancellationToken cancel = default);
}
