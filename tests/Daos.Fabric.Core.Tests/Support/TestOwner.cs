namespace Daos.Fabric.Core.Tests.Support;

/// <summary>The smallest owner thread: a ready queue and an inbox, run by the test.</summary>
internal sealed class TestOwner(string name = "test") : OwnerThread(name)
{
    private readonly BoundedQueue<WorkItem> _inbox = new(1024);
    private WorkQueue _ready;

    public List<Exception> Unhandled { get; } = [];

    public override IClock Clock { get; } = new ManualClock();

    public int ReadyCount => _ready.Count;

    public override void Schedule(WorkItem item)
    {
        Assert();
        _ready.Enqueue(item);
    }

    public override bool TryPost(WorkItem item) => _inbox.TryEnqueue(item);

    public override void ReportUnhandled(Exception exception) => Unhandled.Add(exception);

    /// <summary>Runs what is ready and what was posted until nothing is left; returns the number of items.</summary>
    public int RunAll()
    {
        using EnterScope scope = Enter();
        int count = 0;
        while (_inbox.TryDequeue(out WorkItem? posted))
        {
            Run(posted);
            count++;
        }

        while (_ready.Dequeue() is { } item)
        {
            Run(item);
            count++;
        }

        return count;
    }

    /// <summary>As if its thread had ended.</summary>
    public void Stop() => End();

    public void SetClass(byte schedulingClass) => CurrentClass = schedulingClass;
}
