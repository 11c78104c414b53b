using System.Net.Http.Json;
using System.Text.Json;
using Daos.Fabric.TestKit.Processes;

namespace Daos.Fabric.Metadata.Tests.Etcd;

/// <summary>Three members of etcd, each in a network namespace of its own on one bridge, which may be killed and cut off. Needs root.</summary>
internal sealed class EtcdCluster : IDisposable
{
    internal const int Members = 3;
    private const int ClientPort = 2379;
    private const int PeerPort = 2380;

    private readonly string _directory = EtcdProcess.NewDirectory();
    private readonly EtcdProcess?[] _processes = new EtcdProcess?[Members];
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly int _id = Environment.ProcessId;

    private EtcdCluster()
    {
    }

    internal IReadOnlyList<Uri> Endpoints => [.. Enumerable.Range(0, Members).Select(i => new Uri($"http://{Address(i)}:{ClientPort}"))];

    /// <summary>Makes one, or gives the reason why there cannot be one here.</summary>
    internal static async Task<(EtcdCluster? Made, string Why)> TryMakeAsync()
    {
        if (!Environment.IsPrivilegedProcess || EtcdProcess.WhyNot.Length > 0)
        {
            return (null, EtcdProcess.WhyNot.Length > 0 ? EtcdProcess.WhyNot : "network namespaces need root");
        }

        var made = new EtcdCluster();
        try
        {
            string why = await made.SetUpAsync();
            if (why.Length == 0)
            {
                return (made, "");
            }

            made.Dispose();
            return (null, $"network namespaces are not allowed or not complete here: {why}");
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            made.Dispose();
            return (null, $"the program ip of the package iproute2 is missing: {missing.Message}");
        }
    }

    /// <summary>Which member leads now; waits until one does.</summary>
    internal async Task<int> LeaderAsync()
    {
        while (true)
        {
            for (int i = 0; i < Members; i++)
            {
                if (await StatusAsync(i) is { } status && status.Member == status.Leader)
                {
                    return i;
                }
            }

            await Task.Delay(100);
        }
    }

    /// <summary>Waits until every member knows a leader.</summary>
    internal async Task HealedAsync()
    {
        for (int i = 0; i < Members;)
        {
            if (await StatusAsync(i) is { Leader: not "" and not "0" })
            {
                i++;
                continue;
            }

            await Task.Delay(100);
        }
    }

    internal void Kill(int member) => _processes[member]!.Kill();

    internal void Restart(int member) => _processes[member]!.Start();

    /// <summary>No byte goes to the member or comes from it, and nobody is told.</summary>
    internal Task CutAsync(int member) => LinkAsync(member, "down");

    internal Task HealAsync(int member) => LinkAsync(member, "up");

    public void Dispose()
    {
        foreach (EtcdProcess? process in _processes)
        {
            process?.Dispose();
        }

        _client.Dispose();
        for (int i = 0; i < Members; i++)
        {
            // They may never have been there.
            RunAsync("ip", "link", "del", Link(i)).GetAwaiter().GetResult();
            RunAsync("ip", "netns", "del", Name(i)).GetAwaiter().GetResult();
        }

        RunAsync("ip", "link", "del", Bridge).GetAwaiter().GetResult();
        Directory.Delete(_directory, recursive: true);
    }

    private string Bridge => $"db{_id}";

    private string Address(int member) => $"10.232.{_id % 256}.{member + 2}";

    private string Name(int member) => $"daos-etcd-{_id}-{member}";

    private string Link(int member) => $"de{_id}-{member}";

    private async Task LinkAsync(int member, string state) => Assert.Equal("", await RunAsync("ip", "link", "set", Link(member), state));

    private async Task<string> SetUpAsync()
    {
        string[][] commands =
        [
            ["ip", "link", "add", Bridge, "type", "bridge"],
            ["ip", "addr", "add", $"10.232.{_id % 256}.1/24", "dev", Bridge],
            ["ip", "link", "set", Bridge, "up"],
            .. Enumerable.Range(0, Members).SelectMany(CommandsOf),
        ];
        foreach (string[] command in commands)
        {
            string why = await RunAsync(command);
            if (why.Length > 0)
            {
                return why;
            }
        }

        for (int i = 0; i < Members; i++)
        {
            string client = $"http://{Address(i)}:{ClientPort}";
            _processes[i] = EtcdProcess.Start(
                "ip", "netns", "exec", Name(i), "etcd", "--name", $"m{i}", "--data-dir", Path.Combine(_directory, $"m{i}"),
                "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", Peer(i), "--initial-advertise-peer-urls", Peer(i),
                "--initial-cluster", string.Join(',', Enumerable.Range(0, Members).Select(m => $"m{m}={Peer(m)}")));
        }

        await HealedAsync();
        return "";
    }

    private string Peer(int member) => $"http://{Address(member)}:{PeerPort}";

    private string[][] CommandsOf(int member) =>
    [
        ["ip", "netns", "add", Name(member)],
        ["ip", "link", "add", Link(member), "type", "veth", "peer", "name", "eth0", "netns", Name(member)],
        ["ip", "link", "set", Link(member), "master", Bridge],
        ["ip", "link", "set", Link(member), "up"],
        ["ip", "netns", "exec", Name(member), "ip", "addr", "add", $"{Address(member)}/24", "dev", "eth0"],
        ["ip", "netns", "exec", Name(member), "ip", "link", "set", "eth0", "up"],
        ["ip", "netns", "exec", Name(member), "ip", "link", "set", "lo", "up"],
    ];

    private async Task<(string Member, string Leader)?> StatusAsync(int member)
    {
        try
        {
            using HttpResponseMessage answer = await _client.PostAsJsonAsync(new Uri(Endpoints[member], "/v3/maintenance/status"), new { });
            using var status = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            JsonElement root = status.RootElement;
            return root.TryGetProperty("leader", out JsonElement leader)
                ? (root.GetProperty("header").GetProperty("member_id").GetString()!, leader.GetString()!)
                : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or JsonException)
        {
            return null;
        }
    }

    private static async Task<string> RunAsync(params string[] command)
    {
        ToolResult result = await ToolProcess.RunAsync(command[0], command[1..]);
        return result.ExitCode == 0 ? "" : $"'{string.Join(' ', command)}' says {result.Errors.Trim()}";
    }
}
