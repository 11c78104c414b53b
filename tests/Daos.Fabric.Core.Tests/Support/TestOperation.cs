namespace Daos.Fabric.Core.Tests.Support;

/// <summary>An operation that the test completes by hand.</summary>
internal sealed class TestOperation : PooledOperation<int>
{
    public int Releases { get; private set; }

    public static TestOperation Rent(OwnerThread owner)
    {
        TestOperation operation = OwnerPool<TestOperation>.Of(owner).TryRent() ?? new TestOperation();
        operation.Begin(owner);
        return operation;
    }

    public void Finish(int result) => Complete(result);

    public void BeginAgain(OwnerThread owner) => Begin(owner);

    public void RunAsIfScheduled() => Execute();

    protected override void Release()
    {
        Releases++;
        if (OwnerThread.Current is { } owner)
        {
            OwnerPool<TestOperation>.Of(owner).Return(this);
        }
    }
}
