namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>Two contexts, a client and a server, of one provider, and the loops that drive them on the test's thread.</summary>
internal abstract class Pair : IDisposable
{
    internal Recorder ClientHandler { get; } = new();

    internal Recorder ServerHandler { get; } = new();

    internal TransportContext Client { get; private protected set; } = null!;

    internal TransportContext Server { get; private protected set; } = null!;

    internal TransportUri Address { get; private protected set; } = null!;

    /// <summary>The client's end, after <see cref="Connect"/>.</summary>
    internal TransportConnection Near { get; private set; } = null!;

    /// <summary>The server's end, after <see cref="Connect"/>.</summary>
    internal TransportConnection Far { get; private set; } = null!;

    internal OwnerLoop ClientLoop => Client.Loop;

    internal OwnerLoop ServerLoop => Server.Loop;

    /// <summary>Runs the loops until the condition holds.</summary>
    internal abstract void RunUntil(Func<bool> condition, string what = "the condition");

    /// <summary>One turn of each loop, or one step of the world.</summary>
    internal virtual void Turn()
    {
        ClientLoop.RunTurn(0);
        if (!ReferenceEquals(ClientLoop, ServerLoop))
        {
            ServerLoop.RunTurn(0);
        }
    }

    /// <summary>Lets everything under way come to rest.</summary>
    internal virtual void Settle()
    {
        for (int i = 0; i < 200; i++)
        {
            Turn();
        }
    }

    /// <summary>What the contexts' pools still lend out.</summary>
    internal abstract string DescribeHeld();

    public abstract void Dispose();

    internal Pair Connect()
    {
        int before = ServerHandler.Accepted.Count;
        DerResult<TransportConnection> result = Wait(ClientLoop, () => Client.ConnectAsync(Address, ClientLoop.Clock.MonotonicNs + 10_000_000_000));
        Assert.True(result.IsSuccess, result.Code.ToString());
        Near = result.Value;
        RunUntil(() => ServerHandler.Accepted.Count > before, "accept");
        Far = ServerHandler.Accepted[^1];
        return this;
    }

    internal void On(OwnerLoop loop, Action action)
    {
        using OwnerThread.EnterScope scope = loop.Enter();
        action();
    }

    internal T Wait<T>(OwnerLoop loop, Func<ValueTask<T>> start)
    {
        Task<T> task = Begin(loop, start);
        RunUntil(() => task.IsCompleted, "an operation");
        return task.GetAwaiter().GetResult();
    }

    internal Task<T> Begin<T>(OwnerLoop loop, Func<ValueTask<T>> start)
    {
        using OwnerThread.EnterScope scope = loop.Enter();
        return AwaitIt(start());

        static async Task<T> AwaitIt(ValueTask<T> task) => await task;
    }

    internal void Send(TransportConnection connection, ReadOnlySpan<byte> message)
    {
        OwnerLoop loop = ReferenceEquals(connection, Near) ? ClientLoop : ServerLoop;
        using OwnerThread.EnterScope scope = loop.Enter();
        message.CopyTo(connection.BeginMessage(message.Length));
        connection.EndMessage(message.Length);
    }

    internal static byte[] Pattern(int seed, int lengthBytes)
    {
        var bytes = new byte[lengthBytes];
        new SeededRandom((ulong)seed).Fill(bytes);
        return bytes;
    }
}
