namespace Daos.Fabric.Samples.Quickstart;

/// <summary>
/// The C# that README.md and client/README.md show. A test compares them line by line, and the compiler reads it here, so the two cannot
/// drift apart.
/// </summary>
internal static class ReadmeSnippets
{
    /// <summary>README.md.</summary>
    internal static async Task FiveLinesAsync()
    {
        await using var system = await DaosSystem.StartEmbeddedAsync("/var/lib/my-store");
        var pool = await system.CreatePoolAsync("pool");
        var container = await pool.CreateContainerAsync("container");
        var notes = container.OpenKeyValue("notes");
        await notes.PutAsync("hello", "world"u8.ToArray());
    }

    /// <summary>client/README.md.</summary>
    internal static async Task ClientAsync(ReadOnlyMemory<byte> value)
    {
        await using DaosSystem system = await DaosSystem.StartEmbeddedAsync("/var/lib/myapp");   // or ConnectAsync("tcp://host:10001")
        DaosPool pool = await system.CreatePoolAsync("pool");                                    // or ConnectPoolAsync
        DaosContainer container = await pool.CreateContainerAsync("things");                     // or OpenContainerAsync
        DaosKeyValue names = container.OpenKeyValue("names");
        await names.PutAsync("answer", value);                                                   // durable when it completes
    }

    /// <summary>What both say beside it: the same calls against a server.</summary>
    internal static async Task<DaosSystem> ServerAsync() =>
        await DaosSystem.ConnectAsync("tcp://host:10001");
}
