using System.Collections.Concurrent;
using Daos.Fabric.Reactor.Simulated;

namespace Daos.Fabric.Store.Tests.Operations;

/// <summary>A store with some of everything on a disk of its own, as it is right after opening; cheap to make again and again.</summary>
internal sealed class OperationWorld : IDisposable
{
    private static readonly Lazy<(DiskImage Image, string View)> s_base = new(MakeBase);
    private static readonly ConcurrentDictionary<string, string> s_after = new();

    internal OperationWorld(ulong seed, DiskImage? image = null)
    {
        World = new StoreWorld(seed);
        World.Node.Disk.Restore(image ?? s_base.Value.Image);
    }

    /// <summary>The disk that every operation starts from; nothing on it is unflushed.</summary>
    internal static DiskImage BaseImage => s_base.Value.Image;

    /// <summary>What can be read of it.</summary>
    internal static string BaseView => s_base.Value.View;

    internal StoreWorld World { get; }

    internal SimulatedDisk Disk => World.Node.Disk;

    public void Dispose() => World.Dispose();

    internal StoreOptions Options() => BasicOperations.Options(World);

    internal StoreShard Open() => World.Open(Options());

    internal string View(StoreShard shard) => World.Run(() => BasicOperations.ViewAsync(shard));

    /// <summary>What a whole disk shows, opened somewhere else; a refusal as its sentence.</summary>
    internal static (string View, bool IsOpen) ViewOf(DiskImage image, ulong seed, bool goesOn = false)
    {
        using var other = new OperationWorld(seed, image);
        StoreOptions options = other.Options();
        DerResult<StoreShard> opened = other.World.TryOpen(options);
        if (!opened.IsSuccess)
        {
            return ($"{opened.Code}: {options.Report.LastError}", false);
        }

        string view = other.View(opened.Value);
        if (goesOn)
        {
            Assert.Equal(DerCode.Success, other.World.Run(() => BasicOperations.ProbeAsync(opened.Value)));
            other.World.Run(opened.Value.CloseAsync);
        }

        return (view, true);
    }

    /// <summary>What can be read after an operation on the base.</summary>
    internal static string AfterOf(BasicOperation operation)
    {
        if (!s_after.TryGetValue(operation.Name, out string? after))
        {
            using var world = new OperationWorld(1);
            StoreShard shard = world.Open();
            Assert.Equal(DerCode.Success, world.World.Run(() => operation.Run(shard)));
            after = world.View(shard.State.IsSuccess ? shard : world.Open());
            s_after[operation.Name] = after;
        }

        return after;
    }

    private static (DiskImage Image, string View) MakeBase()
    {
        using var world = new StoreWorld(77);
        StoreShard shard = world.Create(BasicOperations.Options(world));
        world.Run(() => BasicOperations.FillAsync(shard));
        string view = world.Run(() => BasicOperations.ViewAsync(shard));
        world.Crash(CrashKind.Power);
        return (world.Node.Disk.Capture(), view);
    }
}
