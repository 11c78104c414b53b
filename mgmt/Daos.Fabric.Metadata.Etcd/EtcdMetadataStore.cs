using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Metadata.Sessions;

namespace Daos.Fabric.Metadata.Etcd;

/// <summary>Metadata on etcd, with transactions that happen exactly once. Any thread.</summary>
public static class EtcdMetadataStore
{
    /// <summary>
    /// A store on the cluster of the options; nothing is sent before it is used. Throws <see cref="ArgumentException"/> with a sentence that
    /// names the option, and <see cref="DaosException"/> for a certificate or key: DER_NO_CERT (cannot be read), DER_BAD_CERT (not valid now,
    /// does not belong together, a key that others may read).
    /// </summary>
    public static IMetadataStore Open(EtcdOptions options) => new SessionStore(new EtcdBackend(options), new SessionOptions
    {
        Clock = SystemClock.Instance,
        Random = new SeededRandom(SystemEntropy.Seed()),
        Delay = (delayNs, cancel) => Task.Delay(TimeSpan.FromMicroseconds(delayNs / 1e3), options.Time, cancel),
        DeadlineMs = options.DeadlineMs,
        MarkerTtlMs = Math.Max(60_000, options.DeadlineMs * 4L),
        Slots = options.TransactionsMax,
    });
}
