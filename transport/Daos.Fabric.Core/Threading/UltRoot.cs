namespace Daos.Fabric.Core.Threading;

/// <summary>Awaits a task on behalf of nobody, so that its box returns and its exception is reported. Owned by one owner thread.</summary>
internal sealed class UltRoot
{
    private readonly OwnerThread _owner;
    private readonly Action _finish;
    private ValueTask _task;

    private UltRoot(OwnerThread owner)
    {
        _owner = owner;
        _finish = Finish;
    }

    internal static void Start(OwnerThread owner, ValueTask task)
    {
        UltRoot root = OwnerPool<UltRoot>.Of(owner).Rent(owner, static home => new UltRoot(home));
        root._task = task;
        if (task.IsCompleted)
        {
            root.Finish();
        }
        else
        {
            task.GetAwaiter().UnsafeOnCompleted(root._finish);
        }
    }

    private void Finish()
    {
        ValueTask task = _task;
        _task = default;
        OwnerPool<UltRoot>.Of(_owner).Return(this);
        try
        {
            task.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            _owner.ReportUnhandled(exception);
        }
    }
}
