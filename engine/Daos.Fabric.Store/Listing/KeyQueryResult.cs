namespace Daos.Fabric.Store.Listing;

/// <summary>What a key query found. The keys' bytes lie in the buffers that the caller gave.</summary>
public readonly record struct KeyQueryResult
{
    /// <summary>Bytes of the dkey found.</summary>
    public int DkeyLength { get; init; }

    /// <summary>Bytes of the akey found.</summary>
    public int AkeyLength { get; init; }

    /// <summary>First record of the run found.</summary>
    public ulong Index { get; init; }

    /// <summary>Records of the run found. Where parity counts, the run may go on: only the end that was asked for is exact.</summary>
    public ulong Count { get; init; }

    /// <summary>
    /// No write or punch of the object is newer; aborted, discarded and undecided ones count too (DAOS: the object's max write epoch). Not of the
    /// epoch that is read at.
    /// </summary>
    public Epoch NewestWrite { get; init; }

    /// <summary>Size of a record of that array.</summary>
    public uint RecordBytes { get; init; }

    /// <summary>The answer must not leave before this position is stable.</summary>
    public LogPosition DependsOn { get; init; }
}
