using Daos.Fabric.Engine.Tests.Support;

namespace Daos.Fabric.Engine.Tests.Objects;

public sealed class ObjectUpdateFetchTests
{
    private static readonly ObjectId s_oid = ObjectId.Create(1, 2, ObjectType.MultiHashed);

    [Theory]
    [InlineData(true, 2)]
    [InlineData(true, 8)]
    [InlineData(false, 2)]
    [InlineData(false, 8)]
    public void Put_ThenGet_GivesTheBytesBack(bool isVolatile, int cores)
    {
        using var stage = new Stage(isVolatile: isVolatile, cores: cores);
        EngineCaller caller = stage.StartFresh();
        Assert.Equal(isVolatile, caller.PoolIsVolatile);
        stage.Run(caller, async () =>
        {
            for (int i = 0; i < 50; i++)
            {
                byte[] dkey = Encoding.UTF8.GetBytes($"key-{i}");
                DerResult<Epoch> put = await caller.PutAsync(s_oid, dkey, Encoding.UTF8.GetBytes($"value of {i}"));
                Assert.Equal(DerCode.Success, put.Code);
                DerResult<byte[]?> get = await caller.GetAsync(s_oid, dkey);
                Assert.Equal($"value of {i}", Encoding.UTF8.GetString(get.Value!));
            }
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(19 * 1024)]
    [InlineData((19 * 1024) + 1)]
    [InlineData(300_000)]
    [InlineData((2 * 1024 * 1024) + 17)]
    public void Put_OfAnySize_GivesTheBytesBack(int bytes)
    {
        using var stage = new Stage(isVolatile: true);
        EngineCaller caller = stage.StartFresh();
        byte[] value = new byte[bytes];
        stage.World.Random.Fill(value);
        stage.Run(caller, async () =>
        {
            Assert.Equal(DerCode.Success, (await caller.PutAsync(s_oid, "k"u8.ToArray(), value)).Code);
            DerResult<byte[]?> get = await caller.GetAsync(s_oid, "k"u8.ToArray(), roomBytes: Math.Max(bytes, 1));
            Assert.Equal(DerCode.Success, get.Code);
            Assert.Equal(bytes == 0 ? null : value, get.Value);
        });
    }
}
