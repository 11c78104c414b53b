using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Engine.Hosting;

/// <summary>
/// Takes what the xstreams have to say off them: a thread of its own writes it, which may block, and makes the sentences about slow ULTs,
/// of which the xstream only copies a value. What comes faster than it can be written is counted and dropped. Any thread adds; one
/// thread starts and stops.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Lives as long as its host; the event's handle frees itself.")]
internal sealed class HostLog
{
    private const int ReportsMax = 64;

    private readonly BoundedQueue<Report> _idle = new(ReportsMax);
    private readonly BoundedQueue<Report> _waiting = new(ReportsMax);
    private readonly AutoResetEvent _wake = new(false);
    private Thread? _thread;
    private int _dropped;
    private bool _stopping;

    internal HostLog()
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
            _thread = new Thread(Run) { Name = "daos-log", IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>Adds a sentence. While no thread runs, at start-up and after the end, it is written at once.</summary>
    internal void Add(string sentence, Action<string> log)
    {
        if (_thread is null)
        {
            log(sentence);
        }
        else
        {
            Add(sentence, isSlow: false, default, log);
        }
    }

    /// <summary>Adds a report of a slow ULT; allocates nothing.</summary>
    internal void Add(string xstream, in SlowSlice slow, Action<string> log) => Add(xstream, isSlow: true, in slow, log);

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

    private void Add(string text, bool isSlow, in SlowSlice slow, Action<string> log)
    {
        if (!_idle.TryDequeue(out Report? report))
        {
            Interlocked.Increment(ref _dropped);
            return;
        }

        report.Text = text;
        report.IsSlow = isSlow;
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
        string sentence = report.IsSlow ? $"{report.Text}: {report.Slow}" : report.Text;
        try
        {
            report.Log!(dropped == 0 ? sentence : $"{sentence}; {dropped} more reports were dropped");
        }
        catch (Exception)
        {
            // There is nobody left to tell: a log on a full disk must not end the engine. The next one says that some are missing.
            Interlocked.Add(ref _dropped, dropped + 1);
        }

        // As above; there is one report fewer then.
        _ = _idle.TryEnqueue(report);
    }

    private sealed class Report
    {
        internal string Text = "";
        internal bool IsSlow;
        internal SlowSlice Slow;
        internal Action<string>? Log;
    }
}
