namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// Everything that a disk did between two moments, one step per change of what is on it or of what a power cut may take. Each step can be
/// replayed: its image is the disk right after it. Owned by the simulator's thread.
/// </summary>
public sealed class MediaTrace
{
    private readonly List<MediaTraceStep> _steps = [];

    internal MediaTrace(DiskImage before) => _steps.Add(new MediaTraceStep("start", "", 0, 0, before));

    /// <summary>The steps in their order; the first is the disk as it was before.</summary>
    public IReadOnlyList<MediaTraceStep> Steps => _steps;

    /// <summary>Writes among the steps.</summary>
    public int WriteCount => _steps.Count(s => s.Operation is "write" or "durable write");

    /// <summary>
    /// Every state that a power cut may leave: after each step nothing or everything unflushed lost, one write lost, one write alone
    /// kept, one write torn at a sector or a block. Equal states come once.
    /// </summary>
    /// <param name="pairs">Two writes lost as well.</param>
    public IEnumerable<MediaCrashState> CrashStates(bool pairs = false)
    {
        var seen = new HashSet<(ulong Hash, bool IsLast)>();
        for (int i = 0; i < _steps.Count; i++)
        {
            foreach ((string fate, DiskImage image) in _steps[i].Image.CrashStates(pairs))
            {
                // The last step is the one that may be told to a caller, so that its states are judged on their own.
                if (seen.Add((image.ContentHash(), i == _steps.Count - 1)))
                {
                    yield return new MediaCrashState(i, fate, image);
                }
            }
        }
    }

    internal void Add(string operation, string path, long offsetBytes, long lengthBytes, DiskImage after) =>
        _steps.Add(new MediaTraceStep(operation, path, offsetBytes, lengthBytes, after));
}
