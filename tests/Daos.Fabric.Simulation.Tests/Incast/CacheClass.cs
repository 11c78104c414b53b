using System.Text;
using Daos.Fabric.Rpc.Incast;
using Daos.Fabric.Simulation.Tests.Ranks;

namespace Daos.Fabric.Simulation.Tests.Incast;

/// <summary>Variables that the root owns and everybody else keeps copies of; it records what it was asked.</summary>
internal sealed class CacheClass(SimulatedRank rank, uint id = 1, IncastFeatures features = IncastFeatures.None) : IIncastClass
{
    internal Dictionary<string, IncastValue> Kept { get; } = [];

    internal List<IncastFlags> Fetches { get; } = [];

    internal List<uint> Refreshed { get; } = [];

    internal int Updates { get; private set; }

    internal int FailedFetches { get; private set; }

    internal int Discards { get; private set; }

    /// <summary>The root's rank; the same at every rank.</summary>
    internal uint Root { get; init; }

    public uint Id => id;

    public IncastFeatures Features => features;

    public Rank OnHash(ReadOnlyMemory<byte> key) => new(Root);

    public ValueTask<DerResult<IncastValue>> OnFetchAsync(ReadOnlyMemory<byte> key, uint version, IncastFlags flags)
    {
        Assert.Same(rank.Loop, OwnerThread.Current);
        Assert.Equal(rank.Rank.Value == Root, (flags & IncastFlags.Root) != 0);
        Fetches.Add(flags);
        bool found = Kept.TryGetValue(Encoding.UTF8.GetString(key.Span), out IncastValue value) && (version == IncastValue.Latest || value.Version >= version);
        return new(found ? value : DerCode.IvcbForward);
    }

    public ValueTask<DerResult<IncastValue>> OnUpdateAsync(ReadOnlyMemory<byte> key, IncastValue value, IncastFlags flags)
    {
        Updates++;
        if ((flags & IncastFlags.Root) == 0)
        {
            return new(DerCode.IvcbForward);
        }

        Keep(key, value);
        return new(new IncastValue(value.Version, Encoding.UTF8.GetBytes("root has " + Encoding.UTF8.GetString(value.Bytes.Span))));
    }

    public ValueTask<DerCode> OnRefreshAsync(ReadOnlyMemory<byte> key, IncastValue? value, DerCode code)
    {
        if (value is not { } told)
        {
            FailedFetches += code.IsError ? 1 : 0;
            if (code.IsSuccess)
            {
                Kept.Remove(Encoding.UTF8.GetString(key.Span));
            }

            return new(DerCode.Success);
        }

        Refreshed.Add(told.Version);
        Keep(key, told);
        return new(DerCode.Success);
    }

    public void Discard()
    {
        Discards++;
        if (rank.Rank.Value != Root)
        {
            Kept.Clear();
        }
    }

    private void Keep(ReadOnlyMemory<byte> key, IncastValue value)
    {
        string name = Encoding.UTF8.GetString(key.Span);
        if (!Kept.TryGetValue(name, out IncastValue old) || old.Version <= value.Version)
        {
            Kept[name] = new IncastValue(value.Version, value.Bytes.ToArray());
        }
    }
}
