using System.Text;
using Daos.Fabric.Client.Calls;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Pools;
using Daos.Fabric.Rpc;

namespace Daos.Fabric.Client.Pools;

/// <summary>Encodes calls to the pool and container services, which live on the engine's system xstream. Any thread.</summary>
internal static class SystemRequests
{
    /// <summary>A request about one pool or container.</summary>
    internal static void Entity(ClientCall call, RpcOpcode opcode, bool isModification, in EntityRequest request)
    {
        Span<byte> payload = call.Prepare(opcode, ClientCall.SystemTarget, isModification, ReplyKind.Raw);
        call.RequestBytes = request.Write(payload[..ProtocolLimits.PayloadBytesMax]);
    }

    /// <summary>A connect or open. No modification: an attempt that comes again asks for the same handle.</summary>
    internal static void Open(ClientCall call, RpcOpcode opcode, in OpenRequest request)
    {
        Span<byte> payload = call.Prepare(opcode, ClientCall.SystemTarget, isModification: false, ReplyKind.Raw);
        call.RequestBytes = request.Write(payload[..ProtocolLimits.PayloadBytesMax]);
    }

    /// <summary>The creation of a container.</summary>
    internal static void ContainerCreate(ClientCall call, in ContainerCreateRequest request)
    {
        Span<byte> payload = call.Prepare(ContainerOpcodes.Create, ClientCall.SystemTarget, isModification: true, ReplyKind.Raw);
        call.RequestBytes = request.Write(payload[..ProtocolLimits.PayloadBytesMax]);
    }

    /// <summary>A resize of a pool.</summary>
    internal static void PoolResize(ClientCall call, in PoolResizeRequest request)
    {
        Span<byte> payload = call.Prepare(PoolOpcodes.Resize, ClientCall.SystemTarget, isModification: true, ReplyKind.Raw);
        call.RequestBytes = request.Write(payload[..ProtocolLimits.PayloadBytesMax]);
    }

    /// <summary>A request about snapshots of a container.</summary>
    internal static void Snapshot(ClientCall call, RpcOpcode opcode, bool isModification, in SnapshotRequest request)
    {
        Span<byte> payload = call.Prepare(opcode, ClientCall.SystemTarget, isModification, ReplyKind.Raw);
        call.RequestBytes = request.Write(payload[..ProtocolLimits.PayloadBytesMax]);
    }

    /// <summary>The names of a listing's page.</summary>
    internal static IReadOnlyList<EntityName> ReadList(ReadOnlySpan<byte> payload, string operation) =>
        EntityList.TryRead(payload, out EntityList list) ? list.Names : throw new DaosException(DerCode.Protocol, operation);

    /// <summary>Throws for properties that no engine takes.</summary>
    internal static void CheckProperties(ContainerProperties? properties)
    {
        if (properties is { IsValid: false } wrong)
        {
            throw new DaosException(
                DerCode.Invalid,
                "container create",
                detail: $"Checksum chunks have {ProtocolLimits.ChunkBytesMin} to {ProtocolLimits.ChunkBytesMax} bytes; this container asks for "
                    + $"{wrong.ChunkBytes} with checksum type {(int)wrong.Checksum}");
        }
    }

    /// <summary>Throws for a label that the protocol cannot carry.</summary>
    internal static void CheckLabel(string name, string operation)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        int lengthBytes = Encoding.UTF8.GetByteCount(name);
        if (lengthBytes > ProtocolLimits.LabelBytesMax)
        {
            throw new DaosException(
                DerCode.Invalid,
                operation,
                detail: $"A label has at most {ProtocolLimits.LabelBytesMax} bytes in UTF-8, this one has {lengthBytes}");
        }
    }
}
