using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Faults;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Engine.Objects;

/// <summary>
/// Bits that turn over between a client's memory and the store, past every checksum of the wire: only the values' own checksums can tell
/// (DAOS_CSUM_CORRUPT_UPDATE, DAOS_CSUM_CORRUPT_FETCH). Nothing but tests arms these points. Owned by the target's xstream.
/// </summary>
internal static unsafe class ObjectFaults
{
    /// <summary>Values that came inside the message.</summary>
    internal static void CorruptInline(RpcRequest request, in ObjectIoRequest message)
    {
        if (message.InlineValues != null && message.ValueBytes > 0 && Fires(request, FaultPoint.ObjectUpdateCorrupted))
        {
            message.InlineValues[message.ValueBytes / 2] ^= 1;
        }
    }

    /// <summary>A part on its way to the data file.</summary>
    internal static void CorruptPulled(RpcRequest request, in ObjectIoRequest message, UpdatePlan plan)
    {
        if (message.Memory.IsValid && Fires(request, FaultPoint.ObjectUpdateCorrupted))
        {
            *plan.PartAddress ^= 1;
        }
    }

    /// <summary>Values on their way to the arena.</summary>
    internal static void CorruptStaged(RpcRequest request, OwnedBuffer? staging, int offsetBytes)
    {
        if (staging is not null && Fires(request, FaultPoint.ObjectUpdateCorrupted))
        {
            staging.Address[offsetBytes] ^= 1;
        }
    }

    /// <summary>Bytes that leave: a copy of what is stored.</summary>
    internal static void CorruptFetched(RpcRequest request, byte* bytes, long lengthBytes)
    {
        if (bytes != null && lengthBytes > 0 && Fires(request, FaultPoint.ObjectFetchCorrupted))
        {
            bytes[lengthBytes / 2] ^= 1;
        }
    }

    private static bool Fires(RpcRequest request, FaultPoint point) => FaultRegistry.Fires(request.Context.Options.Faults, point);
}
