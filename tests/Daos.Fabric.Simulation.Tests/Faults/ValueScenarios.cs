using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Simulation.Tests.Checksums;

namespace Daos.Fabric.Simulation.Tests.Faults;

/// <summary>Values that change inside the engine: their checksums tell, and moving them once more heals it.</summary>
internal static class ValueScenarios
{
    /// <summary>What arrives damaged is refused and sent again; what leaves damaged is fetched again.</summary>
    internal static FaultRegistry ValueCorrupted(FaultPoint point)
    {
        using var path = new ChecksumPath(seed: 7);
        path.UseContainer(ChecksumType.Crc32C, 1024);
        byte[] value = ChecksumPath.Random(2000);
        byte[] room = new byte[2000];
        path.Faults.Arm(point, timesMax: 1);
        Assert.Equal(DerCode.Success, path.Put("a", value));
        Assert.Equal(DerCode.Success, path.Get("a", room));
        Assert.Equal(value, room);
        Assert.Equal(1, path.Path.Context.Statistics.Retries);
        return path.Faults;
    }
}
