using System.CommandLine;

namespace Daos.Fabric.Store.Tool;

/// <summary>The options that say where log, metadata and data lie when they do not lie in the store's directory.</summary>
internal sealed class RoleOptions
{
    internal Option<string?> Wal { get; } = new("--wal") { Description = "directory, file or device of the log, when it is not in PATH" };

    internal Option<string?> Meta { get; } = new("--meta") { Description = "directory, file or device of the metadata, when it is not in PATH" };

    internal Option<string?> Data { get; } = new("--data") { Description = "directory, file or device of the data, when it is not in PATH" };

    internal Option<string[]> Device { get; } = new("--device")
    {
        Description = "shared device that holds parts of the store; once for each, with --pool and --target",
    };

    internal Option<Guid> Pool { get; } = new("--pool") { Description = "with --device: the pool (its UUID; 'dstore device' shows them)" };

    internal Option<int> Target { get; } = new("--target") { Description = "with --device: the target" };

    internal void AddTo(Command command)
    {
        foreach (Option option in (Option[])[Wal, Meta, Data, Device, Pool, Target])
        {
            command.Add(option);
        }
    }

    internal StorePlace Of(ParseResult parsed, Argument<string> path)
    {
        var roles = new RolePaths { Wal = parsed.GetValue(Wal), Meta = parsed.GetValue(Meta), Data = parsed.GetValue(Data) };
        return new StorePlace(parsed.GetValue(path) ?? "", roles, parsed.GetValue(Device) ?? [], parsed.GetValue(Pool), parsed.GetValue(Target));
    }
}
