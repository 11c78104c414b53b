namespace Daos.Fabric.Xstreams.Waiting;

/// <summary>Puts the awaiting ULT at the end of its class's ready queue. Await at once; owned by one owner loop.</summary>
public readonly struct YieldAwaitable(OwnerLoop loop) : ICriticalNotifyCompletion
{
    /// <summary>Never: yielding always gives way.</summary>
    public bool IsCompleted => false;

    /// <summary>Called by the compiler.</summary>
    public YieldAwaitable GetAwaiter() => this;

    /// <summary>Called by the compiler.</summary>
    public void GetResult()
    {
    }

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation) => YieldItem.Schedule(loop, continuation);

    private sealed class YieldItem(OwnerLoop loop) : WorkItem
    {
        private Action? _continuation;

        protected override object Subject => _continuation!;

        internal static void Schedule(OwnerLoop loop, Action continuation)
        {
            YieldItem item = OwnerPool<YieldItem>.Of(loop).Rent(loop, static home => new YieldItem(home));
            item._continuation = continuation;
            item.SchedulingClass = loop.CurrentClass;
            loop.Schedule(item);
        }

        protected override void Execute()
        {
            Action continuation = _continuation!;
            _continuation = null;
            OwnerPool<YieldItem>.Of(loop).Return(this);
            continuation();
        }
    }
}
