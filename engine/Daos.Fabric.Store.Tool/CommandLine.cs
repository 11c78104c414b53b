using System.CommandLine;

namespace Daos.Fabric.Store.Tool;

/// <summary>The commands and their help.</summary>
internal static class CommandLine
{
    private const string About =
        "Looks at a store on disk, offline. Nothing is written unless a command says --write. "
        + "Exit codes: 0 sound, 1 damaged, 2 wrong usage, 3 no store there, in use, or unreadable.";

    internal static RootCommand Build(TextWriter output, TextWriter errors) => new(About)
    {
        Check(output, errors),
        List(output, errors),
        Dump(output, errors),
        Wal(output, errors),
        Device(output, errors),
    };

    private static Argument<string> Path() => new("PATH")
    {
        Description = "directory of the store: the one that holds meta, log and data",
        Arity = ArgumentArity.ZeroOrOne,
        DefaultValueFactory = static _ => "",
    };

    private static Option<string?> Container() => new("--container") { Description = "only this container (its UUID)" };

    private static Command Check(TextWriter output, TextWriter errors)
    {
        Argument<string> path = Path();
        var roles = new RoleOptions();
        var write = new Option<bool>("--write")
        {
            Description = "when nothing is damaged: open the store once, which brings the log into a checkpoint and renews a bad superblock copy",
        };
        var noValues = new Option<bool>("--no-values") { Description = "do not read the values to compare them with their checksums" };
        var command = new Command("check", "Verify every checksum and every structure") { path, write, noValues };
        roles.AddTo(command);
        command.SetAction(parsed => new CheckCommand(output, errors).Run(
            roles.Of(parsed, path), parsed.GetValue(write), !parsed.GetValue(noValues)));
        return command;
    }

    private static Command List(TextWriter output, TextWriter errors)
    {
        Argument<string> path = Path();
        var roles = new RoleOptions();
        Option<string?> container = Container();
        var command = new Command("ls", "List containers, objects, dkeys and akeys") { path, container };
        roles.AddTo(command);
        command.SetAction(parsed => new TreeCommand(output, errors).Run(roles.Of(parsed, path), parsed.GetValue(container), showsValues: false));
        return command;
    }

    private static Command Dump(TextWriter output, TextWriter errors)
    {
        Argument<string> path = Path();
        var roles = new RoleOptions();
        Option<string?> container = Container();
        var command = new Command("dump", "Print superblock, checkpoint and log, and every version and extent with its place") { path, container };
        roles.AddTo(command);
        command.SetAction(parsed => new TreeCommand(output, errors).Run(roles.Of(parsed, path), parsed.GetValue(container), showsValues: true));
        return command;
    }

    private static Command Wal(TextWriter output, TextWriter errors)
    {
        Argument<string> path = Path();
        var roles = new RoleOptions();
        var command = new Command("wal", "Print the blocks of the log") { path };
        roles.AddTo(command);
        command.SetAction(parsed => new WalCommand(output, errors).Run(roles.Of(parsed, path)));
        return command;
    }

    private static Command Device(TextWriter output, TextWriter errors)
    {
        var path = new Argument<string>("DEVICE") { Description = "block device or file that shards of an engine share" };
        var command = new Command("device", "Print whose a shared device is, and its blobs") { path };
        command.SetAction(parsed => new DeviceCommand(output, errors).Run(parsed.GetValue(path)!));
        return command;
    }
}
