using Daos.Fabric.Mgmt.Drpc;

namespace Daos.Fabric.Mgmt.Tests.Drpc;

/// <summary>A directory of sockets, removed with all that is in it.</summary>
internal sealed class SocketDirectory : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("drpc").FullName;

    internal List<string> Sentences { get; } = [];

    public void Dispose() => Directory.Delete(Path, recursive: true);

    internal string Below(string name) => System.IO.Path.Combine(Path, name);

    internal DrpcServer Serve(IEngineNotices engines) => DrpcServer.Start(new DrpcServerOptions
    {
        SocketDirectory = Path,
        Engines = engines,
        Time = TimeProvider.System,
        Log = Log,
    });

    internal void Log(string sentence)
    {
        lock (Sentences)
        {
            Sentences.Add(sentence);
        }
    }
}
