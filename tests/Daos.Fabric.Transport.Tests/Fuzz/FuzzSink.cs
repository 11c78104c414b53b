using Daos.Fabric.Transport.Sockets.Buffers;
using Daos.Fabric.Transport.Sockets.Framing;

namespace Daos.Fabric.Transport.Tests.Fuzz;

/// <summary>Stands behind the parser under fuzz: knows what was really sent and counts what gets through that was not.</summary>
internal sealed unsafe class FuzzSink(NativeBlock memory) : IFrameSink
{
    internal const uint ReadTransfer = 7;
    internal const ulong WriteKey = 0xABCDEF;

    private uint _position;

    internal long Messages { get; private set; }

    /// <summary>Marked messages carry this; every other one was made up by a mutation.</summary>
    internal ulong Mark { get; set; }

    /// <summary>Messages that nobody sent.</summary>
    internal long Escaped { get; private set; }

    public bool IsReading => true;

    internal void Reset() => _position = 0;

    public DerCode OnHello(HelloWire* hello) =>
        hello->Magic == HelloWire.MagicValue && hello->VersionMin <= 1 && hello->VersionMax >= 1 ? DerCode.Success : DerCode.Protocol;

    public DerCode OnGoodbye(DerCode reason, ReadOnlySpan<byte> text) => DerCode.Success;

    public void OnPing(bool isAnswer)
    {
    }

    public void OnMessage(byte* payload, int lengthBytes, Segment segment)
    {
        Messages++;
        if (lengthBytes < 8 || *(ulong*)payload != Mark)
        {
            Escaped++;
        }
    }

    public DerCode OnReadRequest(uint transfer, ReadRequestWire* request) => DerCode.Success;

    public DerCode OnReadData(uint transfer, ReadDataWire* chunk, out byte* destination)
    {
        destination = null;
        if (transfer != ReadTransfer || chunk->PositionBytes != _position || chunk->DataBytes > (uint)memory.LengthBytes - _position)
        {
            return DerCode.Protocol;
        }

        destination = memory.Address + _position;
        _position += chunk->DataBytes;
        return DerCode.Success;
    }

    public DerCode OnWriteChunk(uint transfer, WriteChunkWire* chunk, out byte* destination)
    {
        bool inside = chunk->Key == WriteKey && chunk->OffsetBytes <= (ulong)memory.LengthBytes
            && chunk->TransferBytes <= (ulong)memory.LengthBytes - chunk->OffsetBytes;
        destination = inside ? memory.Address + chunk->OffsetBytes + chunk->PositionBytes : null;
        return DerCode.Success;
    }

    public DerCode OnDataEnd(uint transfer, FrameKind kind, bool last, DerCode outcome) => DerCode.Success;

    public DerCode OnCopyRequest(uint transfer, CopyRequestWire* request) => DerCode.Protocol;

    public DerCode OnAddressRequest(uint transfer, ReadRequestWire* request) => DerCode.Protocol;

    public DerCode OnAddress(uint transfer, ulong address) => DerCode.Protocol;

    public DerCode OnCopied(uint transfer, ReadRequestWire* request) => DerCode.Protocol;

    public DerCode OnTransferEnd(uint transfer, DerCode outcome) => transfer == ReadTransfer ? DerCode.Success : DerCode.Protocol;
}
