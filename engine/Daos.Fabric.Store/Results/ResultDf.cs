namespace Daos.Fabric.Store.Results;

/// <summary>The result of one modification: all that a modification adds to its client. Owned by one xstream.</summary>
/// <remarks>
/// <code>
///  0            8          16                    24       28
/// | sequence   | epoch    | lowest unanswered   | code   | reserved |
/// </code>
/// Lowest unanswered is what the client had said by then; the highest of the ring is the durable bound below which a resend is refused.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct ResultDf
{
    /// <summary>Bytes of a result.</summary>
    public const int SizeBytes = 32;

    /// <summary>Number of the modification; 0 in an unused slot.</summary>
    [FieldOffset(0)]
    public ulong Sequence;

    /// <summary>Where it was applied.</summary>
    [FieldOffset(8)]
    public ulong Epoch;

    /// <summary>The client's lowest unanswered sequence, as known then.</summary>
    [FieldOffset(16)]
    public ulong LowestUnanswered;

    /// <summary>The answer's code.</summary>
    [FieldOffset(24)]
    public int Code;

    [FieldOffset(28)]
    private readonly uint _reserved;
}
