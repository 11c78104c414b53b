using Daos.Fabric.Rpc.Swim;

namespace Daos.Fabric.Rpc.Tests.Swim;

/// <summary>Keeps what a protocol sends and reports.</summary>
internal sealed class RecordingHost : ISwimHost
{
    internal List<(Rank To, SwimMessage Message)> Sent { get; } = new(64);

    internal List<(SwimUpdate Now, SwimStatus Before)> Changes { get; } = [];

    public void Send(Rank to, in SwimMessage message) => Sent.Add((to, message));

    public ulong NewIncarnation(ulong above) => above + 1;

    public void StatusChanged(in SwimUpdate now, SwimStatus before) => Changes.Add((now, before));
}
