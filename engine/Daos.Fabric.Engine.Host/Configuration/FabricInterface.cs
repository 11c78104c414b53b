using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Daos.Fabric.Engine.Host.Configuration;

/// <summary>The address of a network interface of this machine. Start-up only.</summary>
internal static class FabricInterface
{
    /// <summary>
    /// The first IPv4 address of the interface, or else the first IPv6 address that is valid beyond the link.
    /// </summary>
    internal static IPAddress AddressOf(string name)
    {
        NetworkInterface[] all = NetworkInterface.GetAllNetworkInterfaces();
        NetworkInterface chosen = Array.Find(all, i => i.Name == name)
            ?? throw new UsageException($"fabric interface '{name}' does not exist; this machine has {string.Join(", ", all.Select(i => i.Name).Order(StringComparer.Ordinal))}.");
        IPAddress[] addresses = [.. chosen.GetIPProperties().UnicastAddresses.Select(u => u.Address)];
        return Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork)
            ?? Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetworkV6 && !a.IsIPv6LinkLocal)
            ?? throw new UsageException($"fabric interface '{name}' has no address.");
    }
}
