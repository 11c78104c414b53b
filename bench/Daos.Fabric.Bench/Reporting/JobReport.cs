using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;

namespace Daos.Fabric.Bench.Reporting;

/// <summary>What one line of the report stands for: a copy of a job, or with group_reporting all jobs of a group. Immutable.</summary>
internal sealed record JobReport(string Name, int GroupId, int Copies, JobOptions Options, JobStats Stats, string Durability, string? Error)
{
    /// <summary>
    /// Managed bytes per operation on dfio's owner threads: the job's own, and those of the SDK; with an embedded system the engine's are
    /// among them.
    /// </summary>
    internal double ClientBytesPerOp => PerOp(Stats.ClientAllocatedBytes + Math.Max(0, Stats.LibraryAllocatedBytes));

    /// <summary>Managed bytes per operation of dfio's whole process, callers on the thread pool and the runtime's own threads included.</summary>
    internal double? ProcessBytesPerOp => Stats.ProcessAllocatedBytes < 0 ? null : PerOp(Stats.ProcessAllocatedBytes);

    /// <summary>Managed bytes per operation on the engine's owner threads, or null without an engine in another process.</summary>
    internal double? EngineBytesPerOp => Stats.EngineAllocatedBytes < 0 ? null : PerOp(Stats.EngineAllocatedBytes);

    /// <summary>Merges the copies of a job, or the jobs of a group where group_reporting is set.</summary>
    internal static List<JobReport> Collect(IReadOnlyList<(int Group, Job Job)> jobs)
    {
        var reports = new List<JobReport>();
        foreach (var group in jobs.GroupBy(j => j.Group))
        {
            Job[] members = group.Select(j => j.Job).ToArray();
            if (members.Any(j => j.Options.GroupReporting))
            {
                var total = new JobStats();
                foreach (Job job in members)
                {
                    total.Merge(job.Stats);
                }

                string? error = members.Select(j => j.Error).FirstOrDefault(e => e is not null);
                reports.Add(new JobReport(members[0].Options.Name, group.Key, members.Length, members[0].Options, total, members[0].Durability, error));
                continue;
            }

            reports.AddRange(members.Select(j => new JobReport(j.Options.Name, group.Key, 1, j.Options, j.Stats, j.Durability, j.Error)));
        }

        return reports;
    }

    private double PerOp(long bytes) => Stats.TotalIos == 0 ? 0 : (double)bytes / Stats.TotalIos;
}
