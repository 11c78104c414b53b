namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>
/// Frames that came. Every field is read once, into a local copy, and checked there; what does not hold ends the connection.
/// </summary>
internal sealed unsafe partial class SharedMemoryConnection
{
    // False when the frame has to wait or the connection ended.
    private bool TakeFrame(FrameKind kind, byte* payload, int payloadBytes)
    {
        switch (kind)
        {
            case FrameKind.Message:
                return TakeMessage(payload, payloadBytes);
            case FrameKind.GrantRequest when payloadBytes == GrantRequestWire.SizeBytes:
                GrantRequestWire request = *(GrantRequestWire*)payload;
                _in.Consume(payloadBytes);
                return Judge(OnGrantRequest(request));
            case FrameKind.Grant when payloadBytes == GrantWire.SizeBytes:
                GrantWire grant = *(GrantWire*)payload;
                _in.Consume(payloadBytes);
                return Judge(OnGrant(grant));
            case FrameKind.Release or FrameKind.Revoke or FrameKind.End or FrameKind.DropRegion when payloadBytes == TransferWire.SizeBytes:
                TransferWire word = *(TransferWire*)payload;
                _in.Consume(payloadBytes);
                return Judge(OnTransferWord(kind, word));
            case FrameKind.ReadData or FrameKind.WriteData when payloadBytes > DataWire.SizeBytes:
                DataWire data = *(DataWire*)payload;
                byte* bytes = payload + DataWire.SizeBytes;
                int length = payloadBytes - DataWire.SizeBytes;
                bool holds = kind == FrameKind.ReadData ? OnReadData(data, bytes, length) : OnWriteData(data, bytes, length);
                if (_segment is not null)
                {
                    _in.Consume(payloadBytes);
                }

                return Judge(holds);
            default:
                return Judge(false);
        }
    }

    private bool TakeMessage(byte* payload, int payloadBytes)
    {
        if (payloadBytes > _context.Options.MessageBytesMax)
        {
            return Judge(false);
        }

        byte* copy = _context.Segments.TryTake(payloadBytes, out ReceiveSegment? segment);
        if (copy is null)
        {
            return false;
        }

        Unsafe.CopyBlockUnaligned(copy, payload, (uint)payloadBytes);
        _in.Consume(payloadBytes);
        _context.Handler.OnMessage(this, new InboundMessage(copy, payloadBytes, segment!));
        return true;
    }

    private bool OnTransferWord(FrameKind kind, in TransferWire word) => kind switch
    {
        FrameKind.Release => OnRelease(word),
        FrameKind.Revoke => OnRevoke(word),
        FrameKind.End => OnEnd(word),
        _ => OnDropRegion(word),
    };

    private bool Judge(bool holds)
    {
        if (!holds)
        {
            Break("a frame makes no sense here");
        }

        return holds;
    }

    // Whoever breaks the protocol is not talked to any more.
    private void Break(string why)
    {
        CloseText = why;
        BeginAbort(DerCode.Protocol);
    }
}
