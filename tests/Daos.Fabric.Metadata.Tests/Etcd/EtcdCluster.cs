using System.Net.Http.Json;
using System.Text.Json;
using Daos.Fabric.TestKit.Processes;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>
/// Members of etcd, each on a host of its own: a network namespace on one bridge, which may be killed and cut off. Three members, and a host
/// in reserve. Needs root.
/// </summary>
internal sealed class EtcdCluster : IAsyncDisposable
{
    internal const int Members = 3;
    internal const int Hosts = 4;
    private const int ClientPort = 2379;
    private const int PeerPort = 2380;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);
    private static readonly string[] s_made = ["member not found", "peerURL exists", "Peer URLs already exists"];
    private static readonly string[] s_passing = ["unhealthy cluster", "not enough started members", "timed out", "leader changed", "no leader", "deadline exceeded"];
    private static int s_clusters;

    private readonly string _directory = EtcdProcess.NewDirectory();
    private readonly EtcdProcess?[] _processes = new EtcdProcess?[Hosts];
    private readonly string[] _names = new string[Hosts];
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly string _id;
    private readonly string _network;

    private EtcdCluster()
    {
        int number = Interlocked.Increment(ref s_clusters);
        _id = $"{Environment.ProcessId}-{number}";
        _network = $"10.232.{(Environment.ProcessId + number) % 256}";
    }

    /// <summary>Who led in which term, from the members' own logs.</summary>
    internal LeaderLog Leaders { get; } = new();

    internal IReadOnlyList<Uri> Endpoints => [.. Enumerable.Range(0, Hosts).Select(i => new Uri(Client(i)))];

    /// <summary>Makes one, or gives the reason why there cannot be one here.</summary>
    internal static async Task<(EtcdCluster? Made, string Why)> TryMakeAsync()
    {
        if (!Environment.IsPrivilegedProcess || EtcdProcess.WhyNot.Length > 0)
        {
            return (null, EtcdProcess.WhyNot.Length > 0 ? EtcdProcess.WhyNot : "network namespaces need root");
        }

        var made = new EtcdCluster();
        string why;
        try
        {
            why = await made.SetUpAsync();
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            why = $"a program of the packages iproute2 and etcd-client is missing: {missing.Message}";
        }

        if (why.Length > 0)
        {
            await made.DisposeAsync();
            return (null, $"network namespaces are not allowed or not complete here: {why}");
        }

        string peers = string.Join(',', Enumerable.Range(0, Members).Select(m => $"m{m}={Peer(made, m)}"));
        for (int i = 0; i < Members; i++)
        {
            made.Place(i, $"m{i}", peers, "new");
        }

        await made.StartAsync([.. Enumerable.Range(0, Members)]);
        return (made, "");
    }

    /// <summary>Starts processes that were killed and waits until they serve: as many as a majority takes.</summary>
    internal async Task StartAsync(params int[] hosts)
    {
        foreach (int host in hosts)
        {
            _processes[host]!.Start();
        }

        foreach (int host in hosts)
        {
            Assert.True(await _processes[host]!.ReadyAsync(), $"member {host} ended: {_processes[host]!.Said}");
        }
    }

    /// <summary>Starts a process that will not serve; what it says when it ends.</summary>
    internal Task<string> StartInVainAsync(int host)
    {
        _processes[host]!.Start();
        return _processes[host]!.EndedAsync();
    }

    internal Task<string> EndedAsync(int host) => _processes[host]!.EndedAsync();

    internal Task KillAsync(int host) => _processes[host]!.KillAsync();

    /// <summary>No byte goes to the host or comes from it, and nobody is told.</summary>
    internal Task CutAsync(int host) => LinkAsync(host, "down");

    internal Task HealAsync(int host) => LinkAsync(host, "up");

    /// <summary>Takes away what a killed member kept.</summary>
    internal void Wipe(int host) => Directory.Delete(DataOf(host), recursive: true);

    /// <summary>As an administrator does it: removes the member of one host, adds a new one on another (or the same) and starts it.</summary>
    internal async Task ReplaceAsync(int old, int host, params int[] others)
    {
        // A change that is asked for while nobody leads is never answered.
        await LeaderAsync(others);
        string[] ask = ["--endpoints", string.Join(',', others.Select(Client)), "--command-timeout", "10s"];
        string list = await AskAsync([.. ask, "member", "list"]);
        string line = list.Split('\n').Single(l => l.Contains($" {_names[old]},", StringComparison.Ordinal));
        await AskAsync([.. ask, "member", "remove", line.Split(',')[0]]);
        string name = $"{_names[old]}new";
        await AskAsync([.. ask, "member", "add", name, $"--peer-urls={Peer(this, host)}"]);
        string peers = string.Join(',', others.Select(o => $"{_names[o]}={Peer(this, o)}").Append($"{name}={Peer(this, host)}"));
        Place(host, name, peers, "existing");
        await StartAsync(host);
    }

    /// <summary>Which of some hosts' members leads now; waits until one does and they all follow it.</summary>
    internal async Task<int> LeaderAsync(params int[] hosts)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (true)
        {
            var found = new List<(string Member, string Leader)?>();
            foreach (int host in hosts)
            {
                found.Add(await StatusAsync(host, limit.Token));
            }

            int leader = found.FindIndex(f => f is { } status && status.Member == status.Leader);
            if (leader >= 0 && found.TrueForAll(f => f?.Leader == found[leader]!.Value.Leader))
            {
                return hosts[leader];
            }

            await Task.Delay(s_pause, TimeProvider.System, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (EtcdProcess? process in _processes)
        {
            if (process is not null)
            {
                await process.DisposeAsync();
            }
        }

        _client.Dispose();
        for (int i = 0; i < Hosts; i++)
        {
            // They may never have been there.
            await RunAsync("ip", "link", "del", Link(i));
            await RunAsync("ip", "netns", "del", Namespace(i));
        }

        await RunAsync("ip", "link", "del", Bridge);
        Directory.Delete(_directory, recursive: true);
    }

    private string Bridge => $"db{_id}";

    private string Namespace(int host) => $"daos-etcd-{_id}-{host}";

    private string Link(int host) => $"de{_id}-{host}";

    private string DataOf(int host) => Path.Combine(_directory, _names[host]);

    private string Address(int host) => $"{_network}.{host + 2}";

    private string Client(int host) => $"http://{Address(host)}:{ClientPort}";

    private static string Peer(EtcdCluster cluster, int host) => $"http://{cluster.Address(host)}:{PeerPort}";

    private void Place(int host, string name, string peers, string state)
    {
        _names[host] = name;
        string peer = Peer(this, host);
        _processes[host] = new EtcdProcess(
            [
                "ip", "netns", "exec", Namespace(host), "etcd", "--name", name, "--data-dir", DataOf(host),
                "--listen-client-urls", Client(host), "--advertise-client-urls", Client(host),
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                "--initial-cluster", peers, "--initial-cluster-state", state,

                // Otherwise members refuse changes until all have been connected for 5 s.
                "--strict-reconfig-check=false",
            ],
            Leaders.Hear);
    }

    private async Task<string> SetUpAsync()
    {
        string[][] commands =
        [
            ["etcdctl", "version"],
            ["ip", "link", "add", Bridge, "type", "bridge"],
            ["ip", "addr", "add", $"{_network}.1/24", "dev", Bridge],
            ["ip", "link", "set", Bridge, "up"],
            .. Enumerable.Range(0, Hosts).SelectMany(CommandsOf),
        ];
        foreach (string[] command in commands)
        {
            string why = await RunAsync(command);
            if (why.Length > 0)
            {
                return why;
            }
        }

        return "";
    }

    private string[][] CommandsOf(int host) =>
    [
        ["ip", "netns", "add", Namespace(host)],
        ["ip", "link", "add", Link(host), "type", "veth", "peer", "name", "eth0", "netns", Namespace(host)],
        ["ip", "link", "set", Link(host), "master", Bridge],
        ["ip", "link", "set", Link(host), "up"],
        ["ip", "netns", "exec", Namespace(host), "ip", "addr", "add", $"{Address(host)}/24", "dev", "eth0"],
        ["ip", "netns", "exec", Namespace(host), "ip", "link", "set", "eth0", "up"],
        ["ip", "netns", "exec", Namespace(host), "ip", "link", "set", "lo", "up"],
    ];

    private async Task LinkAsync(int host, string state) => Assert.Equal("", await RunAsync("ip", "link", "set", Link(host), state));

    private async Task<(string Member, string Leader)?> StatusAsync(int host, CancellationToken cancel)
    {
        try
        {
            using HttpResponseMessage answer = await _client.PostAsJsonAsync(new Uri($"{Client(host)}/v3/maintenance/status"), new { }, cancel);
            using var status = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel));
            JsonElement root = status.RootElement;
            return root.TryGetProperty("leader", out JsonElement leader)
                ? (root.GetProperty("header").GetProperty("member_id").GetString()!, leader.GetString()!)
                : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or JsonException)
        {
            cancel.ThrowIfCancellationRequested();
            return null;
        }
    }

    // Members that have no leader yet refuse changes; a repetition may find the change made.
    private static async Task<string> AskAsync(params string[] arguments)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (true)
        {
            ToolResult result = await ToolProcess.RunAsync("etcdctl", arguments);
            if (result.ExitCode == 0 || s_made.Any(result.Errors.Contains))
            {
                return result.Output;
            }

            Assert.True(s_passing.Any(result.Errors.Contains) && !limit.IsCancellationRequested, $"etcdctl {string.Join(' ', arguments)}: {result.Errors}");
            await Task.Delay(s_pause, TimeProvider.System, limit.Token);
        }
    }

    private static async Task<string> RunAsync(params string[] command)
    {
        ToolResult result = await ToolProcess.RunAsync(command[0], command[1..]);
        return result.ExitCode == 0 ? "" : $"'{string.Join(' ', command)}' says {result.Errors.Trim()}";
    }
}
