namespace Daos.Fabric.Transport;

/// <summary>A message as it lies in the receive segment. Valid during the callback.</summary>
public readonly unsafe ref struct InboundMessage(byte* address, int lengthBytes, MessageSegment segment)
{
    /// <summary>First byte; 8-byte aligned.</summary>
    public byte* Address { get; } = address;

    /// <summary>Length in bytes.</summary>
    public int LengthBytes { get; } = lengthBytes;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => new(Address, LengthBytes);

    /// <summary>Keeps the segment, so that the bytes stay valid until <see cref="MessageSegment.Release"/>; a plain count, no copy.</summary>
    public MessageSegment Retain()
    {
        segment.AddHolder();
        return segment;
    }
}

/// <summary>Receive memory that several messages share; it returns to its pool when the last holder released it. Owned by one owner thread.</summary>
public abstract class MessageSegment
{
    private int _holders;

    /// <summary>Holders now.</summary>
    public int Holders => _holders;

    /// <summary>Adds a holder.</summary>
    public void AddHolder() => _holders++;

    /// <summary>Removes a holder; the last one recycles the segment.</summary>
    public void Release()
    {
        Invariant.Check(_holders > 0);
        if (--_holders == 0)
        {
            Recycle();
        }
    }

    /// <summary>Returns the memory to its pool.</summary>
    protected abstract void Recycle();
}
