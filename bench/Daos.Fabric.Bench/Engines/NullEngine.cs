using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Engines;

/// <summary>Does nothing at once: what dfio itself costs per operation.</summary>
internal sealed class NullEngine(JobOptions options, int copy, OwnerLoop loop) : IoEngine(options, copy, loop)
{
    internal override bool NeedsLayout => false;

    internal override ValueTask<DerCode> ReadAsync(IoSlot slot, long block) => new(DerCode.Success);

    internal override ValueTask<DerCode> WriteAsync(IoSlot slot, long block) => new(DerCode.Success);

    internal override bool Check(IoSlot slot, long block) => true;
}
