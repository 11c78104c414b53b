namespace Daos.Fabric.Reactor.Tests;

/// <summary>Keeps every completion.</summary>
internal sealed class RecordingOperation : ReactorOperation
{
    public List<int> Results { get; } = new(64);

    public bool IsDone { get; private set; }

    public int Result => Results[^1];

    public Action<int, bool>? OnComplete { get; set; }

    protected internal override void Complete(int result, bool more)
    {
        Results.Add(result);
        IsDone |= !more;
        OnComplete?.Invoke(result, more);
    }
}
