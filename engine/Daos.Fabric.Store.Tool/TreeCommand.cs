namespace Daos.Fabric.Store.Tool;

/// <summary><c>dstore ls</c> and <c>dstore dump</c>: prints what a walk meets.</summary>
internal sealed class TreeCommand(TextWriter output, TextWriter errors)
{
    internal int Run(StorePlace place, string? container, bool showsValues)
    {
        Guid only = Guid.Empty;
        if (container is not null && !Guid.TryParse(container, out only))
        {
            errors.WriteLine($"dstore: '{container}' is no container id; 'dstore ls {place.Path}' shows them.");
            return ExitCode.Usage;
        }

        using var loop = new ToolLoop();
        using var opener = new StoreOpener(loop, errors);
        using StoreInspection? store = opener.Open(place, out int exitCode);
        if (store is null)
        {
            return exitCode;
        }

        if (showsValues)
        {
            foreach ((string name, string value) in store.Summary())
            {
                output.WriteLine($"{name}: {value}");
            }
        }

        var printer = new TreePrinter(output, container is null ? null : new ContainerId(only), showsValues);
        loop.Run(async () =>
        {
            await store.WalkAsync(printer, verifiesValues: false);
            return true;
        });
        if (container is not null && !printer.HasFound)
        {
            errors.WriteLine($"dstore: There is no container {only} in {place}.");
            return ExitCode.Unavailable;
        }

        foreach (CheckFinding finding in store.Report.Findings)
        {
            errors.WriteLine($"dstore: {finding}");
        }

        return store.Report.DamageCount == 0 ? ExitCode.Sound : ExitCode.Damaged;
    }
}
