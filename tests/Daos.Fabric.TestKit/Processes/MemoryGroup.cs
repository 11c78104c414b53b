using System.Globalization;

namespace Daos.Fabric.TestKit.Processes;

/// <summary>
/// A control group with a bound on memory, in which a child process can be started: what goes over it is killed by the system. Made below the
/// group of this process, in either version of the interface; removed at the end, when its processes have ended. Used by one thread.
/// </summary>
public sealed class MemoryGroup : IDisposable
{
    private const string Root = "/sys/fs/cgroup";
    private static int s_made;

    private readonly string _path;
    private readonly bool _isFirstVersion;

    private MemoryGroup(string path, bool isFirstVersion)
    {
        _path = path;
        _isFirstVersion = isFirstVersion;
    }

    /// <summary>A process that writes its number here belongs to the group.</summary>
    public string ProcessesFile => Path.Combine(_path, "cgroup.procs");

    /// <summary>Memory of its processes that no file backs, in bytes: what cannot be taken from them.</summary>
    public long AnonymousBytes => Number(Path.Combine(_path, "memory.stat"), _isFirstVersion ? "rss" : "anon");

    /// <summary>Processes that the system killed because the group had no memory left.</summary>
    public long Killed => Number(Path.Combine(_path, _isFirstVersion ? "memory.oom_control" : "memory.events"), "oom_kill");

    /// <summary>Makes one without a bound; null, and the reason, where that cannot be.</summary>
    public static MemoryGroup? TryMake(out string why)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"daos-test-{Environment.ProcessId}-{Interlocked.Increment(ref s_made)}");
        (string parent, bool isFirstVersion) = FindParent();
        var group = new MemoryGroup(Path.Combine(parent, name), isFirstVersion);
        try
        {
            Directory.CreateDirectory(group._path);
            if (!File.Exists(group.LimitFile))
            {
                group.Dispose();
                why = "the memory controller is not given to this process's control group";
                return null;
            }

            // Where there is swap, a process at its bound would only get slow.
            group.Forbid("memory.swap.max", "0");
            group.Forbid("memory.swappiness", "0");
            why = "";
            return group;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            why = $"no control group can be made here: {exception.Message}";
            return null;
        }
    }

    /// <summary>Sets the bound; false when the group holds more than that and the system could not take it.</summary>
    public bool TryLimit(long bytes)
    {
        try
        {
            File.WriteAllText(LimitFile, bytes.ToString(CultureInfo.InvariantCulture));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Takes the bound away.</summary>
    public void Unlimit() => File.WriteAllText(LimitFile, _isFirstVersion ? "-1" : "max");

    /// <inheritdoc/>
    public void Dispose()
    {
        // A killed process leaves its group a moment after its end was told.
        bool isGone = SpinWait.SpinUntil(TryRemove, TimeSpan.FromSeconds(30));
        if (!isGone)
        {
            throw new InvalidOperationException($"{_path} still has processes: {File.ReadAllText(ProcessesFile)}");
        }
    }

    private string LimitFile => Path.Combine(_path, _isFirstVersion ? "memory.limit_in_bytes" : "memory.max");

    // The lines of /proc/self/cgroup are number:controllers:path.
    private static (string Parent, bool IsFirstVersion) FindParent()
    {
        string[][] groups = [.. File.ReadLines("/proc/self/cgroup").Select(line => line.Split(':', 3))];
        string[]? first = groups.FirstOrDefault(group => group[1].Split(',').Contains("memory"));
        string mount = first is null ? Root : $"{Root}/memory";
        string own = mount + (first ?? groups.First(group => group[1].Length == 0))[2];

        // Inside of a container the path may be that of the machine outside.
        return (Directory.Exists(own) ? own : mount, first is not null);
    }

    private static long Number(string file, string name) => long.Parse(
        File.ReadLines(file).First(line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..], CultureInfo.InvariantCulture);

    private void Forbid(string file, string value)
    {
        string path = Path.Combine(_path, file);
        if (File.Exists(path))
        {
            File.WriteAllText(path, value);
        }
    }

    private bool TryRemove()
    {
        try
        {
            Directory.Delete(_path);
        }
        catch (IOException)
        {
            return !Directory.Exists(_path);
        }

        return true;
    }
}
