namespace Daos.Fabric.Protocol.Drpc;

/// <summary>
/// Puts the packets of one session together to messages. Memory grows with what has come, not with what was announced. After an error the session
/// cannot be understood any more. Used by one thread at a time.
/// </summary>
public sealed class DrpcAssembler
{
    private byte[] _message = [];
    private int _filled;
    private int _total;
    private uint _chunks;
    private uint _next;

    /// <summary>True when a message has begun and is not whole.</summary>
    public bool IsInside => _next > 0;

    /// <summary>
    /// Takes a packet; gives the message when it is whole, null when it is not. DER_TRUNC: shorter than a header or longer than a packet may be, or its
    /// data are not as long as it says. DER_OVERFLOW: the message is too long. DER_MISMATCH: a packet is missing or came twice. DER_PROTO: the numbers
    /// contradict each other.
    /// </summary>
    public DerResult<byte[]?> Add(ReadOnlySpan<byte> packet)
    {
        if (packet.Length is < DrpcLimits.HeaderBytes or > DrpcLimits.ChunkBytesMax)
        {
            return DerCode.Truncated;
        }

        DrpcChunkHeader header = DrpcChunkHeader.Read(packet);
        ReadOnlySpan<byte> data = packet[DrpcLimits.HeaderBytes..];
        DerCode code = header.DataBytes != (ulong)data.Length ? DerCode.Truncated : _next == 0 ? Begin(header) : Continue(header);
        if (code.IsError)
        {
            return code;
        }

        Room(data.Length);
        data.CopyTo(_message.AsSpan(_filled));
        _filled += data.Length;
        _next++;
        return _next == _chunks ? Finish() : (byte[]?)null;
    }

    private DerCode Begin(DrpcChunkHeader header)
    {
        if (header.TotalBytes > DrpcLimits.MessageBytesMax)
        {
            return DerCode.Overflow;
        }

        _total = (int)header.TotalBytes;
        _chunks = (uint)DrpcChunkHeader.CountOf(_total);
        return Continue(header);
    }

    // Every packet but the last is full, so that nothing about the others is left to the sender.
    private DerCode Continue(DrpcChunkHeader header) =>
        header.TotalBytes != (ulong)_total || header.Chunks != _chunks ? DerCode.Protocol
        : header.Index != _next ? DerCode.Mismatch
        : header != DrpcChunkHeader.Of(_total, (int)_next) ? DerCode.Protocol
        : DerCode.Success;

    private void Room(int bytes)
    {
        if (_message.Length - _filled < bytes)
        {
            Array.Resize(ref _message, Math.Min(_total, Math.Max(_message.Length * 2, _filled + bytes)));
        }
    }

    private byte[] Finish()
    {
        Invariant.Check(_filled == _total && _message.Length == _total);
        byte[] message = _message;
        _message = [];
        _filled = 0;
        _next = 0;
        return message;
    }
}
