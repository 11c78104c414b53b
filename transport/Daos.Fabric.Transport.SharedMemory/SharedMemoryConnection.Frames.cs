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
                // Those that have their place were gathered before: this one is too long, or has to wait.
                return payloadBytes > _context.Options.MessageBytesMax && Judge(false);
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

    // Copies the messages that stand next, and does nothing else meanwhile: their lines lie in the writer's cache, and the processor fetches
    // several of them at once while it is not kept from looking ahead. Gives their number.
    private int GatherMessages(int max)
    {
        Span<GatheredMessage> gathered = _context.Gathered;
        int count = 0;
        while (count < max && _in.TryRead(out FrameKind kind, out byte* payload, out int payloadBytes))
        {
            if (kind != FrameKind.Message || payloadBytes > _context.Options.MessageBytesMax)
            {
                break;
            }

            byte* copy = _context.Segments.TryTake(payloadBytes, out ReceiveSegment? segment);
            if (copy is null)
            {
                break;
            }

            Unsafe.CopyBlockUnaligned(copy, payload, (uint)payloadBytes);
            _in.Consume(payloadBytes);
            segment!.AddHolder();
            gathered[count++] = new GatheredMessage(copy, payloadBytes, segment);
        }

        return count;
    }

    // A handler may close the connection; what it would have heard then is dropped.
    private void DeliverMessages(int count)
    {
        for (int i = 0; i < count; i++)
        {
            GatheredMessage message = _context.Gathered[i];
            _context.Gathered[i] = default;
            if (_state == State.Open)
            {
                _context.Handler.OnMessage(this, new InboundMessage(message.Address, message.LengthBytes, message.Segment));
            }

            message.Segment.Release();
        }
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
