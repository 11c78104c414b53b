using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.Objects;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.KeyValues;

/// <summary>Encodes key-value calls: the key is the dkey, the value a single value under the one akey "0". Any thread.</summary>
internal static class KeyValueRequests
{
    /// <summary>The one akey.</summary>
    internal static ReadOnlySpan<byte> Akey => "0"u8;

    /// <summary>Throws for a value that cannot be stored.</summary>
    internal static void CheckValue(int lengthBytes)
    {
        if (lengthBytes is 0 or > ClientLimits.TransferBytesMax)
        {
            throw new DaosException(
                lengthBytes == 0 ? DerCode.Invalid : DerCode.RecordTooBig,
                "kv put",
                detail: $"A value has 1 to {ClientLimits.TransferBytesMax} bytes, this one has {lengthBytes}; remove the key for no value");
        }
    }

    /// <summary>An update of the value. Large values are borrowed.</summary>
    internal static void Put(
        ClientCall call,
        Guid container,
        ObjectId id,
        KeyPlace place,
        ReadOnlySpan<byte> key,
        ReadOnlyMemory<byte> value,
        PutCondition condition,
        ContainerProperties properties)
    {
        ReadOnlySpan<byte> bytes = value.Span;
        Span<byte> payload = call.Prepare(ObjectOpcodes.Update, place.Target, isModification: true, ReplyKind.Epoch);
        bool isInline = bytes.Length <= ProtocolLimits.InlineBytesMax;
        var target = new ObjectTarget(container, id, place.Hash, Epoch.None, FlagsOf(condition));
        var writer = new ObjectIoWriter(payload, in target, key, 1, default);
        ObjectIoRequests.AddSingle(ref writer, Akey, bytes, properties.Checksum);
        if (isInline)
        {
            bytes.CopyTo(writer.TakeValue(bytes.Length));
        }
        else
        {
            call.Borrow(value, MemoryAccess.RemoteRead);
            call.RemoteMemoryOffset = ObjectRequests.MemoryOffset;
        }

        ObjectRequests.Finish(call, writer.LengthBytes, writer.Failed);
    }

    /// <summary>A fetch of the value, whatever its length.</summary>
    internal static void Get(ClientCall call, Guid container, ObjectId id, KeyPlace place, ReadOnlySpan<byte> key)
    {
        Span<byte> payload = call.Prepare(ObjectOpcodes.Fetch, place.Target, isModification: false, ReplyKind.SingleValue);
        var target = new ObjectTarget(container, id, place.Hash, Epoch.None, ObjectFlags.None);
        var writer = new ObjectIoWriter(payload, in target, key, 1, default);
        writer.AddSingle(Akey, 0, ChecksumType.None, default);
        call.RemoteMemoryOffset = ObjectRequests.MemoryOffset;
        ObjectRequests.Finish(call, writer.LengthBytes, writer.Failed);
    }

    /// <summary>A punch of the key.</summary>
    internal static void Remove(ClientCall call, Guid container, ObjectId id, KeyPlace place, ReadOnlySpan<byte> key) =>
        ObjectRequests.PunchDkey(call, container, id, place, key, ObjectConditions.None);

    private static ObjectFlags FlagsOf(PutCondition condition) => condition switch
    {
        PutCondition.Insert => ObjectFlags.DkeyInsert,
        PutCondition.Update => ObjectFlags.DkeyUpdate,
        _ => ObjectFlags.None,
    };
}
