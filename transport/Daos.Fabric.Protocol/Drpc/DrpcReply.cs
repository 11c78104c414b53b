namespace Daos.Fabric.Protocol.Drpc;

/// <summary>What a module makes of a call. A value.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Body">The method's answer; not changed any more.</param>
public readonly record struct DrpcReply(DrpcStatus Status, ReadOnlyMemory<byte> Body = default)
{
    /// <summary>The method ran.</summary>
    public static DrpcReply Of(ReadOnlyMemory<byte> body) => new(DrpcStatus.Success, body);

    /// <summary>The method ran; an answer that is a code and nothing else.</summary>
    public static DrpcReply Of(DerCode code) => Of(new Messages.DaosResponse(code).Write());
}
