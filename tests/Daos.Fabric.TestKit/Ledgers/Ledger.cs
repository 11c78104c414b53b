namespace Daos.Fabric.TestKit.Ledgers;

/// <summary>
/// What writers attempted and what was acknowledged, kept outside of the system under test. Each key has one writer, whose writes are
/// numbered; after whatever happened to the system a key must hold a whole value that is not older than the last acknowledged write and
/// not newer than the last attempted one. Any thread.
/// </summary>
public sealed class Ledger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(int Writer, int Key), Entry> _entries = [];
    private TaskCompletionSource? _waiter;
    private long _waitedFor;
    private long _acknowledged;

    /// <summary>Writes acknowledged so far.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Keys that hold less than was acknowledged.</summary>
    public int Lost { get; private set; }

    /// <summary>Keys that hold something that no write made.</summary>
    public int Half { get; private set; }

    /// <summary>The first findings in words.</summary>
    public List<string> Findings { get; } = [];

    /// <summary>Every key that was written to.</summary>
    public IReadOnlyList<(int Writer, int Key)> Keys
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries.Keys.Order()];
            }
        }
    }

    /// <summary>A write is about to be sent; gives its number.</summary>
    public long Attempt(int writer, int key)
    {
        lock (_lock)
        {
            Entry entry = _entries.GetValueOrDefault((writer, key));
            _entries[(writer, key)] = entry with { Attempted = entry.Attempted + 1 };
            return entry.Attempted + 1;
        }
    }

    /// <summary>A write was acknowledged.</summary>
    public void Acknowledge(int writer, int key, long sequence)
    {
        lock (_lock)
        {
            Entry entry = _entries[(writer, key)];
            _entries[(writer, key)] = entry with { Acknowledged = Math.Max(entry.Acknowledged, sequence) };
            if (++_acknowledged >= _waitedFor)
            {
                _waiter?.TrySetResult();
            }
        }
    }

    /// <summary>Ends once so many writes were acknowledged in total; one waiter at a time.</summary>
    public Task WhenAcknowledged(long count)
    {
        lock (_lock)
        {
            _waitedFor = count;
            _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_acknowledged >= count)
            {
                _waiter.SetResult();
            }

            return _waiter.Task;
        }
    }

    /// <summary>What was acknowledged for a key before a read begins; give it to <see cref="Check"/>.</summary>
    public long FloorOf(int writer, int key)
    {
        lock (_lock)
        {
            return _entries[(writer, key)].Acknowledged;
        }
    }

    /// <summary>Judges what a read brought.</summary>
    /// <param name="writer">Whose key.</param>
    /// <param name="key">Which key.</param>
    /// <param name="floor">From <see cref="FloorOf"/> before the read.</param>
    /// <param name="bytes">What was read; null for nothing.</param>
    public void Check(int writer, int key, long floor, byte[]? bytes)
    {
        lock (_lock)
        {
            if (bytes is null)
            {
                Count(floor > 0, false, $"writer {writer} key {key}: nothing, although write {floor} was acknowledged");
                return;
            }

            long ceiling = _entries[(writer, key)].Attempted;
            if (LedgerValue.Read(bytes) is not { } value || value.Writer != writer || value.Key != key || value.Sequence > ceiling)
            {
                Count(false, true, $"writer {writer} key {key}: {bytes.Length} bytes that no write made");
                return;
            }

            Count(value.Sequence < floor, false, $"writer {writer} key {key}: write {value.Sequence}, although {floor} was acknowledged");
        }
    }

    private void Count(bool lost, bool half, string finding)
    {
        Lost += lost ? 1 : 0;
        Half += half ? 1 : 0;
        if ((lost || half) && Findings.Count < 20)
        {
            Findings.Add(finding);
        }
    }

    private readonly record struct Entry(long Attempted, long Acknowledged);
}
