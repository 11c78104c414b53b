using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.TestKit.Runs;

namespace Daos.Fabric.Store.Tests.Operations;

/// <summary>
/// S6: every flush of a script of all operations (durable writes included) fails once, fails from then on, or lies. After a failure the
/// target has stopped and acknowledges nothing any more; after a lie and a power cut, right behind the operation that it was told to or at the
/// end, what is shown is an honest earlier state, or refused, or marked, and never a mixture. That the oracle notices lies at all is counted: a
/// lie is noticed when what was acknowledged is not shown.
/// </summary>
[Trait("Id", "S6")]
public class FlushFailureTests(ITestOutputHelper output)
{
    private static readonly BasicOperation[] s_script = BasicOperations.All.Where(o => o.Name is not ("read" or "list")).ToArray();
    private static readonly Lazy<string[]> s_views = new(ViewsAlong);

    private enum Mode
    {
        Once,
        Always,
        Lost,
        LostAlways,
    }

    [Fact]
    public void EveryFlush_FailingOrLying_StopsTheTargetOrShowsNothingHalf()
    {
        int sites = CountSites();
        Assert.True(sites > 20, $"{sites} flush sites");
        int units = sites * Enum.GetValues<Mode>().Length;
        var run = new SeededRun("S6", "sites", units, units, output.WriteLine, seed: 0);
        int lies = 0;
        int noticed = 0;
        run.Run((seed, counts) =>
        {
            int site = (int)(seed / 4 % (ulong)sites);
            var mode = (Mode)(seed % 4);
            if (mode is Mode.Once or Mode.Always)
            {
                FailSite(site, mode, counts);
            }
            else
            {
                lies++;
                noticed += LoseSite(site, mode, counts) ? 1 : 0;
            }
        });

        // Some lies do no harm: what was not flushed reached the media all the same, or was written once more.
        Assert.True(noticed * 3 >= lies, $"{noticed} of {lies} lies were noticed");
    }

    private static MediaFault Arm(OperationWorld world, int site, MediaFaultKind kind, bool once) =>
        world.Disk.Inject(new MediaFault(kind) { Skip = site, TimesMax = once ? 1 : long.MaxValue });

    private static void FailSite(int site, Mode mode, RunCounts counts)
    {
        using var world = new OperationWorld((ulong)site);
        StoreShard shard = world.Open();
        MediaFault fault = Arm(world, site, MediaFaultKind.FlushError, mode == Mode.Once);
        int acknowledged = 0;
        foreach (BasicOperation operation in s_script)
        {
            DerCode code = world.World.Run(() => operation.Run(shard));
            string what = $"flush {site} {mode}, {operation}: {code}";
            if (fault.Hits > 0)
            {
                Assert.True(code.IsError, $"{what}: acknowledged after a failed flush");
                Assert.True(shard.State == DerCode.Io, $"{what}: state {shard.State}");
                Assert.Contains("has stopped", shard.LastError);
            }
            else
            {
                Assert.True(code.IsSuccess, what);
                acknowledged++;
            }

            if (operation.Name == "close")
            {
                break;
            }
        }

        counts.Add("stopped", 1);
        world.Disk.ClearFaults();
        world.World.Crash(CrashKind.Power);
        string view = world.View(world.Open());
        Assert.True(
            view == s_views.Value[acknowledged] || view == s_views.Value[acknowledged + 1],
            $"flush {site} {mode}: {acknowledged} operations were acknowledged, and this is shown:\n{view}");
    }

    private static bool LoseSite(int site, Mode mode, RunCounts counts)
    {
        using var world = new OperationWorld((ulong)site);
        StoreShard shard = world.Open();
        MediaFault fault = Arm(world, site, MediaFaultKind.FlushLost, mode == Mode.Lost);
        int acknowledged = 0;
        foreach (BasicOperation operation in s_script)
        {
            Assert.Equal(DerCode.Success, world.World.Run(() => operation.Run(shard)));
            acknowledged++;
            if (mode == Mode.Lost && fault.Hits > 0)
            {
                break;
            }
        }

        world.World.Crash(CrashKind.Power);
        (string view, bool isOpen) = OperationWorld.ViewOf(world.Disk.Capture(), (ulong)site);
        bool isMarked = view.Contains("DER_CSUM", StringComparison.Ordinal) || view.Contains("the client's checksum", StringComparison.Ordinal);
        counts.Add("refused", isOpen ? 0 : 1);
        counts.Add("marked", isOpen && isMarked ? 1 : 0);
        bool isLost = isOpen && !isMarked && view != s_views.Value[acknowledged];
        counts.Add("earlier", isLost ? 1 : 0);
        counts.Add("whole", isOpen && !isMarked && !isLost ? 1 : 0);
        Assert.True(!isOpen || isMarked || s_views.Value.Contains(view), $"flush {site} {mode}: a mixture is shown:\n{view}");
        return !isOpen || isMarked || isLost;
    }

    private static int CountSites()
    {
        using var world = new OperationWorld(1);
        StoreShard shard = world.Open();
        MediaFault counter = Arm(world, int.MaxValue, MediaFaultKind.FlushError, once: true);
        foreach (BasicOperation operation in s_script)
        {
            Assert.Equal(DerCode.Success, world.World.Run(() => operation.Run(shard)));
        }

        return (int)counter.Visits;
    }

    private static string[] ViewsAlong()
    {
        using var world = new OperationWorld(1);
        StoreShard shard = world.Open();
        var views = new List<string> { world.View(shard) };
        foreach (BasicOperation operation in s_script)
        {
            Assert.Equal(DerCode.Success, world.World.Run(() => operation.Run(shard)));
            views.Add(operation.Name == "close" ? views[^1] : world.View(shard));
        }

        return [.. views];
    }
}
