namespace Daos.Fabric.Store.Tests.Arenas;

/// <summary>An arena with a transaction and no log, compared with a shadow after every transaction.</summary>
internal sealed class VolatileArena : IDisposable
{
    internal VolatileArena(ulong reserveBytes = 8 << 20, bool shadow = true)
    {
        Arena = Arena.Create(reserveBytes).Value;
        Log = new VolatileLog();
        Transaction = new LocalTransaction(Arena, Log);
        if (shadow)
        {
            Transaction.Shadow = new ArenaShadow(Arena);
        }
    }

    internal Arena Arena { get; }

    internal VolatileLog Log { get; }

    internal LocalTransaction Transaction { get; }

    internal unsafe byte[] Image() => new Span<byte>(Arena.Base, (int)Arena.UsedBytes).ToArray();

    public void Dispose()
    {
        Transaction.Shadow?.Dispose();
        Transaction.Dispose();
        Arena.Dispose();
    }
}
