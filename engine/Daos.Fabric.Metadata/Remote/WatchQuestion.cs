using Daos.Fabric.Core.Protobuf;

namespace Daos.Fabric.Metadata.Remote;

/// <summary>
/// Asks for the next changes: range (1), number of the watch (2, 16 bytes), milliseconds to wait (3), whether the watch ends (4). It says where it stands
/// every time (the range's revision), so the other side may forget it at any moment. Immutable.
/// </summary>
/// <param name="Id">Whose watch it is; drawn by the asker.</param>
/// <param name="Range">The range; its revision is the first that is wanted, never 0.</param>
/// <param name="WaitMs">How long to wait when there is nothing.</param>
/// <param name="IsEnd">Nothing more is wanted.</param>
internal sealed record WatchQuestion(Guid Id, MetadataRange Range, int WaitMs, bool IsEnd)
{
    private const int IdBytes = 16;

    internal ReadOnlyMemory<byte> Write() => new ProtoWriter()
        .WriteAlways(1, RemoteKeys.Write(Range)).WriteAlways(2, Id.ToByteArray()).Write(3, WaitMs).Write(4, IsEnd).Written;

    /// <summary>Null when it is malformed.</summary>
    internal static WatchQuestion? Read(ReadOnlySpan<byte> message)
    {
        (MetadataRange? range, Guid id, int waitMs, bool isEnd) = (null, Guid.Empty, 0, false);
        var reader = new ProtoReader(message);
        while (reader.TryReadTag(out int field, out ProtoWireType type))
        {
            switch (field, type)
            {
                case (1, ProtoWireType.Bytes):
                    range = RemoteKeys.ReadRange(reader.ReadBytes());
                    break;
                case (2, ProtoWireType.Bytes):
                    ReadOnlySpan<byte> bytes = reader.ReadBytes();
                    id = bytes.Length == IdBytes ? new Guid(bytes) : Guid.Empty;
                    break;
                case (3, ProtoWireType.Varint):
                    waitMs = reader.ReadInt32();
                    break;
                case (4, ProtoWireType.Varint):
                    isEnd = reader.ReadBool();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        bool isGood = !reader.Failed && range is { Revision: > 0 } && id != Guid.Empty && waitMs is >= 0 and <= RemoteLimits.WaitMsMax;
        return isGood ? new WatchQuestion(id, range!, waitMs, isEnd) : null;
    }
}
