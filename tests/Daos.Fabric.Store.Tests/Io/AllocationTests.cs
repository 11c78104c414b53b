using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Tests.Io;

public class AllocationTests
{
    [Fact]
    public unsafe void PutAndGet_AfterWarmUp_AllocateNothing()
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 256 << 20 });
        store.On(() =>
        {
            using var call = new NativeCall(new CallKeys(ObjectFixture.Object, new byte[16], new byte[1]), new byte[64]);
            var client = new Guid("aaaaaaaa-0000-0000-0000-000000000009");
            ulong sequence = 0;
            byte[] read = new byte[64];
            long before = 0;
            for (int i = 0; i < 40_000; i++)
            {
                if (i == 20_000)
                {
                    before = GC.GetAllocatedBytesForCurrentThread();
                }

                *(ulong*)call.Dkey = (ulong)(i % 10_000) * 0x9E3779B97F4A7C15;
                sequence++;
                var target = new ObjectTarget
                {
                    Container = ObjectFixture.Container,
                    Object = ObjectFixture.Object,
                    Dkey = call.Dkey,
                    DkeyLength = 16,
                    Modification = new ModificationId(client, sequence, sequence),
                };
                UpdatePlan update = store.Shard.BeginUpdate(in target);
                update.AddSingle(call.Akey, 1, 64, call.SingleChecksum());
                update.SetSource(0, call.Value);
                ValueTask<DerCode> admitted = update.AdmitAsync();
                DerCode code = admitted.IsCompletedSuccessfully ? admitted.Result : DerCode.Misc;
                code = code.IsSuccess ? update.Commit(out _, out _) : code;
                update.Free();
                FetchPlan fetch = store.Shard.BeginFetch(in target);
                fetch.AddSingle(call.Akey, 1);
                fetch.Resolve();
                fixed (byte* destination = read)
                {
                    fetch.CopyTo(0, destination);
                }

                fetch.Free();
                if (code.IsError)
                {
                    throw new InvalidOperationException(code.ToString());
                }
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        });
    }
}
