using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Timestamps;

/// <summary>
/// Names a container, object, dkey and akey by 64 bits each, whether they exist or not. Two that share their bits share their timestamps,
/// which can only make a write come again. Lives on the stack.
/// </summary>
internal unsafe struct EntityPath
{
    private ulong _bits;

    /// <summary>Down to which level it leads.</summary>
    public TimestampLevel Level;

    /// <summary>The container.</summary>
    public ulong Container;

    /// <summary>The object in it.</summary>
    public ulong Object;

    /// <summary>The dkey in it.</summary>
    public ulong Dkey;

    /// <summary>The akey in it.</summary>
    public ulong Akey;

    /// <summary>A container.</summary>
    public static EntityPath Of(ContainerId container)
    {
        Span<byte> id = stackalloc byte[ContainerId.SizeBytes];
        container.Write(id);
        ulong bits = KeyHash.Compute(id);
        return new EntityPath { _bits = bits, Container = bits };
    }

    /// <summary>What an operation names, down to a level above akeys.</summary>
    public static EntityPath Of(in ObjectTarget target, TimestampLevel level)
    {
        EntityPath path = Of(target.Container);
        path.Level = level;
        if (level == TimestampLevel.Container)
        {
            return path;
        }

        path.Object = KeyHash.Compute(path._bits ^ target.Object.Low, target.Object.High);
        if (level == TimestampLevel.Object)
        {
            return path;
        }

        path.Dkey = KeyHash.Compute(path.Object, KeyHash.Compute(new ReadOnlySpan<byte>(target.Dkey, target.DkeyLength)));
        return path;
    }

    /// <summary>An akey of this dkey.</summary>
    public readonly EntityPath ToAkey(byte* akey, int akeyLength)
    {
        EntityPath path = this;
        path.Level = TimestampLevel.Akey;
        path.Akey = KeyHash.Compute(Dkey, KeyHash.Compute(new ReadOnlySpan<byte>(akey, akeyLength)));
        return path;
    }
}
