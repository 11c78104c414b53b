using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// A fault armed on a simulated disk: which operations it concerns, how many of those pass unharmed, how often it happens and with what
/// chance. <c>Skip = N - 1, TimesMax = 1</c> makes the N-th operation fail. Owned by the simulator's thread.
/// </summary>
public sealed class MediaFault(MediaFaultKind kind)
{
    /// <summary>What happens.</summary>
    public MediaFaultKind Kind { get; } = kind;

    /// <summary>Files whose path ends so; null for all.</summary>
    public string? PathEnd { get; init; }

    /// <summary>Only operations that touch a byte from here on; flushes and calls touch all.</summary>
    public long FromBytes { get; init; }

    /// <summary>Only operations that touch a byte before this one.</summary>
    public long ToBytes { get; init; } = long.MaxValue;

    /// <summary>Operations it concerns that pass unharmed first.</summary>
    public long Skip { get; init; }

    /// <summary>Happens at most so often.</summary>
    public long TimesMax { get; init; } = long.MaxValue;

    /// <summary>Chance at each operation, from the disk's seed; 0 to 1.</summary>
    public double Chance { get; init; } = 1;

    /// <summary>Length of a delay or freeze in ns, or where a misdirected transfer goes, in bytes; -1 for another place of the file by chance.</summary>
    public long Argument { get; init; } = -1;

    /// <summary>Operations that it concerned so far.</summary>
    public long Visits { get; private set; }

    /// <summary>How often it happened.</summary>
    public long Hits { get; private set; }

    internal bool Concerns(MediaOperation operation, string path, long offsetBytes, long lengthBytes) =>
        IsAbout(operation)
        && (PathEnd is null || path.EndsWith(PathEnd, StringComparison.Ordinal))
        && (operation > MediaOperation.Write || (offsetBytes < ToBytes && offsetBytes + lengthBytes > FromBytes));

    internal bool Draw(SeededRandom random)
    {
        Visits++;
        if (Visits <= Skip || Hits >= TimesMax || (Chance < 1 && !random.Chance(Chance)))
        {
            return false;
        }

        Hits++;
        return true;
    }

    private bool IsAbout(MediaOperation operation) => Kind switch
    {
        >= MediaFaultKind.ReadError and <= MediaFaultKind.ReadFlipped => operation == MediaOperation.Read,
        >= MediaFaultKind.WriteError and <= MediaFaultKind.WriteZeroed => operation == MediaOperation.Write,
        MediaFaultKind.FlushError or MediaFaultKind.FlushLost => operation == MediaOperation.Flush,
        MediaFaultKind.CallError => operation is MediaOperation.Call or MediaOperation.Allocate,
        MediaFaultKind.CallNoSpace => operation == MediaOperation.Allocate,
        MediaFaultKind.TrimError or MediaFaultKind.TrimUnknown => operation == MediaOperation.Trim,
        _ => operation <= MediaOperation.Flush,
    };
}
