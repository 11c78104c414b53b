namespace Daos.Fabric.Protocol.Objects;

/// <summary>What an object request is about, apart from its keys.</summary>
/// <param name="ContainerHandle">From the opening of the container.</param>
/// <param name="ObjectId">The object.</param>
/// <param name="DkeyHash">What the request was placed by; see <see cref="Placement.DkeyHash"/>.</param>
/// <param name="Epoch">Not set for the newest.</param>
/// <param name="Flags">Conditions and options.</param>
public readonly record struct ObjectTarget(Guid ContainerHandle, ObjectId ObjectId, ulong DkeyHash, Epoch Epoch, ObjectFlags Flags)
{
    internal void Write(Span<byte> destination, int dkeyBytes, int count)
    {
        ContainerHandle.TryWriteBytes(destination[..16], bigEndian: true, out _);
        ref ObjectHeadWire head = ref MemoryMarshal.AsRef<ObjectHeadWire>(destination);
        head.ObjectLow = ObjectId.Low;
        head.ObjectHigh = ObjectId.High;
        head.DkeyHash = DkeyHash;
        head.Epoch = Epoch.Value;
        head.Flags = (uint)Flags;
        head.DkeyBytes = (ushort)dkeyBytes;
        head.Count = (ushort)count;
    }

    internal static unsafe ObjectTarget Read(ObjectHeadWire* head) => new(
        new Guid(new ReadOnlySpan<byte>(head, 16), bigEndian: true),
        new ObjectId(head->ObjectHigh, head->ObjectLow),
        head->DkeyHash,
        new Epoch(head->Epoch),
        (ObjectFlags)head->Flags);
}
