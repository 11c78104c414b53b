using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.KeyValues;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Client.Objects;

/// <summary>Encodes requests about keys: punches, listings, key queries. Any thread.</summary>
internal static class ObjectRequests
{
    /// <summary>Where an update or fetch names the exposed memory.</summary>
    internal const int MemoryOffset = 56;

    /// <summary>Bytes of packed entries that one listing asks for: reply and anchor fit a message with room to spare.</summary>
    internal const uint ListBytesMax = 32 * 1024;

    /// <summary>Entries that one listing asks for.</summary>
    internal const uint ListEntriesMax = 1024;

    /// <summary>Seals the request.</summary>
    internal static void Finish(ClientCall call, int lengthBytes, bool failed)
    {
        if (failed)
        {
            call.Release();
            throw new DaosException(DerCode.Overflow, "encode", detail: "The keys and extents of one call do not fit one message of 64 KiB");
        }

        call.RequestBytes = lengthBytes;
    }

    /// <summary>Punches what the object has on one target.</summary>
    internal static void PunchObject(ClientCall call, Guid container, ObjectId id, int target, ObjectConditions conditions) =>
        Keys(call, ObjectOpcodes.Punch, true, ReplyKind.Epoch, container, id, new KeyPlace(0, target), default, default, conditions);

    /// <summary>Punches one dkey.</summary>
    internal static void PunchDkey(
        ClientCall call,
        Guid container,
        ObjectId id,
        KeyPlace place,
        ReadOnlySpan<byte> dkey,
        ObjectConditions conditions) =>
        Keys(call, ObjectOpcodes.PunchDkeys, true, ReplyKind.Epoch, container, id, place, dkey, default, conditions);

    /// <summary>Punches akeys of one dkey.</summary>
    internal static void PunchAkeys(
        ClientCall call,
        Guid container,
        ObjectId id,
        KeyPlace place,
        ReadOnlySpan<byte> dkey,
        ReadOnlySpan<ReadOnlyMemory<byte>> akeys,
        ObjectConditions conditions) =>
        Keys(call, ObjectOpcodes.PunchAkeys, true, ReplyKind.Epoch, container, id, place, dkey, akeys, conditions);

    /// <summary>Punches records of an array: an update with records of no bytes.</summary>
    internal static void PunchExtents(
        ClientCall call,
        Guid container,
        ObjectId id,
        KeyPlace place,
        ReadOnlySpan<byte> dkey,
        ReadOnlySpan<byte> akey,
        ReadOnlySpan<Recx> extents)
    {
        Span<byte> payload = call.Prepare(ObjectOpcodes.Update, place.Target, isModification: true, ReplyKind.Epoch);
        var target = new ObjectTarget(container, id, place.Hash, Epoch.None, ObjectFlags.None);
        var writer = new ObjectIoWriter(payload, in target, dkey, 1, default);
        writer.AddArray(akey, 0, extents, ChecksumType.None, 0, default);
        Finish(call, writer.LengthBytes, writer.Failed);
    }

    /// <summary>Asks for the largest or smallest dkey, akey, index.</summary>
    internal static void QueryKey(
        ClientCall call,
        Guid container,
        ObjectId id,
        KeyPlace place,
        ReadOnlySpan<byte> dkey,
        ReadOnlyMemory<byte> akey,
        ObjectFlags what)
    {
        ReadOnlySpan<ReadOnlyMemory<byte>> akeys = akey.IsEmpty ? default : new ReadOnlySpan<ReadOnlyMemory<byte>>(in akey);
        Keys(call, ObjectOpcodes.QueryKey, false, ReplyKind.Raw, container, id, place, dkey, akeys, (ObjectConditions)what);
    }

    /// <summary>Asks for the next page of dkeys, akeys (dkey given) or extents (dkey and akey given) of one target.</summary>
    internal static void List(
        ClientCall call,
        Guid container,
        ObjectId id,
        KeyPlace place,
        ReadOnlySpan<byte> dkey,
        ReadOnlySpan<byte> akey,
        in EnumerationAnchor anchor)
    {
        Rpc.RpcOpcode opcode = ListOpcode(dkey, akey);
        Span<byte> payload = call.Prepare(opcode, place.Target, isModification: false, ReplyKind.Raw);
        var target = new ObjectTarget(container, id, place.Hash, Epoch.None, ObjectFlags.None);
        var writer = new ObjectKeyWriter(payload, in target, dkey, akey.IsEmpty ? 0 : 1);
        if (!akey.IsEmpty)
        {
            writer.AddAkey(akey);
        }

        writer.AddEnumerate(in anchor, ListBytesMax, ListEntriesMax);
        Finish(call, writer.LengthBytes, writer.Failed);
    }

    /// <summary>Asks for the next page of a snapshot's object table on one target.</summary>
    internal static void ObjectTable(ClientCall call, Guid container, int target, Epoch snapshot, in EnumerationAnchor anchor)
    {
        Span<byte> payload = call.Prepare(ObjectOpcodes.ObjectTable, target, isModification: false, ReplyKind.Raw);
        var head = new ObjectTarget(container, default, 0, snapshot, ObjectFlags.None);
        var writer = new ObjectKeyWriter(payload, in head, default, 0);
        writer.AddEnumerate(in anchor, ListBytesMax, ListEntriesMax);
        Finish(call, writer.LengthBytes, writer.Failed);
    }

    private static Rpc.RpcOpcode ListOpcode(ReadOnlySpan<byte> dkey, ReadOnlySpan<byte> akey) =>
        dkey.IsEmpty ? ObjectOpcodes.DkeyEnumerate : akey.IsEmpty ? ObjectOpcodes.AkeyEnumerate : ObjectOpcodes.RecxEnumerate;

    private static void Keys(
        ClientCall call,
        Rpc.RpcOpcode opcode,
        bool isModification,
        ReplyKind reply,
        Guid container,
        ObjectId id,
        KeyPlace place,
        ReadOnlySpan<byte> dkey,
        ReadOnlySpan<ReadOnlyMemory<byte>> akeys,
        ObjectConditions conditions)
    {
        Span<byte> payload = call.Prepare(opcode, place.Target, isModification, reply);
        var target = new ObjectTarget(container, id, place.Hash, Epoch.None, (ObjectFlags)conditions);
        var writer = new ObjectKeyWriter(payload, in target, dkey, akeys.Length);
        foreach (ReadOnlyMemory<byte> akey in akeys)
        {
            writer.AddAkey(akey.Span);
        }

        Finish(call, writer.LengthBytes, writer.Failed);
    }
}
