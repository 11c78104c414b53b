namespace Daos.Fabric.Store.Io;

/// <summary>Modifications that concern no object: containers and clients.</summary>
internal sealed unsafe partial class ObjectStore
{
    /// <summary>Creates a container. DER_EXIST, DER_NOSPACE, DER_AGAIN.</summary>
    public DerCode CreateContainer(ContainerId id, out LogPosition position)
    {
        DerCode code = BeginTransaction();
        if (code.IsError)
        {
            position = default;
            return code;
        }

        return End(Containers.Create(id), out position);
    }

    /// <summary>Destroys a container. DER_NONEXIST, DER_AGAIN.</summary>
    public DerCode DestroyContainer(ContainerId id, out LogPosition position)
    {
        DerCode code = BeginTransaction(freesSpace: true);
        if (code.IsError)
        {
            position = default;
            return code;
        }

        ulong container = Containers.Find(id);
        code = End(Containers.Destroy(id), out position);
        if (code.IsSuccess)
        {
            Transactions.Destroyed(container);
        }

        Shard.ReclaimIfShort();
        return code;
    }

    /// <summary>Forgets a client. DER_NONEXIST, DER_AGAIN.</summary>
    public DerCode EvictClient(Guid clientId, out LogPosition position)
    {
        DerCode code = BeginTransaction(freesSpace: true);
        if (code.IsError)
        {
            position = default;
            return code;
        }

        code = End(Results.Evict(clientId), out position);
        if (code.IsSuccess)
        {
            Results.Evicted(clientId);
        }

        return code;
    }

    private DerCode End(DerCode code, out LogPosition position)
    {
        if (code.IsError)
        {
            // "There is one" or "there is none" may rest on a change that is not stable yet.
            AbortTransaction();
            position = Shard.AppendedPosition;
            return code;
        }

        code = Memory.Transaction.Commit(out position);
        if (code.IsError)
        {
            Forget();
        }

        return code;
    }
}
