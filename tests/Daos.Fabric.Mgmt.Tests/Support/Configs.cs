using Daos.Fabric.Mgmt.Configuration;

namespace Daos.Fabric.Mgmt.Tests.Support;

/// <summary>Configurations for tests, read as a file would be.</summary>
internal static class Configs
{
    internal static ServerConfig Read(string text)
    {
        ConfigFile file = ConfigFile.Parse("f", text);
        Assert.True(file.Config is not null, string.Join('\n', file.Problems.Lines("f")));
        return file.Config;
    }

    /// <summary>Engines on directories that talk over unix sockets.</summary>
    internal static ServerConfig Directories(string folder, int engines) => Read(Text(folder, engines));

    internal static string Text(string folder, int engines, string more = "") =>
        $"name: test\nprovider: unix\nsocket_dir: {folder}/run\n{more}\nengines:\n"
        + string.Concat(Enumerable.Range(0, engines).Select(i => string.Create(CultureInfo.InvariantCulture, $"- storage: [{{class: dir, scm_mount: '{folder}/engine{i}'}}]\n")));
}
