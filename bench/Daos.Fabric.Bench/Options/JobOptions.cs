using Daos.Fabric.Reactor;
using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.Bench.Options;

/// <summary>One job section with every option resolved. Immutable after parsing.</summary>
internal sealed class JobOptions
{
    internal string Name { get; set; } = "job";

    internal string Engine { get; set; } = "null";

    internal AccessPattern Pattern { get; set; } = AccessPattern.Read;

    internal long BlockBytes { get; set; } = 4096;

    internal long SizeBytes { get; set; } = 64L << 20;

    internal int Depth { get; set; } = 1;

    internal int Jobs { get; set; } = 1;

    internal int LookAhead { get; set; }

    internal long RuntimeNs { get; set; }

    internal bool TimeBased { get; set; }

    internal long RampNs { get; set; }

    internal long NumberOfIos { get; set; }

    internal int ReadPercent { get; set; } = 50;

    internal bool VerifyCrc32C { get; set; }

    internal ulong RandSeed { get; set; } = 0x89;

    internal bool NoRandomMap { get; set; }

    internal double[] Percentiles { get; set; } = [1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99];

    internal bool GroupReporting { get; set; }

    internal bool Stonewall { get; set; }

    internal string? Uri { get; set; }

    internal string? TlsCa { get; set; }

    internal string? TlsCert { get; set; }

    internal string? TlsKey { get; set; }

    internal string? Directory { get; set; }

    internal bool Volatile { get; set; }

    internal int Targets { get; set; } = 1;

    internal PollingPolicy Polling { get; set; }

    internal long SpinNs { get; set; } = 50_000;

    internal bool AppThreads { get; set; }

    internal bool Layout { get; set; } = true;

    internal long ArenaBytes { get; set; }

    internal long DataBytes { get; set; }

    internal int AggregationAgeMs { get; set; }

    internal long LogBytes { get; set; }

    internal bool OpensExisting { get; set; }

    internal bool Abandons { get; set; }

    internal long ScrubBytesPerSecond { get; set; }

    internal long ScrubDataBytes { get; set; }

    internal int PlantedAllocation { get; set; }

    internal int Connections { get; set; } = 1;

    internal int IdleConnections { get; set; }

    internal int BulkBeside { get; set; }

    internal bool MeasuresSubmission { get; set; } = true;

    internal bool MeasuresLatency { get; set; } = true;

    /// <summary>Certificates for tcp, or null when none are named.</summary>
    internal TlsOptions? Tls => (TlsCa, TlsCert, TlsKey) switch
    {
        (null, null, null) => null,
        ({ } ca, { } cert, { } key) => new TlsOptions { CaFile = ca, CertificateFile = cert, KeyFile = key },
        _ => throw new OptionException("TLS needs all of tls_ca, tls_cert and tls_key"),
    };

    /// <summary>Blocks the job walks over.</summary>
    internal long Blocks => Math.Max(1, SizeBytes / BlockBytes);

    /// <summary>The options as the user wrote them, for the report.</summary>
    internal SortedDictionary<string, string> Written { get; } = new(StringComparer.Ordinal);
}
