using System.Collections.Immutable;

namespace Daos.Fabric.Transport.Loopback;

/// <summary>The names under which loopback contexts listen. Any thread: the table is replaced as a whole, readers take no lock.</summary>
public sealed class LoopbackHub
{
    private ImmutableDictionary<string, LoopbackContext> _listeners = ImmutableDictionary.Create<string, LoopbackContext>(StringComparer.Ordinal);

    internal bool TryAdd(string name, LoopbackContext context) => ImmutableInterlocked.TryAdd(ref _listeners, name, context);

    internal void Remove(string name) => ImmutableInterlocked.TryRemove(ref _listeners, name, out _);

    internal LoopbackContext? Find(string name) => Volatile.Read(ref _listeners).GetValueOrDefault(name);
}
