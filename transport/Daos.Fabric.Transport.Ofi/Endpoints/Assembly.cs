namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>A message that came in parts, as one piece. Owned by its endpoint's owner thread; from the endpoint's pool.</summary>
internal sealed unsafe class Assembly(AssemblyPool pool, byte* address) : MessageSegment
{
    /// <summary>First byte.</summary>
    internal byte* Address { get; } = address;

    /// <summary>Bytes that came so far.</summary>
    internal int UsedBytes { get; set; }

    /// <summary>Adds a part; false when the message becomes longer than any may be.</summary>
    internal bool TryAppend(byte* part, int lengthBytes)
    {
        if (lengthBytes > pool.MessageBytesMax - UsedBytes)
        {
            return false;
        }

        new ReadOnlySpan<byte>(part, lengthBytes).CopyTo(new Span<byte>(Address + UsedBytes, lengthBytes));
        UsedBytes += lengthBytes;
        return true;
    }

    protected override void Recycle() => pool.Return(this);
}
