using System.Net;
using Daos.Fabric.Mgmt.Configuration;

namespace Daos.Fabric.Mgmt.Control;

/// <summary>What must hold before a server starts anything. Reads only.</summary>
internal static class ServerChecks
{
    /// <summary>Whether this host can run the system that is configured; null when it can.</summary>
    internal static string? Membership(ServerConfig config) => config.Replicas.Count switch
    {
        0 => null,
        1 when IsThisHost(config.Replicas[0]) => null,
        1 => $"mgmt_svc_replicas names {config.Replicas[0]}, which is not this host ({Dns.GetHostName()}): joining the system of another host needs the management service, which is not built yet. Name this host or localhost",
        _ => $"mgmt_svc_replicas names {config.Replicas.Count} hosts: a system of several hosts needs the management service, which is not built yet. Name this host alone",
    };

    /// <summary>What is wrong with the certificates that engines need, file by file; none where none are needed.</summary>
    internal static IEnumerable<string> Certificates(ServerConfig config)
    {
        if (config.AllowsInsecure || !config.Engines.Any(static e => e.Providers.Contains("tcp")))
        {
            yield break;
        }

        foreach ((string key, string path) in new[] { ("ca_cert", config.Certificates.Ca), ("cert", config.Certificates.Certificate), ("key", config.Certificates.Key) })
        {
            if (!File.Exists(path))
            {
                yield return $"transport_config names the {key} {path}, which does not exist; put it there, or set allow_insecure: true for development";
            }
            else if (Unreadable(path) is { } why)
            {
                yield return $"the {key} {path} cannot be read: {why}";
            }
            else if (key == "key" && (File.GetUnixFileMode(path) & (UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupRead)) != 0)
            {
                yield return $"the private key {path} can be read by others than its owner; chmod 0400 {path}";
            }
        }
    }

    /// <summary>A name of this host, with or without a port.</summary>
    internal static bool IsThisHost(string replica)
    {
        string host = replica.StartsWith('[') ? replica[1..replica.IndexOf(']', StringComparison.Ordinal)]
            : replica.Count(static c => c == ':') == 1 ? replica[..replica.IndexOf(':', StringComparison.Ordinal)] : replica;
        string own = Dns.GetHostName();
        return host is "localhost" or "127.0.0.1" or "::1"
            || string.Equals(host, own, StringComparison.OrdinalIgnoreCase)
            || string.Equals(host.Split('.')[0], own.Split('.')[0], StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out IPAddress? address) && Hardware.NetworkInterfaces.Scan(new Hardware.SystemRoots()).Any(i => i.Addresses.Contains(address.ToString())));
    }

    private static string? Unreadable(string path)
    {
        try
        {
            File.OpenRead(path).Dispose();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }
}
