using System.Diagnostics;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Tests.Media.Roles;

/// <summary>
/// A block device of this machine over a file in a test's directory (losetup), or, where the machine gives none, that file itself, which a
/// store uses whole in the same way.
/// </summary>
internal sealed class BlockDevice : IDisposable
{
    private readonly IReactorFiles _files = ReactorFactory.CreateFiles("epoll");
    private readonly int _held = -1;

    internal BlockDevice(string directory, string name, long lengthBytes)
    {
        string file = System.IO.Path.Combine(directory, name + ".img");
        using (FileStream stream = File.Create(file))
        {
            stream.SetLength(lengthBytes);
        }

        Path = file;
        string device = Losetup("--find", "--show", file).Trim();
        if (!device.StartsWith("/dev/", StringComparison.Ordinal))
        {
            return;
        }

        // Detached now, it goes when the last one closes it: also when this process is killed.
        DerResult<int> held = _files.Open(device, FileAccessMode.ReadOnly);
        _ = Losetup("--detach", device);
        if (held.IsSuccess)
        {
            _held = held.Value;
            Path = device;
        }
    }

    /// <summary>What a store is given.</summary>
    internal string Path { get; }

    /// <summary>True for a device of the kernel.</summary>
    internal bool IsReal => _held >= 0;

    public void Dispose()
    {
        if (IsReal)
        {
            _files.Close(_held);
        }
    }

    private static string Losetup(params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("losetup", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : "";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No such program.
            return "";
        }
    }
}
