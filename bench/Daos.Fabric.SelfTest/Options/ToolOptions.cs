using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.SelfTest.Options;

/// <summary>What the call asks for. Immutable after parsing.</summary>
internal sealed class ToolOptions
{
    /// <summary>An engine that knows the ranks; null when only addresses are called.</summary>
    internal TransportUri? System { get; set; }

    internal List<EndpointSpec> Endpoints { get; } = [];

    /// <summary>Who makes the calls; empty: this process.</summary>
    internal List<EndpointSpec> Masters { get; } = [];

    internal List<SelfTestShape> Shapes { get; set; } = ShapeParser.Parse("", "(0 0),(0 b1m),(b1m 0)");

    internal List<int> InFlight { get; set; } = [16];

    internal int Repetitions { get; set; } = 10_000;

    internal int WarmUp { get; set; } = 1_000;

    internal uint TimeoutMs { get; set; } = 60_000;

    internal PollingPolicy Polling { get; set; }

    /// <summary>Ranks of this process to broadcast over; 0: endpoints are measured.</summary>
    internal int BroadcastRanks { get; set; }

    internal TreeTopology Tree { get; set; } = TreeTopology.Default;

    internal bool Json { get; set; }

    internal string? TlsCa { get; set; }

    internal string? TlsCert { get; set; }

    internal string? TlsKey { get; set; }

    /// <summary>Certificates for tcp, or null when none are named.</summary>
    internal TlsOptions? Tls => (TlsCa, TlsCert, TlsKey) switch
    {
        (null, null, null) => null,
        ({ } ca, { } cert, { } key) => new TlsOptions { CaFile = ca, CertificateFile = cert, KeyFile = key },
        _ => throw new UsageException("TLS needs all of --tls-ca, --tls-cert and --tls-key"),
    };

    internal void Check()
    {
        _ = Tls;
        if (BroadcastRanks > 0)
        {
            if (Endpoints.Count + Masters.Count > 0)
            {
                throw new UsageException("--broadcast runs over ranks of this process: it takes no --endpoint and no --master-endpoint");
            }

            return;
        }

        if (Endpoints.Count == 0)
        {
            throw new UsageException("nothing to measure: name endpoints with --endpoint, such as tcp://127.0.0.1:10001 or 0-2:0");
        }

        if (Endpoints.Count > SelfTestLimits.EndpointsMax)
        {
            throw new UsageException($"{Endpoints.Count} endpoints: at most {SelfTestLimits.EndpointsMax} are measured at once");
        }

        if (System is null && Endpoints.Concat(Masters).FirstOrDefault(e => e.Address is null) is { Rank: var rank } && rank != Rank.None && NamesRanks)
        {
            throw new UsageException("ranks are found through an engine: name one with --uri, such as tcp://127.0.0.1:10001");
        }

        if (Masters.Count > 0 && Endpoints.Exists(e => e.Address is not null))
        {
            throw new UsageException("a master calls ranks of its own system: give --endpoint as RANKS:TAGS, not as an address");
        }
    }

    private bool NamesRanks => Endpoints.Concat(Masters).Any(e => e.Address is null);
}
