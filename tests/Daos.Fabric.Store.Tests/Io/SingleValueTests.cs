using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Tests.Io;

public class SingleValueTests
{
    [Fact]
    public void Get_AfterPut_ReturnsNewestAndHistory()
    {
        var store = new ObjectFixture();
        (DerCode code, Core.Identities.Epoch first) = store.Put("d", "a", [1, 2, 3]);
        Assert.Equal(DerCode.Success, code);
        (_, Core.Identities.Epoch second) = store.Put("d", "a", [4, 5]);
        (_, Core.Identities.Epoch third) = store.Put("d", "a", []);
        Assert.True(first < second);
        Assert.Equal([], store.Get("d", "a").Value!);
        Assert.Equal([4, 5], store.Get("d", "a", second.Value).Value!);
        Assert.Equal([4, 5], store.Get("d", "a", third.Value - 1).Value!);
        Assert.Equal([1, 2, 3], store.Get("d", "a", first.Value).Value!);
        Assert.Null(store.Get("d", "a", first.Value - 1).Value);
        Assert.Null(store.Get("d", "b").Value);
        Assert.Null(store.Get("e", "a").Value);
    }

    [Fact]
    public void Put_OlderEpochs_LandInOrder()
    {
        var store = new ObjectFixture();
        ulong[] epochs = [500, 100, 300, 200, 400, 50];
        foreach (ulong epoch in epochs)
        {
            Assert.Equal(DerCode.Success, store.Put("d", "a", BitConverter.GetBytes(epoch), epoch).Code);
        }

        Assert.Equal(DerCode.TxRestart, store.Put("d", "a", [1], 300).Code);
        foreach (ulong epoch in epochs)
        {
            Assert.Equal(BitConverter.GetBytes(epoch), store.Get("d", "a", epoch + 49).Value!);
        }

        Assert.Equal(BitConverter.GetBytes(500UL), store.Get("d", "a").Value!);
        Assert.Null(store.Get("d", "a", 49).Value);
    }

    [Theory]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(5000)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    [InlineData(2_500_000)]
    public void Put_AnySize_ComesBack(int bytes)
    {
        var store = new ObjectFixture();
        byte[] value = new byte[bytes];
        new SeededRandom((ulong)bytes).Fill(value);
        Assert.Equal(DerCode.Success, store.Put("d", "a", value).Code);
        (DerCode code, byte[]? found) = store.Get("d", "a");
        if (bytes > FetchPlan.GatheredBytesMax)
        {
            Assert.Equal(DerCode.Overflow, code);
        }
        else
        {
            Assert.Equal(value, found!);
        }
    }

    /// <summary>VOS300.4: 27 MiB in one value, without and with checksums, overwritten; the old one stays readable.</summary>
    [Fact]
    public void Put_Of27MiB_ComesBack()
    {
        var store = new ObjectFixture(change: options => options with { ArenaReserveBytes = 16 << 20, DataBytes = 128 << 20 });
        byte[][] values = [.. Enumerable.Range(0, 3).Select(_ => new byte[27 << 20])];
        Epoch first = default;
        for (int i = 0; i < values.Length; i++)
        {
            new SeededRandom((ulong)i).Fill(values[i]);
            store.Calls.Type = i == 0 ? ChecksumType.None : ChecksumType.Crc64;
            (DerCode code, Epoch epoch) = store.Put("d", "a", values[i]);
            Assert.Equal(DerCode.Success, code);
            first = i == 0 ? epoch : first;
            (code, byte[]? found) = store.Run(() => store.Calls.GetLargeAsync(CallKeys.Of("d", "a")));
            Assert.Equal(DerCode.Success, code);
            Assert.True(values[i].AsSpan().SequenceEqual(found));
        }

        (_, byte[]? old) = store.Run(() => store.Calls.GetLargeAsync(CallKeys.Of("d", "a") with { Epoch = first }));
        Assert.True(values[0].AsSpan().SequenceEqual(old));
    }

    [Fact]
    public void Put_Conditions_AnswerAsDaos()
    {
        var store = new ObjectFixture();
        Assert.Equal(DerCode.Nonexist, store.Put("d", "a", [1], conditions: UpdateConditions.DkeyUpdate).Code);
        Assert.Equal(DerCode.Nonexist, store.Put("d", "a", [1], conditions: UpdateConditions.AkeyUpdate).Code);
        Assert.Null(store.Get("d", "a").Value);
        Assert.Equal(DerCode.Success, store.Put("d", "a", [1], conditions: UpdateConditions.DkeyInsert).Code);
        Assert.Equal(DerCode.Exists, store.Put("d", "b", [1], conditions: UpdateConditions.DkeyInsert).Code);
        Assert.Equal(DerCode.Exists, store.Put("d", "a", [2], conditions: UpdateConditions.AkeyInsert).Code);
        Assert.Equal(DerCode.Success, store.Put("d", "b", [2], conditions: UpdateConditions.AkeyInsert).Code);
        Assert.Equal(DerCode.Success, store.Put("d", "a", [3], conditions: UpdateConditions.AkeyUpdate | UpdateConditions.DkeyUpdate).Code);
        Assert.Equal([3], store.Get("d", "a", conditions: UpdateConditions.AkeyFetch).Value!);
        Assert.Equal(DerCode.Nonexist, store.Get("d", "x", conditions: UpdateConditions.AkeyFetch).Code);
        Assert.Equal(DerCode.Nonexist, store.Get("x", "x", conditions: UpdateConditions.DkeyFetch).Code);
    }

    [Fact]
    public void Put_BadKeys_AreRefused()
    {
        var store = new ObjectFixture();
        Assert.Equal(DerCode.Invalid, store.Put("", "a", [1]).Code);
        Assert.Equal(DerCode.Invalid, store.Put("d", "", [1]).Code);
        Assert.Equal(DerCode.KeyTooBig, store.Put(new string('k', 4097), "a", [1]).Code);
        Assert.Equal(DerCode.KeyTooBig, store.Put("d", new string('k', 4097), [1]).Code);
        Assert.Equal(DerCode.Success, store.Put(new string('k', 4096), new string('k', 4096), [1]).Code);
        Assert.Equal([1], store.Get(new string('k', 4096), new string('k', 4096)).Value!);
    }
}
