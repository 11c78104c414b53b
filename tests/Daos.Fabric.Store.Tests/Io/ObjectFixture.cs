using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>A shard in the simulator with one container, and calls that look like a client's.</summary>
internal sealed class ObjectFixture
{
    internal static readonly ContainerId Container = new(new Guid("11112222-3333-4444-5555-666677778888"));
    internal static readonly ObjectId Object = ObjectId.Create(0, 1, ObjectType.MultiHashed);

    internal ObjectFixture(ulong seed = 1, Func<StoreOptions, StoreOptions>? change = null, bool isVolatile = true)
    {
        World = new StoreWorld(seed);
        change ??= options => options;
        Options = change(World.Options(isVolatile) with { ArenaReserveBytes = 64 << 20 });
        Shard = World.Create(Options);
        Run(() => Assert.Equal(DerCode.Success, Shard.CreateContainer(Container, out _)));
    }

    internal StoreWorld World { get; }

    internal StoreOptions Options { get; }

    internal StoreShard Shard { get; set; }

    internal void Run(Action action) => World.World.On(World.Loop, action);

    /// <summary>Puts a single value, small or large.</summary>
    internal (DerCode Code, Epoch Epoch) Put(
        string dkey, string akey, byte[] value, ulong epoch = 0, UpdateConditions conditions = default, ModificationId id = default)
    {
        using var call = new NativeCall(dkey, akey, value);
        ObjectTarget target = call.Target(epoch, conditions, id);
        return World.Run(async () =>
        {
            UpdatePlan plan = Begin(target);
            DerCode code = AddSingle(plan, call);
            Epoch written = default;
            if (code.IsSuccess)
            {
                (code, written) = await Finish(plan, call);
            }

            plan.Free();
            return (code, written);
        });
    }

    /// <summary>Gets a single value, null when there is none.</summary>
    internal (DerCode Code, byte[]? Value) Get(string dkey, string akey, ulong epoch = 0, UpdateConditions conditions = default)
    {
        using var call = new NativeCall(dkey, akey, []);
        ObjectTarget target = call.Target(epoch, conditions, default);
        return World.Run(async () =>
        {
            FetchPlan plan = BeginFetch(target);
            DerCode code = Resolve(plan, call);
            byte[]? value = null;
            if (code.IsSuccess && plan.NeedsDataRead)
            {
                code = await plan.GatherAsync();
            }

            if (code.IsSuccess && plan.Exists(0))
            {
                value = Copy(plan);
                Assert.Equal(1, plan.Checksums(0).Length);
                Assert.Equal(Core.Checksums.Crc32C.Compute(value), plan.Checksums(0)[0]);
            }

            plan.Free();
            return (code, value);
        });
    }

    private static unsafe DerCode AddSingle(UpdatePlan plan, NativeCall call)
    {
        DerCode code = plan.AddSingle(call.Akey, call.AkeyLength, call.ValueBytes, call.SingleChecksum());
        if (code.IsSuccess && plan.PartCount(0) == 0)
        {
            plan.SetSource(0, call.Value);
        }

        return code;
    }

    private static unsafe DerCode Resolve(FetchPlan plan, NativeCall call)
    {
        plan.AddSingle(call.Akey, call.AkeyLength);
        return plan.Resolve();
    }

    private static unsafe byte[] Copy(FetchPlan plan)
    {
        byte[] value = new byte[plan.ValueBytes(0)];
        fixed (byte* p = value)
        {
            plan.CopyTo(0, p);
        }

        return value;
    }

    private static unsafe void Fill(UpdatePlan plan, byte* source) =>
        new ReadOnlySpan<byte>(source, plan.PartBytes).CopyTo(new Span<byte>(plan.PartAddress, plan.PartBytes));

    private static nint Add(nint address, long bytes) => address + (nint)bytes;

    private async ValueTask<(DerCode Code, Epoch Epoch)> Finish(UpdatePlan plan, NativeCall call)
    {
        for (int part = 0; part < plan.PartCount(0); part++)
        {
            await plan.OpenPartAsync(0);
            FillPart(plan, call, part);
            DerCode written = await plan.WritePartAsync();
            if (written.IsError)
            {
                return (written, default);
            }
        }

        DerCode code = await plan.FlushDataAsync();
        if (code.IsError)
        {
            return (code, default);
        }

        Epoch epoch;
        LogPosition position;
        while ((code = plan.Commit(out position, out epoch)) == DerCode.Again)
        {
            Assert.Equal(DerCode.Success, await Shard.AdmitAsync());
        }

        DerCode stable = await Shard.WaitStableAsync(position);
        return (stable.IsError ? stable : code, epoch);
    }

    private static unsafe void FillPart(UpdatePlan plan, NativeCall call, int part) =>
        Fill(plan, (byte*)Add((nint)call.Value, (long)part * UpdatePlan.PartBytesMax));

    private UpdatePlan Begin(ObjectTarget target) => Shard.BeginUpdate(in target);

    private FetchPlan BeginFetch(ObjectTarget target) => Shard.BeginFetch(in target);
}
