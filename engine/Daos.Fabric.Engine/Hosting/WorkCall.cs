using Daos.Fabric.Xstreams.Mesh;

namespace Daos.Fabric.Engine.Hosting;

/// <summary>Runs a piece of administrative work on another xstream. Made per call: not for the data path.</summary>
internal sealed class WorkCall(EngineXstream target, Func<EngineXstream, ValueTask<DerCode>> work) : CrossCall
{
    protected override ValueTask<DerCode> ServeAsync(Xstream xstream) => work(target);

    protected override void Release()
    {
    }
}
