using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Transport.Ofi.Connections;

/// <summary>
/// The connections of a context by the tokens that their packets carry: 44 random bits over the connection's slot. Owned by the context's
/// owner thread.
/// </summary>
/// <param name="capacity">Connections at most, those included that are being refused.</param>
/// <param name="random">Draws tokens.</param>
internal sealed class ConnectionTable(int capacity, SeededRandom random)
{
    /// <summary>A token's bits for the slot.</summary>
    internal const int SlotBits = 20;

    private const ulong SlotMask = (1UL << SlotBits) - 1;

    private readonly OfiConnection?[] _slots = new OfiConnection?[Math.Min(capacity, 1 << SlotBits)];
    private readonly Stack<int> _free = new();
    private int _used;

    /// <summary>Room in total.</summary>
    internal int Capacity => _slots.Length;

    /// <summary>Connections that are not closed yet.</summary>
    internal int Count => _used - _free.Count;

    /// <summary>Slots that were ever used; those that are free now hold null.</summary>
    internal ReadOnlySpan<OfiConnection?> Slots => _slots.AsSpan(0, _used);

    /// <summary>Gives a connection its slot and token; there must be room.</summary>
    internal void Add(OfiConnection connection)
    {
        if (!_free.TryPop(out int index))
        {
            index = _used++;
        }

        ulong tag;
        do
        {
            tag = random.NextUInt64() & ~SlotMask;
        }
        while (tag == 0);

        connection.Index = index;
        connection.Token = tag | (uint)index;
        _slots[index] = connection;
    }

    /// <summary>The connection that a token names, or null.</summary>
    internal OfiConnection? Find(ulong token)
    {
        int index = (int)(token & SlotMask);
        return token != 0 && index < _used && _slots[index] is { } connection && connection.Token == token ? connection : null;
    }

    /// <summary>The connection closed.</summary>
    internal void Remove(OfiConnection connection)
    {
        _slots[connection.Index] = null;
        _free.Push(connection.Index);
    }
}
