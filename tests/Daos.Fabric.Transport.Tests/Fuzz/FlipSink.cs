using Daos.Fabric.Transport.Sockets.Buffers;
using Daos.Fabric.Transport.Sockets.Framing;

namespace Daos.Fabric.Transport.Tests.Fuzz;

/// <summary>Knows the one message or chunk that was sent, and counts what is handed up and is not that, bit by bit.</summary>
internal sealed unsafe class FlipSink(NativeBlock memory) : IFrameSink
{
    private byte[] _expected = [];
    private WriteChunkWire _chunk;

    /// <summary>Whole and true.</summary>
    internal long Taken { get; private set; }

    /// <summary>Handed up although a bit of it is not what was sent.</summary>
    internal long Escaped { get; private set; }

    public bool IsReading => true;

    internal void Expect(byte[] content)
    {
        _expected = content;
        memory.Span.Clear();
    }

    public DerCode OnHello(HelloWire* hello) => DerCode.Success;

    public DerCode OnGoodbye(DerCode reason, ReadOnlySpan<byte> text) => Refuse();

    public void OnPing(bool isAnswer) => Refuse();

    public void OnMessage(byte* payload, int lengthBytes, Segment segment) => Judge(new ReadOnlySpan<byte>(payload, lengthBytes));

    public DerCode OnReadRequest(uint transfer, ReadRequestWire* request) => Refuse();

    public DerCode OnReadData(uint transfer, ReadDataWire* chunk, out byte* destination)
    {
        destination = null;
        return Refuse();
    }

    public DerCode OnWriteChunk(uint transfer, WriteChunkWire* chunk, out byte* destination)
    {
        _chunk = *chunk;
        bool isTrue = transfer == 1 && _chunk.Key == FuzzSink.WriteKey && _chunk.OffsetBytes == 0 && _chunk.PositionBytes == 0 && _chunk.DataBytes == (uint)_expected.Length;
        destination = isTrue ? memory.Address : null;
        return DerCode.Success;
    }

    public DerCode OnDataEnd(uint transfer, FrameKind kind, bool last, DerCode outcome)
    {
        Judge(memory.Span[..(int)Math.Min(_chunk.DataBytes, (uint)memory.LengthBytes)]);
        return DerCode.Success;
    }

    public DerCode OnCopyRequest(uint transfer, CopyRequestWire* request) => Refuse();

    public DerCode OnAddressRequest(uint transfer, ReadRequestWire* request) => Refuse();

    public DerCode OnAddress(uint transfer, ulong address) => Refuse();

    public DerCode OnCopied(uint transfer, ReadRequestWire* request) => Refuse();

    public DerCode OnTransferEnd(uint transfer, DerCode outcome) => Refuse();

    private void Judge(ReadOnlySpan<byte> content)
    {
        bool isTrue = content.SequenceEqual(_expected);
        Taken += isTrue ? 1 : 0;
        Escaped += isTrue ? 0 : 1;
    }

    // Nothing of this kind was sent.
    private DerCode Refuse()
    {
        Escaped++;
        return DerCode.Success;
    }
}
