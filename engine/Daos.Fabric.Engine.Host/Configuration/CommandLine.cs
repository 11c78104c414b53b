namespace Daos.Fabric.Engine.Host.Configuration;

/// <summary>Reads the command line. Start-up only.</summary>
internal static class CommandLine
{
    internal const string Help =
        """
        daos_engine - serves a storage directory

        usage: daos_engine --storage DIR --listen URI [--listen URI ...] [options]
               daos_engine --storage DIR --fabric-iface NAME --fabric-iface-port PORT [options]
               daos_engine --config FILE [options]

          --config FILE     configuration file (YAML); options given here win over it
          --storage DIR     where data is kept; created when missing
          --listen URI      tcp://HOST:PORT, unix:///PATH, shm://NAME or ofi+...; may be repeated
          --fabric-iface NAME       listen over tcp on the address of this network interface ...
          --fabric-iface-port P     ... at this port; tag T at P+T. P-Q: where a port is in use, at the next free one up to Q
          --targets N       targets, fixed when DIR is formatted (default: what DIR has, 1 for a new one)
          --rank N          this engine's rank in its system (default: 0)
          --ranks LIST      all ranks with the addresses of their tag 0, alike on every engine: 0=tcp://HOST:PORT,1=tcp://HOST:PORT
          --volatile        keep no log: nothing survives a restart
          --polling POLICY  when idle: adaptive (spin at most 50 us, then sleep; the default), busy (never sleep) or sleep
          --poll            short for --polling busy
          --cpu N[,N...]    cores to pin threads to, targets first
          --tls-ca FILE     authorities that peers' certificates must come from (PEM): tcp then speaks TLS 1.3 only
          --tls-cert FILE   this engine's certificate (PEM)
          --tls-key FILE    its private key (PEM)
          --module NAME     load a further module (path or name of an assembly); may be repeated
          --socket-dir DIR  speak to the daos_server whose socket is there; without --rank it gives the rank and says when to begin
          --instance-idx N  which of that daos_server's engines this is (default: 0)
          --help            this text

        Prints one line "ready rank=N targets=N uri=..." when it serves. SIGTERM and SIGINT end it cleanly.
        Exit codes: 0 clean end, 1 could not start or had to stop, 2 usage.
        """;

    private static readonly string[] s_options =
        ["--config", "--storage", "--listen", "--fabric-iface", "--fabric-iface-port", "--targets", "--rank", "--ranks", "--volatile", "--polling", "--poll", "--cpu", "--tls-ca", "--tls-cert", "--tls-key", "--module", "--socket-dir", "--instance-idx", "--help"];

    /// <summary>The settings, or null when help was asked for. The file is named by <c>--config</c> and read by the caller's function.</summary>
    internal static HostSettings? Parse(IReadOnlyList<string> arguments, Func<string, string> readFile)
    {
        var given = new HostSettings();
        string? config = null;
        for (int i = 0; i < arguments.Count; i++)
        {
            (string option, string? attached) = Split(arguments[i]);
            switch (option)
            {
                case "--help" or "-h":
                    return null;
                case "--config":
                    config = Value(ref i);
                    break;
                case "--storage":
                    given.Storage = Value(ref i);
                    break;
                case "--listen":
                    given.Listen.Add(Value(ref i));
                    break;
                case "--fabric-iface":
                    given.FabricIface = Value(ref i);
                    break;
                case "--fabric-iface-port":
                    string ports = Value(ref i);
                    given.FabricPorts = PortRange.TryParse(ports, out PortRange range)
                        ? range
                        : throw new UsageException($"{option} takes a port or a range such as {PortRange.Example}, not '{ports}'.");
                    break;
                case "--targets":
                    given.Targets = Number(option, Value(ref i), 1, Limits.TargetsMax);
                    break;
                case "--rank":
                    given.Rank = Number(option, Value(ref i), 0, Limits.RankMax);
                    break;
                case "--ranks":
                    given.Ranks.AddRange(Value(ref i).Split(','));
                    break;
                case "--volatile":
                    given.Volatile = Flag(option, attached);
                    break;
                case "--poll":
                    given.Polling = Flag(option, attached) ? PollingPolicy.Busy : PollingPolicy.Adaptive;
                    break;
                case "--polling":
                    string policy = Value(ref i);
                    given.Polling = PollingName.Parse(policy)
                        ?? throw new UsageException($"{option} takes {PollingName.All}, not '{policy}'.");
                    break;
                case "--cpu":
                    given.Cpus.AddRange(Value(ref i).Split(',').Select(c => Number(option, c, 0, Limits.CpuMax)));
                    break;
                case "--tls-ca":
                    given.TlsCa = Value(ref i);
                    break;
                case "--tls-cert":
                    given.TlsCert = Value(ref i);
                    break;
                case "--tls-key":
                    given.TlsKey = Value(ref i);
                    break;
                case "--module":
                    given.Modules.Add(Value(ref i));
                    break;
                case "--socket-dir":
                    given.SocketDirectory = Value(ref i);
                    break;
                case "--instance-idx":
                    given.InstanceIndex = Number(option, Value(ref i), 0, Limits.InstancesMax);
                    break;
                default:
                    throw new UsageException($"unknown option '{arguments[i]}'; did you mean '{NearestName.Of(option, s_options)}'? See daos_engine --help.");
            }

            string Value(ref int index) =>
                attached ?? (++index < arguments.Count
                    ? arguments[index]
                    : throw new UsageException($"{option} needs a value; see daos_engine --help."));
        }

        HostSettings settings = config is null ? new HostSettings() : YamlSettings.Parse(config, readFile(config));
        settings.Override(given);
        settings.Modules.AddRange(given.Modules);
        return settings;
    }

    private static (string Option, string? Attached) Split(string argument)
    {
        int equals = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=', StringComparison.Ordinal) : -1;
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    private static bool Flag(string option, string? attached) => attached switch
    {
        null or "true" => true,
        "false" => false,
        _ => throw new UsageException($"{option} takes true or false, not '{attached}'."),
    };

    private static int Number(string option, string text, int min, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max
            ? number
            : throw new UsageException($"{option} takes a number from {min} to {max}, not '{text}'.");
}
