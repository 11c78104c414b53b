namespace Daos.Fabric.Rpc.Incast;

/// <summary>Limits of incast variables, each with unit and reason.</summary>
public static class IncastLimits
{
    /// <summary>Bytes of a key at most: an identifier and a few numbers.</summary>
    public const int KeyBytesMax = 256;

    /// <summary>Bytes of a value at most: with key and head it fits into a collective's payload.</summary>
    public const int ValueBytesMax = 20 * 1024;

    /// <summary>Namespaces of one process at most: one per pool and some.</summary>
    public const int NamespacesMax = 4096;

    /// <summary>Fetches under way of one namespace at most; above it: DER_AGAIN.</summary>
    public const int FetchesMax = 4096;

    /// <summary>Lazy synchronisations that wait in one namespace at most; above it an update synchronises eagerly.</summary>
    public const int LazyMax = 1024;

    /// <summary>Memory of operations, and lazy synchronisations, that are kept for the next ones at most, count each.</summary>
    public const int KeptMax = 256;

    /// <summary>The first wait before a failed operation looks at the group again, in ns; doubled up to <see cref="RetryMaxNs"/>.</summary>
    public const long RetryMinNs = 10_000_000;

    /// <summary>The longest such wait, in ns.</summary>
    public const long RetryMaxNs = 1_000_000_000;
}
