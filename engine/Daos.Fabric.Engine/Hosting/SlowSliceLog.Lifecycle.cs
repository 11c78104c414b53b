using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Hosting;

/// <summary>
/// Takes reports of slow ULTs off the xstreams: they only copy a value, a thread of its own makes the sentence and writes it, which may
/// block. Reports that come faster than they can be written are counted and dropped. Any thread adds; one thread starts and stops.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Lives as long as its host; the event's handle frees itself.")]
internal sealed class SlowSliceLog
{
    private const int ReportsMax = 64;

    private readonly BoundedQueue<Report> _idle = new(ReportsMax);
    private readonly BoundedQueue<Report> _waiting = new(ReportsMax);
    private readonly AutoResetEvent _wake = new(false);
    private Thread? _thread;
    private int _dropped;
    private bool _stopping;

    internal SlowSliceLog()
    {
        for (int i = 0; i < ReportsMax; i++)
        {
            bool fits = _idle.TryEnqueue(new Report());
            Invariant.Check(fits);
        }
    }

    /// <summary>Starts the thread unless it runs.</summary>
    internal void Start()
    {
        if (_thread is null)
        {
            _stopping = false;
            _thread = new Thread(Run) { Name = "daos-slow-log", IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>Adds a report; allocates nothing.</summary>
    internal void Add(string xstream, in SlowSlice slow, Action<string> log)
    {
        if (!_idle.TryDequeue(out Report? report))
        {
            Interlocked.Increment(ref _dropped);
            return;
        }

        report.Xstream = xstream;
        report.Slow = slow;
        report.Log = log;

        // There is room for every report, but a queue may refuse while a reader was interrupted half way.
        if (!_waiting.TryEnqueue(report))
        {
            Interlocked.Increment(ref _dropped);
            return;
        }

        _wake.Set();
    }

    /// <summary>Writes what is left and ends the thread.</summary>
    internal void StopAndJoin()
    {
        if (_thread is not null)
        {
            Volatile.Write(ref _stopping, true);
            _wake.Set();
            _thread.Join();
            _thread = null;
        }
    }

    private void Run()
    {
        while (true)
        {
            bool isLast = Volatile.Read(ref _stopping);
            while (_waiting.TryDequeue(out Report? report))
            {
                Write(report);
            }

            if (isLast)
            {
                return;
            }

            _wake.WaitOne();
        }
    }

    private void Write(Report report)
    {
        int dropped = Interlocked.Exchange(ref _dropped, 0);
        report.Log!(dropped == 0 ? $"{report.Xstream}: {report.Slow}" : $"{report.Xstream}: {report.Slow}; {dropped} more such reports were dropped");
        // As above; there is one report fewer then.
        _ = _idle.TryEnqueue(report);
    }

    private sealed class Report
    {
        internal string Xstream = "";
        internal SlowSlice Slow;
        internal Action<string>? Log;
    }
}
