using System.Net;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Engine.Devices;
using Daos.Fabric.Engine.Drpc;
using Daos.Fabric.Engine.Modules;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Swim;
using Daos.Fabric.Transport.Ofi;
using Daos.Fabric.Transport.SharedMemory;
using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.Engine.Host.Configuration;

/// <summary>Turns settings into the engine's options, or says in one sentence what is missing or wrong. Start-up only.</summary>
internal static class OptionsBuilder
{
    private const long MiB = 1024 * 1024;
    private const long Ms = 1_000_000;

    internal static EngineOptions Build(HostSettings settings, Action<string> log)
    {
        if (settings.Storage is null)
        {
            throw new UsageException("no storage directory: give --storage DIR or 'storage:' in the configuration file.");
        }

        List<TransportUri> listen = [.. settings.Listen.Select(ParseUri)];
        if (FabricUri(settings) is { } fabric)
        {
            listen.Insert(0, fabric);
        }

        if (listen.Count == 0)
        {
            throw new UsageException("no address: give --listen URI (tcp://HOST:PORT, unix:///PATH, shm://NAME or an ofi+ address) or 'listen:' in the configuration file, or a fabric interface.");
        }

        var defaults = new ShardSizes();
        return new EngineOptions
        {
            Path = Path.GetFullPath(settings.Storage),
            Tiers = TiersOf(settings),
            Listen = listen,
            FabricPorts = settings.FabricPorts is { Count: > 1 } ports ? ports : null,
            Targets = settings.Targets ?? 0,
            Rank = AwaitsSetUp(settings) ? Rank.None : new Rank((uint)(settings.Rank ?? 0)),
            AwaitsSetUp = AwaitsSetUp(settings),
            Members = MembersOf(settings),
            Swim = SwimOf(settings),
            Volatile = settings.Volatile ?? false,
            Polling = settings.Polling ?? PollingPolicy.Adaptive,
            PinCores = settings.Cpus,
            Modules = [.. settings.Modules.Select(m => new ModuleReference(m))],
            DefaultSizes = new ShardSizes
            {
                ArenaBytes = settings.ArenaMib * MiB ?? defaults.ArenaBytes,
                LogBytes = settings.LogMib * MiB ?? defaults.LogBytes,
                DataBytes = settings.DataMib * MiB ?? defaults.DataBytes,
            },
            AggregationAgeMs = settings.AggregationAgeS * 1000 ?? EngineOptions.AggregationAgeMsDefault,
            AggregationIntervalMs = settings.AggregationIntervalMs ?? EngineOptions.AggregationIntervalMsDefault,
            DataTrim = settings.DataTrim,
            Scrub = settings.Scrub,
            AutoFaulty = AutoFaultyOf(settings),
            DescriptorsMax = DescriptorLimit.Allowed,
            Log = log,
        };
    }

    /// <summary>The certificates, or null when none are named.</summary>
    internal static TlsOptions? BuildTls(HostSettings settings) =>
        (settings.TlsCa, settings.TlsCert, settings.TlsKey) switch
        {
            (null, null, null) => null,
            ({ } ca, { } cert, { } key) => new TlsOptions { CaFile = ca, CertificateFile = cert, KeyFile = key },
            _ => throw new UsageException("TLS needs all of --tls-ca, --tls-cert and --tls-key (or 'ca', 'cert' and 'key' under 'tls:')."),
        };

    /// <summary>Where daos_server is, or null for an engine without one.</summary>
    internal static EngineDrpcOptions? BuildDrpc(HostSettings settings)
    {
        if (settings.SocketDirectory is null)
        {
            return settings.InstanceIndex is null
                ? null
                : throw new UsageException("--instance-idx needs --socket-dir (or 'instance_idx' needs 'socket_dir'): without a daos_server there is nothing to count.");
        }

        return EngineDrpcOptions.In(
            Path.GetFullPath(settings.SocketDirectory),
            Environment.ProcessId,
            static (delayNs, cancel) => Task.Delay(TimeSpan.FromMicroseconds(delayNs / 1000), cancel)) with
        {
            InstanceIndex = (uint)(settings.InstanceIndex ?? 0),
        };
    }

    // Whoever is told its rank and its system here begins by itself.
    private static bool AwaitsSetUp(HostSettings settings) => settings.SocketDirectory is not null && settings.Rank is null && settings.Ranks.Count == 0;

    // The engine's own check, as a sentence about the file.
    private static StorageTier[] TiersOf(HostSettings settings)
    {
        StorageTier[] tiers = [.. settings.Tiers.Select(static t => t.IsShared
            ? StorageTier.Of([.. t.Devices.Select(Path.GetFullPath)], t.Roles)
            : t with { Path = Path.GetFullPath(t.Path) })];
        try
        {
            new EngineOptions { Path = "/", Tiers = tiers }.Validate();
        }
        catch (ArgumentException exception)
        {
            throw new UsageException($"bdev_tiers: {exception.Message}.");
        }

        return tiers;
    }

    private static AutoFaultyOptions AutoFaultyOf(HostSettings settings)
    {
        var defaults = new AutoFaultyOptions();
        return new AutoFaultyOptions
        {
            Enable = settings.AutoFaulty ?? defaults.Enable,
            MaxIoErrors = settings.MaxIoErrors ?? defaults.MaxIoErrors,
            MaxChecksumErrors = settings.MaxChecksumErrors ?? defaults.MaxChecksumErrors,
        };
    }

    private static GroupMember[] MembersOf(HostSettings settings)
    {
        GroupMember[] members = [.. settings.Ranks.Select(ParseMember)];
        int own = settings.Rank ?? 0;
        if (members.Length > 0 && Array.TrueForAll(members, m => m.Rank.Value != own))
        {
            throw new UsageException($"the list of ranks does not name this engine's own rank {own}; give --rank N, or add {own}=ADDRESS to the list.");
        }

        if (members.GroupBy(m => m.Rank).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new UsageException($"the list of ranks names rank {twice.Key} twice.");
        }

        return members;
    }

    private static GroupMember ParseMember(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        bool hasRank = int.TryParse(text.AsSpan(0, Math.Max(0, equals)), NumberStyles.None, CultureInfo.InvariantCulture, out int rank) && rank <= Limits.RankMax;
        string? error = null;
        TransportUri? uri = null;
        bool isGood = hasRank && TransportUri.TryParse(text[(equals + 1)..], out uri, out error);
        return isGood
            ? new GroupMember(new Rank((uint)rank), uri!)
            : throw new UsageException($"'{text}' is not a rank with its address: {error ?? "write 0=tcp://10.0.0.1:10001"}.");
    }

    private static SwimOptions SwimOf(HostSettings settings)
    {
        var defaults = new SwimOptions();
        var swim = new SwimOptions
        {
            ProtocolPeriodNs = settings.SwimPeriodMs * Ms ?? defaults.ProtocolPeriodNs,
            PingTimeoutNs = settings.SwimPingTimeoutMs * Ms ?? defaults.PingTimeoutNs,
            SuspicionTimeoutNs = settings.SwimSuspectTimeoutMs * Ms ?? defaults.SuspicionTimeoutNs,
        };
        return swim.PingTimeoutNs > swim.ProtocolPeriodNs ? throw new UsageException("swim: ping_timeout_ms must not be above period_ms.")
            : swim.SuspicionTimeoutNs < 3 * swim.PingTimeoutNs ? throw new UsageException("swim: suspect_timeout_ms must be at least three times ping_timeout_ms.")
            : swim;
    }

    // The primary address, before those that are listed.
    private static TransportUri? FabricUri(HostSettings settings) => (settings.FabricIface, settings.FabricPorts) switch
    {
        (null, null) => null,
        ({ } name, { } ports) => ParseUri(string.Create(CultureInfo.InvariantCulture, $"tcp://{new IPEndPoint(FabricInterface.AddressOf(name), ports.First)}")),
        _ => throw new UsageException("a fabric interface needs both --fabric-iface and --fabric-iface-port (or 'fabric_iface' and 'fabric_iface_port')."),
    };

    private static TransportUri ParseUri(string text) =>
        !TransportUri.TryParse(text, out TransportUri? uri, out string? error) ? throw new UsageException($"listen address: {error}.")
        : uri.Scheme == "shm" ? ParseName(uri)
        : OfiProvider.IsScheme(uri.Scheme) ? ParseOfi(text, uri)
        : uri.Scheme is not ("tcp" or "unix") ? throw new UsageException($"listen address '{text}': the engine serves tcp://, unix://, shm:// and ofi+ addresses only.")
        : Numeric(uri).ToSocketAddress().IsSuccess ? Numeric(uri)
        : throw new UsageException($"listen address '{text}' is malformed: write tcp://127.0.0.1:10001 (a host and a port) or unix:///absolute/path.");

    private static TransportUri Numeric(TransportUri uri)
    {
        try
        {
            return HostNames.Resolve(uri)[0];
        }
        catch (DaosException exception)
        {
            throw new UsageException($"listen address: {exception.Message}.");
        }
    }

    private static TransportUri ParseName(TransportUri uri) =>
        !OperatingSystem.IsLinux() || !SharedMemoryProvider.IsAvailable ? throw new UsageException($"listen address '{uri}': shm:// needs Linux and its C library.")
        : SharedMemoryProvider.IsValidName(uri.Rest) ? uri
        : throw new UsageException($"listen address '{uri}' is malformed: a name has letters, digits, '.', '_' and '-', at most 64 of them.");

    private static TransportUri ParseOfi(string text, TransportUri uri) => OfiProvider.IsAddress(uri)
        ? uri
        : throw new UsageException($"listen address '{text}' is malformed: write {uri.Scheme}://{(uri.Scheme == "ofi+shm" ? "name" : "127.0.0.1:10001")}.");
}
