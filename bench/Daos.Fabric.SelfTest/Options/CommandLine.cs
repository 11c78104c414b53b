namespace Daos.Fabric.SelfTest.Options;

/// <summary>Reads the command line. Start-up only.</summary>
internal static class CommandLine
{
    // Each has a listener and a connection to its parent: 1,024 descriptors is what a process may usually open.
    private const int BroadcastRanksMax = 256;

    internal const string Help =
        """
        self_test measures the fabric below the store: calls and bulk transfers against the self-test service that every engine answers.

        usage: self_test --endpoint ADDRESS[#TAGS] [options]
               self_test --uri ADDRESS --endpoint RANKS:TAGS [--master-endpoint RANKS:TAGS] [options]
               self_test --broadcast RANKS [--tree TREE] [options]

          -e, --endpoint E            who is called: an address of tag 0 (tcp://HOST:PORT, unix:///PATH, shm://NAME, or over
                                      libfabric ofi+tcp;ofi_rxm://HOST:PORT), with #TAGS for other tags, or
                                      RANKS:TAGS as 0-2,5:0-1; may be repeated, calls take turns
          -u, --uri ADDRESS           an engine that knows the ranks
          -m, --master-endpoint E     engines that make the calls instead of this process, each for itself; one after the other is asked
          -s, --message-sizes LIST    pairs of send and reply sizes: "(0 0),(i64 i64),(0 b1m)"; e empty, i in the message, b by bulk (get of
                                      what is sent, put of the reply); without a letter 1 MiB or more is bulk (default (0 0),(0 b1m),(b1m 0))
          -r, --repetitions-per-size N  calls that are counted, per size and number in flight (default 10000)
          -i, --max-inflight-rpcs LIST  calls under way at any time, such as 1,16,128 (default 16)
              --warm-up N             calls before those (default 1000)
              --timeout SECONDS       for one call (default 60)
              --broadcast RANKS       instead of endpoints: collective requests over so many ranks in this process, which call each other
                                      over tcp, one after the other (-r); exit 1 unless each rank ran each once, in logarithmic depth
              --tree TREE             flat, kary:N or knomial:N (default knomial:4)
              --polling POLICY        when idle: adaptive (default), busy or sleep
              --tls-ca FILE, --tls-cert FILE, --tls-key FILE   certificates (PEM): tcp then speaks TLS 1.3
              --json                  one JSON document instead of the table
          -h, --help                  this text

        MiB are 1,048,576 bytes and count both directions. Latencies are of calls that succeeded, from before the call waits for a credit.
        Exit codes: 0 every call succeeded, 1 some did not, 2 the call could not be understood.
        """;

    /// <summary>The options, or null when help was asked for.</summary>
    internal static ToolOptions? Parse(IReadOnlyList<string> arguments)
    {
        var options = new ToolOptions();
        for (int i = 0; i < arguments.Count; i++)
        {
            (string option, string? attached) = Split(arguments[i]);
            switch (option)
            {
                case "--help" or "-h":
                    return null;
                case "--json" when attached is null:
                    options.Json = true;
                    break;
                case "--endpoint" or "-e":
                    options.Endpoints.AddRange(EndpointParser.Parse(option, Value(ref i)));
                    break;
                case "--master-endpoint" or "-m":
                    options.Masters.AddRange(EndpointParser.Parse(option, Value(ref i)));
                    break;
                case "--uri" or "-u":
                    options.System = Address(option, Value(ref i));
                    break;
                case "--message-sizes" or "-s":
                    options.Shapes = ShapeParser.Parse(option, Value(ref i));
                    break;
                case "--repetitions-per-size" or "-r":
                    options.Repetitions = Number(option, Value(ref i), 1, SelfTestLimits.RepetitionsMax);
                    break;
                case "--max-inflight-rpcs" or "-i":
                    options.InFlight = [.. Value(ref i).Split(',').Select(n => Number(option, n, 1, SelfTestLimits.InFlightMax))];
                    break;
                case "--warm-up":
                    options.WarmUp = Number(option, Value(ref i), 0, SelfTestLimits.RepetitionsMax);
                    break;
                case "--timeout":
                    options.TimeoutMs = (uint)Number(option, Value(ref i), 1, 3600) * 1000;
                    break;
                case "--broadcast":
                    options.BroadcastRanks = Number(option, Value(ref i), 2, BroadcastRanksMax);
                    break;
                case "--tree":
                    options.Tree = TreeParser.Parse(option, Value(ref i));
                    break;
                case "--polling":
                    options.Polling = Policy(option, Value(ref i));
                    break;
                case "--tls-ca":
                    options.TlsCa = Value(ref i);
                    break;
                case "--tls-cert":
                    options.TlsCert = Value(ref i);
                    break;
                case "--tls-key":
                    options.TlsKey = Value(ref i);
                    break;
                default:
                    throw new UsageException($"unknown option '{arguments[i]}'; see self_test --help");
            }

            string Value(ref int index) =>
                attached ?? (++index < arguments.Count ? arguments[index] : throw new UsageException($"{option} needs a value; see self_test --help"));
        }

        options.Check();
        return options;
    }

    private static (string Option, string? Attached) Split(string argument)
    {
        int equals = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=', StringComparison.Ordinal) : -1;
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    private static TransportUri Address(string option, string text) =>
        TransportUri.TryParse(text, out TransportUri? uri, out string? error) ? uri : throw new UsageException($"{option} {text}: {error}");

    private static PollingPolicy Policy(string option, string text) => text switch
    {
        "adaptive" => PollingPolicy.Adaptive,
        "busy" => PollingPolicy.Busy,
        "sleep" => PollingPolicy.Sleep,
        _ => throw new UsageException($"{option} takes adaptive, busy or sleep, not '{text}'"),
    };

    private static int Number(string option, string text, int min, int max) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max
            ? number
            : throw new UsageException($"{option} takes a number from {min} to {max}, not '{text}'");
}
