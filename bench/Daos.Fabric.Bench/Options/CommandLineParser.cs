namespace Daos.Fabric.Bench.Options;

/// <summary>
/// Reads fio-style command lines: <c>dfio JOBFILE</c> or <c>dfio --name=a --rw=randread … --name=b …</c>. Options before the first
/// <c>--name</c> hold for all jobs, and go before what a job file says. Any thread.
/// </summary>
internal static class CommandLineParser
{
    internal static RunOptions Parse(IReadOnlyList<string> arguments)
    {
        var run = new RunOptions();
        var globals = new List<(string Name, string Value)>();
        JobOptions? job = null;
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (!argument.StartsWith("--", StringComparison.Ordinal))
            {
                AddFile(run, argument);
                continue;
            }

            (string name, string value) = JobFileParser.Split(argument[2..]);
            if (ApplyRunOption(run, name, value))
            {
                continue;
            }

            if (name == "name")
            {
                job = new JobOptions();
                foreach ((string option, string given) in globals)
                {
                    OptionTable.Apply(job, option, given);
                }

                run.Jobs.Add(job);
            }

            if (job is null)
            {
                OptionTable.Apply(new JobOptions(), name, value);
                globals.Add((name, value));
            }
            else
            {
                OptionTable.Apply(job, name, value);
            }
        }

        foreach ((string option, string given) in globals)
        {
            run.FileJobs.ForEach(j => OptionTable.Apply(j, option, given));
        }

        if (run.Jobs.Count == 0 && !run.ShowHelp && !run.ShowOptions && !run.ShowVersion)
        {
            throw new OptionException("no job; give a job file or --name=… (dfio --help shows examples)");
        }

        return run;
    }

    private static void AddFile(RunOptions run, string path)
    {
        try
        {
            List<JobOptions> jobs = JobFileParser.Parse(path, File.ReadAllText(path));
            run.FileJobs.AddRange(jobs);
            run.Jobs.AddRange(jobs);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OptionException($"cannot read job file '{path}': {error.Message}");
        }
    }

    private static bool ApplyRunOption(RunOptions run, string name, string value)
    {
        switch (name)
        {
            case "output-format":
                run.Format = RunOptions.Formats.Contains(value)
                    ? value
                    : throw new OptionException($"output-format={value}: use {string.Join(", ", RunOptions.Formats)}");
                return true;
            case "output":
                run.OutputFile = value.Length > 0 ? value : throw new OptionException("output= needs a file name");
                return true;
            case "eta":
                run.Eta = value is "auto" or "always" or "never" ? value : throw new OptionException($"eta={value}: use auto, always or never");
                return true;
            case "parse-only":
                return run.ParseOnly = true;
            case "help":
                return run.ShowHelp = true;
            case "cmdhelp":
                return run.ShowOptions = true;
            case "version":
                return run.ShowVersion = true;
            default:
                return false;
        }
    }
}
