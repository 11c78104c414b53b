using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>What one test call moves, there and back. A value.</summary>
/// <param name="Send">How the caller's bytes go.</param>
/// <param name="SendBytes">How many; 0 with <see cref="SelfTestTransfer.Empty"/> only.</param>
/// <param name="Reply">How the server's bytes come.</param>
/// <param name="ReplyBytes">How many; 0 with <see cref="SelfTestTransfer.Empty"/> only.</param>
public readonly record struct SelfTestShape(SelfTestTransfer Send, int SendBytes, SelfTestTransfer Reply, int ReplyBytes)
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 16;

    /// <summary>The longest side, in bytes; a request's head has to fit a payload with it.</summary>
    public const int SideBytesMax = RpcLimits.PayloadBytesMax - 4096;

    /// <summary>Kinds are known, sizes are in range and fit their kinds.</summary>
    public bool IsValid => IsSideValid(Send, SendBytes) && IsSideValid(Reply, ReplyBytes);

    /// <summary>A bulk handle goes with every request.</summary>
    public bool HasBulk => Send == SelfTestTransfer.Bulk || Reply == SelfTestTransfer.Bulk;

    /// <summary>What people call it: <c>send</c>, <c>get</c>, <c>put</c>, <c>get+put</c>.</summary>
    public string Kind => (Send, Reply) switch
    {
        (SelfTestTransfer.Bulk, SelfTestTransfer.Bulk) => "get+put",
        (SelfTestTransfer.Bulk, _) => "get",
        (_, SelfTestTransfer.Bulk) => "put",
        _ => "send",
    };

    /// <summary>Memory that a server needs per call under way: 0 when it only receives.</summary>
    internal int ServerBytes => Math.Max(Send == SelfTestTransfer.Bulk ? SendBytes : 0, ReplyBytes);

    /// <summary>Payload bytes of a request besides its head and a handle.</summary>
    internal int InlineSendBytes => Send == SelfTestTransfer.Inline ? SendBytes : 0;

    /// <summary>Payload bytes of a reply.</summary>
    internal int InlineReplyBytes => Reply == SelfTestTransfer.Inline ? ReplyBytes : 0;

    /// <summary>Bytes that the handle has to cover; one handle serves both directions.</summary>
    internal int BulkBytes => Math.Max(Send == SelfTestTransfer.Bulk ? SendBytes : 0, Reply == SelfTestTransfer.Bulk ? ReplyBytes : 0);

    /// <summary>What the server may do with that memory.</summary>
    internal MemoryAccess BulkAccess =>
        (Send == SelfTestTransfer.Bulk ? MemoryAccess.RemoteRead : 0) | (Reply == SelfTestTransfer.Bulk ? MemoryAccess.RemoteWrite : 0);

    internal void Write(ref WireWriter writer)
    {
        writer.WriteUInt32((uint)SendBytes);
        writer.WriteUInt32((uint)ReplyBytes);
        writer.WriteByte((byte)Send);
        writer.WriteByte((byte)Reply);
        writer.Align8();
    }

    internal static SelfTestShape Read(ref WireReader reader)
    {
        var sendBytes = (int)reader.ReadUInt32();
        var replyBytes = (int)reader.ReadUInt32();
        var send = (SelfTestTransfer)reader.ReadByte();
        var reply = (SelfTestTransfer)reader.ReadByte();
        reader.ReadPadding8();
        var shape = new SelfTestShape(send, sendBytes, reply, replyBytes);
        if (!shape.IsValid)
        {
            reader.Fail();
        }

        return shape;
    }

    private static bool IsSideValid(SelfTestTransfer transfer, int bytes) =>
        transfer == SelfTestTransfer.Empty ? bytes == 0 : transfer <= SelfTestTransfer.Bulk && bytes is > 0 and <= SideBytesMax;
}
