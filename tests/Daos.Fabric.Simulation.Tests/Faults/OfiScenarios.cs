using Daos.Fabric.Transport.Ofi;

namespace Daos.Fabric.Simulation.Tests.Faults;

/// <summary>libfabric has no simulation: two real contexts, of which one meets the fault. Whatever ends by it, the next connection works.</summary>
internal static class OfiScenarios
{
    private const int LargeBytes = 60_000;
    private const string Tcp = "ofi+tcp;ofi_rxm";
    private const string Shm = "ofi+shm";

    private static readonly Dictionary<FaultPoint, Action<OfiFaultPair>> s_scenarios = new()
    {
        [FaultPoint.ConnectRefused] = pair => ConnectFails(pair, pair.ClientFaults, FaultPoint.ConnectRefused, DerCode.Unreachable),

        // The hello is dropped; nothing tells the dialler so.
        [FaultPoint.AcceptFailed] = pair => ConnectFails(pair, pair.ServerFaults, FaultPoint.AcceptFailed, DerCode.TimedOut),
        [FaultPoint.ReceiveMemoryShort] = MemoryShort,
        [FaultPoint.SendReset] = pair => ConnectionEnds(pair, FaultPoint.SendReset, DerCode.Unreachable, DerCode.Unreachable),
        [FaultPoint.MessageCorrupted] = pair => ConnectionEnds(pair, FaultPoint.MessageCorrupted, DerCode.Unreachable, DerCode.Protocol),
        [FaultPoint.TransferRefused] = pair => TransferFails(pair, pair.ServerFaults, FaultPoint.TransferRefused, DerCode.NoPerm),
        [FaultPoint.ProcessMemoryRefused] = pair => TransferFails(pair, pair.ClientFaults, FaultPoint.ProcessMemoryRefused, DerCode.Unreachable),
        [FaultPoint.FabricMemoryRefused] = pair => TransferFails(pair, pair.ServerFaults, FaultPoint.FabricMemoryRefused, DerCode.NoMemory),
        [FaultPoint.FabricCompletionFailed] = pair => TransferFails(pair, pair.ClientFaults, FaultPoint.FabricCompletionFailed, DerCode.Unreachable),
    };

    /// <summary>What is provoked over which wire: only shm copies by the kernel between processes.</summary>
    internal static TheoryData<FaultPoint, string> Points
    {
        get
        {
            var all = new TheoryData<FaultPoint, string>();
            foreach (FaultPoint point in s_scenarios.Keys)
            {
                all.Add(point, Shm);
                if (point != FaultPoint.ProcessMemoryRefused)
                {
                    all.Add(point, Tcp);
                }
            }

            return all;
        }
    }

    internal static FaultRegistry Provoke(FaultPoint point, string scheme)
    {
        bool available = OfiProvider.IsAvailable(out string reason);
        Assert.SkipUnless(available, reason);
        using var pair = new OfiFaultPair(scheme);
        s_scenarios[point](pair);
        AssertWell(pair);
        return pair.ClientFaults.FiredOf(point) > 0 ? pair.ClientFaults : pair.ServerFaults;
    }

    private static void AssertWell(OfiFaultPair pair)
    {
        Assert.Equal(DerCode.Success, pair.Connect());
        pair.Echo(LargeBytes);
        Assert.Equal(DerCode.Success, pair.Read(out bool isWhole));
        Assert.True(isWhole);
        Assert.Equal("", pair.DescribeHeld());
    }

    private static void ConnectFails(OfiFaultPair pair, FaultRegistry faults, FaultPoint point, DerCode expected)
    {
        faults.Arm(point, timesMax: 1);
        Assert.Equal(expected, pair.Connect());
    }

    private static void ConnectionEnds(OfiFaultPair pair, FaultPoint point, DerCode atSender, DerCode atReceiver)
    {
        Assert.Equal(DerCode.Success, pair.Connect());
        pair.Echo(10);
        pair.ClientFaults.Arm(point, timesMax: 1);
        pair.Send(1_000);
        pair.RunUntil(() => pair.ClientEnd is not null && pair.ServerEnd is not null);
        Assert.Equal((atSender, atReceiver), (pair.ClientEnd!.Value, pair.ServerEnd!.Value));
    }

    private static void TransferFails(OfiFaultPair pair, FaultRegistry faults, FaultPoint point, DerCode expected)
    {
        Assert.Equal(DerCode.Success, pair.Connect());
        faults.Arm(point, timesMax: 1);
        Assert.Equal(expected, pair.Read(out _));
    }

    // The provider takes no receive for a while, at worst when the last one is used.
    private static void MemoryShort(OfiFaultPair pair)
    {
        Assert.Equal(DerCode.Success, pair.Connect());
        pair.ServerFaults.Arm(FaultPoint.ReceiveMemoryShort, timesMax: 300);
        for (int i = 0; i < 400; i++)
        {
            pair.Echo(LargeBytes / 2);
        }
    }
}
