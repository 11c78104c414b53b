using Daos.Fabric.Transport.Memory;
using Daos.Fabric.Transport.Ofi.Errors;
using Daos.Fabric.Transport.Ofi.Native;
using Daos.Fabric.Transport.Ofi.Wire;

namespace Daos.Fabric.Transport.Ofi.Connections;

/// <summary>
/// Memory of ours that one peer may use. It is opened for the provider only while the peer holds a lease, so a wrong key is refused by a
/// message and breaks nothing, and revoking waits for exactly those transfers that may be under way. Owned by its context's owner thread.
/// </summary>
internal sealed unsafe class ServedMemory(OfiContext context, OfiConnection connection)
{
    private readonly RegistrationTable _registrations = new(context.Random);
    private readonly Dictionary<ulong, ServedLease> _leases = [];

    /// <summary>Regions that the peer may use now.</summary>
    internal int RegionCount { get; private set; }

    /// <summary>True while the peer holds a lease.</summary>
    internal bool IsInUse => _leases.Count > 0;

    /// <summary>Registers memory for this peer.</summary>
    internal RemoteMemory Register(byte* address, long lengthBytes, MemoryAccess access) => _registrations.Add(address, lengthBytes, access);

    /// <summary>Revokes a registration (<see cref="TransportContext.Deregister"/>).</summary>
    internal bool Deregister(ulong key, WorkItem? whenSafe)
    {
        _registrations.Remove(key);
        if (!_leases.TryGetValue(key, out ServedLease? lease))
        {
            return true;
        }

        lease.WhenSafe = whenSafe;
        if (!lease.IsRevoked)
        {
            lease.IsRevoked = true;
            connection.WriteKey(RecordKind.Revoke, key);
        }

        return false;
    }

    /// <summary>No key is valid any more; leases stay until they come back.</summary>
    internal void RefuseAll() => _registrations.Clear();

    /// <summary>The peer asks for a lease; the answer is written to the grant. False when it holds one of this memory already.</summary>
    internal bool TryServe(ulong key, out GrantWire grant)
    {
        grant = new GrantWire { Key = key, Code = DerCode.NoPerm.Value };
        if (_leases.ContainsKey(key))
        {
            return false;
        }

        if (connection.IsOpen && !context.Fires(FaultPoint.TransferRefused) && _registrations.TryGet(key, out byte* address, out RemoteMemory memory))
        {
            Open(ref grant, address, memory);
        }

        return true;
    }

    /// <summary>The peer gave a lease back; false when it held none.</summary>
    internal bool Returned(ulong key)
    {
        if (!_leases.Remove(key, out ServedLease? lease))
        {
            return false;
        }

        End(lease);
        return true;
    }

    /// <summary>The peer is gone, or the endpoint closed: nobody touches the memory any more.</summary>
    internal void EndAll()
    {
        foreach (ServedLease lease in _leases.Values)
        {
            End(lease);
        }

        _leases.Clear();
    }

    private void Open(ref GrantWire grant, byte* address, RemoteMemory memory)
    {
        fid_mr* region = null;
        if (memory.LengthBytes > 0)
        {
            ulong access = ((memory.Access & MemoryAccess.RemoteRead) != 0 ? FiFabric.FI_REMOTE_READ : 0)
                | ((memory.Access & MemoryAccess.RemoteWrite) != 0 ? FiFabric.FI_REMOTE_WRITE : 0);
            region = connection.Endpoint.Memory.Register(address, memory.LengthBytes, access, out int result);
            if (region == null)
            {
                grant.Code = FiErrors.ToCode(result).Value;
                return;
            }

            RegionCount++;
            connection.Endpoint.ServedRegions++;
        }

        ServedLease lease = OwnerPool<ServedLease>.Of(context.Loop).TryRent() ?? new ServedLease();
        lease.Key = grant.Key;
        lease.Region = region;
        lease.IsRevoked = false;
        _leases.Add(grant.Key, lease);
        grant.Code = 0;
        grant.RemoteAddress = connection.Endpoint.Memory.UsesVirtualAddresses ? (ulong)address : 0;
        grant.FabricKey = region == null ? 0 : region->key;
        grant.LengthBytes = memory.LengthBytes;
        grant.Access = (ulong)memory.Access;
    }

    private void End(ServedLease lease)
    {
        if (lease.Region != null)
        {
            connection.Endpoint.Memory.Deregister(lease.Region);
            RegionCount--;
            connection.Endpoint.ServedRegions--;
        }

        if (lease.WhenSafe is { } item)
        {
            lease.WhenSafe = null;
            context.Loop.Schedule(item);
        }

        lease.Region = null;
        OwnerPool<ServedLease>.Of(context.Loop).Return(lease);
    }
}
