using System.CommandLine;

namespace Daos.Fabric.Store.Tool;

/// <summary>The options that say where log, metadata and data lie when they do not lie in the store's directory.</summary>
internal sealed class RoleOptions
{
    internal Option<string?> Wal { get; } = new("--wal") { Description = "directory, file or device of the log, when it is not in PATH" };

    internal Option<string?> Meta { get; } = new("--meta") { Description = "directory, file or device of the metadata, when it is not in PATH" };

    internal Option<string?> Data { get; } = new("--data") { Description = "directory, file or device of the data, when it is not in PATH" };

    internal RolePaths Of(ParseResult parsed) => new()
    {
        Wal = parsed.GetValue(Wal),
        Meta = parsed.GetValue(Meta),
        Data = parsed.GetValue(Data),
    };
}
