using System.Diagnostics;

namespace Daos.Fabric.Store.Tests.Media.Roles;

/// <summary>
/// A block device of this machine over a file in a test's directory (losetup), or, where the machine gives none, that file itself, which a
/// store uses whole in the same way.
/// </summary>
internal sealed class BlockDevice : IDisposable
{
    private readonly string? _loop;

    internal BlockDevice(string directory, string name, long lengthBytes)
    {
        string file = System.IO.Path.Combine(directory, name + ".img");
        using (FileStream stream = File.Create(file))
        {
            stream.SetLength(lengthBytes);
        }

        string device = Losetup("--find", "--show", file).Trim();
        _loop = device.StartsWith("/dev/", StringComparison.Ordinal) ? device : null;
        Path = _loop ?? file;
    }

    /// <summary>What a store is given.</summary>
    internal string Path { get; }

    /// <summary>True for a device of the kernel.</summary>
    internal bool IsReal => _loop is not null;

    public void Dispose()
    {
        if (_loop is not null)
        {
            _ = Losetup("--detach", _loop);
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
