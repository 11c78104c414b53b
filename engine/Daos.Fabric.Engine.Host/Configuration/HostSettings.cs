using Daos.Fabric.Engine.Devices;
using Daos.Fabric.Store.Media.Trimming;
using Daos.Fabric.Store.Scrubbing;

namespace Daos.Fabric.Engine.Host.Configuration;

/// <summary>What file and command line say; null where neither does. Mutable during start-up only.</summary>
internal sealed class HostSettings
{
    public string? Storage { get; set; }

    /// <summary>Where pools keep log, metadata and data; from the file only.</summary>
    public List<StorageTier> Tiers { get; set; } = [];

    public List<string> Listen { get; set; } = [];

    public string? FabricIface { get; set; }

    public PortRange? FabricPorts { get; set; }

    public int? Targets { get; set; }

    public int? Rank { get; set; }

    /// <summary>Each as <c>RANK=ADDRESS</c>.</summary>
    public List<string> Ranks { get; set; } = [];

    public int? SwimPeriodMs { get; set; }

    public int? SwimPingTimeoutMs { get; set; }

    public int? SwimSuspectTimeoutMs { get; set; }

    public bool? Volatile { get; set; }

    public PollingPolicy? Polling { get; set; }

    public List<int> Cpus { get; set; } = [];

    public long? ArenaMib { get; set; }

    public long? LogMib { get; set; }

    public long? DataMib { get; set; }

    public int? AggregationAgeS { get; set; }

    public int? AggregationIntervalMs { get; set; }

    public TrimMode DataTrim { get; set; }

    public ScrubOptions Scrub { get; set; } = new();

    public bool? AutoFaulty { get; set; }

    public uint? MaxIoErrors { get; set; }

    public uint? MaxChecksumErrors { get; set; }

    public string? TlsCa { get; set; }

    public string? TlsCert { get; set; }

    public string? TlsKey { get; set; }

    public List<string> Modules { get; set; } = [];

    /// <summary>Where daos_server's socket is, and the engine's own goes; null for an engine without a daos_server.</summary>
    public string? SocketDirectory { get; set; }

    /// <summary>Which engine of its daos_server it is.</summary>
    public int? InstanceIndex { get; set; }

    /// <summary>What the other one says wins.</summary>
    public void Override(HostSettings other)
    {
        Storage = other.Storage ?? Storage;
        Listen = other.Listen.Count > 0 ? other.Listen : Listen;
        FabricIface = other.FabricIface ?? FabricIface;
        FabricPorts = other.FabricPorts ?? FabricPorts;
        Targets = other.Targets ?? Targets;
        Rank = other.Rank ?? Rank;
        Ranks = other.Ranks.Count > 0 ? other.Ranks : Ranks;
        Volatile = other.Volatile ?? Volatile;
        Polling = other.Polling ?? Polling;
        TlsCa = other.TlsCa ?? TlsCa;
        TlsCert = other.TlsCert ?? TlsCert;
        TlsKey = other.TlsKey ?? TlsKey;
        SocketDirectory = other.SocketDirectory ?? SocketDirectory;
        InstanceIndex = other.InstanceIndex ?? InstanceIndex;
        Cpus = other.Cpus.Count > 0 ? other.Cpus : Cpus;
    }
}
