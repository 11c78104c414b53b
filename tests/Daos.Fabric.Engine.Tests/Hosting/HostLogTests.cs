namespace Daos.Fabric.Engine.Tests.Hosting;

/// <summary>The thread that writes for the xstreams survives a log that cannot be written.</summary>
public sealed class HostLogTests
{
    [Fact]
    public void Add_LogThatThrows_GoesOnAndSaysHowManyAreMissing()
    {
        var log = new HostLog();
        var written = new List<string>();
        int calls = 0;
        void Write(string sentence)
        {
            if (++calls <= 2)
            {
                throw new IOException("no space left on device");
            }

            written.Add(sentence);
        }

        log.Start();
        log.Add("first", Write);
        log.Add("second", Write);
        log.Add("third", Write);
        log.Add("fourth", Write);
        log.StopAndJoin();

        Assert.Equal(["third; 2 more reports were dropped", "fourth"], written);
    }

    [Fact]
    public void Add_BeforeTheStartAndAfterTheEnd_WritesAtOnce()
    {
        var log = new HostLog();
        var written = new List<string>();
        log.Add("before", written.Add);
        log.Start();
        log.StopAndJoin();
        log.Add("after", written.Add);

        Assert.Equal(["before", "after"], written);
    }
}
