using Daos.Fabric.Engine.Modules;
using Daos.Fabric.Transport.Ofi;
using Daos.Fabric.Transport.SharedMemory;
using Daos.Fabric.Transport.Sockets.Tls;

namespace Daos.Fabric.Engine.Host.Configuration;

/// <summary>Turns settings into the engine's options, or says in one sentence what is missing or wrong. Start-up only.</summary>
internal static class OptionsBuilder
{
    private const long MiB = 1024 * 1024;

    internal static EngineOptions Build(HostSettings settings, Action<string> log)
    {
        if (settings.Storage is null)
        {
            throw new UsageException("no storage directory: give --storage DIR or 'storage:' in the configuration file.");
        }

        if (settings.Listen.Count == 0)
        {
            throw new UsageException("no address: give --listen URI (tcp://HOST:PORT, unix:///PATH or shm://NAME) or 'listen:' in the configuration file.");
        }

        var defaults = new ShardSizes();
        return new EngineOptions
        {
            Path = Path.GetFullPath(settings.Storage),
            Listen = [.. settings.Listen.Select(ParseUri)],
            Targets = settings.Targets ?? 0,
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

    private static TransportUri ParseUri(string text) =>
        !TransportUri.TryParse(text, out TransportUri? uri, out string? error) ? throw new UsageException($"listen address: {error}.")
        : uri.Scheme == "shm" ? ParseName(uri)
        : OfiProvider.IsScheme(uri.Scheme) ? ParseOfi(text, uri)
        : uri.Scheme is not ("tcp" or "unix") ? throw new UsageException($"listen address '{text}': the engine serves tcp://, unix://, shm:// and ofi+ addresses only.")
        : uri.ToSocketAddress().IsSuccess ? uri
        : throw new UsageException($"listen address '{text}' is malformed: write tcp://127.0.0.1:10001 (a numeric host and a port) or unix:///absolute/path.");

    private static TransportUri ParseName(TransportUri uri) =>
        !OperatingSystem.IsLinux() || !SharedMemoryProvider.IsAvailable ? throw new UsageException($"listen address '{uri}': shm:// needs Linux and its C library.")
        : SharedMemoryProvider.IsValidName(uri.Rest) ? uri
        : throw new UsageException($"listen address '{uri}' is malformed: a name has letters, digits, '.', '_' and '-', at most 64 of them.");

    private static TransportUri ParseOfi(string text, TransportUri uri) => OfiProvider.IsAddress(uri)
        ? uri
        : throw new UsageException($"listen address '{text}' is malformed: write {uri.Scheme}://{(uri.Scheme == "ofi+shm" ? "name" : "127.0.0.1:10001")}.");
}
