using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Protocol.Containers;

namespace Daos.Fabric.Samples.Quickstart;

/// <summary>
/// The C# that README.md, client/README.md and the pages of Client and Embedded show. A test compares them line by line, and the compiler
/// reads it here, so the two cannot drift apart.
/// </summary>
internal static class ReadmeSnippets
{
    /// <summary>README.md.</summary>
    internal static async Task FiveLinesAsync()
    {
        await using var system = await DaosSystem.StartEmbeddedAsync("/var/lib/my-store");
        var pool = await system.CreatePoolAsync("pool");
        var container = await pool.CreateContainerAsync("container");
        var notes = container.OpenKeyValue("notes");
        await notes.PutAsync("hello", "world"u8.ToArray());
    }

    /// <summary>client/README.md.</summary>
    internal static async Task ClientAsync(ReadOnlyMemory<byte> value)
    {
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync("/var/lib/myapp");   // or ConnectAsync("tcp://host:10001")
        DaosPool pool = await system.CreatePoolAsync("pool");                                    // or ConnectPoolAsync
        DaosContainer container = await pool.CreateContainerAsync("things");                     // or OpenContainerAsync
        DaosKeyValue names = container.OpenKeyValue("names");
        await names.PutAsync("answer", value);                                                   // durable when it completes
    }

    /// <summary>client/README.md: checksums of one's own choice.</summary>
    internal static async Task<DaosContainer> ChecksumsAsync(DaosPool pool)
    {
        var properties = new ContainerProperties(ChecksumType.Sha256, ChunkBytes: 64 * 1024, VerifyOnServer: false);
        DaosContainer sealed256 = await pool.CreateContainerAsync("sealed", properties);
        return sealed256;
    }

    /// <summary>What both say beside it: the same calls against a server.</summary>
    internal static async Task<DaosSystem> ServerAsync() =>
        await DaosSystem.ConnectAsync("tcp://host:10001");

    /// <summary>client/Daos.Fabric.Client/README.md: the objects.</summary>
    internal static async Task ObjectsAsync(ReadOnlyMemory<byte> value, Memory<byte> destination, ReadOnlyMemory<byte> day, ReadOnlyMemory<byte> mean)
    {
        var options = new DaosClientOptions { OperationTimeout = TimeSpan.FromSeconds(10) };
        await using DaosSystem system = await DaosSystem.ConnectAsync("tcp://host:10001", options);
        DaosPool pool = await system.ConnectPoolAsync("pool");
        DaosContainer container = await pool.OpenContainerAsync("things");

        DaosKeyValue names = container.OpenKeyValue("names");
        await names.PutAsync("answer", value, PutCondition.Insert);             // DER_EXIST when the key has a value
        int length = await names.GetAsync("answer", destination);               // -1 when it has none
        using DaosValue held = await names.GetAsync("answer");                  // not copied: held.Span lies in the client's memory

        using DaosBuffer buffer = system.RentBuffer(1 << 20);                   // native memory: nothing is pinned
        DaosArray samples = container.OpenArray(ObjectNames.ToObjectId("samples", ObjectType.ArrayByte));
        await samples.WriteAsync(0, buffer.Memory);
        int written = await samples.ReadAsync(0, buffer.Memory);                // bytes that were ever written; holes read as zero

        DaosObject run = container.OpenObject(ObjectNames.ToObjectId("run 17", ObjectType.MultiHashed));
        await run.UpdateAsync(day.Span, DaosUpdateIod.Single(mean, value));     // one dkey: all akeys of a call or none
        DaosFetchIod found = DaosFetchIod.Single(mean, destination);
        await run.FetchAsync(day.Span, [found]);                                // found.RecordBytes is 0 when there is nothing
        _ = (length, written, held);
    }

    /// <summary>client/Daos.Fabric.Client/README.md: snapshots.</summary>
    internal static async Task SnapshotsAsync(DaosContainer container, Memory<byte> destination, List<ObjectId> objects)
    {
        SnapshotInfo monday = await container.CreateSnapshotAsync("monday");    // one moment on all targets, readable until it is destroyed
        await using DaosContainer then = await container.OpenSnapshotAsync(monday.Epoch);
        int length = await then.OpenKeyValue("names").GetAsync("answer", destination);   // as it was; changes fail with DER_NO_PERM
        await foreach (ObjectId id in then.ListObjectsAsync())                  // the object table: every object that there was
        {
            objects.Add(id);
        }

        await container.DestroySnapshotAsync("monday");
        _ = length;
    }

    /// <summary>client/Daos.Fabric.Client/README.md: what a caller does about errors.</summary>
    internal static async Task ErrorsAsync(DaosKeyValue names, ReadOnlyMemory<byte> value)
    {
        try
        {
            await names.PutAsync("answer", value);
        }
        catch (DaosException failure) when (failure.Code == DerCode.TimedOut)
        {
            // The value may be there or not. Putting it again is right here; what must not happen twice is read first.
            await names.PutAsync("answer", value);
        }
    }

    /// <summary>client/Daos.Fabric.Embedded/README.md.</summary>
    internal static async Task EmbeddedAsync()
    {
        var options = new EmbeddedOptions { Targets = 2, Log = Console.Error.WriteLine };
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync("/var/lib/myapp", options);
        DaosPool pool = await system.ConnectPoolAsync("pool");
        _ = pool;
    }
}
