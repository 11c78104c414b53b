namespace Daos.Fabric.Store.Tool;

/// <summary><c>dstore wal</c>: the blocks of the log in the order of their positions.</summary>
internal sealed class WalCommand(TextWriter output, TextWriter errors)
{
    internal int Run(StorePlace place)
    {
        using var loop = new ToolLoop();
        using var opener = new StoreOpener(loop, errors);
        using StoreInspection? store = opener.Open(place, out int exitCode);
        if (store is null)
        {
            return exitCode;
        }

        var blocks = new List<LoggedBlock>();
        DerCode code = loop.Run(() => store.ReadLogAsync(blocks.Add));
        foreach (LoggedBlock block in blocks.OrderBy(b => b.Position))
        {
            string state = !block.IsGood ? "damaged or torn" : block.IsNeeded ? "replayed" : "not needed";
            output.WriteLine(
                $"position {block.Position} at byte {block.OffsetBytes}: generation {block.Generation}, {block.BlockBytes} bytes with {block.PayloadBytes} "
                + $"of transactions, stable up to {block.Stable}{(block.Continues ? ", continues" : "")}, {state}");
        }

        foreach ((string name, string value) in store.Summary().Where(line => line.Name.Contains("log", StringComparison.Ordinal)))
        {
            output.WriteLine($"{name}: {value}");
        }

        foreach (CheckFinding finding in store.Report.Findings)
        {
            errors.WriteLine($"dstore: {finding}");
        }

        if (code.IsError)
        {
            errors.WriteLine($"dstore: the log cannot be read whole: {code}");
        }

        return store.Report.DamageCount == 0 && code.IsSuccess ? ExitCode.Sound : ExitCode.Damaged;
    }
}
