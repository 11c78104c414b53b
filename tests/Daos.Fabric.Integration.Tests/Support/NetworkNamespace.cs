using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Daos.Fabric.Integration.Tests.Native;

namespace Daos.Fabric.Integration.Tests.Support;

/// <summary>
/// A network namespace that a pair of virtual interfaces joins to this machine's own, and whose firewall drops every connection that comes
/// in. Removed at the end.
/// </summary>
internal sealed class NetworkNamespace : IDisposable
{
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"daos-{Environment.ProcessId}");
    private readonly string _hostLink = string.Create(CultureInfo.InvariantCulture, $"dh{Environment.ProcessId}");
    private readonly string _link = string.Create(CultureInfo.InvariantCulture, $"dn{Environment.ProcessId}");
    private readonly string _network = string.Create(CultureInfo.InvariantCulture, $"10.231.{Environment.ProcessId % 256}");

    private NetworkNamespace()
    {
    }

    /// <summary>This side's address.</summary>
    internal string HostAddress => $"{_network}.1";

    /// <summary>The address inside.</summary>
    internal string Address => $"{_network}.2";

    /// <summary>Makes one, or gives the reason why there cannot be one here.</summary>
    internal static async Task<(NetworkNamespace? Made, string Why)> TryMakeAsync()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return (null, "network namespaces need root");
        }

        var made = new NetworkNamespace();
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
            return (null, $"a program of the packages iproute2 and nftables is missing: {missing.Message}");
        }
    }

    /// <summary>Refuses connections from inside to a port, at once.</summary>
    internal async Task RefuseOutgoingAsync(int port)
    {
        string rule = string.Create(CultureInfo.InvariantCulture, $"tcp dport {port} reject with tcp reset");
        string why = await RunAllAsync(
        [
            Inside("nft", "add", "chain", "inet", "daos", "output", "{ type filter hook output priority 0 ; }"),
            Inside("nft", ["add", "rule", "inet", "daos", "output", .. rule.Split(' ')]),
        ]);
        Assert.Equal("", why);
    }

    /// <summary>Moves the calling thread inside; the sockets that it makes from now on are there.</summary>
    internal void Enter()
    {
        using var file = File.OpenHandle($"/run/netns/{_name}");
        if (LibCNamespaces.setns((int)file.DangerousGetHandle(), LibCNamespaces.CLONE_NEWNET) != 0)
        {
            throw new InvalidOperationException($"the thread cannot enter the namespace: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    public void Dispose()
    {
        // Both may be gone, or never have been there.
        RunAllAsync([["ip", "link", "del", _hostLink], ["ip", "netns", "del", _name]], goesOn: true).GetAwaiter().GetResult();
    }

    private Task<string> SetUpAsync() => RunAllAsync(
    [
        ["ip", "netns", "add", _name],
        ["ip", "link", "add", _hostLink, "type", "veth", "peer", "name", _link, "netns", _name],
        ["ip", "addr", "add", $"{HostAddress}/30", "dev", _hostLink],
        ["ip", "link", "set", _hostLink, "up"],
        Inside("ip", "addr", "add", $"{Address}/30", "dev", _link),
        Inside("ip", "link", "set", _link, "up"),
        Inside("ip", "link", "set", "lo", "up"),
        Inside("nft", "add", "table", "inet", "daos"),
        Inside("nft", "add", "chain", "inet", "daos", "input", "{ type filter hook input priority 0 ; policy drop ; }"),
        Inside("nft", "add", "rule", "inet", "daos", "input", "iifname", "lo", "accept"),
        Inside("nft", "add", "rule", "inet", "daos", "input", "ct", "state", "established,related", "accept"),
    ]);

    private string[] Inside(string program, params string[] arguments) => ["ip", "netns", "exec", _name, program, .. arguments];

    private static async Task<string> RunAllAsync(string[][] commands, bool goesOn = false)
    {
        foreach (string[] command in commands)
        {
            ToolResult result = await ToolProcess.RunAsync(command[0], command[1..]);
            if (result.ExitCode != 0 && !goesOn)
            {
                return $"'{string.Join(' ', command)}' says {result.Errors.Trim()}";
            }
        }

        return "";
    }
}
