using System.Diagnostics;
using System.Globalization;
using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Rpc.Tests.Kills;

/// <summary>
/// The process that is killed: this executable started with a variable set. It is a rank that serves and calls until it is killed, and ends
/// by itself after a minute, so that nothing stays behind when the test's process dies first.
/// </summary>
internal static class KillVictim
{
    private const string Variable = "DAOS_TEST_KILL_VICTIM";

    /// <summary>Starts one.</summary>
    internal static Process Start(KillProvider provider, string directory, uint rank, uint version, ulong seed, KillRank survivor, KillRank third)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[Variable] = string.Create(
            CultureInfo.InvariantCulture, $"{provider.Name}|{directory}|{rank}|{version}|{seed}|{survivor.Uri}|{third.Uri}");
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }

#pragma warning disable CA2255 // The test executable's own entry point is generated; this runs before it.
    [ModuleInitializer]
    internal static void RunInstead()
#pragma warning restore CA2255
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text)
        {
            Run(text.Split('|'));
            Environment.Exit(0);
        }
    }

    private static void Run(string[] fields)
    {
        uint number = uint.Parse(fields[2], CultureInfo.InvariantCulture);
        uint version = uint.Parse(fields[3], CultureInfo.InvariantCulture);
        ulong seed = ulong.Parse(fields[4], CultureInfo.InvariantCulture);
        var rank = new KillRank(KillProvider.Of(fields[0]), fields[1], seed % 2 == 0 ? "uring" : "epoll", number, seed);
        var survivor = new GroupMember(KillRound.SurvivorRank, TransportUri.Parse(fields[5]));
        var third = new GroupMember(KillRound.ThirdRank, TransportUri.Parse(fields[6]));
        rank.Meet(version, survivor, third);
        rank.Join(number, survivor.Rank, rank.Rank, third.Rank);
        rank.Spawn(async () =>
        {
            byte[] address = System.Text.Encoding.UTF8.GetBytes(rank.Uri.ToString());
            RpcEndpoint endpoint = rank.Context.EndpointOf(survivor.Rank, 0);
            while ((await endpoint.CallAsync(KillService.Hello, address)).Code.IsError)
            {
                // A machine that starts eight processes at once may take longer than a connection may.
            }

            // A collective has its root at the survivor, where the group names all victims.
            KillWork.All(rank, survivor.Rank, third.Rank).Where(w => w.Kind != KillKind.Collective).ToList().ForEach(w => rank.Loop.Spawn(w.RunAsync()));
        });
        long endNs = rank.Loop.Clock.MonotonicNs + 60_000_000_000;
        while (rank.Loop.Clock.MonotonicNs < endNs)
        {
            rank.Loop.RunTurn(1_000_000);
        }
    }
}
