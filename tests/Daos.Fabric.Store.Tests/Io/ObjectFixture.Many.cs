using System.Text;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>Calls with several akeys, small single values each.</summary>
internal sealed unsafe partial class ObjectFixture
{
    internal DerCode PutMany(string dkey, UpdateConditions conditions, (string Akey, byte[] Value, UpdateConditions Own)[] values)
    {
        DerCode code = default;
        On(() =>
        {
            using var slab = new NativeSlab(64 << 10);
            byte* at = slab.Address;
            UpdatePlan plan = Shard.BeginUpdate(Target(ref at, dkey, conditions));
            foreach ((string akey, byte[] value, UpdateConditions own) in values)
            {
                KeyBytes key = Copy(ref at, Encoding.UTF8.GetBytes(akey));
                KeyBytes source = Copy(ref at, value);
                if (plan.AddSingle(key.Address, key.Length, value.Length, Store.Checksums.ChecksumInfo.None).IsSuccess)
                {
                    plan.SetSource(plan.Count - 1, source.Address);
                    plan.SetConditions(own);
                }
            }

            code = plan.Commit(out _, out _);
            plan.Free();
        });
        return code;
    }

    internal DerCode GetMany(string dkey, UpdateConditions conditions, (string Akey, UpdateConditions Own)[] akeys)
    {
        DerCode code = default;
        On(() =>
        {
            using var slab = new NativeSlab(64 << 10);
            byte* at = slab.Address;
            FetchPlan plan = Shard.BeginFetch(Target(ref at, dkey, conditions));
            foreach ((string akey, UpdateConditions own) in akeys)
            {
                KeyBytes key = Copy(ref at, Encoding.UTF8.GetBytes(akey));
                plan.AddSingle(key.Address, key.Length);
                plan.SetConditions(own);
            }

            code = plan.Resolve();
            plan.Free();
        });
        return code;
    }

    internal DerCode PunchMany(string dkey, UpdateConditions conditions, params string[] akeys)
    {
        DerCode code = default;
        On(() =>
        {
            using var slab = new NativeSlab(64 << 10);
            byte* at = slab.Address;
            ObjectTarget target = Target(ref at, dkey, conditions);
            var keys = new KeyBytes[akeys.Length];
            for (int i = 0; i < akeys.Length; i++)
            {
                keys[i] = Copy(ref at, Encoding.UTF8.GetBytes(akeys[i]));
            }

            code = Shard.Punch(in target, PunchScope.Akeys, keys, out _, out _);
        });
        return code;
    }

    private static ObjectTarget Target(ref byte* at, string dkey, UpdateConditions conditions)
    {
        KeyBytes key = Copy(ref at, Encoding.UTF8.GetBytes(dkey));
        return new ObjectTarget
        {
            Container = Container,
            Object = Object,
            Dkey = key.Address,
            DkeyLength = key.Length,
            Conditions = conditions,
        };
    }

    private static KeyBytes Copy(ref byte* at, byte[] bytes)
    {
        bytes.CopyTo(new Span<byte>(at, bytes.Length));
        var key = new KeyBytes(at, bytes.Length);
        at += bytes.Length;
        return key;
    }
}
