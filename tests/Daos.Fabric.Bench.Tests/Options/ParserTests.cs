using Daos.Fabric.Bench.Options;

namespace Daos.Fabric.Bench.Tests.Options;

public sealed class ParserTests
{
    [Fact]
    public void JobFile_GlobalSection_GivesDefaultsToLaterJobs()
    {
        List<JobOptions> jobs = JobFileParser.Parse("f", "; comment\n[global]\nbs=4k\nioengine=null\n[a]\nrw=randread\n[b]\nbs=8k\n");
        Assert.Equal(["a", "b"], jobs.Select(j => j.Name));
        Assert.Equal([4096, 8192], jobs.Select(j => j.BlockBytes));
        Assert.Equal(AccessPattern.RandRead, jobs[0].Pattern);
    }

    [Theory]
    [InlineData("[a]\niodept=4\n", "f:2: unknown option 'iodept'; did you mean 'iodepth'?")]
    [InlineData("bs=4k\n", "f:1: an option stands before the first [section]")]
    [InlineData("[a\n", "f:1: '[a' is not a section")]
    [InlineData("[a]\nrw=sideways\n", "f:2: rw=sideways: use read, write")]
    [InlineData("[global]\nbs=4k\n", "f: no job section")]
    [InlineData("[a]\niodepth=0\n", "f:2: iodepth=0: use 1 to 4096")]
    [InlineData("[a]\ndirect=0\n", "f:2: direct=0: the store reads and writes its media with O_DIRECT only")]
    [InlineData("[a]\ndirect=2\n", "f:2: direct=2: use 1, 0")]
    public void JobFile_Mistake_SaysFileLineAndWhatIsAllowed(string text, string expected)
    {
        var error = Assert.Throws<OptionException>(() => JobFileParser.Parse("f", text));
        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CommandLine_OptionBesideAJobFile_HoldsForAllItsJobs()
    {
        string file = Path.Combine(Path.GetTempPath(), $"{nameof(ParserTests)}-{Environment.ProcessId}.fio");
        File.WriteAllText(file, "[global]\niodepth=2\n[a]\nbs=4k\n[b]\niodepth=8\n");
        try
        {
            RunOptions run = CommandLineParser.Parse([file, "--iodepth=5", "--name=c", "--bs=64"]);
            Assert.Equal(["a", "b", "c"], run.Jobs.Select(j => j.Name));
            Assert.Equal([5, 5, 5], run.Jobs.Select(j => j.Depth));
            Assert.Equal([4096, 4096, 64], run.Jobs.Select(j => j.BlockBytes));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void CommandLine_SeveralNames_MakeSeveralJobsWithSharedDefaults()
    {
        RunOptions run = CommandLineParser.Parse(["--bs=64", "--name=a", "--iodepth=4", "--name=b", "--rw=rw", "--output-format=json"]);
        Assert.Equal("json", run.Format);
        Assert.Equal(2, run.Jobs.Count);
        Assert.All(run.Jobs, j => Assert.Equal(64, j.BlockBytes));
        Assert.Equal([4, 1], run.Jobs.Select(j => j.Depth));
    }

    [Fact]
    public void CommandLine_DirectAndSubmissionLatency_AreRead()
    {
        RunOptions run = CommandLineParser.Parse(["--name=a", "--direct=1", "--name=b", "--direct", "--disable_slat=1"]);
        Assert.Equal([true, false], run.Jobs.Select(j => j.MeasuresSubmission));
        Assert.Equal("1", run.Jobs[0].Written["direct"]);
    }

    [Fact]
    public void CommandLine_NoJob_IsAnError() => Assert.Throws<OptionException>(() => CommandLineParser.Parse(["--bs=4k"]));
}
