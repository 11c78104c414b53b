namespace Daos.Fabric.Integration.Tests.Support;

/// <summary>A directory of a test's own, removed at its end.</summary>
internal sealed class Scratch : IDisposable
{
    public Scratch()
    {
        // Unix sockets allow short paths only.
        Root = Directory.CreateTempSubdirectory("daos-").FullName;
    }

    public string Root { get; }

    public string Storage => Path.Combine(Root, "data");

    public string Address => $"unix://{Root}/e.sock";

    public string[] Arguments(params string[] more) => ["--storage", Storage, "--listen", Address, .. more];

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
