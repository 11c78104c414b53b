namespace Daos.Fabric.Rpc.Collectives;

/// <summary>The reply of one rank's part, into which those of its children are merged. Owned by the service's loop.</summary>
public sealed class CollectiveReply
{
    /// <summary>The bytes so far.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>Takes over an array as the reply; DER_OVERFLOW when it is longer than <see cref="CollectiveLimits.ReplyBytesMax"/>.</summary>
    public DerCode Set(byte[] bytes)
    {
        if (bytes.Length > CollectiveLimits.ReplyBytesMax)
        {
            return DerCode.Overflow;
        }

        Bytes = bytes;
        return DerCode.Success;
    }
}
