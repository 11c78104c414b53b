using System.Text;
using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>
/// The shm endpoints of this process. libfabric lets endpoints of one process use each other's mapping, so a mapping must outlive every
/// endpoint here that ever talked to it: one with peers in this process is closed with the last of all. Any thread.
/// </summary>
internal static class ShmEndpoints
{
    private static readonly Lock s_lock = new();
    private static readonly List<OfiEndpoint> s_waiting = [];
    private static int s_open;
    private static int s_names;

    /// <summary>A name for an endpoint that only dials: of this process alone, and not to be guessed.</summary>
    internal static string NewName(int processId, SeededRandom random) =>
        $"daos-{processId}-{Interlocked.Increment(ref s_names)}-{random.NextUInt64():x16}";

    /// <summary>The name in an address of libfabric's, <c>fi_ns://name</c>; null when it is no name of ours.</summary>
    internal static string? NameOf(ReadOnlySpan<byte> address)
    {
        string text = Encoding.ASCII.GetString(address.TrimEnd((byte)0));
        const string Scheme = "fi_ns://";
        string name = text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..] : "";
        return name.Length > 0 && OfiAddress.IsValidName(name) ? name : null;
    }

    /// <summary>
    /// The file that a dialling peer of this node leaves behind when it is killed; null for any other address. The name is the peer's word,
    /// so it must be exactly what <see cref="NewName"/> gives such a process.
    /// </summary>
    internal static string? FileOf(ReadOnlySpan<byte> address, int processId) =>
        NameOf(address) is { } name && name.StartsWith($"daos-{processId}-", StringComparison.Ordinal) ? $"/dev/shm/{name}" : null;

    /// <summary>Removes it.</summary>
    internal static unsafe void Remove(string file)
    {
        fixed (byte* path = OfiAddress.CString(file))
        {
            _ = Posix.unlink(path);
        }
    }

    /// <summary>Counts an endpoint that was opened.</summary>
    internal static void Opened(OfiEndpoint endpoint)
    {
        ShmGuard.Add(endpoint.Guarded!);
        lock (s_lock)
        {
            s_open++;
        }
    }

    /// <summary>Closes an endpoint's objects, now or with the last one.</summary>
    internal static void Close(OfiEndpoint endpoint)
    {
        if (endpoint.Guarded is not { } guarded)
        {
            endpoint.CloseObjects();
            return;
        }

        lock (s_lock)
        {
            s_open--;
            if (!endpoint.HasPeersHere)
            {
                endpoint.CloseObjects();
            }
            else
            {
                s_waiting.Add(endpoint);
            }

            if (s_open == 0)
            {
                s_waiting.ForEach(static e => e.CloseObjects());
                s_waiting.Clear();
            }
        }

        ShmGuard.Remove(guarded);
    }
}
