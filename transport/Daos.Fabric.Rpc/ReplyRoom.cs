namespace Daos.Fabric.Rpc;

/// <summary>
/// Room for replies, kept by whoever asks and used again for one operation after the other: it grows to the longest reply so far and then
/// allocates no more. Owned by one loop; of one operation at a time.
/// </summary>
public sealed class ReplyRoom
{
    /// <summary>Bytes of a reply at most.</summary>
    public const int BytesMax = 32 * 1024;

    private byte[] _room = [];
    private int _lengthBytes;

    /// <summary>The reply so far; until the room is used again.</summary>
    public ReadOnlyMemory<byte> Bytes => _room.AsMemory(0, _lengthBytes);

    /// <summary>The same, to be changed in place.</summary>
    public Span<byte> Span => _room.AsSpan(0, _lengthBytes);

    /// <summary>Copies bytes, which do not lie in this room, as the reply; DER_OVERFLOW when they are more than <see cref="BytesMax"/>.</summary>
    public DerCode Set(ReadOnlySpan<byte> bytes)
    {
        _lengthBytes = 0;
        return Append(bytes);
    }

    /// <summary>Copies bytes, which do not lie in this room, behind what is there; DER_OVERFLOW leaves it as it is.</summary>
    public DerCode Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BytesMax - _lengthBytes)
        {
            return DerCode.Overflow;
        }

        KeptArray.Reserve(ref _room, _lengthBytes + bytes.Length);
        bytes.CopyTo(_room.AsSpan(_lengthBytes));
        _lengthBytes += bytes.Length;
        return DerCode.Success;
    }

    /// <summary>No bytes.</summary>
    public void Clear() => _lengthBytes = 0;
}
