using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Core.Time;

namespace Daos.Fabric.Store.Tool;

/// <summary><c>dstore check</c>: verifies everything and prints what is wrong, one line each, then what was looked at.</summary>
internal sealed class CheckCommand(TextWriter output, TextWriter errors)
{
    internal int Run(StorePlace place, bool write, bool verifiesValues)
    {
        using var loop = new ToolLoop();
        using var opener = new StoreOpener(loop, errors);
        bool isSound;
        using (StoreInspection? store = opener.Open(place, out int exitCode))
        {
            if (store is null)
            {
                return exitCode;
            }

            loop.Run(async () =>
            {
                await store.WalkAsync(visitor: null, verifiesValues);
                return true;
            });
            isSound = Print(place.ToString(), store.Report);
        }

        if (!write)
        {
            return isSound ? ExitCode.Sound : ExitCode.Damaged;
        }

        if (!isSound)
        {
            errors.WriteLine("dstore: Nothing was written: --write is for stores without damage. Restore the damaged file from a copy.");
            return ExitCode.Damaged;
        }

        if (place.Devices.Count > 0)
        {
            errors.WriteLine("dstore: Nothing was written: a store on shared devices is renewed by its engine when that starts.");
            return ExitCode.Usage;
        }

        return Renew(loop, place.Path, place.Roles);
    }

    private bool Print(string path, CheckReport report)
    {
        foreach (CheckFinding finding in report.Findings)
        {
            output.WriteLine(finding);
        }

        if (report.FindingCount > report.Findings.Count)
        {
            output.WriteLine($"and {report.FindingCount - report.Findings.Count} more");
        }

        output.WriteLine($"looked at: {string.Join(", ", report.Counts.Select(count => $"{count.Value} {count.Key}"))}");
        output.WriteLine(report.DamageCount > 0
            ? $"{path} is damaged: {report.DamageCount} findings. Values named above are lost unless a copy has them; all others can be read while the store opens."
            : $"{path} is sound{(report.FindingCount > 0 ? $", with {report.FindingCount} warnings" : "")}.");
        return report.DamageCount == 0;
    }

    private int Renew(ToolLoop loop, string path, RolePaths roles)
    {
        var options = new StoreOptions
        {
            Path = path,
            Roles = roles,
            Hlc = new HybridLogicalClock(SystemClock.Instance),
            Random = new SeededRandom(0),
        };
        DerCode code = loop.Run(async () =>
        {
            DerResult<StoreShard> opened = await StoreShard.OpenAsync(loop.Loop, options);
            if (!opened.IsSuccess)
            {
                return opened.Code;
            }

            await opened.Value.CloseAsync();
            return opened.Value.State == DerCode.Shutdown ? DerCode.Success : opened.Value.State;
        });
        if (code.IsError)
        {
            errors.WriteLine($"dstore: {options.Report.LastError}");
            return ExitCode.Unavailable;
        }

        output.WriteLine("written: both superblock copies are good and the log is in a clean checkpoint.");
        return ExitCode.Sound;
    }
}
