using Daos.Fabric.Bench.Engines;
using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Reporting;

namespace Daos.Fabric.Bench.Running;

/// <summary>Runs the jobs of one call, group after group: a job with stonewall waits for all before it. Owned by the main thread.</summary>
internal static class BenchRun
{
    internal static List<(int Group, Job Job)> Run(RunOptions run)
    {
        var done = new List<(int Group, Job Job)>();
        using var factory = new EngineFactory(run.Jobs);
        int group = 0;
        foreach (List<JobOptions> members in Groups(run.Jobs))
        {
            int copies = members.Sum(o => o.Jobs);
            using var start = new Barrier(copies);
            var jobs = new List<Job>();
            foreach (JobOptions options in members)
            {
                for (int copy = 0; copy < options.Jobs; copy++)
                {
                    jobs.Add(new Job(options, copy, factory, start));
                }
            }

            RunGroup(run, jobs);
            done.AddRange(jobs.Select(j => (group, j)));
            group++;
        }

        return done;
    }

    private static void RunGroup(RunOptions run, List<Job> jobs)
    {
        bool shown = run.Eta == "always" || (run.Eta == "auto" && !Console.IsErrorRedirected && run.Format == "normal");
        var live = new LiveLine(jobs, shown);
        foreach (Job job in jobs)
        {
            job.Start();
        }

        foreach (Job job in jobs)
        {
            while (!job.Join(TimeSpan.FromMilliseconds(100)))
            {
                live.Tick();
            }
        }

        live.Finish();
    }

    private static IEnumerable<List<JobOptions>> Groups(IReadOnlyList<JobOptions> jobs)
    {
        var members = new List<JobOptions>();
        foreach (JobOptions options in jobs)
        {
            if (options.Stonewall && members.Count > 0)
            {
                yield return members;
                members = [];
            }

            members.Add(options);
        }

        yield return members;
    }
}
