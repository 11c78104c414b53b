using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Reactor.Tests.Conformance;

/// <summary>What every reactor must do; subclasses name the reactor.</summary>
public abstract unsafe class ConformanceBase : IDisposable
{
    private readonly List<NativeSlab> _slabs = [];
    private ReactorFixture? _fixture;

    /// <summary>Made at the first use, which is the test's own thread's.</summary>
    internal ReactorFixture Fixture => _fixture ??= Create();

    internal Reactor Reactor => Fixture.Reactor;

    public void Dispose()
    {
        _fixture?.Dispose();
        foreach (NativeSlab slab in _slabs)
        {
            slab.Dispose();
        }
    }

    internal abstract ReactorFixture Create();

    internal byte* Memory(int lengthBytes)
    {
        var slab = new NativeSlab(lengthBytes);
        _slabs.Add(slab);
        new Span<byte>(slab.Address, lengthBytes).Clear();
        return slab.Address;
    }

    internal RecordingOperation Start(Action<ReactorOperation> start)
    {
        var operation = new RecordingOperation();
        Fixture.Do(() => start(operation));
        return operation;
    }

    internal int Run(Action<ReactorOperation> start)
    {
        RecordingOperation operation = Start(start);
        Fixture.Until(() => operation.IsDone);
        return operation.Result;
    }
}
