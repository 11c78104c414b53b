using System.Net.NetworkInformation;
using System.Net.Sockets;
using Daos.Fabric.Mgmt.Native;

namespace Daos.Fabric.Mgmt.Hardware;

/// <summary>Looks at network interfaces through /sys and the runtime. Any thread.</summary>
internal static class NetworkInterfaces
{
    private const int TypeEthernet = 1;
    private const int TypeInfiniband = 32;
    private const int TypeLoopback = 772;

    internal static IReadOnlyList<NetworkInterface> Scan(SystemRoots roots)
    {
        var addresses = System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
            .GroupBy(static i => i.Name, StringComparer.Ordinal).ToDictionary(static g => g.Key, static g => AddressesOf(g.First()), StringComparer.Ordinal);
        bool hasFabric = FabricLibrary.IsInstalled;
        return [.. SystemRoots.Names($"{roots.Sys}/class/net")
            .Where(n => Directory.Exists($"{roots.Sys}/class/net/{n}"))
            .Select(n => Look(roots, n, addresses.GetValueOrDefault(n, []), hasFabric))];
    }

    private static NetworkInterface Look(SystemRoots roots, string name, string[] addresses, bool hasFabric)
    {
        string entry = $"{roots.Sys}/class/net/{name}";
        long type = SystemRoots.Number($"{entry}/type") ?? 0;
        string state = SystemRoots.Text($"{entry}/operstate") ?? "";
        bool isRdma = Directory.Exists($"{entry}/device/infiniband");
        return new NetworkInterface
        {
            Name = name,
            Class = type switch
            {
                TypeEthernet => "ethernet",
                TypeInfiniband => "infiniband",
                TypeLoopback => "loopback",
                _ => "other",
            },
            // A loopback interface says "unknown" while it works.
            IsUp = state is "up" or "unknown",
            NumaNode = (int)(SystemRoots.Number($"{entry}/device/numa_node") ?? -1),
            SpeedMbits = Math.Max(0, SystemRoots.Number($"{entry}/speed") ?? 0),
            Addresses = addresses,
            Providers = addresses.Length == 0 ? []
                : [.. new[] { "tcp", hasFabric ? "ofi+tcp;ofi_rxm" : null, hasFabric && isRdma ? "ofi+verbs;ofi_rxm" : null }.OfType<string>()],
        };
    }

    private static string[] AddressesOf(System.Net.NetworkInformation.NetworkInterface found)
    {
        try
        {
            return [.. found.GetIPProperties().UnicastAddresses.Select(static a => a.Address)
                .Where(static a => a.AddressFamily == AddressFamily.InterNetwork || (a.AddressFamily == AddressFamily.InterNetworkV6 && !a.IsIPv6LinkLocal))
                .OrderBy(static a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).Select(static a => a.ToString())];
        }
        catch (NetworkInformationException)
        {
            return [];
        }
    }
}
