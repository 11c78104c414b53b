namespace Daos.Fabric.Xstreams.Mesh;

/// <summary>
/// Connects the xstreams of one engine, each with each, by rings with one producer and one consumer. Start-up only: connect before any of
/// the loops runs.
/// </summary>
public static class XstreamMesh
{
    /// <summary>Connects the xstreams; each can then be called by <see cref="CrossCall"/> from each.</summary>
    public static void Connect(IReadOnlyList<Xstream> xstreams)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(xstreams.Count, Limits.XstreamsMax);
        Xstream[] all = [.. xstreams];
        var rings = new SpscRing<CrossCall>[all.Length, all.Length];
        for (int from = 0; from < all.Length; from++)
        {
            for (int to = 0; to < all.Length; to++)
            {
                // A call to oneself needs no ring; the smallest one keeps the loops free of a special case.
                rings[from, to] = new SpscRing<CrossCall>(from == to ? 1 : Limits.MailboxSlots);
            }
        }

        for (int i = 0; i < all.Length; i++)
        {
            all[i].Join(new MailboxSet(i, all, rings));
        }
    }
}
