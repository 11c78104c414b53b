namespace Daos.Fabric.Rpc.Incast;

/// <summary>
/// Memory of one operation under way: a message as it came or as it goes to others, and room for the answer. Owned by its service, which
/// uses it for one operation after the other.
/// </summary>
internal sealed class IncastWork
{
    private byte[] _message = [];
    private int _messageBytes;

    /// <summary>The message.</summary>
    internal ReadOnlyMemory<byte> Message => _message.AsMemory(0, _messageBytes);

    /// <summary>Takes the answer.</summary>
    internal ReplyRoom Reply { get; } = new();

    /// <summary>Copies a message that came.</summary>
    internal void Take(ReadOnlySpan<byte> message)
    {
        KeptArray.Reserve(ref _message, message.Length);
        message.CopyTo(_message);
        _messageBytes = message.Length;
    }

    /// <summary>Writes a message that is to go; nothing in it may lie here.</summary>
    internal void Write(in IncastMessage message)
    {
        KeptArray.Reserve(ref _message, message.BytesMax);
        _messageBytes = message.Write(_message);
    }
}
