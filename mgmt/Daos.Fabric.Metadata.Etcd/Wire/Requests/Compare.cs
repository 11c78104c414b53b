namespace Daos.Fabric.Metadata.Etcd.Wire.Requests;

/// <summary>One condition.</summary>
internal sealed record Compare(string Result, string Target, byte[] Key)
{
    public long? Version { get; init; }

    public long? CreateRevision { get; init; }

    public long? ModRevision { get; init; }

    public byte[]? Value { get; init; }
}
