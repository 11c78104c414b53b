using System.Diagnostics;
using System.Globalization;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Integration.Tests.Support;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Control;
using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Integration.Tests;

/// <summary>Three real engines as one system: who is there, who died, and requests to all of them.</summary>
public sealed class SystemTests(ITestOutputHelper output)
{
    private const int Engines = 3;
    private const int PeriodMs = 100;
    private const int SuspectMs = 1000;

    // A period until the dead one is chosen by each of the others, the direct ping and twice its time for the indirect ones, the suspicion,
    // and once more all of it for those who only heard of it and ask again.
    private static readonly TimeSpan s_bound = TimeSpan.FromMilliseconds(2 * ((Engines * PeriodMs) + (3 * PeriodMs) + SuspectMs));

    [Fact]
    public async Task Rank_KilledInTheMiddle_IsHeldDeadWithinBoundsAndCollectivesSaySo()
    {
        using var scratch = new Scratch();
        EngineProcess[] engines = await StartAsync(scratch);
        try
        {
            using var caller = new LiveCaller();
            for (uint rank = 0; rank < Engines; rank++)
            {
                caller.Node.PublishRank(new Rank(rank), TransportUri.Parse(Uri(scratch, rank)));
            }

            await UntilAsync(caller, "all alive", (_, members) => members.Members.Count == Engines && members.Members.All(m => m.Status == 0), [0, 1, 2]);
            CensusReply census = await CensusAsync(caller, 1, leavesOutDead: false);
            Assert.Equal((DerCode.Success, Engines, 0, Rank.None), (census.Code, census.Reached, census.Failed, census.FailedRank));
            Assert.Equal([0u, 1, 2], census.Ranks.Order().ToArray());

            engines[2].Kill();
            var watch = Stopwatch.StartNew();

            // Before SWIM has found out the request itself does: it fails out, and the others ran it.
            census = await CensusAsync(caller, 0, leavesOutDead: false);
            Assert.Equal((DerCode.CorpcIncomplete, 2, 1, new Rank(2)), (census.Code, census.Reached, census.Failed, census.FailedRank));
            Assert.Equal([0u, 1], census.Ranks.Order().ToArray());

            await UntilAsync(caller, "rank 2 dead", (_, members) => members.Members.Single(m => m.Rank.Value == 2).Status == 2, [0, 1]);
            TimeSpan took = watch.Elapsed;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"SWIM: ranks={Engines} detected_ms={took.TotalMilliseconds:0} bound_ms={s_bound.TotalMilliseconds:0}"));
            Assert.True(took >= TimeSpan.FromMilliseconds(SuspectMs / 2), $"dead after {took.TotalMilliseconds} ms: nobody had time to refute");
            Assert.True(took < s_bound + TimeSpan.FromSeconds(5), $"dead after {took.TotalMilliseconds} ms only");

            // Now it goes over those who are left.
            census = await CensusAsync(caller, 0, leavesOutDead: true);
            Assert.Equal((DerCode.Success, 2, 0), (census.Code, census.Reached, census.Failed));

            // The living hold each other alive, were told of one death, and say so to their operator.
            await UntilAsync(caller, "two alive", (_, m) => m.Events > 0 && m.Members.Count(x => x.Status == 0) == 2 && m.Deaths == 1, [0, 1]);
            Assert.Contains("rank 2 does not answer and is held dead", engines[0].Errors, StringComparison.Ordinal);

            // A new life comes back.
            engines[2].Dispose();
            engines[2] = await StartOneAsync(scratch, 2);
            await UntilAsync(caller, "rank 2 back", (_, members) => members.Members.All(m => m.Status == 0), [0, 1, 2]);
            census = await CensusAsync(caller, 2, leavesOutDead: false);
            Assert.Equal((DerCode.Success, Engines), (census.Code, census.Reached));
            foreach (EngineProcess engine in engines)
            {
                Assert.Equal(0, await engine.TerminateAsync());
            }
        }
        finally
        {
            Array.ForEach(engines, e => e.Dispose());
        }
    }

    [Theory]
    [InlineData("does not name this engine's own rank 5", "--rank", "5", "--ranks", "0=tcp://127.0.0.1:1")]
    [InlineData("names rank 0 twice", "--ranks", "0=tcp://127.0.0.1:1,0=tcp://127.0.0.1:2")]
    [InlineData("'zero=tcp://127.0.0.1:1' is not a rank with its address", "--ranks", "zero=tcp://127.0.0.1:1")]
    [InlineData("has no scheme", "--ranks", "0=nowhere")]
    [InlineData("--rank takes a number from 0 to 65535", "--rank", "70000")]
    public async Task Ranks_Wrong_EndWithTwoAndSayWhatToWrite(string expected, params string[] arguments)
    {
        using var scratch = new Scratch();
        using EngineProcess engine = EngineProcess.Start(scratch.Arguments(arguments));
        Assert.Equal(2, await engine.WaitExitAsync());
        Assert.Contains(expected, engine.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("period_ms: 100\n  ping_timeout_ms: 200", "ping_timeout_ms must not be above period_ms")]
    [InlineData("suspect_timeout_ms: 1000", "at least three times ping_timeout_ms")]
    [InlineData("period: 100", "did you mean 'period_ms'")]
    public async Task Swim_Wrong_EndsWithTwoAndSaysWhatToWrite(string swim, string expected)
    {
        using var scratch = new Scratch();
        string file = Path.Combine(scratch.Root, "e.yml");
        await File.WriteAllTextAsync(file, $"swim:\n  {swim}\n", TestContext.Current.CancellationToken);
        using EngineProcess engine = EngineProcess.Start(["--config", file, .. scratch.Arguments()]);
        Assert.Equal(2, await engine.WaitExitAsync());
        Assert.Contains(expected, engine.Errors, StringComparison.Ordinal);
    }

    private static string Uri(Scratch scratch, uint rank) => $"unix://{scratch.Root}/e{rank}.sock";

    private static async Task<EngineProcess[]> StartAsync(Scratch scratch) =>
        await Task.WhenAll(Enumerable.Range(0, Engines).Select(rank => StartOneAsync(scratch, (uint)rank)));

    private static async Task<EngineProcess> StartOneAsync(Scratch scratch, uint rank)
    {
        string file = Path.Combine(scratch.Root, $"e{rank}.yml");
        string ranks = string.Join('\n', Enumerable.Range(0, Engines).Select(r => $"  - {r}={Uri(scratch, (uint)r)}"));
        await File.WriteAllTextAsync(file, $"""
            storage: {scratch.Root}/data{rank}
            listen:
              - {Uri(scratch, rank)}
            rank: {rank}
            ranks:
            {ranks}
            swim:
              period_ms: {PeriodMs}
              ping_timeout_ms: {PeriodMs * 9 / 10}
              suspect_timeout_ms: {SuspectMs}
            """);
        return await EngineProcess.StartReadyAsync("--config", file);
    }

    private static async Task UntilAsync(LiveCaller caller, string what, Func<uint, MembersReply, bool> condition, uint[] ranks)
    {
        var watch = Stopwatch.StartNew();
        foreach (uint rank in ranks)
        {
            MembersReply? last = null;
            do
            {
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(40), $"rank {rank}: {what} did not come: {last}");
                last = await MembersAsync(caller, rank);
            }
            while (!condition(rank, last));
        }
    }

    private static Task<MembersReply> MembersAsync(LiveCaller caller, uint rank) =>
        CallAsync(caller, rank, Tags.Swim, ControlOpcodes.Members, [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], static bytes => MembersReply.TryRead(bytes, out MembersReply? reply) ? reply : null);

    private static Task<CensusReply> CensusAsync(LiveCaller caller, uint rank, bool leavesOutDead)
    {
        byte[] payload = new byte[CensusRequest.SizeBytes];
        new CensusRequest(0, leavesOutDead).Write(payload);
        return CallAsync(caller, rank, Tags.System, ControlOpcodes.Census, payload, static bytes => CensusReply.TryRead(bytes, out CensusReply? reply) ? reply : null);
    }

    private static Task<T> CallAsync<T>(LiveCaller caller, uint rank, ushort tag, RpcOpcode opcode, byte[] payload, Func<byte[], T?> read)
        where T : class => caller.RunAsync(async context =>
        {
            RpcCall call = context.RentCall();
            DerCode code = await call.AdmitAsync(context.EndpointOf(new Rank(rank), tag), opcode);
            if (code.IsSuccess)
            {
                payload.CopyTo(call.BeginRequest(payload.Length));
                code = await call.SendAsync(payload.Length);
            }

            byte[] reply = call.Reply.ToArray();
            call.Free();
            Assert.True(code.IsSuccess, $"rank {rank} {opcode}: {code}");
            return read(reply) ?? throw new InvalidOperationException("a malformed reply");
        });
}
