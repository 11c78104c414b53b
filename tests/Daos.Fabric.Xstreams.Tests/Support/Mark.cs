namespace Daos.Fabric.Xstreams.Tests.Support;

/// <summary>A ready item that notes that it ran, and may take (manual) time.</summary>
internal sealed class Mark(List<int> log, int id, Action? effect = null) : WorkItem
{
    protected override void Execute()
    {
        log.Add(id);
        effect?.Invoke();
    }
}
