namespace Daos.Fabric.Mgmt.Hardware;

/// <summary>What is mounted where, as the kernel said at one moment. Immutable.</summary>
internal sealed class MountTable
{
    private readonly List<(string Device, string Target, string Type, string Source)> _mounts = [];

    internal static MountTable Read(SystemRoots roots)
    {
        var table = new MountTable();
        foreach (string line in SystemRoots.Lines($"{roots.Proc}/self/mountinfo"))
        {
            string[] fields = line.Split(' ');
            int dash = Array.IndexOf(fields, "-");
            if (dash > 4 && fields.Length > dash + 2)
            {
                table._mounts.Add((fields[2], Unescape(fields[4]), fields[dash + 1], Unescape(fields[dash + 2])));
            }
        }

        return table;
    }

    /// <summary>Where a device is mounted, by its path or its numbers.</summary>
    internal IEnumerable<string> TargetsOf(string path, string? numbers) =>
        _mounts.Where(m => m.Source == path || (numbers is not null && m.Device == numbers)).Select(static m => m.Target);

    /// <summary>The type of what is mounted at a directory, the last when several are; null when nothing is.</summary>
    internal string? TypeAt(string directory) => _mounts.LastOrDefault(m => m.Target == Trim(directory)).Type;

    private static string Trim(string path) => path.Length > 1 ? path.TrimEnd('/') : path;

    // The kernel writes space, tab, newline and backslash in octal.
    private static string Unescape(string text) => text
        .Replace(@"\040", " ", StringComparison.Ordinal).Replace(@"\011", "\t", StringComparison.Ordinal)
        .Replace(@"\012", "\n", StringComparison.Ordinal).Replace(@"\134", @"\", StringComparison.Ordinal);
}
