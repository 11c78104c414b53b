namespace Daos.Fabric.Store.Tests.Model;

/// <summary>An object, dkey or akey of the model: when it was written and when it was punched, nothing cleverer.</summary>
internal class ModelEntity
{
    private readonly List<ulong> _writes = [];
    private readonly List<ulong> _punches = [];

    internal void Write(ulong epoch) => _writes.Add(epoch);

    internal bool HasWrite(ulong epoch) => Newest(_writes, epoch) > 0;

    internal void Punch(ulong epoch) => _punches.Add(epoch);

    /// <summary>Whether it exists at an epoch; hidden becomes the newest punch at or above it.</summary>
    internal bool Exists(ulong epoch, ref ulong hidden)
    {
        hidden = Math.Max(hidden, Newest(_punches, epoch));
        return Newest(_writes, epoch) > hidden;
    }

    private static ulong Newest(List<ulong> epochs, ulong bound) => epochs.Where(epoch => epoch <= bound).DefaultIfEmpty(0UL).Max();
}

/// <summary>An object: its dkeys.</summary>
internal sealed class ModelObject : ModelEntity
{
    internal Dictionary<string, ModelDkey> Dkeys { get; } = [];
}

/// <summary>A dkey: its akeys.</summary>
internal sealed class ModelDkey(byte[] key) : ModelEntity
{
    internal byte[] Key { get; } = key;

    internal Dictionary<string, ModelAkey> Akeys { get; } = [];
}

/// <summary>An akey: every version it ever had.</summary>
internal sealed class ModelAkey(byte[] key) : ModelEntity
{
    internal byte[] Key { get; } = key;

    internal List<(ulong Epoch, byte[] Value)> Singles { get; } = [];

    internal List<(ulong Epoch, ulong Start, ulong Count, byte[]? Data)> Ranges { get; } = [];
}
