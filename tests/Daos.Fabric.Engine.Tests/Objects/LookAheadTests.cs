using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Store;

namespace Daos.Fabric.Engine.Tests.Objects;

/// <summary>Requests that come together are looked ahead of, single ones are not, and each is answered as ever.</summary>
public sealed class LookAheadTests
{
    private const int Together = 40;

    private static readonly ObjectId s_oid = ObjectId.Create(1, 3, ObjectType.MultiHashed);

    [Fact]
    public void Requests_ThatComeTogether_AreLookedAheadOf()
    {
        using var stage = new Stage(isVolatile: true, targets: 1);
        EngineCaller caller = stage.StartFresh();
        StoreShard store = stage.Engine.Server!.Context.TargetXstream(0).Shards.InOrder()[0].Store;
        stage.Run(caller, async () =>
        {
            for (byte i = 0; i < Together; i++)
            {
                Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, [i], [i, 1], caller.NextModification())).Code);
            }
        });
        Assert.Equal(0, store.PrefetchedCount);

        stage.Run(caller, async () =>
        {
            var gets = new Task<DerResult<byte[]?>>[Together];
            for (byte i = 0; i < Together; i++)
            {
                gets[i] = caller.GetAsync(s_oid, [i]).AsTask();
            }

            for (byte i = 0; i < Together; i++)
            {
                DerResult<byte[]?> got = await gets[i];
                Assert.Equal([i, 1], got.Value!);
            }
        });
        Assert.InRange(store.PrefetchedCount, 1, Together);
    }
}
