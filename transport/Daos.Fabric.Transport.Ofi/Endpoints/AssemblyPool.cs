using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>Memory for messages that are longer than a packet. Owned by its endpoint's owner thread.</summary>
/// <param name="endpoint">Told of what comes back.</param>
/// <param name="messageBytesMax">Length of the longest message.</param>
internal sealed unsafe class AssemblyPool(OfiEndpoint endpoint, int messageBytesMax) : IDisposable
{
    private readonly NativeSlab _memory = new((long)Limits.Assemblies * Aligned(messageBytesMax));
    private readonly Stack<Assembly> _idle = new(Limits.Assemblies);
    private int _made;

    /// <summary>Length of the longest message.</summary>
    internal int MessageBytesMax { get; } = messageBytesMax;

    /// <summary>Messages held.</summary>
    internal int Held { get; private set; }

    /// <summary>An empty one with one holder, or null when all are held.</summary>
    internal Assembly? TryRent()
    {
        if (!_idle.TryPop(out Assembly? assembly))
        {
            if (_made == Limits.Assemblies)
            {
                return null;
            }

            assembly = new Assembly(this, _memory.Address + ((long)_made++ * Aligned(MessageBytesMax)));
        }

        Held++;
        assembly.UsedBytes = 0;
        assembly.AddHolder();
        return assembly;
    }

    internal void Return(Assembly assembly)
    {
        Held--;
        _idle.Push(assembly);
        endpoint.AssemblyReturned();
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private static int Aligned(int lengthBytes) => (lengthBytes + 63) & ~63;
}
