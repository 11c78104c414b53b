using Daos.Fabric.Core.Metrics;

namespace Daos.Fabric.Rpc.Tests.Wire;

/// <summary>Echoes one after the other on its own loop, and notes how long each took in the phase that the test is in.</summary>
internal sealed class PacedClient(RpcContext context, TransportUri uri, int phases) : WorkItem
{
    private readonly Histogram[] _latency = [.. Enumerable.Range(0, phases).Select(_ => new Histogram())];
    private long _echoes;

    internal volatile int Phase;
    internal volatile bool Stop;
    internal volatile bool IsDone;

    /// <summary>Any thread.</summary>
    internal long Echoes => Volatile.Read(ref _echoes);

    internal DerCode Failure { get; private set; }

    /// <summary>Of a phase, in ns; when it is done.</summary>
    internal Histogram Latency(int phase) => _latency[phase];

    protected override void Execute() => context.Loop.Spawn(RunAsync());

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask RunAsync()
    {
        RpcEndpoint endpoint = context.EndpointOf(uri, 2).Value;
        byte[] payload = new byte[64];
        while (!Stop && Failure.IsSuccess)
        {
            int phase = Phase;
            payload[0] = (byte)_echoes;
            long startNs = context.Loop.Clock.MonotonicNs;
            (DerCode code, byte[] reply) = await endpoint.CallAsync(SelfTestOpcodes.Echo, payload);
            _latency[phase].Record(context.Loop.Clock.MonotonicNs - startNs);
            Failure = code.IsError ? code : reply.AsSpan().SequenceEqual(payload) ? DerCode.Success : DerCode.Checksum;
            Volatile.Write(ref _echoes, _echoes + 1);
        }

        IsDone = true;
    }
}
