using Daos.Fabric.Client.Calls;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Simulation.Tests.Cluster;
using Daos.Fabric.Simulation.Tests.Path;

namespace Daos.Fabric.Simulation.Tests;

/// <summary>Values that grow while others read them without knowing how long they are.</summary>
public sealed class GrowingValueTests
{
    private const int Writes = 100;

    private static readonly ObjectId s_object = ObjectNames.ToObjectId("growing", ObjectType.KeyValueHashed);
    private static readonly byte[] s_key = "key"u8.ToArray();

    // The length that one answer told is too short when the value is fetched: that is for the client to get over, not for the caller.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Get_ValueGrowsAfterItsLengthWasTold_ReadsTheNewOne(ulong seed)
    {
        using var path = new SimulatedPath(seed);
        path.Run(() => WriteAsync(path, 1));
        bool isWritten = false;
        int reads = 0;
        Ult writer = path.Begin(async () =>
        {
            for (int i = 2; i < Writes; i++)
            {
                await WriteAsync(path, i);
            }

            isWritten = true;
        });
        var readers = Enumerable.Range(0, 4).Select(_ => path.Begin(async () =>
        {
            while (!isWritten)
            {
                await ReadAsync(path);
                reads++;
            }
        })).ToList();
        path.RunUntil(() => writer.IsDone && readers.All(r => r.IsDone), "reads and writes did not end");
        writer.Await();
        readers.ForEach(r => r.Await());
        Assert.True(reads > Writes / 2, $"{reads} reads");
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private static async ValueTask WriteAsync(SimulatedPath path, int number)
    {
        byte[] value = new byte[30_000 + (number * 1000)];
        Array.Fill(value, (byte)number);
        SimulatedPath.Check(await path.Container.OpenKeyValue(s_object).PutAsync(s_key, value));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private static async ValueTask ReadAsync(SimulatedPath path)
    {
        ClientCall call = path.Context.TryRentCall()!;
        KeyPlace place = KeyPlace.Of(s_object, s_key, path.Container.TargetCount, "read");
        KeyValueRequests.Get(call, path.Container.Handle, s_object, place, s_key);
        DerCode code = await path.Context.RunAsync(call);
        bool isWhole = code.IsSuccess && IsWhole(call.Value);
        path.Context.ReturnCall(call);
        SimulatedPath.Check(code);
        Assert.True(isWhole, "the value is a mixture");
    }

    private static bool IsWhole(ReadOnlySpan<byte> value) =>
        value.Length == 30_000 + (value[0] * 1000) && !value.ContainsAnyExcept(value[0]);
}
