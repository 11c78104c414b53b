namespace Daos.Fabric.Bench.Options;

/// <summary>
/// Reads INI job files: <c>[global]</c> gives defaults to the sections after it, every other section is a job; <c>#</c> and <c>;</c>
/// start comments; <c>${NAME}</c> takes an environment variable. Any thread.
/// </summary>
internal static class JobFileParser
{
    private const int LinesMax = 10_000;

    internal static List<JobOptions> Parse(string file, string text)
    {
        var globals = new List<(string Name, string Value)>();
        var jobs = new List<JobOptions>();
        JobOptions? job = null;
        bool inGlobal = false;
        int number = 0;
        foreach (string raw in text.Split('\n'))
        {
            number++;
            if (number > LinesMax)
            {
                throw new OptionException($"{file}: more than {LinesMax} lines");
            }

            string line = raw.Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            try
            {
                if (line[0] == '[')
                {
                    (job, inGlobal) = OpenSection(line, globals, jobs);
                    continue;
                }

                (string name, string value) = Split(Expand(line));
                if (inGlobal)
                {
                    OptionTable.Apply(new JobOptions(), name, value);
                    globals.Add((name, value));
                }
                else
                {
                    OptionTable.Apply(job ?? throw new OptionException("an option stands before the first [section]"), name, value);
                }
            }
            catch (OptionException error)
            {
                throw new OptionException($"{file}:{number}: {error.Message}");
            }
        }

        return jobs.Count > 0 ? jobs : throw new OptionException($"{file}: no job section; a file needs at least one like [randread-kv]");
    }

    /// <summary>Cuts <c>name=value</c>; a name alone is a flag.</summary>
    internal static (string Name, string Value) Split(string text)
    {
        int equals = text.IndexOf('=');
        return equals < 0 ? (text.Trim(), "") : (text[..equals].Trim(), text[(equals + 1)..].Trim());
    }

    private static (JobOptions? Job, bool InGlobal) OpenSection(string line, List<(string Name, string Value)> globals, List<JobOptions> jobs)
    {
        if (line[^1] != ']' || line.Length < 3)
        {
            throw new OptionException($"'{line}' is not a section; write [name]");
        }

        string name = line[1..^1];
        if (name == "global")
        {
            return (null, true);
        }

        var job = new JobOptions { Name = name };
        foreach ((string option, string value) in globals)
        {
            OptionTable.Apply(job, option, value);
        }

        job.Name = name;
        jobs.Add(job);
        return (job, false);
    }

    private static string Expand(string line)
    {
        int start;
        while ((start = line.IndexOf("${", StringComparison.Ordinal)) >= 0)
        {
            int end = line.IndexOf('}', start);
            if (end < 0)
            {
                throw new OptionException("'${' without '}'");
            }

            string variable = line[(start + 2)..end];
            string value = Environment.GetEnvironmentVariable(variable)
                ?? throw new OptionException($"the environment has no variable {variable}");
            if (value.Contains("${", StringComparison.Ordinal))
            {
                throw new OptionException($"variable {variable} refers to another variable");
            }

            line = line[..start] + value + line[(end + 1)..];
        }

        return line;
    }
}
